#include <stdint.h>

struct dequantize {
    float scale;
    int32_t count;
    int16_t input_offset;
};

void dequantize(const struct dequantize *node, const int8_t *input, float *output)
{
    for (int32_t i = 0; i < node->count; i++)
        output[i] = node->scale * (float)(input[i] + node->input_offset);
}
