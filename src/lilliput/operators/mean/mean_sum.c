#include "requantize.h"

/* The mean over the rows and columns of [rows][columns][channels]. The multiplier contains
 * 1 / (rows * columns). */
struct mean_sum {
    int32_t multiplier;
    int32_t offset; /* added to each sum: -rows * columns * input zero point */
    int32_t rows;
    int32_t columns;
    int32_t channels;
    int8_t shift;
    int8_t output_zero_point;
};

/* Add row `row` of the input to `sums`, one for each channel; the last row gives the output. */
void mean_sum(const struct mean_sum *node, const int8_t *input, int32_t row, int32_t *sums, int8_t *output)
{
    for (int32_t channel = 0; channel < node->channels; channel++) {
        int32_t sum = row == 0 ? node->offset : sums[channel];
        for (int32_t column = 0; column < node->columns; column++)
            sum += input[column * node->channels + channel];
        sums[channel] = sum;
        if (row == node->rows - 1) {
            int32_t scaled = requantize(sum, node->multiplier, node->shift);
            output[channel] = (int8_t)clamp(scaled + node->output_zero_point, INT8_MIN, INT8_MAX);
        }
    }
}
