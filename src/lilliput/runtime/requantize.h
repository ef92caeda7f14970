#ifndef LILLIPUT_REQUANTIZE_H
#define LILLIPUT_REQUANTIZE_H

#include <stdint.h>

/* a * b / 2^31, rounded to the nearest integer (ties upwards). The factors must not both be -2^31. */
static inline int32_t high_product(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* value * multiplier / 2^31 * 2^shift, rounded twice as the reference kernels of TensorFlow Lite Micro do:
 * the product to the nearest integer, then the right shift (ties away from zero). */
static inline int32_t requantize(int32_t value, int32_t multiplier, int32_t shift)
{
    int32_t high = high_product((int32_t)((uint32_t)value << (shift > 0 ? shift : 0)), multiplier);
    if (shift >= 0)
        return high;
    /* One less below zero, so that ties go downwards there. */
    high -= high < 0;
    return ((high >> ~shift) + 1) >> 1;
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
