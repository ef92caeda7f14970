#ifndef LILLIPUT_BIAS_H
#define LILLIPUT_BIAS_H

#include "little_endian.h"

/* The bias of a channel. Each bias has `bytes` bytes, the lowest first; before those of the first one stand
 * as many as make four. An arithmetic shift by `shift` drops from four bytes those that are not the bias's.
 */
static inline int32_t bias_of(const uint8_t *biases, int32_t bytes, int32_t shift, int32_t channel)
{
    return read_int32(biases + channel * bytes) >> shift;
}

#endif
