#include "decode.h"

/* Two weights from -8 to 7 a byte, the first one in the low half. */
void decode_int4(struct decoder *decoder, int8_t *to, int32_t count)
{
    const uint8_t *data = decoder->weights->data;
    uint32_t position = decoder->position;
    for (const int8_t *end = to + count; to != end;) {
        uint32_t half = (uint32_t)data[position >> 1] >> (position % 2 * 4) & 15;
        *to++ = (int8_t)((int32_t)(half ^ 8) - 8);
        position++;
    }
    decoder->position = position;
}
