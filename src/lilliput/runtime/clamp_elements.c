#include "requantize.h"

/* Elements whose scale stays as it is. */
struct clamp_elements {
    int32_t count;
    int16_t offset; /* added to each element: output zero point - input zero point */
    int8_t output_minimum;
    int8_t output_maximum;
};

void clamp_elements(const struct clamp_elements *node, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < node->count; i++)
        output[i] = (int8_t)clamp(input[i] + node->offset, node->output_minimum, node->output_maximum);
}
