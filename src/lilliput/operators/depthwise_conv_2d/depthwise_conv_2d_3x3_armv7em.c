#include "four_channels_armv7em.h"
#include "ring.h"
#include "window.h"

/* A depthwise convolution with a filter of 3 x 3 taps, four channels at a time. What the window moves over is
 * first widened in scratch: for each column of the input, and for zeros beside it, the six words
 *
 *   (x[0], x[1]) of channel 0, of channel 1, of channel 2, of channel 3; x[2] of channels (0, 2), of (1, 3)
 *
 * where x[i] is the value in row i of the window minus the zero point. Three columns are a window, whatever
 * the stride, and a window times weights in the same order is six instructions for eight products:
 * one LDM of inputs and one of weights, four SMLAD. A row of the window that lies on padding gets weights of
 * 0.
 *
 * Instructions per output: 17 for the window, requantisation and store, 4 for each column that is widened,
 * and a quarter of about 160 for each row of the output. Scratch: 140 bytes, and 24 for each column of a
 * segment.
 *
 * `weights` are those of four channels after one another, the last four overlapping those before where there
 * are no four more. For each column of the filter they have 12 bytes, w[row] of a channel:
 *   w[0] of 0, w[0] of 1, w[1] of 0, w[1] of 1, w[0] of 2, w[0] of 3, w[1] of 2, w[1] of 3, w[2] of 0, 1, 2,
 * 3 */
struct depthwise_conv_2d_3x3_armv7em {
    const int8_t *weights;
    struct scaling output;
    int16_t input_offset;
    int16_t input_height;
    int16_t input_rows;
    int16_t input_width;
    int16_t input_channels;
    int16_t output_height;
    int16_t output_width;
    int16_t padding_top;
    int16_t padding_left;
    int16_t segment; /* outputs of a row that are computed between two widenings */
    uint8_t stride_height;
    uint8_t stride_width;
};

/* A column of the window, or of weights for it. */
struct column_3x3 {
    int32_t words[6];
};

/* What the loop over outputs reads, in this order, and `columns` that it moves over. */
struct channels_3x3 {
    int32_t biases[4];
    struct column_3x3 weights[3];
    int32_t scales[8];
    int32_t output_zero_point;
    int8_t *output;
    int32_t output_step;
    int32_t column_step; /* from the end of a window back to the next one */
    const int8_t *output_end;
    struct column_3x3 columns[];
};

/* Widen the weights of four channels. */
static inline void load_weights(const int8_t *weights, struct column_3x3 *column)
{
    int32_t count = 3;
    __asm__ volatile("1:\n\t"
                     "ldr     r6, [%[weights]], #4\n\t"
                     "sxtb16  r4, r6\n\t"
                     "sxtb16  r5, r6, ror #8\n\t"
                     "ldr     r8, [%[weights]], #4\n\t"
                     "sxtb16  r6, r8\n\t"
                     "sxtb16  r7, r8, ror #8\n\t"
                     "ldr     r10, [%[weights]], #4\n\t"
                     "sxtb16  r8, r10\n\t"
                     "sxtb16  r9, r10, ror #8\n\t"
                     "stm     %[column]!, {r4, r5, r6, r7, r8, r9}\n\t"
                     "subs    %[count], %[count], #1\n\t"
                     "bne     1b"
                     : [weights] "+&r"(weights), [column] "+&r"(column), [count] "+&r"(count)
                     :
                     : "r4", "r5", "r6", "r7", "r8", "r9", "r10", "cc", "memory");
}

/* Set the weights of rows that lie on padding to 0. */
static void drop_rows(struct column_3x3 *weights, struct taps rows)
{
    uint32_t pair = (rows.first == 0 ? 0xffffu : 0) | (rows.first <= 1 && rows.last >= 2 ? 0xffff0000u : 0);
    for (int32_t i = 0; i < 3; i++) {
        for (int32_t j = 0; j < 4; j++)
            weights[i].words[j] &= (int32_t)pair;
        if (rows.last < 3)
            weights[i].words[4] = weights[i].words[5] = 0;
    }
}

/* Widen `count` columns of four channels. The window's rows begin at `input` and `second` and `third` bytes
 * on; each half of `offsets` is the input offset. */
static inline void widen(struct column_3x3 *column, const int8_t *input, int32_t second, int32_t third,
                         int32_t step, uint32_t offsets, int32_t count)
{
    __asm__ volatile("1:\n\t"
                     "ldr     r7, [%[input], %[third]]\n\t"
                     "ldr     r3, [%[input], %[second]]\n\t"
                     "ldr     r2, [%[input]]\n\t"
                     "add     %[input], %[input], %[step]\n\t"
                     "sxtab16 r6, %[offsets], r7\n\t"
                     "sxtab16 r7, %[offsets], r7, ror #8\n\t"
                     "sxtab16 r4, %[offsets], r2\n\t"
                     "sxtab16 r5, %[offsets], r2, ror #8\n\t"
                     "sxtab16 r8, %[offsets], r3\n\t"
                     "pkhbt   r2, r4, r8, lsl #16\n\t"
                     "pkhtb   r4, r8, r4, asr #16\n\t"
                     "sxtab16 r8, %[offsets], r3, ror #8\n\t"
                     "pkhbt   r3, r5, r8, lsl #16\n\t"
                     "pkhtb   r5, r8, r5, asr #16\n\t"
                     "stm     %[column]!, {r2, r3, r4, r5, r6, r7}\n\t"
                     "subs    %[count], %[count], #1\n\t"
                     "bne     1b"
                     : [column] "+&r"(column), [input] "+&r"(input), [count] "+&r"(count)
                     : [second] "r"(second), [third] "r"(third), [step] "r"(step), [offsets] "r"(offsets)
                     : "r2", "r3", "r4", "r5", "r6", "r7", "r8", "cc", "memory");
}

/* One column of the window times one of weights. */
#define COLUMN                                                                                               \
    "ldm     r0!, {r6, r7, r8, r9}\n\t"                                                                      \
    "ldm     r1!, {r10, r11, r12, lr}\n\t"                                                                   \
    "smlad   r2, r6, r10, r2\n\t"                                                                            \
    "smlad   r3, r7, r11, r3\n\t"                                                                            \
    "smlad   r4, r8, r12, r4\n\t"                                                                            \
    "smlad   r5, r9, lr, r5\n\t"                                                                             \
    "ldm     r0!, {r6, r7}\n\t"                                                                              \
    "ldm     r1!, {r10, r11}\n\t"                                                                            \
    "smlabb  r2, r6, r10, r2\n\t"                                                                            \
    "smlabb  r3, r7, r11, r3\n\t"                                                                            \
    "smlatt  r4, r6, r10, r4\n\t"                                                                            \
    "smlatt  r5, r7, r11, r5\n\t"

/* The outputs of four channels up to channels->output_end; at least one. */
static void compute_outputs(struct channels_3x3 *channels)
{
    register struct channels_3x3 *fields __asm__("r1") = channels;
    register struct column_3x3 *column __asm__("r0") = channels->columns;
    __asm__ volatile("1:\n\t"
                     "ldm     r1!, {r2, r3, r4, r5}\n\t" /* biases */
                     COLUMN COLUMN COLUMN STORE_FOUR_CHANNELS "sub     r1, r1, #124\n\t"
                     "bne     1b"
                     : "+&r"(fields), "+&r"(column)
                     :
                     : "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "cc",
                       "memory");
}

static void clear_words(struct column_3x3 *columns, int32_t count)
{
    static const struct column_3x3 zeros;
    while (count-- > 0)
        *columns++ = zeros;
}

/* Compute row `row` of the output, [output_width][input_channels]. */
void depthwise_conv_2d_3x3_armv7em_row(const struct depthwise_conv_2d_3x3_armv7em *node, const int8_t *input,
                                       int32_t row, int8_t *output, void *scratch)
{
    struct channels_3x3 *channels = scratch;
    int32_t step = node->input_channels;
    int32_t top = row * node->stride_height - node->padding_top;
    struct taps taps = taps_on_input(top, 3, 1, node->input_height);
    const int8_t *rows[3];
    for (int32_t tap = 0; tap < 3; tap++) {
        int32_t y = clamp(top + tap, 0, node->input_height - 1);
        rows[tap] = input + ring_slot(y, node->input_rows) * node->input_width * step;
    }
    int32_t second = rows[1] - rows[0];
    int32_t third = rows[2] - rows[0];
    uint32_t offsets = (uint32_t)node->input_offset << 16 | (uint16_t)node->input_offset;
    channels->output_zero_point = node->output.output_zero_point;
    channels->output_step = step;
    channels->column_step = (node->stride_width - 3) * (int32_t)sizeof(struct column_3x3);
    int32_t count = node->segment;
    for (int32_t done = 0; done < node->output_width; done += count) {
        if (count > node->output_width - done)
            count = node->output_width - done;
        int32_t left = done * node->stride_width - node->padding_left;
        int32_t width = (count - 1) * node->stride_width + 3;
        struct taps columns = taps_on_input(left, width, 1, node->input_width);
        clear_words(channels->columns, columns.first);
        clear_words(channels->columns + columns.last, width - columns.last);
        struct column_3x3 *target = channels->columns + columns.first;
        int8_t *first_output = output + done * step;
        const int8_t *first = rows[0] + (left + columns.first) * step;
        const int8_t *weights = node->weights;
        for (int32_t channel = 0; channel < step; channel += 4) {
            if (channel > step - 4)
                channel = step - 4;
            load_biases(&node->output, channel, channels->biases);
            load_scales(&node->output, channel, channels->scales);
            load_weights(weights, channels->weights);
            weights += 36;
            if (taps.last - taps.first < 3)
                drop_rows(channels->weights, taps);
            widen(target, first + channel, second, third, step, offsets, columns.last - columns.first);
            channels->output = first_output + channel;
            channels->output_end = first_output + channel + count * step;
            compute_outputs(channels);
        }
    }
    limit_outputs(&node->output, output, node->output_width * step);
}

void depthwise_conv_2d_3x3_armv7em(const struct depthwise_conv_2d_3x3_armv7em *node, const int8_t *input,
                                   int8_t *output, void *scratch)
{
    for (int32_t row = 0; row < node->output_height; row++)
        depthwise_conv_2d_3x3_armv7em_row(node, input, row,
                                          output + row * node->output_width * node->input_channels, scratch);
}
