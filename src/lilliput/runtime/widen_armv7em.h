#ifndef LILLIPUT_WIDEN_ARMV7EM_H
#define LILLIPUT_WIDEN_ARMV7EM_H

#include <stdint.h>

/* Inputs as channel_pairs_armv7em.h reads them: of each group of four int8 values the word of int16 values 0
 * and 2, and that of 1 and 3. Of two pixels the words of a group lie beside one another. A last group may
 * have fewer values; what its words hold in their places does not matter. */

/* Up to three values, in the lowest bytes of a word. */
static inline uint32_t last_values(const int8_t *from, int32_t count)
{
    uint32_t word = 0;
    while (count-- > 0)
        word = word << 8 | (uint8_t)from[count];
    return word;
}

static inline uint32_t *widen_word(uint32_t word, uint32_t *to)
{
    __asm__("sxtb16 %0, %1" : "=r"(to[0]) : "r"(word));
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(to[1]) : "r"(word));
    return to + 2;
}

/* Widen `count` values of a pixel: 6 instructions a group. The end of the words. */
static inline uint32_t *widen_pixel(const int8_t *from, int32_t count, uint32_t *to)
{
    const int8_t *end = from + (count & ~3);
    if (from != end)
        __asm__ volatile("1:\n\t"
                         "ldr    r4, [%[from]], #4\n\t"
                         "sxtb16 r5, r4, ror #8\n\t"
                         "sxtb16 r4, r4\n\t"
                         "strd   r4, r5, [%[to]], #8\n\t"
                         "cmp    %[from], %[end]\n\t"
                         "bne    1b"
                         : [from] "+&r"(from), [to] "+&r"(to)
                         : [end] "r"(end)
                         : "r4", "r5", "cc", "memory");
    if (count & 3)
        to = widen_word(last_values(from, count & 3), to);
    return to;
}

/* Widen `count` values of each of two pixels: 9 instructions for two groups. The end of the words. */
static inline uint32_t *widen_pixel_pair(const int8_t *first, const int8_t *second, int32_t count,
                                         uint32_t *to)
{
    const int8_t *end = first + (count & ~3);
    if (first != end)
        __asm__ volatile("1:\n\t"
                         "ldr    r4, [%[first]], #4\n\t"
                         "ldr    r6, [%[second]], #4\n\t"
                         "sxtb16 r5, r4, ror #8\n\t"
                         "sxtb16 r4, r4\n\t"
                         "sxtb16 r8, r6, ror #8\n\t"
                         "sxtb16 r6, r6\n\t"
                         "stm    %[to]!, {r4, r5, r6, r8}\n\t"
                         "cmp    %[first], %[end]\n\t"
                         "bne    1b"
                         : [first] "+&r"(first), [second] "+&r"(second), [to] "+&r"(to)
                         : [end] "r"(end)
                         : "r4", "r5", "r6", "r8", "cc", "memory");
    if (count & 3) {
        to = widen_word(last_values(first, count & 3), to);
        to = widen_word(last_values(second, count & 3), to);
    }
    return to;
}

#endif
