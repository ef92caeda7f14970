#include "decode.h"
#include "dot_product.h"
#include "requantize_channel.h"
#include "ring.h"
#include "window.h"

/* conv_2d with encoded weights, [output_channels][filter_height][filter_width][input_channels]. A tap's
 * weights are decoded once for all pixels of a row. */
struct conv_2d_decoded {
    struct encoded weights;
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

/* Add what a tap contributes to the sums of a row's pixels, of which pixel 0 finds it in column `left` of the
 * row `values`. Not inlined for the same reason as conv_2d_taps. */
static __attribute__((noinline)) void conv_2d_decoded_tap(const struct conv_2d_decoded *node,
                                                          const int8_t *values, const int8_t *weights,
                                                          int32_t left, int32_t *sums)
{
    int32_t channels = node->input_channels;
    for (const int32_t *end = sums + node->output_width; sums != end; sums++) {
        if (left >= 0 && left < node->input_width)
            *sums = dot_product(values + left * channels, weights, channels, node->input_offset, *sums);
        left += node->stride_width;
    }
}

/* Compute row `row` of the output, [output_width][output_channels]. `scratch` has room for an int32 for each
 * pixel of the row and for a weight for each input channel. */
void conv_2d_decoded_row(const struct conv_2d_decoded *node, const int8_t *input, int32_t row, int8_t *output,
                         void *scratch)
{
    int32_t *sums = scratch;
    int8_t *weights = (int8_t *)(sums + node->output_width);
    struct decoder decoder = {&node->weights, 0, 0};
    for (int32_t channel = 0; channel < node->output_channels; channel++) {
        for (int32_t column = 0; column < node->output_width; column++)
            sums[column] = 0;
        int32_t y = row * node->stride_height - node->padding_top;
        for (int32_t i = 0; i < node->filter_height; i++) {
            int32_t slot = ring_slot(y, node->input_rows);
            int32_t left = -node->padding_left;
            for (int32_t j = 0; j < node->filter_width; j++) {
                decode(&decoder, weights, node->input_channels);
                if (y >= 0 && y < node->input_height)
                    conv_2d_decoded_tap(node, input + slot * node->input_width * node->input_channels,
                                        weights, left, sums);
                left += node->dilation_width;
            }
            y += node->dilation_height;
        }
        for (int32_t column = 0; column < node->output_width; column++)
            output[column * node->output_channels + channel] =
                requantize_channel(&node->output, sums[column], channel);
    }
}

void conv_2d_decoded(const struct conv_2d_decoded *node, const int8_t *input, int8_t *output, void *scratch)
{
    for (int32_t row = 0; row < node->output_height; row++)
        conv_2d_decoded_row(node, input, row, output + row * node->output_width * node->output_channels,
                            scratch);
}
