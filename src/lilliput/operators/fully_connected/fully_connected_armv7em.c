#include "limit.h"
#include "pair_sums_armv7em.h"
#include "widen_armv7em.h"

/* A fully connected layer with one scale for all outputs, for cores with the DSP extension. `weights` is a
 * stream of words, for each two outputs c and d: bias[c], bias[c] + 256 bias[d], and 2 words for each group
 * of 4 inputs as in pair_sums_armv7em.h. `scale` and `right` are as in channel_pairs_armv7em.h.
 *
 * Instructions: 0.75 for each input, and for two outputs of K inputs 20 + 2 K.
 * Scratch: the inputs as int16, 8 bytes for each group. */
struct fully_connected_armv7em {
    const uint32_t *weights;
    int32_t scale;
    int32_t inputs;
    int16_t groups;
    int16_t outputs;
    int8_t right;
    int8_t zero_point;
    int8_t minimum;
    int8_t maximum;
};

struct output_loop {
    const uint32_t *weights;
    const uint32_t *inputs_end;
    int8_t *output;
    const uint32_t *inputs;
    uint32_t entry;
    int32_t scale;
    int32_t factor;
    int32_t zero_point;
    const uint32_t *weights_end;
};

/* Compute outputs, two at a time, until `weights_end`. ADR counts from a multiple of 4, so the function must
 * begin at one. */
static __attribute__((noinline, aligned(4))) void multiply_outputs(const struct output_loop *loop)
{
    register const void *r0 __asm__("r0") = loop;
    __asm__ volatile("push    {r4-r11, lr}\n\t"
                     "ldm     r0!, {r8, r12, lr}\n\t" /* weights, inputs_end, output */
                     "ldm     r0, {r1-r6}\n\t"        /* inputs, entry and so on */
                     "adr.w   r0, 2f\n\t"
                     "add     r2, r2, r0\n\t"
                     "push    {r1-r6}\n"
                     "1:\n\t"
                     "ldrd    r10, r11, [r8], #8\n\t"              /* biases */
                     "ldr     r9, [sp, #0]\n\t"                    /* inputs */
                     "ldr     pc, [sp, #4]\n"                      /* to 2 or 3 */
                     ONE_PIXEL_SUMS "ldrd    r0, r1, [sp, #8]\n\t" /* scale, factor */
                     "ldrd    r2, r3, [sp, #16]\n\t"               /* zero_point, weights_end */
                     "asr     r11, r11, #8\n\t"
                     "smmlar  r10, r10, r0, r10\n\t" /* requantise */
                     "smmlar  r11, r11, r0, r11\n\t"
                     "add     r10, r10, r10, asr #31\n\t"
                     "add     r11, r11, r11, asr #31\n\t"
                     "smmlar  r10, r10, r1, r2\n\t"
                     "smmlar  r11, r11, r1, r2\n\t"
                     "ssat    r10, #8, r10\n\t"
                     "ssat    r11, #8, r11\n\t"
                     "bfi     r10, r11, #8, #8\n\t"
                     "strh    r10, [lr], #2\n\t"
                     "cmp     r8, r3\n\t"
                     "bne     1b\n\t"
                     "add     sp, sp, #24\n\t"
                     "pop     {r4-r11, lr}"
                     : "+&r"(r0)
                     :
                     : "r1", "r2", "r3", "r12", "cc", "memory");
}

/* Compute `outputs` values from a vector of `inputs` values. An odd last one has a partner, which is dropped.
 */
void fully_connected_armv7em(const struct fully_connected_armv7em *node, const int8_t *input, int8_t *output,
                             void *scratch)
{
    const uint32_t *inputs = scratch;
    int32_t words = 2 + 2 * node->groups;
    int8_t both[2];
    struct output_loop loop = {node->weights,
                               inputs + 2 * node->groups,
                               output,
                               inputs,
                               one_pixel_entry(node->groups),
                               node->scale,
                               1 << node->right,
                               node->zero_point,
                               node->weights + node->outputs / 2 * words};
    widen_pixel(input, node->inputs, scratch);
    if (node->outputs > 1)
        multiply_outputs(&loop);
    if (node->outputs & 1) {
        loop.weights = loop.weights_end;
        loop.weights_end += words;
        loop.output = both;
        multiply_outputs(&loop);
        output[node->outputs - 1] = both[0];
    }
    limit_values(output, node->outputs, node->minimum, node->maximum);
}
