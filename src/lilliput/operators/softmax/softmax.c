#include "requantize.h"

/* A softmax over each of `rows` vectors of `depth` values. A difference of 1 between two inputs is
 * multiplier / 2^31 * 2^left_shift in Q5.26. Inputs that lie further below the largest than
 * -difference_minimum, which is less than 16 in real terms, count as nothing. */
struct softmax {
    int32_t multiplier;
    int32_t rows;
    int16_t depth;
    int16_t difference_minimum;
    uint8_t left_shift;
};

/* exp(-1/4), exp(-1/2), exp(-1), exp(-2), exp(-4) and exp(-8) in Q0.31. */
static const int32_t softmax_factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401};

/* Not inlined: there are many calls, which compilers take for smaller than they are. */
static __attribute__((noinline)) int32_t softmax_product(int32_t a, int32_t b)
{
    return high_product(a, b);
}

/* exp(difference) in Q0.31, by gemmlowp's arithmetic; difference <= 0. */
static int32_t softmax_exp(const struct softmax *node, int32_t difference)
{
    if (difference < node->difference_minimum)
        return 0;
    if (difference == 0)
        return INT32_MAX;
    int32_t value = softmax_product((int32_t)((uint32_t)difference << node->left_shift), node->multiplier);
    /* The value is -1/4 * quarters + a rest in [-1/4, 0). The rest is x - 1/8, x in Q0.31, for
     * exp(-1/8) * (1 + x + x^2/2 + x^3/6 + x^4/24). */
    int32_t x = (int32_t)((uint32_t)value << 8 >> 3) - (1 << 28);
    int32_t square = softmax_product(x, x);
    int32_t fourth = (softmax_product(square, square) + 2) >> 2;
    int32_t third = softmax_product(fourth + softmax_product(square, x), 715827883);
    int32_t sum = x + ((third + square + 1) >> 1);
    int32_t result = 1895147668 + softmax_product(1895147668, sum);
    const int32_t *factor = softmax_factors;
    for (int32_t quarters = ~(value >> 24); quarters != 0; quarters >>= 1, factor++)
        if (quarters & 1)
            result = softmax_product(result, *factor);
    return result;
}

void softmax(const struct softmax *node, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < node->rows; row++) {
        const int8_t *end = input + node->depth;
        int32_t largest = INT8_MIN;
        for (const int8_t *value = input; value != end; value++)
            if (*value > largest)
                largest = *value;
        int32_t sum = 0; /* Q12.19 */
        for (const int8_t *value = input; value != end; value++)
            sum += ((softmax_exp(node, *value - largest) >> 11) + 1) >> 1;

        /* 1 / sum is reciprocal / 2^30 / 2^bits, reciprocal in [2^29, 2^30]: Newton's method from
         * 48/17 - 32/17 * sum in Q2.29. */
        int32_t bits = 11;
        for (; sum < 1 << 30; bits--)
            sum *= 2;
        int32_t reciprocal = 1515870810 - softmax_product(sum, 1010580540);
        for (int32_t i = 0; i < 3; i++)
            reciprocal += softmax_product(reciprocal, (1 << 29) - softmax_product(sum, reciprocal)) * 4;
        /* Twice that, but 2^31 becomes 2^31 - 1. */
        int32_t scale = (int32_t)((uint32_t)reciprocal * 2 - (uint32_t)(reciprocal >> 30));

        while (input != end) {
            int32_t product = softmax_product(scale, softmax_exp(node, *input++ - largest));
            int32_t result = ((product >> 22 >> bits) + 1) >> 1;
            *output++ = (int8_t)(result - (result >> 8) - 128); /* 256 becomes 127 */
        }
    }
}
