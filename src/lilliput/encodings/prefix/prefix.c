#include "decode.h"

/* Codes of up to 15 bits, first bit first. The first 32 - parameter bits choose an entry of the table: the
 * code's length in the high byte, and in the low byte what the whole code must be increased by, modulo 256,
 * to give the weight. Three bytes of any value follow the codes. */
void decode_prefix(struct decoder *decoder, int8_t *to, int32_t count)
{
    const uint8_t *data = decoder->weights->data;
    const uint16_t *table = decoder->weights->table;
    uint32_t index_shift = decoder->weights->parameter;
    uint32_t position = decoder->position;
    for (const int8_t *end = to + count; to != end;) {
        const uint8_t *at = data + (position >> 3);
        uint32_t window = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
        window <<= position & 7;
        uint32_t entry = table[window >> index_shift];
        uint32_t bits = entry >> 8;
        *to++ = (int8_t)(entry + (window >> (32 - bits)));
        position += bits;
    }
    decoder->position = position;
}
