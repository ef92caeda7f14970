#ifndef LILLIPUT_BIAS_H
#define LILLIPUT_BIAS_H

#include <stdint.h>

/* The bias of a channel, of an array whose values have 2 or 4 bytes each. */
static inline int32_t bias_of(const void *biases, int32_t bytes, int32_t channel)
{
    if (bytes == 2)
        return ((const int16_t *)biases)[channel];
    return ((const int32_t *)biases)[channel];
}

#endif
