#include "channel_scale_wide.h"
#include "memory.h"
#include "tap_pointers.h"

/* A depthwise convolution with as many output as input channels, four at least. For each output pixel the
 * addresses of the taps' pixels are listed once and serve all channels, so that the loop over taps knows
 * neither rows nor borders; it takes four channels at a time: about 4 instructions for each multiplication
 * where it accumulates, 5.5 where not. `weights` are [taps][channels]. Scratch: an address a tap, and a
 * pixel.
 */
struct depthwise_conv_2d_blocked {
    const int8_t *weights;
    struct channel_scale output;
    struct filter_window window;
    int16_t input_rows;
};

/* Compute the four channels from `channel` on of a pixel. */
static void compute_four_channels(const struct depthwise_conv_2d_blocked *node, const int8_t *const *taps,
                                  const int8_t *const *end, int32_t channel, int8_t *output)
{
    const int32_t *scale = node->output.channels + 2 * channel;
    const int8_t *weights = node->weights + channel;
    int32_t sum_0 = scale[1] >> 8;
    int32_t sum_1 = scale[3] >> 8;
    int32_t sum_2 = scale[5] >> 8;
    int32_t sum_3 = scale[7] >> 8;
    for (; taps != end; taps++, weights += node->window.input_channels) {
        const int8_t *inputs = *taps + channel;
        sum_0 += inputs[0] * weights[0];
        sum_1 += inputs[1] * weights[1];
        sum_2 += inputs[2] * weights[2];
        sum_3 += inputs[3] * weights[3];
    }
    output[channel] = scale_sum(&node->output, scale, sum_0);
    output[channel + 1] = scale_sum(&node->output, scale + 2, sum_1);
    output[channel + 2] = scale_sum(&node->output, scale + 4, sum_2);
    output[channel + 3] = scale_sum(&node->output, scale + 6, sum_3);
}

/* Compute row `row` of the output, [output_width][channels]. */
void depthwise_conv_2d_blocked_row(const struct depthwise_conv_2d_blocked *node, const int8_t *input,
                                   int32_t row, int8_t *output, void *scratch)
{
    int32_t channels = node->window.input_channels;
    const int8_t **taps = pointers_in(scratch);
    const int8_t **end = taps + node->window.filter_height * node->window.filter_width;
    struct filter_rows rows = rows_under_filter(&node->window, input, node->input_rows, row);
    memset((void *)end, node->window.zero_point, (size_t)channels);
    for (int32_t column = 0; column < node->window.output_width; column++, output += channels) {
        point_at_taps(&node->window, &rows, column, (const int8_t *)end, taps);
        for (int32_t channel = 0; channel <= channels - 4; channel += 4)
            compute_four_channels(node, taps, end, channel, output);
        /* The last four channels may overlap with those before. */
        if (channels % 4 != 0)
            compute_four_channels(node, taps, end, channels - 4, output);
    }
}

void depthwise_conv_2d_blocked(const struct depthwise_conv_2d_blocked *node, const int8_t *input,
                               int8_t *output, void *scratch)
{
    int32_t row_bytes = node->window.output_width * node->window.input_channels;
    for (int32_t row = 0; row < node->window.output_height; row++)
        depthwise_conv_2d_blocked_row(node, input, row, output + row * row_bytes, scratch);
}
