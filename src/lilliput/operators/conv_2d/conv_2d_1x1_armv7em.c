#include "channel_pairs_armv7em.h"
#include "ring.h"
#include "widen_armv7em.h"

/* A convolution whose filter has one tap, for cores with the DSP extension, on two pixels at a time or, where
 * these would need much scratch, one.
 *
 * Instructions: those of channel_pairs_armv7em.h; besides, 1.1 for each input and 80 for each two pixels.
 * Scratch: the inputs of the pixels as int16, 8 bytes for each group of 4 channels. */
struct conv_2d_1x1_armv7em {
    struct channel_pairs layer;
    int16_t input_rows;
    int16_t input_width;
    int16_t input_channels;
    int16_t output_height;
    int16_t output_width;
    uint8_t stride_height;
    uint8_t stride_width;
};

/* Compute row `row` of the output. */
void conv_2d_1x1_armv7em_row(const struct conv_2d_1x1_armv7em *node, const int8_t *input, int32_t row,
                             int8_t *output, void *scratch)
{
    int32_t channels = node->input_channels;
    int32_t step = node->stride_width * channels;
    int32_t slot = ring_slot(row * node->stride_height, node->input_rows);
    const int8_t *inputs = input + slot * node->input_width * channels;
    int32_t pixels = node->layer.pixels;
    struct channel_loop loop = channel_loop(&node->layer, scratch, pixels);
    int8_t *pixel = output;
    for (int32_t left = node->output_width; left > 0; left -= pixels) {
        if (left < pixels) {
            pixels = 1;
            loop = channel_loop(&node->layer, scratch, 1);
        }
        if (pixels == 1)
            widen_pixel(inputs, channels, scratch);
        else
            widen_pixel_pair(inputs, inputs + step, channels, scratch);
        multiply_pixels(&node->layer, &loop, pixels, pixel);
        inputs += pixels * step;
        pixel += pixels * node->layer.channels;
    }
    limit_row(&node->layer, output, node->output_width);
}

void conv_2d_1x1_armv7em(const struct conv_2d_1x1_armv7em *node, const int8_t *input, int8_t *output,
                         void *scratch)
{
    for (int32_t row = 0; row < node->output_height; row++)
        conv_2d_1x1_armv7em_row(node, input, row, output + row * node->output_width * node->layer.channels,
                                scratch);
}
