#include <stdint.h>
#include "memory.h"

/* Copy `rows` rows of `row_bytes` bytes; rows start `input_step` and `output_step` bytes apart. */
struct copy_rows {
    uint16_t rows;
    uint16_t row_bytes;
    uint16_t input_step;
    uint16_t output_step;
};

void copy_rows(const struct copy_rows *node, const void *input, void *output)
{
    const int8_t *source = input;
    int8_t *target = output;
    for (int32_t row = 0; row < node->rows; row++) {
        memcpy(target, source, node->row_bytes);
        source += node->input_step;
        target += node->output_step;
    }
}
