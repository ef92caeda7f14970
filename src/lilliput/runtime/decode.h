#ifndef LILLIPUT_DECODE_H
#define LILLIPUT_DECODE_H

#include <stdint.h>

/* Encoded weights. What `data` and `table` point to and what `parameter` means is up to the encoding, whose
 * number in the order of encodings.ALL is `encoding`. */
struct encoded {
    const void *data;
    const void *table;
    uint8_t parameter;
    uint8_t encoding;
};

/* Where decoding is. An encoding counts in both numbers what it likes; both are 0 before the first weight. */
struct decoder {
    const struct encoded *weights;
    uint32_t position;
    uint32_t taken;
};

/* Write the next `count` weights to `to`, in the order in which they were encoded. Generated code defines it
 * from the decoders of the encodings that it uses. */
void decode(struct decoder *decoder, int8_t *to, int32_t count);

#endif
