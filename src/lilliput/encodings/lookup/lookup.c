#include "decode.h"

/* Indices of `parameter` bits into a table of values, first bit first. A byte of any value follows them. */
void decode_lookup(struct decoder *decoder, int8_t *to, int32_t count)
{
    const uint8_t *data = decoder->weights->data;
    const int8_t *values = decoder->weights->table;
    uint32_t bits = decoder->weights->parameter;
    uint32_t position = decoder->position;
    for (const int8_t *end = to + count; to != end;) {
        const uint8_t *at = data + (position >> 3);
        uint32_t window = (uint32_t)(at[0] << 8 | at[1]) << (16 + (position & 7));
        *to++ = values[window >> (32 - bits)];
        position += bits;
    }
    decoder->position = position;
}
