#include "dot_product.h"
#include "requantize_channel.h"
#include "ring.h"
#include "window.h"

/* A convolution. `weights` are [output_channels][filter_height][filter_width][input_channels]; rows above
 * `padding_top` and columns left of `padding_left`, and those beyond the input, count as the input zero
 * point. Row y of the input lies in slot y % input_rows of a ring. */
struct conv_2d {
    const int8_t *weights;
    struct requantization output;
    int16_t input_offset;
    int16_t input_height;
    int16_t input_rows;
    int16_t input_width;
    int16_t input_channels;
    int16_t output_height;
    int16_t output_width;
    int16_t output_channels;
    int16_t filter_height;
    int16_t filter_width;
    int16_t padding_top;
    int16_t padding_left;
    uint8_t stride_height;
    uint8_t stride_width;
    uint8_t dilation_height;
    uint8_t dilation_width;
};

/* Add what the taps of one row of the filter contribute to `sum`. Not inlined: compilers that optimise for
 * size do not see which loop is the innermost, and run out of registers in it. */
static __attribute__((noinline)) int32_t conv_2d_taps(const struct conv_2d *node, const int8_t *value,
                                                      const int8_t *weight, int32_t taps, int32_t sum)
{
    int32_t run = node->input_channels;
    int32_t step = run * node->dilation_width;
    /* Without dilation the taps are one run of values. */
    if (node->dilation_width == 1) {
        run *= taps;
        taps = 1;
    }
    for (; taps > 0; taps--) {
        sum = dot_product(value, weight, run, node->input_offset, sum);
        value += step;
        weight += run;
    }
    return sum;
}

/* Compute row `row` of the output, [output_width][output_channels]. */
void conv_2d_row(const struct conv_2d *node, const int8_t *input, int32_t row, int8_t *output)
{
    int32_t channels = node->input_channels;
    int32_t filter_row = node->filter_width * channels;
    int32_t row_bytes = node->input_width * channels;
    int32_t ring_bytes = row_bytes * node->input_rows;
    int32_t top = row * node->stride_height - node->padding_top;
    struct taps rows = taps_on_input(top, node->filter_height, node->dilation_height, node->input_height);
    int32_t slot = ring_slot(top + rows.first * node->dilation_height, node->input_rows);
    const int8_t *first_row = input + slot * row_bytes;
    const int8_t *ring_end = input + ring_bytes;
    for (int32_t column = 0; column < node->output_width; column++) {
        int32_t left = column * node->stride_width - node->padding_left;
        struct taps columns =
            taps_on_input(left, node->filter_width, node->dilation_width, node->input_width);
        const int8_t *value_row = first_row + (left + columns.first * node->dilation_width) * channels;
        const int8_t *weight_row = node->weights + rows.first * filter_row + columns.first * channels;
        for (int32_t channel = 0; channel < node->output_channels; channel++) {
            int32_t sum = 0;
            const int8_t *value = value_row;
            const int8_t *weight = weight_row;
            for (int32_t i = rows.first; i < rows.last; i++) {
                sum = conv_2d_taps(node, value, weight, columns.last - columns.first, sum);
                weight += filter_row;
                value += row_bytes * node->dilation_height;
                if (value >= ring_end)
                    value -= ring_bytes;
            }
            weight_row += node->filter_height * filter_row;
            *output++ = requantize_channel(&node->output, sum, channel);
        }
    }
}

void conv_2d(const struct conv_2d *node, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < node->output_height; row++)
        conv_2d_row(node, input, row, output + row * node->output_width * node->output_channels);
}
