#include <stdint.h>
#include "memory.h"
#include "ring.h"

/* Put `input_height` rows below `top` rows of padding, and each after `left` bytes of padding. Row y of the
 * input lies in slot y % input_rows of a ring. */
struct pad {
    uint16_t output_rows;
    uint16_t output_row_bytes;
    uint16_t input_height;
    uint16_t input_rows;
    uint16_t input_row_bytes;
    uint16_t top;
    uint16_t left;
    int8_t value;
};

/* Compute row `row` of the output. */
void pad_row(const struct pad *node, const int8_t *input, int32_t row, int8_t *output)
{
    memset(output, node->value, node->output_row_bytes);
    row -= node->top;
    /* As an unsigned number, a negative row is beyond the input as well. */
    if ((uint32_t)row < node->input_height)
        memcpy(output + node->left, input + ring_slot(row, node->input_rows) * node->input_row_bytes,
               node->input_row_bytes);
}

void pad(const struct pad *node, const int8_t *input, int8_t *output)
{
    for (int32_t row = 0; row < node->output_rows; row++)
        pad_row(node, input, row, output + row * node->output_row_bytes);
}
