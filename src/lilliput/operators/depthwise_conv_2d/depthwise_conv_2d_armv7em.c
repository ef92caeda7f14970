#include "four_channels_armv7em.h"
#include "ring.h"
#include "window.h"

/* A depthwise convolution with any filter, four channels at a time. What the window moves over is first
 * widened in scratch: for each column of the input, and for zeros beside it, and for each pair of rows of the
 * window a block of four words, one a channel, (x in the upper row, x in the lower row), where x is the value
 * minus the zero point. So a window is one run of blocks, whatever the stride, and weights lie in the same
 * order. What of the window lies on padding above or below, and the lower row of an incomplete pair, gets
 * weights of 0.
 *
 * Instructions: 2 for each output and pair of rows and column of the window, and 8 for requantisation and
 * store; 15/4 for each pair of rows of each column that is widened. Scratch: 76 bytes, and 16 for each block
 * of weights and of the columns of a segment.
 *
 * `weights` are those of four channels after one another, the last four overlapping those before where there
 * are no four more; for each column of the filter first those for pairs of rows, with w[row] of a channel
 *   w[0] of 0, w[0] of 1, w[1] of 0, w[1] of 1, w[0] of 2, w[0] of 3, w[1] of 2, w[1] of 3
 * and then those of a single last row. */
struct depthwise_conv_2d_armv7em {
    const int8_t *weights;
    struct scaling output;
    int16_t input_offset;
    int16_t input_height;
    int16_t input_rows;
    int16_t input_width;
    int16_t input_channels;
    int16_t output_height;
    int16_t output_width;
    int16_t filter_height;
    int16_t filter_width;
    int16_t padding_top;
    int16_t padding_left;
    int16_t segment; /* outputs of a row that are computed between two widenings */
    uint8_t stride_height;
    uint8_t stride_width;
};

/* A column's values, or weights, in a pair of rows. */
struct block {
    int32_t channels[4];
};

/* What the loop over outputs reads: the head, the weights, the tail. */
struct head {
    int32_t biases[4];
    int32_t iterations; /* of two blocks */
    struct block weights[];
};

struct tail {
    int32_t scales[8];
    int32_t output_zero_point;
    int8_t *output;
    int32_t output_step;
    int32_t column_step; /* from the end of a window's blocks back to the next one */
    const int8_t *output_end;
    struct head *head;
    struct block columns[];
};

/* Widen the weights of four channels. */
static void load_weight_blocks(const int8_t *weights, struct block *block, int32_t rows, int32_t columns)
{
    for (; columns > 0; columns--) {
        for (int32_t pairs = rows >> 1; pairs > 0; pairs--)
            __asm__ volatile("ldr     r6, [%[weights]], #4\n\t"
                             "sxtb16  r4, r6\n\t"
                             "sxtb16  r5, r6, ror #8\n\t"
                             "ldr     r8, [%[weights]], #4\n\t"
                             "sxtb16  r6, r8\n\t"
                             "sxtb16  r7, r8, ror #8\n\t"
                             "stm     %[block]!, {r4, r5, r6, r7}"
                             : [weights] "+&r"(weights), [block] "+&r"(block)
                             :
                             : "r4", "r5", "r6", "r7", "r8", "memory");
        if ((rows & 1) != 0)
            __asm__ volatile("ldr     r6, [%[weights]], #4\n\t"
                             "sxtb16  r8, r6\n\t"
                             "sxtb16  r7, r6, ror #8\n\t"
                             "uxth    r4, r8\n\t"
                             "uxth    r5, r7\n\t"
                             "lsr     r6, r8, #16\n\t"
                             "lsr     r7, r7, #16\n\t"
                             "stm     %[block]!, {r4, r5, r6, r7}"
                             : [weights] "+&r"(weights), [block] "+&r"(block)
                             :
                             : "r4", "r5", "r6", "r7", "r8", "memory");
    }
}

/* Set the weights of rows that lie on padding to 0. */
static void drop_weights(struct block *block, int32_t height, int32_t columns, struct taps rows)
{
    for (; columns > 0; columns--)
        for (int32_t row = 0; row < height; row += 2, block++) {
            uint32_t upper = row >= rows.first && row < rows.last ? 0xffffu : 0;
            uint32_t lower = row + 1 >= rows.first && row + 1 < rows.last ? 0xffff0000u : 0;
            for (int32_t i = 0; i < 4; i++)
                block->channels[i] &= (int32_t)(upper | lower);
        }
}

/* Widen `count` columns of four channels in a pair of rows, the second one `lower` bytes behind the first.
 * Columns are `step` bytes apart, and their blocks `block_step`; each half of `offsets` is the input offset.
 */
static inline void widen_pair(struct block *block, const int8_t *input, int32_t lower, int32_t step,
                              int32_t block_step, uint32_t offsets, int32_t count)
{
    __asm__ volatile(
        "1:\n\t"
        "ldr     r4, [%[input]]\n\t"
        "ldr     r5, [%[input], %[lower]]\n\t"
        "add     %[input], %[input], %[step]\n\t"
        "sxtab16 r6, %[offsets], r4\n\t"
        "sxtab16 r7, %[offsets], r4, ror #8\n\t"
        "sxtab16 r8, %[offsets], r5\n\t"
        "pkhbt   r4, r6, r8, lsl #16\n\t"
        "pkhtb   r6, r8, r6, asr #16\n\t"
        "sxtab16 r8, %[offsets], r5, ror #8\n\t"
        "pkhbt   r5, r7, r8, lsl #16\n\t"
        "pkhtb   r7, r8, r7, asr #16\n\t"
        "stm     %[block], {r4, r5, r6, r7}\n\t"
        "add     %[block], %[block], %[block_step]\n\t"
        "subs    %[count], %[count], #1\n\t"
        "bne     1b"
        : [block] "+&r"(block), [input] "+&r"(input), [count] "+&r"(count)
        : [lower] "r"(lower), [step] "r"(step), [block_step] "r"(block_step), [offsets] "r"(offsets)
        : "r4", "r5", "r6", "r7", "r8", "cc", "memory");
}

/* One block of the window times one of weights. */
#define BLOCK                                                                                                \
    "ldm     r0!, {r6, r7}\n\t"                                                                              \
    "ldm     r1!, {r9, r10, r11, r12}\n\t"                                                                   \
    "smlad   r2, r6, r9, r2\n\t"                                                                             \
    "smlad   r3, r7, r10, r3\n\t"                                                                            \
    "ldm     r0!, {r6, r7}\n\t"                                                                              \
    "smlad   r4, r6, r11, r4\n\t"                                                                            \
    "smlad   r5, r7, r12, r5\n\t"

/* The outputs of four channels up to tail->output_end; at least one. */
static inline void compute_windows(struct head *head, struct block *columns)
{
    register struct head *fields __asm__("r1") = head;
    register struct block *column __asm__("r0") = columns;
    __asm__ volatile("1:\n\t"
                     "ldm     r1!, {r2, r3, r4, r5, r8}\n\t" /* biases, iterations */
                     "2:\n\t" BLOCK BLOCK "subs    r8, r8, #1\n\t"
                     "bne     2b\n\t" STORE_FOUR_CHANNELS "ldr     r1, [r1, #16]\n\t"
                     "bne     1b"
                     : "+&r"(fields), "+&r"(column)
                     :
                     : "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "cc",
                       "memory");
}

static void clear_blocks(struct block *block, int32_t count)
{
    static const struct block zeros;
    while (count-- > 0)
        *block++ = zeros;
}

/* Widen `count` columns of four channels from `input` on, which points into row 0 of the ring. */
static inline void widen_columns(const struct depthwise_conv_2d_armv7em *node, const int8_t *input,
                                 int32_t top, int32_t count, struct block *blocks)
{
    uint32_t offsets = (uint32_t)node->input_offset << 16 | (uint16_t)node->input_offset;
    int32_t row_bytes = node->input_width * node->input_channels;
    int32_t pairs = (node->filter_height + 1) >> 1;
    for (int32_t pair = 0; pair < pairs; pair++, top += 2) {
        int32_t upper = ring_slot(clamp(top, 0, node->input_height - 1), node->input_rows);
        int32_t second = pair * 2 + 1 < node->filter_height ? top + 1 : top;
        int32_t lower = ring_slot(clamp(second, 0, node->input_height - 1), node->input_rows);
        widen_pair(blocks + pair, input + upper * row_bytes, (lower - upper) * row_bytes,
                   node->input_channels, pairs * (int32_t)sizeof(struct block), offsets, count);
    }
}

/* Compute row `row` of the output, [output_width][input_channels]. */
void depthwise_conv_2d_armv7em_row(const struct depthwise_conv_2d_armv7em *node, const int8_t *input,
                                   int32_t row, int8_t *output, void *scratch)
{
    int32_t step = node->input_channels;
    int32_t top = row * node->stride_height - node->padding_top;
    struct taps taps = taps_on_input(top, node->filter_height, 1, node->input_height);
    int32_t pairs = (node->filter_height + 1) >> 1;
    int32_t blocks = pairs * node->filter_width;
    struct head *head = scratch;
    head->iterations = (blocks + 1) >> 1;
    struct tail *tail = (struct tail *)(head->weights + 2 * head->iterations);
    tail->output_zero_point = node->output.output_zero_point;
    tail->output_step = step;
    tail->column_step = (node->stride_width * pairs - 2 * head->iterations) * (int32_t)sizeof(struct block);
    tail->head = head;
    clear_blocks(head->weights + blocks, 2 * head->iterations - blocks);
    int32_t count = node->segment;
    for (int32_t done = 0; done < node->output_width; done += count) {
        if (count > node->output_width - done)
            count = node->output_width - done;
        int32_t left = done * node->stride_width - node->padding_left;
        int32_t width = (count - 1) * node->stride_width + node->filter_width;
        struct taps columns = taps_on_input(left, width, 1, node->input_width);
        clear_blocks(tail->columns, columns.first * pairs);
        clear_blocks(tail->columns + columns.last * pairs, (width - columns.last) * pairs);
        const int8_t *weights = node->weights;
        for (int32_t channel = 0; channel < step; channel += 4) {
            if (channel > step - 4)
                channel = step - 4;
            load_biases(&node->output, channel, head->biases);
            load_scales(&node->output, channel, tail->scales);
            load_weight_blocks(weights, head->weights, node->filter_height, node->filter_width);
            weights += 4 * node->filter_height * node->filter_width;
            if (taps.last - taps.first < node->filter_height)
                drop_weights(head->weights, node->filter_height, node->filter_width, taps);
            widen_columns(node, input + (left + columns.first) * step + channel, top,
                          columns.last - columns.first, tail->columns + columns.first * pairs);
            tail->output = output + done * step + channel;
            tail->output_end = tail->output + count * step;
            compute_windows(head, tail->columns);
        }
    }
    limit_outputs(&node->output, output, node->output_width * step);
}

void depthwise_conv_2d_armv7em(const struct depthwise_conv_2d_armv7em *node, const int8_t *input,
                               int8_t *output, void *scratch)
{
    for (int32_t row = 0; row < node->output_height; row++)
        depthwise_conv_2d_armv7em_row(node, input, row,
                                      output + row * node->output_width * node->input_channels, scratch);
}
