#include "dot_product.h"
#include "requantize.h"
#include "window.h"

/* A convolution. `weights` are [output_channels][filter_height][filter_width][input_channels]; rows above
 * `padding_top` and columns left of `padding_left`, and those beyond the input, count as the input zero
 * point. */
struct conv_2d {
    const int8_t *weights;
    const int32_t *bias;
    struct requantization output;
    int16_t input_offset;
    int16_t input_height;
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

/* Compute row `row` of the output, [output_width][output_channels]. */
void conv_2d_row(const struct conv_2d *node, const int8_t *input, int32_t row, int8_t *output)
{
    int32_t channels = node->input_channels;
    int32_t filter_row = node->filter_width * channels;
    int32_t input_row = node->input_width * channels * node->dilation_height;
    int32_t top = row * node->stride_height - node->padding_top;
    struct taps rows = taps_on_input(top, node->filter_height, node->dilation_height, node->input_height);
    const int8_t *first_row = input + (top * node->input_width * channels + rows.first * input_row);
    for (int32_t column = 0; column < node->output_width; column++) {
        int32_t left = column * node->stride_width - node->padding_left;
        struct taps columns =
            taps_on_input(left, node->filter_width, node->dilation_width, node->input_width);
        /* Without dilation the taps of a row are one run of values. */
        int32_t runs = columns.last - columns.first;
        int32_t run = channels;
        if (node->dilation_width == 1) {
            run *= runs;
            runs = 1;
        }
        const int8_t *value_row = first_row + (left + columns.first * node->dilation_width) * channels;
        const int8_t *weight_row = node->weights + rows.first * filter_row + columns.first * channels;
        for (int32_t channel = 0; channel < node->output_channels; channel++) {
            int32_t sum = node->bias[channel];
            const int8_t *value = value_row;
            const int8_t *weight = weight_row;
            for (int32_t i = rows.first; i < rows.last; i++) {
                for (int32_t j = 0; j < runs; j++)
                    sum = dot_product(value + j * channels * node->dilation_width, weight + j * channels, run,
                                      node->input_offset, sum);
                value += input_row;
                weight += filter_row;
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
