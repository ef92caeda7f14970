#include <stdint.h>
#include "memory.h"

/* Make an image larger by whole factors: every pixel becomes `vertical` x `horizontal` pixels. With an
 * `input_height` of 1 it makes the `vertical` output rows that come from one input row. */
struct resize_nearest_neighbor {
    int16_t input_height;
    int16_t input_width;
    int16_t channels;
    int16_t vertical;
    int16_t horizontal;
};

void resize_nearest_neighbor(const struct resize_nearest_neighbor *node, const int8_t *input, int8_t *output)
{
    size_t bytes = (size_t)node->channels;
    for (int32_t row = 0; row < node->input_height; row++) {
        const int8_t *pixel = input;
        for (int32_t i = 0; i < node->vertical; i++) {
            pixel = input;
            for (int32_t column = 0; column < node->input_width; column++) {
                for (int32_t j = 0; j < node->horizontal; j++) {
                    memcpy(output, pixel, bytes);
                    output += bytes;
                }
                pixel += bytes;
            }
        }
        input = pixel;
    }
}
