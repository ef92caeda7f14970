#ifndef LILLIPUT_LIMIT_H
#define LILLIPUT_LIMIT_H

#include "requantize.h"

/* Bring int8 outputs to the limits of a fused activation. Most are those of int8, and then nothing is done.
 */
static inline void limit_values(int8_t *values, int32_t count, int32_t minimum, int32_t maximum)
{
    if (minimum == INT8_MIN && maximum == INT8_MAX)
        return;
    for (int32_t i = 0; i < count; i++)
        values[i] = (int8_t)clamp(values[i], minimum, maximum);
}

#endif
