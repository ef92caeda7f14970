#ifndef LILLIPUT_WEIGHTED_SUM_H
#define LILLIPUT_WEIGHTED_SUM_H

#include "requantize.h"

/* The sum or difference of two int8 values. Of its inputs, `wide` is the one with the larger scale: its
 * weight is exactly one half, so `factor` is 2^19 (-2^19 when it is subtracted). The other one, `narrow`,
 * weighs multiplier / 2^31 * 2^shift; `sign` is -1 when it is subtracted. */
struct weighted_sum {
    int32_t factor;
    int32_t multiplier;
    int32_t output_multiplier;
    int16_t wide_offset;
    int16_t narrow_offset;
    int8_t shift;
    int8_t sign;
    int8_t output_shift;
    int8_t output_zero_point;
    int8_t output_minimum;
    int8_t output_maximum;
};

static inline int8_t weighted_sum(const struct weighted_sum *node, int32_t wide, int32_t narrow)
{
    int32_t scaled = requantize((narrow + node->narrow_offset) * (1 << 20), node->multiplier, node->shift);
    int32_t sum = (wide + node->wide_offset) * node->factor + scaled * node->sign;
    int32_t output = requantize(sum, node->output_multiplier, node->output_shift) + node->output_zero_point;
    return (int8_t)clamp(output, node->output_minimum, node->output_maximum);
}

#endif
