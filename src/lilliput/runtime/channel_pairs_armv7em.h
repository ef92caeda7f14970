#ifndef LILLIPUT_CHANNEL_PAIRS_ARMV7EM_H
#define LILLIPUT_CHANNEL_PAIRS_ARMV7EM_H

#include "limit.h"
#include "pair_sums_armv7em.h"

/* Matrix products and their requantisation, by pair_sums_armv7em.h.
 *
 * `weights` is a stream of words. It has for each two output channels c and d
 *   bias[c], bias[c] + 256 bias[d]        which contain the input zero point
 *   2 words for each group of 4 inputs    as pair_sums_armv7em.h says
 *   scale[c], scale[d]                    2 multiplier - 2^32
 *   right[c] | last << 8 | right[d] << 9 | positive << 31
 * where right is 32 - (the right shift); `last` is set where a loop over channels ends: at the last two, and
 * at an odd one behind them; `positive` where negative sums become the smallest output, however they are
 * rounded.
 *
 * Sums are requantised by three instructions, for multipliers from 2^30 on and right shifts of 2 to 31 bits:
 *   SMMLAR sum, sum, scale, sum           (sum * multiplier + 2^30) >> 31
 *   ADD    sum, sum, sum, ASR #31         ties of the right shift go away from zero
 *   SMMLAR sum, sum, 1 << right, zero     zero + ((sum + (1 << shift >> 1)) >> shift)
 *
 * Instructions for two channels of K inputs: 34 + 3.125 K for two pixels, 37 where not `positive`, which is
 * 0.78 for a multiply-accumulate and 9 for an output; 22 + 2 K for one pixel. */
struct channel_pairs {
    const uint32_t *weights;
    int16_t groups;
    int16_t channels;
    int8_t pixels; /* at a time: one or two */
    int8_t zero_point;
    int8_t minimum;
    int8_t maximum;
};

/* What the loops over channels work on. */
struct channel_loop {
    const uint32_t *weights;
    const uint32_t *inputs_end;
    int8_t *output;
    const uint32_t *inputs;
    uint32_t entry; /* where they enter their inner loops: bytes behind the loop's label, and Thumb's 1 */
    int32_t zero_point;
    int32_t pixel_stride; /* from an output to that of the second pixel */
};

/* Four inputs of two pixels by two channels: 12 instructions of 4 bytes for 16 multiply-accumulates. */
#define TWO_PIXELS_BY_FOUR                                                                                   \
    "ldrd    r8, r9, [r10], #8\n\t"      /* weights of inputs 0 and 2; of 1 and 3 */                         \
    "ldmia.w r11!, {r0, r1, r2, r3}\n\t" /* these inputs of the first pixel; of the second one */            \
    "smlad   r5, r8, r0, r5\n\t"         /* sum[c] + 256 sum[d] of the first pixel */                        \
    "smlad   r7, r8, r2, r7\n\t"         /* and of the second one */                                         \
    "sxtb16  r8, r8\n\t"                 /* the weights of c */                                              \
    "smlad   r4, r8, r0, r4\n\t"         /* sum[c] of the first pixel */                                     \
    "smlad   r6, r8, r2, r6\n\t"         /* and of the second one */                                         \
    "smlad   r5, r9, r1, r5\n\t"         /* the same for inputs 1 and 3 */                                   \
    "smlad   r7, r9, r3, r7\n\t"                                                                             \
    "sxtb16  r9, r9\n\t"                                                                                     \
    "smlad   r4, r9, r1, r4\n\t"                                                                             \
    "smlad   r6, r9, r3, r6\n\t"

/* Two pixels by all channels up to the last one of the stream; returns the stream's next word. All registers
 * are needed, so they are saved here and the compiler's allocation is not asked. ADR counts from a multiple
 * of 4, so the function must begin at one. */
static __attribute__((noinline, aligned(4))) const uint32_t *
multiply_two_pixels(const struct channel_loop *loop)
{
    register const void *r0 __asm__("r0") = loop;
    __asm__ volatile("push    {r4-r11, lr}\n\t"
                     "ldm     r0!, {r10, r12, lr}\n\t" /* weights, inputs_end, output */
                     "ldm     r0, {r1-r4}\n\t"         /* inputs, entry, zero_point, pixel_stride */
                     "adr.w   r0, 2f\n\t"
                     "add     r2, r2, r0\n\t" /* the address where the inner loop is entered */
                     "push    {r1-r4}\n"
                     "1:\n\t"
                     "ldrd    r4, r5, [r10]\n\t" /* biases */
                     "ldrd    r6, r7, [r10], #8\n\t"
                     "ldr     r11, [sp, #0]\n\t" /* inputs */
                     "ldr     pc, [sp, #4]\n"    /* into the loop, so that the last round is a whole one */
                     "2:\n\t" TWO_PIXELS_BY_FOUR TWO_PIXELS_BY_FOUR TWO_PIXELS_BY_FOUR TWO_PIXELS_BY_FOUR
                     "cmp     r11, r12\n\t"
                     "bne     2b\n\t"
                     "ldm     r10!, {r0, r1, r2}\n\t" /* scales and right shifts */
                     "mov     r3, #1\n\t"
                     "lsl     r8, r3, r2\n\t" /* 1 << right[c]: shifts take the lowest byte of a register */
                     "asrs    r2, r2, #9\n\t" /* the carry is now `last`, the sign `positive` */
                     "lsl     r9, r3, r2\n\t" /* 1 << right[d] */
                     "ldr     r11, [sp, #8]\n\t" /* zero_point */
                     "ldr     r2, [sp, #12]\n\t" /* pixel_stride */
                     "sub     r5, r5, r4\n\t"    /* 256 sum[d] */
                     "sub     r7, r7, r6\n\t"
                     "asr     r5, r5, #8\n\t"
                     "asr     r7, r7, #8\n\t"
                     "smmlar  r4, r4, r0, r4\n\t" /* requantise */
                     "smmlar  r6, r6, r0, r6\n\t"
                     "smmlar  r5, r5, r1, r5\n\t"
                     "smmlar  r7, r7, r1, r7\n\t"
                     "bmi     3f\n\t"
                     "add     r4, r4, r4, asr #31\n\t"
                     "add     r6, r6, r6, asr #31\n\t"
                     "add     r5, r5, r5, asr #31\n\t"
                     "add     r7, r7, r7, asr #31\n"
                     "3:\n\t"
                     "smmlar  r4, r4, r8, r11\n\t"
                     "smmlar  r6, r6, r8, r11\n\t"
                     "smmlar  r5, r5, r9, r11\n\t"
                     "smmlar  r7, r7, r9, r11\n\t"
                     "ssat    r4, #8, r4\n\t"
                     "ssat    r6, #8, r6\n\t"
                     "ssat    r5, #8, r5\n\t"
                     "ssat    r7, #8, r7\n\t"
                     "bfi     r4, r5, #8, #8\n\t"
                     "bfi     r6, r7, #8, #8\n\t"
                     "strh    r6, [lr, r2]\n\t"
                     "strh    r4, [lr], #2\n\t"
                     "bcc     1b\n\t"
                     "mov     r0, r10\n\t"
                     "add     sp, sp, #16\n\t"
                     "pop     {r4-r11, lr}"
                     : "+&r"(r0)
                     :
                     : "r1", "r2", "r3", "r12", "cc", "memory");
    return r0;
}

/* One pixel by all channels up to the last one of the stream; returns the stream's next word. */
static __attribute__((noinline, aligned(4))) const uint32_t *
multiply_one_pixel(const struct channel_loop *loop)
{
    register const void *r0 __asm__("r0") = loop;
    __asm__ volatile("push    {r4-r11, lr}\n\t"
                     "ldm     r0!, {r8, r12, lr}\n\t" /* weights, inputs_end, output */
                     "ldm     r0, {r1-r3}\n\t"        /* inputs, entry, zero_point */
                     "adr.w   r0, 2f\n\t"
                     "add     r2, r2, r0\n\t"
                     "push    {r1-r3}\n"
                     "1:\n\t"
                     "ldrd    r10, r11, [r8], #8\n\t"               /* biases */
                     "ldr     r9, [sp, #0]\n\t"                     /* inputs */
                     "ldr     pc, [sp, #4]\n"                       /* to 2 or 3 */
                     ONE_PIXEL_SUMS "ldm     r8!, {r0, r1, r2}\n\t" /* scales and right shifts */
                     "mov     r3, #1\n\t"
                     "lsl     r4, r3, r2\n\t"
                     "lsrs    r2, r2, #9\n\t" /* the carry is now `last` */
                     "lsl     r5, r3, r2\n\t"
                     "ldr     r9, [sp, #8]\n\t" /* zero_point */
                     "asr     r11, r11, #8\n\t"
                     "smmlar  r10, r10, r0, r10\n\t" /* requantise */
                     "smmlar  r11, r11, r1, r11\n\t"
                     "add     r10, r10, r10, asr #31\n\t"
                     "add     r11, r11, r11, asr #31\n\t"
                     "smmlar  r10, r10, r4, r9\n\t"
                     "smmlar  r11, r11, r5, r9\n\t"
                     "ssat    r10, #8, r10\n\t"
                     "ssat    r11, #8, r11\n\t"
                     "bfi     r10, r11, #8, #8\n\t"
                     "strh    r10, [lr], #2\n\t"
                     "bcc     1b\n\t"
                     "mov     r0, r8\n\t"
                     "add     sp, sp, #12\n\t"
                     "pop     {r4-r11, lr}"
                     : "+&r"(r0)
                     :
                     : "r1", "r2", "r3", "r12", "cc", "memory");
    return r0;
}

/* What there is to do for one or two pixels whose inputs lie at `inputs`. */
static inline struct channel_loop channel_loop(const struct channel_pairs *layer, const uint32_t *inputs,
                                               int32_t pixels)
{
    int32_t groups = layer->groups;
    struct channel_loop loop = {
        .weights = layer->weights,
        .inputs_end = inputs + 2 * pixels * groups,
        .inputs = inputs,
        .entry = pixels == 1 ? one_pixel_entry(groups) : 48 * ((uint32_t)-groups & 3) + 1,
        .zero_point = layer->zero_point,
        .pixel_stride = layer->channels,
    };
    return loop;
}

static inline const uint32_t *multiply_channels(const struct channel_loop *loop, int32_t pixels)
{
    return pixels == 1 ? multiply_one_pixel(loop) : multiply_two_pixels(loop);
}

/* All channels of one or two pixels. An odd last channel has a partner, which is dropped. */
static inline void multiply_pixels(const struct channel_pairs *layer, struct channel_loop *loop,
                                   int32_t pixels, int8_t *output)
{
    int32_t last = layer->channels - 1;
    loop->output = output;
    if (last > 0)
        loop->weights = multiply_channels(loop, pixels);
    if (layer->channels & 1) {
        int8_t both[2][2];
        loop->output = both[0];
        loop->pixel_stride = 2;
        multiply_channels(loop, pixels);
        loop->pixel_stride = layer->channels;
        for (int32_t pixel = 0; pixel < pixels; pixel++)
            output[pixel * layer->channels + last] = both[pixel][0];
    }
    loop->weights = layer->weights;
}

/* Bring a row of `pixels` pixels to the limits of a fused activation. */
static inline void limit_row(const struct channel_pairs *layer, int8_t *row, int32_t pixels)
{
    limit_values(row, pixels * layer->channels, layer->minimum, layer->maximum);
}

#endif
