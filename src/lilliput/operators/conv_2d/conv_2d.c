#include "requantize.h"

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
    int32_t top = row * node->stride_height - node->padding_top;
    for (int32_t column = 0; column < node->output_width; column++) {
        int32_t left = column * node->stride_width - node->padding_left;
        const int8_t *weight = node->weights;
        for (int32_t channel = 0; channel < node->output_channels; channel++) {
            int32_t sum = node->bias[channel];
            int32_t y = top;
            for (int32_t i = 0; i < node->filter_height; i++, y += node->dilation_height) {
                int32_t x = left;
                for (int32_t j = 0; j < node->filter_width; j++, x += node->dilation_width) {
                    const int8_t *end = weight + channels;
                    /* As unsigned numbers, negative coordinates are beyond the input as well. */
                    if ((uint32_t)y < (uint32_t)node->input_height &&
                        (uint32_t)x < (uint32_t)node->input_width) {
                        const int8_t *value = input + (y * node->input_width + x) * channels;
                        while (weight != end)
                            sum += (*value++ + node->input_offset) * *weight++;
                    }
                    weight = end;
                }
            }
            *output++ = requantize_channel(&node->output, sum, channel);
        }
    }
}

void conv_2d(const struct conv_2d *node, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < node->output_height; row++)
        conv_2d_row(node, input, row, output + row * node->output_width * node->output_channels);
}
