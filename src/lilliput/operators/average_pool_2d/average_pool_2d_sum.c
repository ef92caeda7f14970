#include "requantize.h"

/* An average pooling whose window is the whole input, [rows][columns][channels]. */
struct average_pool_2d_sum {
    int16_t rows;
    int16_t columns;
    int16_t channels;
    int8_t output_minimum;
    int8_t output_maximum;
};

/* Add row `row` of the input to `sums`, one for each channel; the last row gives the output. */
void average_pool_2d_sum(const struct average_pool_2d_sum *node, const int8_t *input, int32_t row,
                         int32_t *sums, int8_t *output)
{
    int32_t count = node->rows * node->columns;
    for (int32_t channel = 0; channel < node->channels; channel++) {
        int32_t sum = row == 0 ? 0 : sums[channel];
        for (int32_t column = 0; column < node->columns; column++)
            sum += input[column * node->channels + channel];
        sums[channel] = sum;
        if (row == node->rows - 1) {
            int32_t half = sum > 0 ? count / 2 : -(count / 2);
            output[channel] = (int8_t)clamp((sum + half) / count, node->output_minimum, node->output_maximum);
        }
    }
}
