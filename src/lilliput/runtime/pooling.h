#ifndef LILLIPUT_POOLING_H
#define LILLIPUT_POOLING_H

#include <stdint.h>

/* A window that moves over the input. What of it lies outside does not count. Row y of the input lies in
 * slot y % input_rows of a ring. */
struct pooling {
    int16_t input_height;
    int16_t input_rows;
    int16_t input_width;
    int16_t channels;
    int16_t output_height;
    int16_t output_width;
    int16_t window_height;
    int16_t window_width;
    int16_t padding_top;
    int16_t padding_left;
    uint8_t stride_height;
    uint8_t stride_width;
    int8_t output_minimum;
    int8_t output_maximum;
};

#endif
