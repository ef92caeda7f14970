#ifndef LILLIPUT_REQUANTIZE_H
#define LILLIPUT_REQUANTIZE_H

#include <stdint.h>

/* value * multiplier / 2^31 * 2^shift, rounded twice as the reference kernels of TensorFlow Lite Micro do:
 * the product to the nearest integer (ties upwards), then the right shift (ties away from zero). The two
 * factors must not both be -2^31. */
static inline int32_t requantize(int32_t value, int32_t multiplier, int32_t shift)
{
    if (shift > 0) {
        value = (int32_t)((uint32_t)value << shift);
        shift = 0;
    }
    int32_t high = (int32_t)(((int64_t)value * multiplier + (1 << 30)) >> 31);
    int32_t floor = high >> -shift;
    int32_t mask = (int32_t)((1u << -shift) - 1);
    return floor + ((high & mask) > (mask >> 1) + (high < 0));
}

static inline int32_t clamp(int32_t value, int32_t minimum, int32_t maximum)
{
    if (value < minimum)
        value = minimum;
    if (value > maximum)
        value = maximum;
    return value;
}

#endif
