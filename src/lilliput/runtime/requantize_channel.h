#ifndef LILLIPUT_REQUANTIZE_CHANNEL_H
#define LILLIPUT_REQUANTIZE_CHANNEL_H

#include "little_endian.h"
#include "requantize.h"

/* How int32 sums become int8 outputs. Records say what a channel adds to its sums and scales them by.
 *
 * The multiplier of channel c has the four bytes from records + c * scale_step on; its scale is
 * multiplier / 2^31 * 2^(shift - code), where the code is what `shift_mask` leaves of byte `shift_at` from
 * there on: of the multiplier itself, where its lowest bits decide no output. The bias is what an arithmetic
 * shift by `bias_shift` leaves of the four bytes from records + c * bias_step + bias_at on. */
struct requantization {
    const uint8_t *records;
    uint8_t scale_step; /* 0 where all channels have one scale */
    uint8_t bias_step;
    uint8_t bias_at;
    uint8_t bias_shift;
    uint8_t shift_at;
    uint8_t shift_mask;
    int8_t shift;
    int8_t output_zero_point;
    int8_t output_minimum;
    int8_t output_maximum;
};

/* What a channel adds to its sums and scales them by: multiplier / 2^31 * 2^shift. */
struct channel {
    int32_t bias;
    int32_t multiplier;
    int32_t shift;
};

static inline struct channel channel_of(const struct requantization *output, int32_t number)
{
    const uint8_t *scale = output->records + number * output->scale_step;
    const uint8_t *bias = output->records + number * output->bias_step + output->bias_at;
    struct channel channel = {
        read_int32(bias) >> output->bias_shift,
        read_int32(scale),
        output->shift - (scale[output->shift_at] & output->shift_mask),
    };
    return channel;
}

/* The int8 output of a channel from its int32 sum of products. */
static inline int8_t requantize_channel(const struct requantization *output, int32_t sum, int32_t number)
{
    struct channel channel = channel_of(output, number);
    int32_t scaled = requantize(sum + channel.bias, channel.multiplier, channel.shift);
    return (int8_t)clamp(scaled + output->output_zero_point, output->output_minimum, output->output_maximum);
}

#endif
