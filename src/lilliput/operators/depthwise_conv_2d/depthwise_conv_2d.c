#include "requantize_channel.h"
#include "ring.h"
#include "window.h"

/* A depthwise convolution: output channel c reads input channel c / multiplier only. `weights` are
 * [filter_height][filter_width][output_channels]; padding and ring as in conv_2d. */
struct depthwise_conv_2d {
    const int8_t *weights;
    struct requantization output;
    int16_t input_offset;
    int16_t input_height;
    int16_t input_rows;
    int16_t input_width;
    int16_t input_channels;
    int16_t output_height;
    int16_t output_width;
    int16_t multiplier;
    int16_t filter_height;
    int16_t filter_width;
    int16_t padding_top;
    int16_t padding_left;
    uint8_t stride_height;
    uint8_t stride_width;
    uint8_t dilation_height;
    uint8_t dilation_width;
};

/* The sum over a window's taps on the input: `rows` by `columns` from the first value and its weight on. Not
 * inlined for the same reason as conv_2d_taps. */
static __attribute__((noinline)) int32_t depthwise_conv_2d_sum(const struct depthwise_conv_2d *node,
                                                               const int8_t *value_row,
                                                               const int8_t *weight_row,
                                                               const int8_t *ring_end, int32_t rows,
                                                               int32_t columns)
{
    int32_t sum = 0;
    int32_t offset = node->input_offset;
    int32_t step = node->input_channels * node->dilation_width;
    int32_t weight_step = node->input_channels * node->multiplier;
    int32_t row_bytes = node->input_width * node->input_channels;
    for (; rows > 0; rows--) {
        const int8_t *value = value_row;
        const int8_t *weight = weight_row;
        for (int32_t j = columns; j > 0; j--) {
            sum += (*value + offset) * *weight;
            value += step;
            weight += weight_step;
        }
        weight_row += node->filter_width * weight_step;
        value_row += row_bytes * node->dilation_height;
        if (value_row >= ring_end)
            value_row -= row_bytes * node->input_rows;
    }
    return sum;
}

/* Compute row `row` of the output, [output_width][input_channels * multiplier]. */
void depthwise_conv_2d_row(const struct depthwise_conv_2d *node, const int8_t *input, int32_t row,
                           int8_t *output)
{
    int32_t channels = node->input_channels;
    int32_t output_channels = channels * node->multiplier;
    int32_t top = row * node->stride_height - node->padding_top;
    struct taps rows = taps_on_input(top, node->filter_height, node->dilation_height, node->input_height);
    int32_t row_bytes = node->input_width * channels;
    int32_t slot = ring_slot(top + rows.first * node->dilation_height, node->input_rows);
    const int8_t *first_row = input + slot * row_bytes;
    const int8_t *ring_end = input + row_bytes * node->input_rows;
    for (int32_t column = 0; column < node->output_width; column++) {
        int32_t left = column * node->stride_width - node->padding_left;
        struct taps columns =
            taps_on_input(left, node->filter_width, node->dilation_width, node->input_width);
        const int8_t *corner = first_row + (left + columns.first * node->dilation_width) * channels;
        const int8_t *weight_corner =
            node->weights + (rows.first * node->filter_width + columns.first) * output_channels;
        for (int32_t channel = 0; channel < output_channels; channel++) {
            int32_t sum = depthwise_conv_2d_sum(node, corner, weight_corner, ring_end, rows.last - rows.first,
                                                columns.last - columns.first);
            *output++ = requantize_channel(&node->output, sum, channel);
            weight_corner++;
            if ((channel + 1) % node->multiplier == 0)
                corner++;
        }
    }
}

void depthwise_conv_2d(const struct depthwise_conv_2d *node, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < node->output_height; row++)
        depthwise_conv_2d_row(node, input, row,
                              output + row * node->output_width * node->input_channels * node->multiplier);
}
