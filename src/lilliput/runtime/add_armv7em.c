#include "requantize.h"

/* The sum or difference of two tensors of one shape, four elements at a time: the output is
 *
 *   (first * first_factor >> 8) + (second * second_factor >> 8) + constant >> 21,
 *
 * limited to int8. operators/addition_armv7em.py chooses the numbers so that this equals weighted_sum.h for
 * each of the 65,536 pairs of inputs. Instructions per element: 6.5. */
struct add_armv7em {
    int32_t first_factor;
    int32_t second_factor;
    int32_t constant;
    int32_t size;
};

/* Add the low (b) or high (t) halves of two words of inputs times 256, and store the output. */
#define ADD_HALVES(half, first, second)                                                                      \
    "smlaw" half "  %[sum], %[first_factor], %[" first "], %[constant]\n\t"                                  \
    "smlaw" half "  %[sum], %[second_factor], %[" second "], %[sum]\n\t"                                     \
    "ssat    %[sum], #8, %[sum], asr #21\n\t"                                                                \
    "strb    %[sum], [%[output]], #1\n\t"

#define ADD_FOUR                                                                                             \
    ADD_HALVES("b", "even", "second_even")                                                                   \
    ADD_HALVES("b", "odd", "second_odd")                                                                     \
    ADD_HALVES("t", "even", "second_even")                                                                   \
    ADD_HALVES("t", "odd", "second_odd")

/* `groups` times four elements. */
static inline void add_groups(const struct add_armv7em *node, const int8_t *first, const int8_t *second,
                              int8_t *output, int32_t groups)
{
    int32_t odd, even, second_odd, second_even, sum;
    __asm__ volatile("1:\n\t"
                     "ldr     %[odd], [%[first]], #4\n\t"
                     "ldr     %[second_odd], [%[second]], #4\n\t"
                     "lsl     %[even], %[odd], #8\n\t"
                     "lsl     %[second_even], %[second_odd], #8\n\t"
                     "and     %[odd], %[odd], #0xff00ff00\n\t"
                     "and     %[second_odd], %[second_odd], #0xff00ff00\n\t"
                     "and     %[even], %[even], #0xff00ff00\n\t"
                     "and     %[second_even], %[second_even], #0xff00ff00\n\t" ADD_FOUR
                     "subs    %[groups], %[groups], #1\n\t"
                     "bne     1b"
                     : [first] "+&r"(first), [second] "+&r"(second), [output] "+&r"(output),
                       [groups] "+&r"(groups), [odd] "=&r"(odd), [even] "=&r"(even),
                       [second_odd] "=&r"(second_odd), [second_even] "=&r"(second_even), [sum] "=&r"(sum)
                     : [first_factor] "r"(node->first_factor), [second_factor] "r"(node->second_factor),
                       [constant] "r"(node->constant)
                     : "cc", "memory");
}

void add_armv7em(const struct add_armv7em *node, const int8_t *first, const int8_t *second, int8_t *output)
{
    int32_t whole = node->size & ~3;
    if (whole > 0)
        add_groups(node, first, second, output, whole / 4);
    for (int32_t i = whole; i < node->size; i++) {
        int32_t sum = (int32_t)((int64_t)first[i] * node->first_factor >> 8) +
                      (int32_t)((int64_t)second[i] * node->second_factor >> 8) + node->constant;
        output[i] = (int8_t)clamp(sum >> 21, INT8_MIN, INT8_MAX);
    }
}
