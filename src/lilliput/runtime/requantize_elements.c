#include "requantize.h"

/* Elements that get another scale and zero point. */
struct requantize_elements {
    int32_t multiplier;
    int32_t count;
    int16_t input_offset;
    int8_t shift;
    int8_t output_zero_point;
    int8_t output_minimum;
    int8_t output_maximum;
};

void requantize_elements(const struct requantize_elements *node, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < node->count; i++) {
        int32_t scaled = requantize(input[i] + node->input_offset, node->multiplier, node->shift);
        output[i] =
            (int8_t)clamp(scaled + node->output_zero_point, node->output_minimum, node->output_maximum);
    }
}
