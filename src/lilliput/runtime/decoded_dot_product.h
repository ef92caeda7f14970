#ifndef LILLIPUT_DECODED_DOT_PRODUCT_H
#define LILLIPUT_DECODED_DOT_PRODUCT_H

#include "decode.h"
#include "dot_product.h"

/* sum + the products of (values + offset) with the next `count` weights, decoded a few at a time. */
static inline int32_t decoded_dot_product(struct decoder *decoder, const int8_t *values, int32_t count,
                                          int32_t offset, int32_t sum)
{
    int8_t weights[32];
    while (count > 0) {
        int32_t few = count < (int32_t)sizeof weights ? count : (int32_t)sizeof weights;
        decode(decoder, weights, few);
        sum = dot_product(values, weights, few, offset, sum);
        values += few;
        count -= few;
    }
    return sum;
}

#endif
