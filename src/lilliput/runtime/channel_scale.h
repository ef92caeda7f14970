#ifndef LILLIPUT_CHANNEL_SCALE_H
#define LILLIPUT_CHANNEL_SCALE_H

#include <stdint.h>

/* How the int32 sums of blocked kernels become int8 outputs. Channel c has two words in `channels`: its
 * multiplier m, and bias * 256 + s, for m / 2^31 / 2^s; s is from 1 to 24. The bias contains the input's zero
 * point, so that kernels multiply inputs as they are stored. No biased sum reaches 2^23. */
struct channel_scale {
    const int32_t *channels;
    int8_t zero_point;
    int8_t minimum;
    int8_t maximum;
};

#endif
