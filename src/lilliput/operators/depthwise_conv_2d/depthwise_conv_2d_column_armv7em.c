#include "four_channels_armv7em.h"
#include "ring.h"
#include "window.h"

/* A depthwise convolution along a single column, [rows][1][channels], four channels at a time. `weights` are
 * [filter_height][input_channels]. Instructions: 3.5 for a multiply-accumulate and about 22 for an output. */
struct depthwise_conv_2d_column_armv7em {
    const int8_t *weights;
    struct scaling output;
    int16_t input_offset;
    int16_t input_height;
    int16_t input_rows;
    int16_t input_channels;
    int16_t output_height;
    int16_t filter_height;
    int16_t padding_top;
    uint8_t stride_height;
};

/* What STORE_FOUR_CHANNELS reads, behind the sums. */
struct four_sums {
    int32_t sums[4];
    int32_t scales[8];
    int32_t output_zero_point;
    int8_t *output;
    int32_t steps[2];
    const int8_t *output_end;
};

/* Add `taps` rows of four channels; rows of values and of weights are `step` bytes apart. */
static inline void add_taps(int32_t sums[4], const int8_t *value, const int8_t *weight, int32_t step,
                            int32_t offset, int32_t taps)
{
    uint32_t offsets = (uint32_t)offset << 16 | (uint16_t)offset;
    __asm__ volatile("ldm     %[sums], {r2, r3, r4, r5}\n"
                     "1:\n\t"
                     "ldr     r6, [%[value]]\n\t"
                     "ldr     r8, [%[weight]]\n\t"
                     "add     %[value], %[value], %[step]\n\t"
                     "add     %[weight], %[weight], %[step]\n\t"
                     "sxtab16 r7, %[offsets], r6, ror #8\n\t" /* channels 1 and 3 */
                     "sxtab16 r6, %[offsets], r6\n\t"         /* channels 0 and 2 */
                     "sxtb16  r9, r8, ror #8\n\t"
                     "sxtb16  r8, r8\n\t"
                     "smlabb  r2, r6, r8, r2\n\t"
                     "smlabb  r3, r7, r9, r3\n\t"
                     "smlatt  r4, r6, r8, r4\n\t"
                     "smlatt  r5, r7, r9, r5\n\t"
                     "subs    %[taps], %[taps], #1\n\t"
                     "bne     1b\n\t"
                     "stm     %[sums], {r2, r3, r4, r5}"
                     : [value] "+&r"(value), [weight] "+&r"(weight), [taps] "+&r"(taps)
                     : [sums] "r"(sums), [step] "r"(step), [offsets] "r"(offsets)
                     : "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "cc", "memory");
}

static inline void store_sums(struct four_sums *sums)
{
    register struct four_sums *fields __asm__("r1") = sums;
    register int32_t unused __asm__("r0") = 0;
    __asm__ volatile("ldm     r1!, {r2, r3, r4, r5}\n\t" STORE_FOUR_CHANNELS
                     : "+&r"(fields), "+&r"(unused)
                     :
                     : "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "cc",
                       "memory");
}

/* Compute row `row` of the output, [input_channels]. */
void depthwise_conv_2d_column_armv7em_row(const struct depthwise_conv_2d_column_armv7em *node,
                                          const int8_t *input, int32_t row, int8_t *output)
{
    int32_t step = node->input_channels;
    int32_t top = row * node->stride_height - node->padding_top;
    struct taps taps = taps_on_input(top, node->filter_height, 1, node->input_height);
    int32_t slot = ring_slot(top + taps.first, node->input_rows);
    int32_t before_end = node->input_rows - slot;
    int32_t behind_end = taps.last - taps.first - before_end;
    struct four_sums sums = {.output_zero_point = node->output.output_zero_point};
    for (int32_t channel = 0; channel < step; channel += 4) {
        if (channel > step - 4)
            channel = step - 4;
        const int8_t *weights = node->weights + taps.first * step + channel;
        load_biases(&node->output, channel, sums.sums);
        load_scales(&node->output, channel, sums.scales);
        sums.output = output + channel;
        add_taps(sums.sums, input + slot * step + channel, weights, step, node->input_offset,
                 behind_end > 0 ? before_end : before_end + behind_end);
        if (behind_end > 0)
            add_taps(sums.sums, input + channel, weights + before_end * step, step, node->input_offset,
                     behind_end);
        store_sums(&sums);
    }
    limit_outputs(&node->output, output, step);
}

void depthwise_conv_2d_column_armv7em(const struct depthwise_conv_2d_column_armv7em *node,
                                      const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < node->output_height; row++)
        depthwise_conv_2d_column_armv7em_row(node, input, row, output + row * node->input_channels);
}
