#ifndef LILLIPUT_REQUANTIZE_CHANNEL_H
#define LILLIPUT_REQUANTIZE_CHANNEL_H

#include "bias.h"
#include "requantize.h"

/* How int32 sums become int8 outputs. Channel c has a bias, which is added first, of `bias_bytes` bytes, and
 * is scaled by multipliers[c] / 2^31 * 2^shifts[c]. */
struct requantization {
    const void *bias;
    const int32_t *multipliers;
    const int8_t *shifts;
    int8_t output_zero_point;
    int8_t output_minimum;
    int8_t output_maximum;
    uint8_t bias_bytes;
};

/* The int8 output of a channel from its int32 sum of products. */
static inline int8_t requantize_channel(const struct requantization *output, int32_t sum, int32_t channel)
{
    sum += bias_of(output->bias, output->bias_bytes, channel);
    int32_t scaled = requantize(sum, output->multipliers[channel], output->shifts[channel]);
    return (int8_t)clamp(scaled + output->output_zero_point, output->output_minimum, output->output_maximum);
}

#endif
