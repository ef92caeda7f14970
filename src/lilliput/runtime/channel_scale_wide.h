#ifndef LILLIPUT_CHANNEL_SCALE_WIDE_H
#define LILLIPUT_CHANNEL_SCALE_WIDE_H

#include "channel_scale.h"

/* The int8 output of a biased sum, for cores that multiply 32 x 32 -> 64 bits; `channel` are the two words of
 * its channel. TFLM rounds twice: sum * m / 2^31 to the nearest integer, ties upwards, and that / 2^s to the
 * nearest, ties away from zero. */
static inline int8_t scale_sum(const struct channel_scale *scale, const int32_t *channel, int32_t sum)
{
    int64_t product = (int64_t)(2 * sum) * channel[0];
    int32_t high = (int32_t)(product >> 32) + (int32_t)((uint32_t)product >> 31);
    int32_t shift = (uint8_t)channel[1];
    int32_t output = ((high + (high >> 31) + (1 << (shift - 1))) >> shift) + scale->zero_point;
    if (output < scale->minimum)
        output = scale->minimum;
    if (output > scale->maximum)
        output = scale->maximum;
    return (int8_t)output;
}

#endif
