#ifndef LILLIPUT_TAP_POINTERS_H
#define LILLIPUT_TAP_POINTERS_H

#include "filter_window.h"

/* The first place for a pointer in scratch memory, which is at a multiple of four bytes. */
static inline const int8_t **pointers_in(void *scratch)
{
    uintptr_t mask = sizeof(int8_t *) - 1;
    return (const int8_t **)(((uintptr_t)scratch + mask) & ~mask);
}

/* Where the pixels under the filter's taps begin at column `column` of an output row; `outside` is a pixel of
 * zero points. */
static void point_at_taps(const struct filter_window *window, const struct filter_rows *rows, int32_t column,
                          const int8_t *outside, const int8_t **pointers)
{
    const int8_t *row = rows->first;
    int32_t left = column * window->stride_width - window->padding_left;
    for (int32_t i = 0; i < window->filter_height; i++) {
        int inside = i >= rows->taps.first && i < rows->taps.last;
        int32_t x = left;
        for (int32_t j = 0; j < window->filter_width; j++, x += window->dilation_width) {
            /* As an unsigned number, a negative column is beyond the image as well. */
            int on_image = inside && (uint32_t)x < (uint32_t)window->input_width;
            *pointers++ = on_image ? row + x * window->input_channels : outside;
        }
        if (inside)
            row = next_row(window, rows, row);
    }
}

#endif
