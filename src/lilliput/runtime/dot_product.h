#ifndef LILLIPUT_DOT_PRODUCT_H
#define LILLIPUT_DOT_PRODUCT_H

#include <stdint.h>

/* sum + the products of (values + offset) with weights, over `count` of them. */
static inline int32_t dot_product(const int8_t *values, const int8_t *weights, int32_t count, int32_t offset,
                                  int32_t sum)
{
    for (const int8_t *end = weights + count; weights != end;)
        sum += (*values++ + offset) * *weights++;
    return sum;
}

#endif
