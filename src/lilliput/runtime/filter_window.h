#ifndef LILLIPUT_FILTER_WINDOW_H
#define LILLIPUT_FILTER_WINDOW_H

#include <stdint.h>
#include "ring.h"
#include "window.h"

/* A filter that moves over an image. What lies outside of the image counts as `zero_point`. */
struct filter_window {
    int16_t input_height;
    int16_t input_width;
    int16_t input_channels;
    int16_t output_height;
    int16_t output_width;
    int16_t filter_height;
    int16_t filter_width;
    int16_t padding_top;
    int16_t padding_left;
    uint8_t stride_height;
    uint8_t stride_width;
    uint8_t dilation_height;
    uint8_t dilation_width;
    int8_t zero_point;
};

/* The image's rows under the filter: taps [taps.first, taps.last) of a column, the first one at `first`. */
struct filter_rows {
    const int8_t *first;
    const int8_t *ring_end;
    int32_t ring_bytes;
    int32_t row_bytes;
    struct taps taps;
};

/* The rows that output row `row` sees, of an image whose row y lies in slot y % input_rows of a ring. */
static inline struct filter_rows rows_under_filter(const struct filter_window *window, const int8_t *input,
                                                   int32_t input_rows, int32_t row)
{
    struct filter_rows rows;
    int32_t top = row * window->stride_height - window->padding_top;
    rows.taps = taps_on_input(top, window->filter_height, window->dilation_height, window->input_height);
    rows.row_bytes = window->input_width * window->input_channels;
    rows.first =
        input + ring_slot(top + rows.taps.first * window->dilation_height, input_rows) * rows.row_bytes;
    rows.ring_bytes = input_rows * rows.row_bytes;
    rows.ring_end = input + rows.ring_bytes;
    return rows;
}

/* The image's row under the filter's next row. */
static inline const int8_t *next_row(const struct filter_window *window, const struct filter_rows *rows,
                                     const int8_t *row)
{
    row += rows->row_bytes * window->dilation_height;
    if (row >= rows->ring_end)
        row -= rows->ring_bytes;
    return row;
}

#endif
