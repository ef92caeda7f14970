#include "channel_scale_thumb1.h"
#include "memory.h"
#include "tap_pointers.h"

/* A convolution for Armv6-M, whose only multiplication is 32 x 32 -> 32 bits: one of them serves two pixels.
 * The inputs of pixels a and b under tap k are packed as X = a + 2^16 b, so that w X + w' X' of two taps is
 * A + 2^16 B with |A|, |B| <= 2 * 127 * 128 < 2^15. It is taken apart right away: an arithmetic shift by 16
 * leaves B - 1 where A is negative, and bit 15, which says so, in the carry. Per channel the kernel sums B,
 * and T = A + 2^16 B modulo 2^32, of which the sum of A is T - 2^16 B.
 *
 * Four pixels and one channel at a time: 36 instructions for 16 multiplications (2.25 each); two pixels,
 * where no more are left or memory is short: 2.5; one pixel, which is alone in its word: 4. `weights` are
 * [channels / 8][taps][8], with zeros for the channels and taps that are missing (taps to a multiple of 4).
 * A tap's weights are then as far apart as its packed inputs, so that one register steps through both.
 * Scratch: 4 bytes a tap for each pair of pixels, the addresses of two pixels' taps, and a pixel. */
struct conv_2d_thumb1 {
    const int8_t *weights;
    struct channel_scale output;
    struct filter_window window;
    int16_t input_rows;
    int16_t output_channels;
    int16_t taps;
    uint8_t block; /* pixels at a time, 2 or 4 */
};

/* The running sums of two pairs of pixels: T and B. */
struct pair_sums {
    int32_t total[2];
    int32_t second[2];
};

#define TWO_TAPS_OF_FOUR_PIXELS                                                                              \
    "ldrsb r7, [r1, r0]\n\t"                                                                                 \
    "ldm   r0!, {r2, r3}\n\t"                                                                                \
    "muls  r2, r7, r2\n\t"                                                                                   \
    "muls  r3, r7, r3\n\t"                                                                                   \
    "ldrsb r7, [r1, r0]\n\t"                                                                                 \
    "ldm   r0!, {r4}\n\t"                                                                                    \
    "muls  r4, r7, r4\n\t"                                                                                   \
    "adds  r2, r2, r4\n\t"                                                                                   \
    "ldm   r0!, {r4}\n\t"                                                                                    \
    "muls  r4, r7, r4\n\t"                                                                                   \
    "adds  r3, r3, r4\n\t"                                                                                   \
    "asrs  r4, r2, #16\n\t"                                                                                  \
    "adcs  r5, r5, r4\n\t"                                                                                   \
    "add   r8, r8, r2\n\t"                                                                                   \
    "asrs  r4, r3, #16\n\t"                                                                                  \
    "adcs  r6, r6, r4\n\t"                                                                                   \
    "add   r9, r9, r3\n\t"

/* Add the products of the packed inputs from `words` to `end` and one channel's weights. */
static inline void products_of_four_pixels(const int32_t *words, const int32_t *end, const int8_t *weights,
                                           struct pair_sums *sums)
{
    register const int32_t *word __asm__("r0") = words;
    register int32_t weights_from_words __asm__("r1") = (int32_t)weights - (int32_t)words;
    register int32_t second_a __asm__("r5") = sums->second[0];
    register int32_t second_b __asm__("r6") = sums->second[1];
    register int32_t total_a __asm__("r8") = sums->total[0];
    register int32_t total_b __asm__("r9") = sums->total[1];
    register const int32_t *words_end __asm__("r10") = end;
    __asm__(".syntax unified\n\t"
            "push  {r7}\n"
            "1:\n\t" TWO_TAPS_OF_FOUR_PIXELS TWO_TAPS_OF_FOUR_PIXELS "cmp   r0, r10\n\t"
            "bne   1b\n\t"
            "pop   {r7}\n\t"
            : "+&r"(word), "+&r"(second_a), "+&r"(second_b), "+&r"(total_a), "+&r"(total_b)
            : "r"(weights_from_words), "r"(words_end)
            : "r2", "r3", "r4", "cc", "memory");
    sums->second[0] = second_a;
    sums->second[1] = second_b;
    sums->total[0] = total_a;
    sums->total[1] = total_b;
}

#define TWO_TAPS_OF_TWO_PIXELS                                                                               \
    "ldrsb r7, [r1, r0]\n\t"                                                                                 \
    "ldrsb r4, [r6, r0]\n\t"                                                                                 \
    "ldm   r0!, {r2, r3}\n\t"                                                                                \
    "muls  r2, r7, r2\n\t"                                                                                   \
    "muls  r3, r4, r3\n\t"                                                                                   \
    "adds  r2, r2, r3\n\t"                                                                                   \
    "asrs  r3, r2, #16\n\t"                                                                                  \
    "adcs  r5, r5, r3\n\t"                                                                                   \
    "add   r8, r8, r2\n\t"

/* The same for the first pair only, whose words are those of taps 0, n, 1, n + 1, ... for 2 n taps. */
static inline void products_of_two_pixels(const int32_t *words, const int32_t *end, const int8_t *weights,
                                          struct pair_sums *sums)
{
    register const int32_t *word __asm__("r0") = words;
    register int32_t weights_from_words __asm__("r1") = (int32_t)weights - (int32_t)words;
    register int32_t second __asm__("r5") = sums->second[0];
    register int32_t half __asm__("r6") = weights_from_words + (int32_t)end - (int32_t)words;
    register int32_t total __asm__("r8") = sums->total[0];
    register const int32_t *words_end __asm__("r10") = end;
    __asm__(".syntax unified\n\t"
            "push  {r7}\n"
            "1:\n\t" TWO_TAPS_OF_TWO_PIXELS TWO_TAPS_OF_TWO_PIXELS "cmp   r0, r10\n\t"
            "bne   1b\n\t"
            "pop   {r7}\n\t"
            : "+&r"(word), "+&r"(second), "+&r"(total)
            : "r"(weights_from_words), "r"(half), "r"(words_end)
            : "r2", "r3", "r4", "cc", "memory");
    sums->second[0] = second;
    sums->total[0] = total;
}

#define TWO_TAPS_OF_ONE_PIXEL                                                                                \
    "ldrsb r7, [r1, r0]\n\t"                                                                                 \
    "ldrsb r4, [r6, r0]\n\t"                                                                                 \
    "ldm   r0!, {r2, r3}\n\t"                                                                                \
    "muls  r2, r7, r2\n\t"                                                                                   \
    "muls  r3, r4, r3\n\t"                                                                                   \
    "adds  r5, r5, r2\n\t"                                                                                   \
    "adds  r5, r5, r3\n\t"

/* The same for one pixel, which needs no taking apart where there is no second one. */
static inline void products_of_one_pixel(const int32_t *words, const int32_t *end, const int8_t *weights,
                                         struct pair_sums *sums)
{
    register const int32_t *word __asm__("r0") = words;
    register int32_t weights_from_words __asm__("r1") = (int32_t)weights - (int32_t)words;
    register int32_t total __asm__("r5") = sums->total[0];
    register int32_t half __asm__("r6") = weights_from_words + (int32_t)end - (int32_t)words;
    register const int32_t *words_end __asm__("r10") = end;
    __asm__(".syntax unified\n\t"
            "push  {r7}\n"
            "1:\n\t" TWO_TAPS_OF_ONE_PIXEL TWO_TAPS_OF_ONE_PIXEL "cmp   r0, r10\n\t"
            "bne   1b\n\t"
            "pop   {r7}\n\t"
            : "+&r"(word), "+&r"(total)
            : "r"(weights_from_words), "r"(half), "r"(words_end)
            : "r2", "r3", "r4", "cc", "memory");
    sums->total[0] = total;
}

/* Pack `count` values of two pixels into every second word; `unit` is 2^16, or 0 to leave out the second. Not
 * inlined: the registers just suffice. */
static __attribute__((noinline)) void pack_values(const int8_t *first, const int8_t *second, int32_t unit,
                                                  int32_t count, int32_t *words)
{
    for (int32_t i = 0; i < count; i++, words += 2)
        *words = second[i] * unit + first[i];
}

/* Pack the windows of two pixels, whose taps' addresses are in `first` and `second`, from `words` on. After
 * `before` values the words begin anew at `words` + 1. */
static void pack_pair(const struct filter_window *window, const int8_t *const *first,
                      const int8_t *const *second, int32_t unit, int32_t before, int32_t *words)
{
    int32_t channels = window->input_channels;
    int32_t *word = words;
    for (int32_t tap = window->filter_height * window->filter_width; tap > 0; tap--) {
        int32_t done = 0;
        if (before < channels) {
            pack_values(*first, *second, unit, before, word);
            done = before;
            before = INT32_MAX;
            word = words + 1;
        }
        pack_values(*first++ + done, *second++ + done, unit, channels - done, word);
        word += 2 * (channels - done);
        before -= channels - done;
    }
}

/* Pack the windows of `pixels` pixels from column `column` on: a pair after the other when there are more
 * than two, else with the second half of the taps between the first. A single pixel is paired with nothing,
 * the last one of three with itself. Returns where the words end. */
static const int32_t *pack_windows(const struct conv_2d_thumb1 *node, const struct filter_rows *rows,
                                   int32_t column, int32_t pixels, int32_t *words)
{
    const struct filter_window *window = &node->window;
    int32_t pairs = (pixels + 1) / 2;
    int32_t *end = words + pairs * node->taps;
    int32_t pointers = window->filter_height * window->filter_width;
    const int8_t **first = pointers_in(end);
    int8_t *outside = (int8_t *)(first + 2 * pointers);
    memset(outside, window->zero_point, (size_t)window->input_channels);
    for (int32_t *word = end - 2 * (node->taps - pointers * window->input_channels); word < end;)
        *word++ = 0;
    for (int32_t pair = 0; pair < pairs; pair++, column += 2, pixels -= 2) {
        const int8_t **second = pixels > 1 ? first + pointers : first;
        point_at_taps(window, rows, column, outside, first);
        if (pixels > 1)
            point_at_taps(window, rows, column + 1, outside, second);
        pack_pair(window, first, second, pixels > 1 || pairs > 1 ? 1 << 16 : 0,
                  pairs > 1 ? INT32_MAX : node->taps / 2, words + pair);
    }
    return end;
}

/* The sum of the first pixel of a pair. */
static inline int32_t first_sum(const struct pair_sums *sums, int32_t pair)
{
    return (int32_t)((uint32_t)sums->total[pair] - ((uint32_t)sums->second[pair] << 16));
}

/* Compute `pixels` pixels from their packed windows. */
static void multiply_windows(const struct conv_2d_thumb1 *node, const int32_t *words, const int32_t *end,
                             int32_t pixels, int8_t *output)
{
    struct output_limits limits = output_limits(&node->output);
    const int32_t *scale = node->output.channels;
    const int8_t *weights = node->weights;
    for (int32_t channel = 0; channel < node->output_channels; channel++, scale += 2) {
        int32_t bias = scale[1] >> 8;
        int32_t both = bias + (int32_t)((uint32_t)bias << 16);
        struct pair_sums sums = {{both, both}, {bias, bias}};
        if (pixels > 2) {
            products_of_four_pixels(words, end, weights, &sums);
        } else if (pixels == 2) {
            products_of_two_pixels(words, end, weights, &sums);
        } else {
            sums.total[0] = bias;
            sums.second[0] = 0;
            products_of_one_pixel(words, end, weights, &sums);
        }
        int32_t separate[4] = {first_sum(&sums, 0), sums.second[0], first_sum(&sums, 1), sums.second[1]};
        scale_sums(&limits, scale, 0, separate, separate + pixels, output, node->output_channels);
        output++;
        weights++;
        if ((channel + 1) % 8 == 0)
            weights += 8 * node->taps - 8;
    }
}

/* Compute row `row` of the output, [output_width][output_channels]. */
void conv_2d_thumb1_row(const struct conv_2d_thumb1 *node, const int8_t *input, int32_t row, int8_t *output,
                        void *scratch)
{
    struct filter_rows rows = rows_under_filter(&node->window, input, node->input_rows, row);
    for (int32_t column = 0; column < node->window.output_width; column += node->block) {
        int32_t pixels = node->window.output_width - column;
        if (pixels > node->block)
            pixels = node->block;
        const int32_t *end = pack_windows(node, &rows, column, pixels, scratch);
        multiply_windows(node, scratch, end, pixels, output);
        output += pixels * node->output_channels;
    }
}

void conv_2d_thumb1(const struct conv_2d_thumb1 *node, const int8_t *input, int8_t *output, void *scratch)
{
    for (int32_t row = 0; row < node->window.output_height; row++)
        conv_2d_thumb1_row(node, input, row, output + row * node->window.output_width * node->output_channels,
                           scratch);
}
