#ifndef LILLIPUT_PAIR_SUMS_ARMV7EM_H
#define LILLIPUT_PAIR_SUMS_ARMV7EM_H

#include <stdint.h>

/* Sums of products for two output channels c and d at a time.
 *
 * Their weights are words of two int16 values weight[c] + 256 weight[d]: of each group of four inputs, one
 * word for inputs 0 and 2 and one for 1 and 3. A sum over inputs times weight[c] + 256 weight[d] is sum[c] +
 * 256 sum[d]; SXTB16 gives the weights of c alone, and so sum[c]. One load, one SXTB16 and two SMLAD make
 * four multiply-accumulates. It is exact while sum[d] is below 2^23 in magnitude, which
 * operators/channel_pairs_armv7em.py proves. */

/* The sums of one pixel: 14 instructions for 16 multiply-accumulates. Weights at r8, inputs at r9 up to r12;
 * sum[c] in r10 and sum[c] + 256 sum[d] in r11, which becomes 256 sum[d]. Entered at 2 where four inputs are
 * left over by eights, else at 3, which is 32 bytes behind it. Changes r0 to r7. */
#define ONE_PIXEL_SUMS                                                                                       \
    "2:\n\t"                                                                                                 \
    "ldrd    r4, r5, [r8], #8\n\t"                                                                           \
    "ldrd    r0, r1, [r9], #8\n\t"                                                                           \
    "smlad   r11, r4, r0, r11\n\t"                                                                           \
    "sxtb16  r4, r4\n\t"                                                                                     \
    "smlad   r10, r4, r0, r10\n\t"                                                                           \
    "smlad   r11, r5, r1, r11\n\t"                                                                           \
    "sxtb16  r5, r5\n\t"                                                                                     \
    "smlad   r10, r5, r1, r10\n\t"                                                                           \
    "3:\n\t"                                                                                                 \
    "ldmia.w r8!, {r4, r5, r6, r7}\n\t" /* weights of inputs 0 and 2; 1 and 3; 4 and 6; 5 and 7 */           \
    "ldmia.w r9!, {r0, r1, r2, r3}\n\t" /* these inputs */                                                   \
    "smlad   r11, r4, r0, r11\n\t"      /* sum[c] + 256 sum[d] */                                            \
    "sxtb16  r4, r4\n\t"                /* the weights of c */                                               \
    "smlad   r10, r4, r0, r10\n\t"      /* sum[c] */                                                         \
    "smlad   r11, r5, r1, r11\n\t"                                                                           \
    "sxtb16  r5, r5\n\t"                                                                                     \
    "smlad   r10, r5, r1, r10\n\t"                                                                           \
    "smlad   r11, r6, r2, r11\n\t"                                                                           \
    "sxtb16  r6, r6\n\t"                                                                                     \
    "smlad   r10, r6, r2, r10\n\t"                                                                           \
    "smlad   r11, r7, r3, r11\n\t"                                                                           \
    "sxtb16  r7, r7\n\t"                                                                                     \
    "smlad   r10, r7, r3, r10\n\t"                                                                           \
    "cmp     r9, r12\n\t"                                                                                    \
    "bne     3b\n\t"                                                                                         \
    "sub     r11, r11, r10\n\t"

/* Where ONE_PIXEL_SUMS is entered: bytes behind label 2, and the 1 of a Thumb address. */
static inline uint32_t one_pixel_entry(int32_t groups)
{
    return groups & 1 ? 1 : 33;
}

#endif
