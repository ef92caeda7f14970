#include "dot_product.h"
#include "requantize_channel.h"
#include "ring.h"
#include "window.h"

/* A convolution in groups: each `group_outputs` output channels see the next `filter_channels` input
 * channels. `weights` are [output_channels][filter_height][filter_width][filter_channels]; padding and ring
 * as in conv_2d. */
struct conv_2d_grouped {
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
    int16_t filter_channels;
    int16_t group_outputs;
    int16_t padding_top;
    int16_t padding_left;
    uint8_t stride_height;
    uint8_t stride_width;
    uint8_t dilation_height;
    uint8_t dilation_width;
};

/* Compute row `row` of the output, [output_width][output_channels]. */
void conv_2d_grouped_row(const struct conv_2d_grouped *node, const int8_t *input, int32_t row, int8_t *output)
{
    int32_t top = row * node->stride_height - node->padding_top;
    struct taps rows = taps_on_input(top, node->filter_height, node->dilation_height, node->input_height);
    int32_t first_slot = ring_slot(top + rows.first * node->dilation_height, node->input_rows);
    for (int32_t column = 0; column < node->output_width; column++) {
        int32_t left = column * node->stride_width - node->padding_left;
        struct taps columns =
            taps_on_input(left, node->filter_width, node->dilation_width, node->input_width);
        for (int32_t channel = 0; channel < node->output_channels; channel++) {
            int32_t first_channel = channel / node->group_outputs * node->filter_channels;
            int32_t sum = 0;
            int32_t slot = first_slot;
            for (int32_t i = rows.first; i < rows.last; i++) {
                for (int32_t j = columns.first; j < columns.last; j++) {
                    int32_t x = left + j * node->dilation_width;
                    int32_t pixel = (slot * node->input_width + x) * node->input_channels;
                    int32_t tap = (channel * node->filter_height + i) * node->filter_width + j;
                    sum = dot_product(input + pixel + first_channel,
                                      node->weights + tap * node->filter_channels, node->filter_channels,
                                      node->input_offset, sum);
                }
                slot += node->dilation_height;
                if (slot >= node->input_rows)
                    slot -= node->input_rows;
            }
            *output++ = requantize_channel(&node->output, sum, channel);
        }
    }
}

void conv_2d_grouped(const struct conv_2d_grouped *node, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < node->output_height; row++)
        conv_2d_grouped_row(node, input, row, output + row * node->output_width * node->output_channels);
}
