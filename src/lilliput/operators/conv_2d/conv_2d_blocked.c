#include "channel_scale_wide.h"
#include "memory.h"
#include "tap_pointers.h"

/* A convolution in blocks of two pixels and two channels, so that four loads serve four multiplications:
 * about 3 instructions each with a multiplication that accumulates, 4.5 without. `weights` are
 * [output_channels][filter_height][filter_width][input_channels]. Scratch: the inputs of two windows, the
 * addresses of their taps, and a pixel. */
struct conv_2d_blocked {
    const int8_t *weights;
    struct channel_scale output;
    struct filter_window window;
    int16_t input_rows;
    int16_t output_channels;
    int32_t taps;
};

/* Two pixels' windows, or twice the same one, and where their outputs belong. */
struct pixel_pair {
    const int8_t *inputs[2];
    int8_t *outputs[2];
};

/* The values under the filter at column `column`: in the image where the filter has one tap, else copied to
 * `copy`. */
static const int8_t *copy_window(const struct filter_window *window, const struct filter_rows *rows,
                                 int32_t column, const int8_t *outside, const int8_t **pointers, int8_t *copy)
{
    int32_t taps = window->filter_height * window->filter_width;
    point_at_taps(window, rows, column, outside, pointers);
    if (taps == 1)
        return pointers[0];
    int8_t *to = copy;
    for (int32_t tap = 0; tap < taps; tap++, to += window->input_channels)
        memcpy(to, pointers[tap], (size_t)window->input_channels);
    return copy;
}

/* Compute two channels of two pixels; `second` is 0 where the first channel is the last one. */
static void compute_block(const struct conv_2d_blocked *node, const struct pixel_pair *pair, int32_t channel,
                          int32_t second)
{
    const int32_t *scale = node->output.channels + 2 * channel;
    const int8_t *weights_a = node->weights + channel * node->taps;
    const int8_t *weights_b = weights_a + second * node->taps;
    const int8_t *inputs_a = pair->inputs[0];
    const int8_t *inputs_b = pair->inputs[1];
    int32_t sum_aa = scale[1] >> 8;
    int32_t sum_ab = scale[2 * second + 1] >> 8;
    int32_t sum_ba = sum_aa;
    int32_t sum_bb = sum_ab;
    for (const int8_t *end = inputs_a + node->taps; inputs_a != end;) {
        int32_t input_a = *inputs_a++;
        int32_t input_b = *inputs_b++;
        int32_t weight_a = *weights_a++;
        int32_t weight_b = *weights_b++;
        sum_aa += input_a * weight_a;
        sum_ab += input_a * weight_b;
        sum_ba += input_b * weight_a;
        sum_bb += input_b * weight_b;
    }
    pair->outputs[0][channel] = scale_sum(&node->output, scale, sum_aa);
    pair->outputs[1][channel] = scale_sum(&node->output, scale, sum_ba);
    if (second) {
        pair->outputs[0][channel + 1] = scale_sum(&node->output, scale + 2, sum_ab);
        pair->outputs[1][channel + 1] = scale_sum(&node->output, scale + 2, sum_bb);
    }
}

/* Compute row `row` of the output, [output_width][output_channels]. */
void conv_2d_blocked_row(const struct conv_2d_blocked *node, const int8_t *input, int32_t row, int8_t *output,
                         void *scratch)
{
    const struct filter_window *window = &node->window;
    const int8_t **pointers = pointers_in(scratch);
    int8_t *outside = (int8_t *)(pointers + window->filter_height * window->filter_width);
    int8_t *copies = outside + window->input_channels;
    struct filter_rows rows = rows_under_filter(window, input, node->input_rows, row);
    memset(outside, window->zero_point, (size_t)window->input_channels);
    for (int32_t column = 0; column < window->output_width; column += 2) {
        int32_t next = column + 1 < window->output_width;
        struct pixel_pair pair;
        pair.inputs[0] = copy_window(window, &rows, column, outside, pointers, copies);
        pair.inputs[1] = pair.inputs[0];
        if (next)
            pair.inputs[1] = copy_window(window, &rows, column + 1, outside, pointers, copies + node->taps);
        pair.outputs[0] = output + column * node->output_channels;
        pair.outputs[1] = pair.outputs[0] + next * node->output_channels;
        for (int32_t channel = 0; channel < node->output_channels; channel += 2)
            compute_block(node, &pair, channel, channel + 1 < node->output_channels);
    }
}

void conv_2d_blocked(const struct conv_2d_blocked *node, const int8_t *input, int8_t *output, void *scratch)
{
    for (int32_t row = 0; row < node->window.output_height; row++)
        conv_2d_blocked_row(node, input, row,
                            output + row * node->window.output_width * node->output_channels, scratch);
}
