#include "requantize.h"
#include "window.h"

/* A depthwise convolution: output channel c reads input channel c / multiplier only. `weights` are
 * [filter_height][filter_width][output_channels]; padding as in conv_2d. */
struct depthwise_conv_2d {
    const int8_t *weights;
    const int32_t *bias;
    struct requantization output;
    int16_t input_offset;
    int16_t input_height;
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

/* Compute row `row` of the output, [output_width][input_channels * multiplier]. */
void depthwise_conv_2d_row(const struct depthwise_conv_2d *node, const int8_t *input, int32_t row,
                           int8_t *output)
{
    int32_t channels = node->input_channels;
    int32_t output_channels = channels * node->multiplier;
    int32_t top = row * node->stride_height - node->padding_top;
    struct taps rows = taps_on_input(top, node->filter_height, node->dilation_height, node->input_height);
    for (int32_t column = 0; column < node->output_width; column++) {
        int32_t left = column * node->stride_width - node->padding_left;
        struct taps columns =
            taps_on_input(left, node->filter_width, node->dilation_width, node->input_width);
        const int8_t *corner =
            input + (top * node->input_width + left + columns.first * node->dilation_width) * channels;
        const int8_t *weight_corner = node->weights + columns.first * output_channels;
        for (int32_t channel = 0; channel < output_channels; channel++) {
            int32_t sum = node->bias[channel];
            int32_t offset = node->input_offset;
            int32_t step = channels * node->dilation_width;
            for (int32_t i = rows.first; i < rows.last; i++) {
                const int8_t *value = corner + i * node->dilation_height * node->input_width * channels;
                const int8_t *weight = weight_corner + i * node->filter_width * output_channels;
                for (int32_t j = columns.first; j < columns.last; j++) {
                    sum += (*value + offset) * *weight;
                    value += step;
                    weight += output_channels;
                }
            }
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
