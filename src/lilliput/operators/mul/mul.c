#include "requantize.h"

/* The product of two tensors of one shape. */
struct mul {
    int32_t size;
    int32_t multiplier;
    int16_t first_offset;
    int16_t second_offset;
    int8_t shift;
    int8_t output_zero_point;
    int8_t output_minimum;
    int8_t output_maximum;
};

void mul(const struct mul *node, const int8_t *first, const int8_t *second, int8_t *output)
{
    for (int32_t i = 0; i < node->size; i++) {
        int32_t product = (first[i] + node->first_offset) * (second[i] + node->second_offset);
        int32_t scaled = requantize(product, node->multiplier, node->shift) + node->output_zero_point;
        output[i] = (int8_t)clamp(scaled, node->output_minimum, node->output_maximum);
    }
}
