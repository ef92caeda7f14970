#ifndef LILLIPUT_WINDOW_H
#define LILLIPUT_WINDOW_H

#include <stdint.h>

/* Taps [first, last) of a filter lie on the input; the one before `first` and the one at `last` are padding.
 */
struct taps {
    int32_t first;
    int32_t last;
};

/* Which of `taps` taps lie on an input of `size`, when tap t is at start + t * dilation. */
static inline struct taps taps_on_input(int32_t start, int32_t taps, int32_t dilation, int32_t size)
{
    struct taps on = {0, taps};
    while (on.first < on.last && start + on.first * dilation < 0)
        on.first++;
    while (on.first < on.last && start + (on.last - 1) * dilation >= size)
        on.last--;
    return on;
}

#endif
