#include "bias.h"
#include "decoded_dot_product.h"
#include "requantize.h"

/* fully_connected with encoded weights, [outputs][inputs]. */
struct fully_connected_decoded {
    struct encoded weights;
    const uint8_t *bias;
    int32_t multiplier;
    int32_t inputs;
    int16_t outputs;
    int16_t input_offset;
    int8_t shift;
    int8_t output_zero_point;
    int8_t output_minimum;
    int8_t output_maximum;
    uint8_t bias_bytes;
    uint8_t bias_shift;
};

void fully_connected_decoded(const struct fully_connected_decoded *node, const int8_t *input, int8_t *output)
{
    struct decoder decoder = {&node->weights, 0, 0};
    for (int32_t channel = 0; channel < node->outputs; channel++) {
        int32_t sum = bias_of(node->bias, node->bias_bytes, node->bias_shift, channel);
        sum = decoded_dot_product(&decoder, input, node->inputs, node->input_offset, sum);
        int32_t scaled = requantize(sum, node->multiplier, node->shift);
        output[channel] =
            (int8_t)clamp(scaled + node->output_zero_point, node->output_minimum, node->output_maximum);
    }
}
