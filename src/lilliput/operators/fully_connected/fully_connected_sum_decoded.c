#include "bias.h"
#include "decoded_dot_product.h"
#include "requantize.h"

/* fully_connected_sum with encoded weights, [rows][outputs][row_inputs]. */
struct fully_connected_sum_decoded {
    struct encoded weights;
    const uint8_t *bias;
    int32_t multiplier;
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
 * After the sums there is room for what the decoder must remember from row to row. */
void fully_connected_sum_decoded(const struct fully_connected_sum_decoded *node, const int8_t *input,
                                 int32_t row, int32_t *sums, int8_t *output)
{
    int32_t *progress = sums + node->outputs;
    struct decoder decoder = {&node->weights, 0, 0};
    if (row > 0) {
        decoder.position = (uint32_t)progress[0];
        decoder.taken = (uint32_t)progress[1];
    }
    for (int32_t channel = 0; channel < node->outputs; channel++) {
        int32_t sum =
            row == 0 ? bias_of(node->bias, node->bias_bytes, node->bias_shift, channel) : sums[channel];
        sum = decoded_dot_product(&decoder, input, node->row_inputs, node->input_offset, sum);
        sums[channel] = sum;
        if (row == node->rows - 1) {
            int32_t scaled = requantize(sum, node->multiplier, node->shift);
            output[channel] =
                (int8_t)clamp(scaled + node->output_zero_point, node->output_minimum, node->output_maximum);
        }
    }
    progress[0] = (int32_t)decoder.position;
    progress[1] = (int32_t)decoder.taken;
}
