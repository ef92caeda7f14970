#include <stdint.h>
#include "memory.h"

/* Make an image larger by whole factors: every pixel becomes `vertical` x `horizontal` pixels. Row y of the
 * input lies in slot y % input_rows of a ring. */
struct resize_nearest_neighbor {
    int16_t input_height;
    int16_t input_rows;
    int16_t input_width;
    int16_t channels;
    int16_t vertical;
    int16_t horizontal;
};

/* Compute row `row` of the output, [input_width * horizontal][channels]. */
void resize_nearest_neighbor_row(const struct resize_nearest_neighbor *node, const int8_t *input, int32_t row,
                                 int8_t *output)
{
    size_t bytes = (size_t)node->channels;
    /* The slot of row / vertical. Small cores cannot divide. */
    int32_t slot = 0;
    for (; row >= node->vertical; row -= node->vertical)
        if (++slot == node->input_rows)
            slot = 0;
    input += slot * node->input_width * node->channels;
    for (int32_t column = 0; column < node->input_width; column++, input += bytes)
        for (int32_t i = 0; i < node->horizontal; i++, output += bytes)
            memcpy(output, input, bytes);
}

void resize_nearest_neighbor(const struct resize_nearest_neighbor *node, const int8_t *input, int8_t *output)
{
    int32_t row_bytes = node->input_width * node->horizontal * node->channels;
    for (int32_t row = 0; row < node->input_height * node->vertical; row++)
        resize_nearest_neighbor_row(node, input, row, output + row * row_bytes);
}
