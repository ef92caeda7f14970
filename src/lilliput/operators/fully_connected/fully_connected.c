#include "bias.h"
#include "dot_product.h"
#include "requantize.h"

/* A fully connected layer with one scale for all outputs. `weights` are [outputs][inputs]. */
struct fully_connected {
    const int8_t *weights;
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

/* Compute `outputs` values from a vector of `inputs` values. */
void fully_connected(const struct fully_connected *node, const int8_t *input, int8_t *output)
{
    const int8_t *weight = node->weights;
    for (int32_t channel = 0; channel < node->outputs; channel++) {
        int32_t sum = bias_of(node->bias, node->bias_bytes, node->bias_shift, channel);
        sum = dot_product(input, weight, node->inputs, node->input_offset, sum);
        weight += node->inputs;
        int32_t scaled = requantize(sum, node->multiplier, node->shift);
        output[channel] =
            (int8_t)clamp(scaled + node->output_zero_point, node->output_minimum, node->output_maximum);
    }
}
