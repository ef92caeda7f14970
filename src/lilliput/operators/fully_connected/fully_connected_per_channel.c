#include "dot_product.h"
#include "requantize_channel.h"

/* A fully connected layer with a scale for each output, for one or more vectors. `weights` are
 * [outputs][inputs]. */
struct fully_connected_per_channel {
    const int8_t *weights;
    struct requantization output;
    int32_t inputs;
    int32_t vectors;
    int16_t outputs;
    int16_t input_offset;
};

void fully_connected_per_channel(const struct fully_connected_per_channel *node, const int8_t *input,
                                 int8_t *output)
{
    for (int32_t vector = 0; vector < node->vectors; vector++) {
        const int8_t *weight = node->weights;
        for (int32_t channel = 0; channel < node->outputs; channel++) {
            int32_t sum = dot_product(input, weight, node->inputs, node->input_offset, 0);
            weight += node->inputs;
            *output++ = requantize_channel(&node->output, sum, channel);
        }
        input += node->inputs;
    }
}
