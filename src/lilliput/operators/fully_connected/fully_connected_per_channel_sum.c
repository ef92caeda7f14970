#include "dot_product.h"
#include "requantize_channel.h"

/* A fully connected layer with a scale for each output, whose inputs are `rows` rows of `row_inputs`.
 * `weights` are [outputs][inputs]. */
struct fully_connected_per_channel_sum {
    const int8_t *weights;
    struct requantization output;
    int32_t inputs;
    int32_t row_inputs;
    int16_t rows;
    int16_t outputs;
    int16_t input_offset;
};

/* Add what row `row` of the input contributes to `sums`, one for each output; the last row gives the output.
 */
void fully_connected_per_channel_sum(const struct fully_connected_per_channel_sum *node, const int8_t *input,
                                     int32_t row, int32_t *sums, int8_t *output)
{
    const int8_t *weight = node->weights + row * node->row_inputs;
    for (int32_t channel = 0; channel < node->outputs; channel++) {
        int32_t sum = row == 0 ? 0 : sums[channel];
        sum = dot_product(input, weight, node->row_inputs, node->input_offset, sum);
        weight += node->inputs;
        sums[channel] = sum;
        if (row == node->rows - 1)
            output[channel] = requantize_channel(&node->output, sum, channel);
    }
}
