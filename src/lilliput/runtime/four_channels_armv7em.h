#ifndef LILLIPUT_FOUR_CHANNELS_ARMV7EM_H
#define LILLIPUT_FOUR_CHANNELS_ARMV7EM_H

#include "bias.h"
#include "requantize.h"

/* How int32 sums become int8 outputs, with the arithmetic of requantize.h in three instructions:
 *
 *   SMMLAR sum, sum, scale, sum          (sum * multiplier + 2^30) >> 31, as scale is 2 multiplier - 2^32
 *   ADD    sum, sum, sum, ASR #31        ties of the right shift go away from zero
 *   SMMLAR sum, sum, power, zero         zero + ((sum + (1 << shift >> 1)) >> shift), power is 2^(32 - shift)
 *
 * for any sum, multipliers from 2^30 on and right shifts of 2 to 31 bits. */
struct scaling {
    const void *bias;
    const int32_t *scales;
    const uint8_t *powers; /* the exponents of the powers: 32 - shift */
    int8_t output_zero_point;
    int8_t output_minimum;
    int8_t output_maximum;
    uint8_t bias_bytes;
};

/* The biases of four channels from `channel` on. */
static inline void load_biases(const struct scaling *scaling, int32_t channel, int32_t biases[4])
{
    if (scaling->bias_bytes == 2) {
        const int16_t *narrow = (const int16_t *)scaling->bias + channel;
        biases[0] = narrow[0];
        biases[1] = narrow[1];
        biases[2] = narrow[2];
        biases[3] = narrow[3];
    } else {
        const int32_t *wide = (const int32_t *)scaling->bias + channel;
        biases[0] = wide[0];
        biases[1] = wide[1];
        biases[2] = wide[2];
        biases[3] = wide[3];
    }
}

/* Their scales and then their powers. */
static inline void load_scales(const struct scaling *scaling, int32_t channel, int32_t scales[8])
{
    int32_t *end = scales;
    __asm__ volatile("ldm     %[from], {r2, r3, r4, r5}\n\t"
                     "stm     %[scales]!, {r2, r3, r4, r5}\n\t"
                     "ldr     r6, [%[powers]]\n\t"
                     "mov     r5, #1\n\t"
                     "uxtb    r2, r6\n\t"
                     "uxtb    r3, r6, ror #8\n\t"
                     "uxtb    r4, r6, ror #16\n\t"
                     "uxtb    r6, r6, ror #24\n\t"
                     "lsl     r2, r5, r2\n\t"
                     "lsl     r3, r5, r3\n\t"
                     "lsl     r4, r5, r4\n\t"
                     "lsl     r5, r5, r6\n\t"
                     "stm     %[scales]!, {r2, r3, r4, r5}"
                     : [scales] "+&r"(end)
                     : [from] "r"(scaling->scales + channel), [powers] "r"(scaling->powers + channel)
                     : "r2", "r3", "r4", "r5", "r6", "memory");
}

/* Bring int8 outputs to the limits of a fused activation. Most are those of int8. */
static inline void limit_outputs(const struct scaling *limits, int8_t *outputs, int32_t count)
{
    if (limits->output_minimum == INT8_MIN && limits->output_maximum == INT8_MAX)
        return;
    for (int32_t i = 0; i < count; i++)
        outputs[i] = (int8_t)clamp(outputs[i], limits->output_minimum, limits->output_maximum);
}

/* Requantise the sums in r2 to r5 and store them. r1 points to the four scales, four powers and the zero
 * point, behind which stand the place of the first output, its distance to that of the next pixel, what r0
 * moves by, and where outputs end; the flags say whether they do. Changes r6 to r12 and lr. */
#define STORE_FOUR_CHANNELS                                                                                  \
    "ldm     r1!, {r6, r7, r8, r9}\n\t"                                                                      \
    "smmlar  r2, r2, r6, r2\n\t"                                                                             \
    "smmlar  r3, r3, r7, r3\n\t"                                                                             \
    "smmlar  r4, r4, r8, r4\n\t"                                                                             \
    "smmlar  r5, r5, r9, r5\n\t"                                                                             \
    "add     r2, r2, r2, asr #31\n\t"                                                                        \
    "add     r3, r3, r3, asr #31\n\t"                                                                        \
    "add     r4, r4, r4, asr #31\n\t"                                                                        \
    "add     r5, r5, r5, asr #31\n\t"                                                                        \
    "ldm     r1!, {r6, r7, r8, r9, r10}\n\t"                                                                 \
    "smmlar  r2, r2, r6, r10\n\t"                                                                            \
    "smmlar  r3, r3, r7, r10\n\t"                                                                            \
    "smmlar  r4, r4, r8, r10\n\t"                                                                            \
    "smmlar  r5, r5, r9, r10\n\t"                                                                            \
    "ldm     r1, {r10, r11, r12, lr}\n\t"                                                                    \
    "ssat    r2, #8, r2\n\t"                                                                                 \
    "ssat    r3, #8, r3\n\t"                                                                                 \
    "ssat    r4, #8, r4\n\t"                                                                                 \
    "ssat    r5, #8, r5\n\t"                                                                                 \
    "strb    r2, [r10]\n\t"                                                                                  \
    "strb    r3, [r10, #1]\n\t"                                                                              \
    "strb    r4, [r10, #2]\n\t"                                                                              \
    "strb    r5, [r10, #3]\n\t"                                                                              \
    "add     r10, r10, r11\n\t"                                                                              \
    "str     r10, [r1]\n\t"                                                                                  \
    "add     r0, r0, r12\n\t"                                                                                \
    "cmp     r10, lr\n\t"

#endif
