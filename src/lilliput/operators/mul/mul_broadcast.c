#include "broadcast.h"
#include "requantize.h"

/* The product of two tensors, the smaller one repeated. */
struct mul_broadcast {
    struct broadcast loops;
    int32_t multiplier;
    int16_t first_offset;
    int16_t second_offset;
    int8_t shift;
    int8_t output_zero_point;
    int8_t output_minimum;
    int8_t output_maximum;
};

static int8_t mul_broadcast_value(const struct mul_broadcast *node, int32_t first, int32_t second)
{
    int32_t product = (first + node->first_offset) * (second + node->second_offset);
    int32_t scaled = requantize(product, node->multiplier, node->shift) + node->output_zero_point;
    return (int8_t)clamp(scaled, node->output_minimum, node->output_maximum);
}

void mul_broadcast(const struct mul_broadcast *node, const int8_t *first, const int8_t *second,
                   int8_t *output)
{
    const int32_t *sizes = node->loops.sizes;
    const int32_t *first_steps = node->loops.first_steps;
    const int32_t *second_steps = node->loops.second_steps;
    int32_t x = 0;
    int32_t y = 0;
    for (int32_t i = 0; i < sizes[0]; i++, x += first_steps[0], y += second_steps[0])
        for (int32_t j = 0; j < sizes[1]; j++, x += first_steps[1], y += second_steps[1])
            for (int32_t k = 0; k < sizes[2]; k++, x += first_steps[2], y += second_steps[2])
                *output++ = mul_broadcast_value(node, first[x], second[y]);
}
