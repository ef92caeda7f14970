#include <stdint.h>

/* Fill the output byte by byte in four nested loops, outermost first. After each round of a loop, the index
 * into the input moves by the loop's step; it takes back what the inner loops added. */
struct strided_copy {
    int32_t sizes[4];
    int32_t steps[4];
};

void strided_copy(const struct strided_copy *node, const void *input, void *output)
{
    const int8_t *source = input;
    int8_t *target = output;
    int32_t x = 0;
    for (int32_t i = 0; i < node->sizes[0]; i++, x += node->steps[0])
        for (int32_t j = 0; j < node->sizes[1]; j++, x += node->steps[1])
            for (int32_t k = 0; k < node->sizes[2]; k++, x += node->steps[2])
                for (int32_t l = 0; l < node->sizes[3]; l++, x += node->steps[3])
                    *target++ = source[x];
}
