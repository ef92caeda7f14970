#include "channel_scale_thumb1.h"
#include "memory.h"
#include "tap_pointers.h"

/* A depthwise convolution with as many output as input channels, four at least, for Armv6-M. For each output
 * pixel the addresses of the taps' pixels are listed once and serve all channels, so that the loop over taps
 * knows neither rows nor borders. Four channels at a time: 22 instructions for the 4 multiplications of a tap
 * (5.5 each). `weights` are [taps][channels]. Scratch: 4 bytes a tap, and a pixel. */
struct depthwise_conv_2d_thumb1 {
    const int8_t *weights;
    struct channel_scale output;
    struct filter_window window;
    int16_t input_rows;
};

/* Add the products of the channels from `channel` on to their four sums. */
static inline void products_of_four_channels(const int8_t *const *taps, const int8_t *const *end,
                                             const int8_t *weights, int32_t channels, int32_t channel,
                                             int32_t *sums)
{
    register const int8_t *const *taps_ __asm__("r0") = taps;
    register const int8_t *weights_ __asm__("r2") = weights;
    register int32_t channel_ __asm__("r5") = channel;
    register int32_t sum_0 __asm__("r8") = sums[0];
    register int32_t sum_1 __asm__("r9") = sums[1];
    register int32_t sum_2 __asm__("r10") = sums[2];
    register int32_t sum_3 __asm__("r11") = sums[3];
    register int32_t channels_less_1 __asm__("r12") = channels - 1;
    register const int8_t *const *end_ __asm__("lr") = end;
    __asm__(".syntax unified\n\t"
            "push  {r7}\n\t"
            "adds  r6, r5, #1\n\t"
            "adds  r7, r5, #2\n"
            "1:\n\t"
            "ldm   r0!, {r1}\n\t"
            "ldrsb r3, [r1, r5]\n\t"
            "ldrsb r4, [r2, r5]\n\t"
            "muls  r3, r4, r3\n\t"
            "add   r8, r3\n\t"
            "ldrsb r3, [r1, r6]\n\t"
            "ldrsb r4, [r2, r6]\n\t"
            "muls  r3, r4, r3\n\t"
            "add   r9, r3\n\t"
            "ldrsb r3, [r1, r7]\n\t"
            "ldrsb r4, [r2, r7]\n\t"
            "muls  r3, r4, r3\n\t"
            "add   r10, r3\n\t"
            "adds  r1, #1\n\t"
            "adds  r2, #1\n\t"
            "ldrsb r3, [r1, r7]\n\t"
            "ldrsb r4, [r2, r7]\n\t"
            "muls  r3, r4, r3\n\t"
            "add   r11, r3\n\t"
            "add   r2, r12\n\t"
            "cmp   r0, lr\n\t"
            "bne   1b\n\t"
            "pop   {r7}\n\t"
            : "+&r"(taps_), "+&r"(weights_), "+&r"(sum_0), "+&r"(sum_1), "+&r"(sum_2), "+&r"(sum_3)
            : "r"(channel_), "r"(channels_less_1), "r"(end_)
            : "r1", "r3", "r4", "r6", "cc", "memory");
    sums[0] = sum_0;
    sums[1] = sum_1;
    sums[2] = sum_2;
    sums[3] = sum_3;
}

/* Compute row `row` of the output, [output_width][channels]. */
void depthwise_conv_2d_thumb1_row(const struct depthwise_conv_2d_thumb1 *node, const int8_t *input,
                                  int32_t row, int8_t *output, void *scratch)
{
    int32_t channels = node->window.input_channels;
    const int8_t **taps = pointers_in(scratch);
    const int8_t **end = taps + node->window.filter_height * node->window.filter_width;
    struct filter_rows rows = rows_under_filter(&node->window, input, node->input_rows, row);
    struct output_limits limits = output_limits(&node->output);
    memset((void *)end, node->window.zero_point, (size_t)channels);
    for (int32_t column = 0; column < node->window.output_width; column++, output += channels) {
        point_at_taps(&node->window, &rows, column, (const int8_t *)end, taps);
        for (int32_t channel = 0; channel < channels; channel += 4) {
            /* The last four channels may overlap with those before. */
            if (channel > channels - 4)
                channel = channels - 4;
            const int32_t *scale = node->output.channels + 2 * channel;
            int32_t sums[4] = {scale[1] >> 8, scale[3] >> 8, scale[5] >> 8, scale[7] >> 8};
            products_of_four_channels(taps, end, node->weights, channels, channel, sums);
            scale_sums(&limits, scale, 8, sums, sums + 4, output + channel, 1);
        }
    }
}

void depthwise_conv_2d_thumb1(const struct depthwise_conv_2d_thumb1 *node, const int8_t *input,
                              int8_t *output, void *scratch)
{
    int32_t row_bytes = node->window.output_width * node->window.input_channels;
    for (int32_t row = 0; row < node->window.output_height; row++)
        depthwise_conv_2d_thumb1_row(node, input, row, output + row * row_bytes, scratch);
}
