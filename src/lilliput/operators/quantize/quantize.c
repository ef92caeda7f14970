#include "requantize.h"

struct quantize {
    float half_scale;
    int32_t count;
    int16_t output_zero_point;
};

/* Round input / scale to the nearest (ties away from zero). What is not finite saturates. */
void quantize(const struct quantize *node, const float *input, int8_t *output)
{
    for (int32_t i = 0; i < node->count; i++) {
        union {
            float real;
            uint32_t bits;
        } twice = {input[i] / node->half_scale};
        /* As integers, floats without sign have the same order; those from 512 to NaN saturate. */
        int32_t magnitude = 512;
        uint32_t sign = twice.bits >> 31;
        twice.bits &= INT32_MAX;
        if (twice.bits < 0x44000000)
            magnitude = (int32_t)twice.real;
        int32_t rounded = (magnitude + 1) >> 1;
        if (sign != 0)
            rounded = -rounded;
        output[i] = (int8_t)clamp(rounded + node->output_zero_point, INT8_MIN, INT8_MAX);
    }
}
