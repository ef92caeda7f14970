#ifndef LILLIPUT_REQUANTIZE_ARMV7EM_H
#define LILLIPUT_REQUANTIZE_ARMV7EM_H

#include "requantize_channel.h"

/* The arithmetic of requantize.h in three instructions, for cores with the DSP extension. It is exact for
 * sums below 2^30 in magnitude that are scaled by multiplier / 2^31 / 2^right, 1 <= right <= 22 and
 * multiplier >= 0; operators/armv7em.py proves that for a node.
 *
 *   SMMLAR t, 2 sum, multiplier, rounding   t = ((sum * multiplier + 2^30) >> 31) + rounding
 *   ADD    t, t, sum, ASR #31               ties of the right shift go away from zero
 *   ASR    t, t, right
 *
 * The sign of the sum stands for the product's: they differ only where the product is rounded to 0, and
 * (2^(right - 1) - 1) >> right is 0 as well. `rounding` also adds the output zero point behind the shift. */
struct scale {
    int32_t multiplier;
    int32_t rounding; /* (2 * output zero point + 1) << (right - 1) */
    int32_t right;
};

/* The scale of an output channel. */
static inline struct scale scale_of(const struct requantization *output, int32_t channel)
{
    int32_t right = -output->shifts[channel];
    struct scale scale = {
        output->multipliers[channel],
        (int32_t)((uint32_t)(2 * output->output_zero_point + 1) << (right - 1)),
        right,
    };
    return scale;
}

/* The output, not yet limited to int8, from twice the sum of products and bias. */
static inline int32_t requantize_twice(int32_t twice, struct scale scale)
{
    int32_t output;
    __asm__("smmlar %0, %1, %2, %3\n\t"
            "add    %0, %0, %1, asr #31\n\t"
            "asr    %0, %0, %4"
            : "=&r"(output)
            : "r"(twice), "r"(scale.multiplier), "r"(scale.rounding), "r"(scale.right));
    return output;
}

/* The nearest int8. */
static inline int8_t saturate_int8(int32_t value)
{
    int32_t output;
    __asm__("ssat %0, #8, %1" : "=r"(output) : "r"(value) : "cc");
    return (int8_t)output;
}

/* Bring int8 outputs, already saturated, to the limits of a fused activation. Most are those of int8. */
static inline void limit_outputs(const struct requantization *limits, int8_t *outputs, int32_t count)
{
    if (limits->output_minimum == INT8_MIN && limits->output_maximum == INT8_MAX)
        return;
    for (int32_t i = 0; i < count; i++)
        outputs[i] = (int8_t)clamp(outputs[i], limits->output_minimum, limits->output_maximum);
}

#endif
