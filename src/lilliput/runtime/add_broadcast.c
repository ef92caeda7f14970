#include "broadcast.h"
#include "weighted_sum.h"

/* The sum or difference of two tensors, the smaller one repeated. */
struct add_broadcast {
    struct weighted_sum sum;
    struct broadcast loops;
};

void add_broadcast(const struct add_broadcast *node, const int8_t *wide, const int8_t *narrow, int8_t *output)
{
    const int32_t *sizes = node->loops.sizes;
    const int32_t *first = node->loops.first_steps;
    const int32_t *second = node->loops.second_steps;
    int32_t x = 0;
    int32_t y = 0;
    for (int32_t i = 0; i < sizes[0]; i++, x += first[0], y += second[0])
        for (int32_t j = 0; j < sizes[1]; j++, x += first[1], y += second[1])
            for (int32_t k = 0; k < sizes[2]; k++, x += first[2], y += second[2])
                *output++ = weighted_sum(&node->sum, wide[x], narrow[y]);
}
