#include <stdint.h>
#include "memory.h"

/* Resize an image to any size: output pixel (y, x) is input pixel (rows[y], columns[x]). */
struct resize_nearest_neighbor_table {
    const uint16_t *rows;
    const uint16_t *columns;
    int16_t input_width;
    int16_t output_height;
    int16_t output_width;
    int16_t channels;
};

/* Compute a row of the output, [output_width][channels], from its row of the input. */
void resize_nearest_neighbor_table_row(const struct resize_nearest_neighbor_table *node, const int8_t *input,
                                       int8_t *output)
{
    size_t bytes = (size_t)node->channels;
    for (int32_t column = 0; column < node->output_width; column++, output += bytes)
        memcpy(output, input + node->columns[column] * bytes, bytes);
}

void resize_nearest_neighbor_table(const struct resize_nearest_neighbor_table *node, const int8_t *input,
                                   int8_t *output)
{
    int32_t row_bytes = node->input_width * node->channels;
    for (int32_t row = 0; row < node->output_height; row++, output += node->output_width * node->channels)
        resize_nearest_neighbor_table_row(node, input + node->rows[row] * row_bytes, output);
}
