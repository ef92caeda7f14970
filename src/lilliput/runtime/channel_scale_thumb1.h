#ifndef LILLIPUT_CHANNEL_SCALE_THUMB1_H
#define LILLIPUT_CHANNEL_SCALE_THUMB1_H

#include "channel_scale.h"

/* What the outputs of a node have in common. */
struct output_limits {
    int32_t zero_point;
    int32_t minimum;
    int32_t maximum;
    int32_t least; /* sums below become the minimum */
};

/* The limits of a node. After a ReLU no output is below the zero point. */
static inline struct output_limits output_limits(const struct channel_scale *scale)
{
    struct output_limits limits = {scale->zero_point, scale->minimum, scale->maximum, INT32_MIN};
    if (scale->minimum >= scale->zero_point)
        limits.least = 0;
    return limits;
}

/* Turn the biased sums from `sum` to `end` into outputs, `output_step` bytes apart, with the scale at
 * `channel` and, `channel_step` bytes further each time, those of the next channels.
 *
 * TFLM rounds twice: sum * m / 2^31 to the nearest integer, ties upwards, and that / 2^s to the nearest, ties
 * away from zero. Armv6-M multiplies 32 x 32 -> 32 bits only, so floor(sum * m / 2^24) = P is computed with
 * the four bytes of m, which is exact because a floor of floors is. Both roundings are then
 * (P + 2^6 - (sum < 0) * 2^7 + 2^(6 + s)) >> (7 + s). The last term is the carry that the shift leaves, and
 * is added with the zero point. 38 instructions, 10 for a sum below the least. */
static inline void scale_sums(const struct output_limits *limits, const int32_t *channel,
                              int32_t channel_step, const int32_t *sum, const int32_t *end, int8_t *output,
                              int32_t output_step)
{
    register const int32_t *channel_ __asm__("r1") = channel;
    register int8_t *output_ __asm__("r4") = output;
    register const int32_t *sum_ __asm__("r5") = sum;
    register int32_t zero_point __asm__("r6") = limits->zero_point;
    register int32_t least_ __asm__("r8") = limits->least;
    register int32_t minimum __asm__("r9") = limits->minimum;
    register int32_t maximum __asm__("r10") = limits->maximum;
    register const int32_t *end_ __asm__("r11") = end;
    register int32_t output_step_ __asm__("r12") = output_step;
    register int32_t channel_step_ __asm__("lr") = channel_step;
    __asm__ volatile(".syntax unified\n"
                     "1:\n\t"
                     "ldm   r5!, {r0}\n\t"
                     "mov   r2, r9\n\t"
                     "cmp   r0, r8\n\t"
                     "blt   4f\n\t"
                     "ldrb  r2, [r1, #0]\n\t"
                     "muls  r2, r0, r2\n\t"
                     "asrs  r2, r2, #8\n\t"
                     "ldrb  r3, [r1, #1]\n\t"
                     "muls  r3, r0, r3\n\t"
                     "adds  r2, r2, r3\n\t"
                     "asrs  r2, r2, #8\n\t"
                     "ldrb  r3, [r1, #2]\n\t"
                     "muls  r3, r0, r3\n\t"
                     "adds  r2, r2, r3\n\t"
                     "asrs  r2, r2, #8\n\t"
                     "ldrb  r3, [r1, #3]\n\t"
                     "muls  r3, r0, r3\n\t"
                     "adds  r2, r2, r3\n\t"
                     "adds  r2, #64\n\t"
                     "cmp   r0, #0\n\t"
                     "bge   2f\n\t"
                     "subs  r2, #128\n"
                     "2:\n\t"
                     "ldrb  r3, [r1, #4]\n\t"
                     "adds  r3, #7\n\t"
                     "asrs  r2, r3\n\t"
                     "adcs  r2, r6\n\t"
                     "cmp   r2, r9\n\t"
                     "bge   3f\n\t"
                     "mov   r2, r9\n"
                     "3:\n\t"
                     "cmp   r2, r10\n\t"
                     "ble   4f\n\t"
                     "mov   r2, r10\n"
                     "4:\n\t"
                     "strb  r2, [r4]\n\t"
                     "add   r4, r12\n\t"
                     "add   r1, lr\n\t"
                     "cmp   r5, r11\n\t"
                     "bne   1b\n\t"
                     : "+&r"(channel_), "+&r"(output_), "+&r"(sum_)
                     : "r"(zero_point), "r"(least_), "r"(minimum), "r"(maximum), "r"(end_), "r"(output_step_),
                       "r"(channel_step_)
                     : "r0", "r2", "r3", "cc", "memory");
}

#endif
