#include "requantize.h"

/* The mean over the middle dimension of [outer][count][inner]. The multiplier contains 1 / count. */
struct mean {
    int32_t multiplier;
    int32_t offset; /* added to each sum: -count * input zero point */
    int32_t outer;
    int32_t count;
    int32_t inner;
    int8_t shift;
    int8_t output_zero_point;
};

void mean(const struct mean *node, const int8_t *input, int8_t *output)
{
    for (int32_t i = 0; i < node->outer; i++) {
        for (int32_t j = 0; j < node->inner; j++) {
            int32_t sum = node->offset;
            for (int32_t k = 0; k < node->count; k++)
                sum += input[k * node->inner + j];
            int32_t scaled = requantize(sum, node->multiplier, node->shift);
            *output++ = (int8_t)clamp(scaled + node->output_zero_point, INT8_MIN, INT8_MAX);
        }
        input += node->count * node->inner;
    }
}
