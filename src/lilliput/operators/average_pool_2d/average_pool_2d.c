#include "pooling.h"
#include "requantize.h"
#include "ring.h"

/* Compute row `row` of the output, [output_width][channels]: means rounded to the nearest, ties away from
 * zero. */
void average_pool_2d_row(const struct pooling *node, const int8_t *input, int32_t row, int8_t *output)
{
    int32_t y = row * node->stride_height - node->padding_top;
    int32_t top = clamp(y, 0, node->input_height);
    int32_t bottom = clamp(y + node->window_height, 0, node->input_height);
    int32_t row_bytes = node->input_width * node->channels;
    int32_t ring_bytes = row_bytes * node->input_rows;
    const int8_t *first_row = input + ring_slot(top, node->input_rows) * row_bytes;
    const int8_t *ring_end = input + ring_bytes;
    for (int32_t column = 0; column < node->output_width; column++) {
        int32_t x = column * node->stride_width - node->padding_left;
        int32_t left = clamp(x, 0, node->input_width);
        int32_t right = clamp(x + node->window_width, 0, node->input_width);
        int32_t count = (bottom - top) * (right - left);
        for (int32_t channel = 0; channel < node->channels; channel++) {
            int32_t sum = 0;
            const int8_t *value_row = first_row + left * node->channels + channel;
            for (int32_t i = top; i < bottom; i++) {
                const int8_t *value = value_row;
                for (int32_t j = left; j < right; j++) {
                    sum += *value;
                    value += node->channels;
                }
                value_row += row_bytes;
                if (value_row >= ring_end)
                    value_row -= ring_bytes;
            }
            int32_t half = sum > 0 ? count / 2 : -(count / 2);
            *output++ = (int8_t)clamp((sum + half) / count, node->output_minimum, node->output_maximum);
        }
    }
}

void average_pool_2d(const struct pooling *node, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < node->output_height; row++)
        average_pool_2d_row(node, input, row, output + row * node->output_width * node->channels);
}
