#include "channel_pairs_armv7em.h"
#include "ring.h"
#include "widen_armv7em.h"
#include "window.h"

/* A convolution for cores with the DSP extension, on two pixels at a time or, where these would need much
 * scratch, one. Their windows are gathered in scratch, widened to int16, for all output channels. A window
 * consists of runs of inputs that lie beside one another: the rows of the filter, or the single taps where
 * the filter is dilated.
 *
 * Instructions: those of channel_pairs_armv7em.h; besides, 1.2 for each input of a window, and 40 a run.
 * Scratch for each pixel: 8 bytes for each group of 4 inputs, and a run. */
struct conv_2d_armv7em {
    struct channel_pairs layer;
    int16_t input_height;
    int16_t input_rows;
    int16_t input_width;
    int16_t input_channels;
    int8_t input_zero_point;
    int16_t output_height;
    int16_t output_width;
    int16_t filter_height;
    int16_t filter_width;
    int16_t runs; /* of a row of the filter, of so many taps each: */
    int16_t run_taps;
    int16_t padding_top;
    int16_t padding_left;
    uint8_t stride_height;
    uint8_t stride_width;
    uint8_t dilation_height;
    uint8_t dilation_width;
};

/* The inputs of a run that begins at `column` of `row`, which is null above and below the input. They are
 * copied to `patch` where a part of them is padding. */
static const int8_t *run_of_inputs(const struct conv_2d_armv7em *node, const int8_t *row, int32_t column,
                                   int8_t *patch)
{
    int32_t channels = node->input_channels;
    int32_t run = node->run_taps * channels;
    int32_t first = column * channels;
    int32_t begin = first < 0 ? -first : 0;
    int32_t end = row == 0 ? 0 : node->input_width * channels - first;
    if (begin == 0 && end >= run)
        return row + first;
    for (int32_t i = 0; i < run; i++)
        patch[i] = node->input_zero_point;
    for (int32_t i = begin; i < end && i < run; i++)
        patch[i] = row[first + i];
    return patch;
}

/* Gather the windows of one or two pixels, of which the first begins at column `left`. `line` is the row of
 * the input under tap `rows.first`. */
static void gather_windows(const struct conv_2d_armv7em *node, const int8_t *input, const int8_t *line,
                           struct taps rows, int32_t left, int32_t pixels, uint32_t *to)
{
    int32_t channels = node->input_channels;
    int32_t run = node->run_taps * channels;
    int32_t row_bytes = node->input_width * channels;
    int32_t right = left + (node->filter_width - 1) * node->dilation_width;
    int32_t has_padding = left < 0 || right + (pixels - 1) * node->stride_width >= node->input_width;
    int8_t *patches = (int8_t *)(to + 2 * pixels * node->layer.groups);
    for (int32_t i = 0; i < node->filter_height; i++) {
        int32_t is_row = i >= rows.first && i < rows.last;
        for (int32_t j = 0; j < node->runs; j++) {
            int32_t column = left + j * node->dilation_width;
            const int8_t *first = line + column * channels;
            const int8_t *second = first + (pixels - 1) * node->stride_width * channels;
            if (has_padding || !is_row) {
                const int8_t *row = is_row ? line : 0;
                first = run_of_inputs(node, row, column, patches);
                if (pixels == 2)
                    second = run_of_inputs(node, row, column + node->stride_width, patches + run);
            }
            to = pixels == 1 ? widen_pixel(first, run, to) : widen_pixel_pair(first, second, run, to);
        }
        if (is_row) {
            line += row_bytes * node->dilation_height;
            if (line >= input + node->input_rows * row_bytes)
                line -= node->input_rows * row_bytes;
        }
    }
}

/* Compute row `row` of the output. */
void conv_2d_armv7em_row(const struct conv_2d_armv7em *node, const int8_t *input, int32_t row, int8_t *output,
                         void *scratch)
{
    int32_t top = row * node->stride_height - node->padding_top;
    struct taps rows = taps_on_input(top, node->filter_height, node->dilation_height, node->input_height);
    int32_t slot = ring_slot(top + rows.first * node->dilation_height, node->input_rows);
    const int8_t *line = input + slot * node->input_width * node->input_channels;
    int32_t pixels = node->layer.pixels;
    struct channel_loop loop = channel_loop(&node->layer, scratch, pixels);
    int8_t *pixel = output;
    for (int32_t column = 0; column < node->output_width; column += pixels) {
        if (column + pixels > node->output_width) {
            pixels = 1;
            loop = channel_loop(&node->layer, scratch, 1);
        }
        int32_t left = column * node->stride_width - node->padding_left;
        gather_windows(node, input, line, rows, left, pixels, scratch);
        multiply_pixels(&node->layer, &loop, pixels, pixel);
        pixel += pixels * node->layer.channels;
    }
    limit_row(&node->layer, output, node->output_width);
}

void conv_2d_armv7em(const struct conv_2d_armv7em *node, const int8_t *input, int8_t *output, void *scratch)
{
    for (int32_t row = 0; row < node->output_height; row++)
        conv_2d_armv7em_row(node, input, row, output + row * node->output_width * node->layer.channels,
                            scratch);
}
