#include "requantize.h"

/* The mean over the second and fourth dimension of [outer][count_1][middle][count_2][inner]. The multiplier
 * contains 1 / (count_1 * count_2). */
struct mean_two_axes {
    int32_t multiplier;
    int32_t offset; /* added to each sum: -count_1 * count_2 * input zero point */
    int32_t outer;
    int32_t count_1;
    int32_t middle;
    int32_t count_2;
    int32_t inner;
    int8_t shift;
    int8_t output_zero_point;
};

static int8_t mean_of_two_axes(const struct mean_two_axes *node, const int8_t *input)
{
    int32_t sum = node->offset;
    for (int32_t i = 0; i < node->count_1; i++) {
        for (int32_t j = 0; j < node->count_2; j++)
            sum += input[j * node->inner];
        input += node->middle * node->count_2 * node->inner;
    }
    int32_t scaled = requantize(sum, node->multiplier, node->shift);
    return (int8_t)clamp(scaled + node->output_zero_point, INT8_MIN, INT8_MAX);
}

void mean_two_axes(const struct mean_two_axes *node, const int8_t *input, int8_t *output)
{
    int32_t block = node->count_2 * node->inner;
    for (int32_t i = 0; i < node->outer; i++) {
        for (int32_t j = 0; j < node->middle; j++) {
            for (int32_t k = 0; k < node->inner; k++)
                *output++ = mean_of_two_axes(node, input + k);
            input += block;
        }
        input += (node->count_1 - 1) * node->middle * block;
    }
}
