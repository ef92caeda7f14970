#ifndef LILLIPUT_REQUANTIZE_H
#define LILLIPUT_REQUANTIZE_H

#include <stdint.h>

/* How int32 sums become int8 outputs. Channel c is scaled by multipliers[c] / 2^31 * 2^shifts[c]. */
struct requantization {
    const int32_t *multipliers;
    const int8_t *shifts;
    int8_t output_zero_point;
    int8_t output_minimum;
    int8_t output_maximum;
};

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

/* The int8 output of a channel from its int32 sum. */
static inline int8_t requantize_channel(const struct requantization *output, int32_t sum, int32_t channel)
{
    int32_t scaled = requantize(sum, output->multipliers[channel], output->shifts[channel]);
    return (int8_t)clamp(scaled + output->output_zero_point, output->output_minimum, output->output_maximum);
}

#endif
