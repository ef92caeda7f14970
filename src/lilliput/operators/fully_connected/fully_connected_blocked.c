#include "requantize.h"

/* A fully connected layer with one scale for all outputs, of which it computes two at a time: 5 instructions
 * for each multiplication on Armv6-M, 4 on Armv7-M and RV32IM. `weights` are [outputs][inputs]; the bias
 * contains the input zero point. No scratch. */
struct fully_connected_blocked {
    const int8_t *weights;
    const int32_t *bias;
    int32_t multiplier;
    int32_t inputs;
    int16_t outputs;
    int8_t shift;
    int8_t output_zero_point;
    int8_t output_minimum;
    int8_t output_maximum;
};

/* Add the products of `count` inputs with two rows of weights to two sums. Not inlined: compilers for Armv6-M
 * run out of registers otherwise. */
static __attribute__((noinline)) void two_dot_products(const int8_t *inputs, const int8_t *weights,
                                                       const int8_t *more_weights, int32_t count,
                                                       int32_t *sums)
{
    int32_t first = sums[0];
    int32_t second = sums[1];
    for (int32_t i = 0; i < count; i++) {
        int32_t input = inputs[i];
        first += input * weights[i];
        second += input * more_weights[i];
    }
    sums[0] = first;
    sums[1] = second;
}

/* Compute `outputs` values from a vector of `inputs` values. */
void fully_connected_blocked(const struct fully_connected_blocked *node, const int8_t *input, int8_t *output)
{
    const int8_t *weights = node->weights;
    for (int32_t channel = 0; channel < node->outputs; channel += 2, weights += 2 * node->inputs) {
        /* The last output of an odd number is its own neighbour. */
        int32_t next = channel + 1 < node->outputs;
        int32_t sums[2] = {node->bias[channel], node->bias[channel + next]};
        two_dot_products(input, weights, weights + next * node->inputs, node->inputs, sums);
        for (int32_t i = 0; i <= next; i++) {
            int32_t scaled = requantize(sums[i], node->multiplier, node->shift) + node->output_zero_point;
            output[channel + i] = (int8_t)clamp(scaled, node->output_minimum, node->output_maximum);
        }
    }
}
