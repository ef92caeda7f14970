#include "bias.h"
#include "dot_product.h"
#include "requantize.h"

/* A fully connected layer with one scale for all outputs, whose inputs are `rows` rows of `row_inputs`.
 * `weights` are [outputs][inputs]. */
struct fully_connected_sum {
    const int8_t *weights;
    const uint8_t *bias;
    int32_t multiplier;
    int32_t inputs;
    int32_t row_inputs;
    int16_t rows;
    int16_t outputs;
    int16_t input_offset;
    int8_t shift;
    int8_t output_zero_point;
    int8_t output_minimum;
    int8_t output_maximum;
    uint8_t bias_bytes;
    uint8_t bias_shift;
};

/* Add what row `row` of the input contributes to `sums`, one for each output; the last row gives the output.
 */
void fully_connected_sum(const struct fully_connected_sum *node, const int8_t *input, int32_t row,
                         int32_t *sums, int8_t *output)
{
    const int8_t *weight = node->weights + row * node->row_inputs;
    for (int32_t channel = 0; channel < node->outputs; channel++) {
        int32_t sum =
            row == 0 ? bias_of(node->bias, node->bias_bytes, node->bias_shift, channel) : sums[channel];
        sum = dot_product(input, weight, node->row_inputs, node->input_offset, sum);
        weight += node->inputs;
        sums[channel] = sum;
        if (row == node->rows - 1) {
            int32_t scaled = requantize(sum, node->multiplier, node->shift);
            output[channel] =
                (int8_t)clamp(scaled + node->output_zero_point, node->output_minimum, node->output_maximum);
        }
    }
}
