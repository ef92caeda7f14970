#ifndef LILLIPUT_RING_H
#define LILLIPUT_RING_H

#include <stdint.h>

/* Where a ring of `rows` rows holds row `row`: at slot row % rows. Small cores cannot divide. */
static inline int32_t ring_slot(int32_t row, int32_t rows)
{
    while (row >= rows)
        row -= rows;
    return row;
}

#endif
