#include "decode.h"

/* `data` has a bit for each weight, the lowest of a byte first, that tells whether it differs from 0; `table`
 * has those that do. */
void decode_bitmap(struct decoder *decoder, int8_t *to, int32_t count)
{
    const uint8_t *bitmap = decoder->weights->data;
    const int8_t *values = decoder->weights->table;
    uint32_t position = decoder->position;
    uint32_t taken = decoder->taken;
    for (const int8_t *end = to + count; to != end;) {
        *to++ = bitmap[position >> 3] >> (position & 7) & 1 ? values[taken++] : 0;
        position++;
    }
    decoder->position = position;
    decoder->taken = taken;
}
