#include <stdint.h>

/* A function of one int8: `table` has its values for 0, ..., 127, -128, ..., -1. */
struct lookup {
    const int8_t *table;
    int32_t count;
};

void lookup(const struct lookup *node, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < node->count; i++)
        output[i] = node->table[(uint8_t)input[i]];
}
