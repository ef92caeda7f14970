// The operators of the digits model, in the plain arithmetic of reference kernels.
#include "interpreter.h"
#include <cmath>
#include <cstring>

namespace tflite {
namespace {

constexpr int8_t kRelu = 1;
constexpr int8_t kSame = 0;

// What all windows have in common: their size and step, and where the first one begins.
struct Window {
    int32_t rows, columns, row_step, column_step, row_start, column_start;
};

int8_t requantize(float value, const Tensor &output, int8_t activation)
{
    long stored = lroundf(value / output.scale(0)) + output.zero_point;
    long lowest = activation == kRelu ? output.zero_point : -128;
    return static_cast<int8_t>(stored < lowest ? lowest : stored > 127 ? 127 : stored);
}

int32_t start(int32_t in, int32_t out, int32_t size, int32_t step, int8_t padding)
{
    int32_t missing = (out - 1) * step + size - in;
    return padding == kSame && missing > 0 ? -(missing / 2) : 0;
}

Window window(const Node &node, int32_t rows, int32_t columns)
{
    int8_t padding = node.options.byte(0, 0);
    int32_t column_step = node.options.word(1, 1), row_step = node.options.word(2, 1);
    return Window{
        rows,
        columns,
        row_step,
        column_step,
        start(node.input->shape[1], node.output->shape[1], rows, row_step, padding),
        start(node.input->shape[2], node.output->shape[2], columns, column_step, padding),
    };
}

// Calls each(input element, row, column in the window) for the pixels of a window that lie on the input.
template <typename Each>
void for_each_pixel(const Window &window, const Tensor &input, int32_t row, int32_t column, Each each)
{
    int32_t top = row * window.row_step + window.row_start;
    int32_t left = column * window.column_step + window.column_start;
    for (int32_t y = 0; y < window.rows; y++) {
        for (int32_t x = 0; x < window.columns; x++) {
            bool inside = top + y >= 0 && top + y < input.shape[1] && left + x >= 0 && left + x < input.shape[2];
            if (inside) {
                each(input.data + ((top + y) * input.shape[2] + left + x) * input.shape[3], y * window.columns + x);
            }
        }
    }
}

template <typename Value> void for_each_output(const Node &node, int8_t activation, Value value)
{
    int8_t *out = node.output->data;
    const int32_t *shape = node.output->shape;
    for (int32_t row = 0; row < shape[1]; row++) {
        for (int32_t column = 0; column < shape[2]; column++) {
            for (int32_t channel = 0; channel < shape[3]; channel++) {
                *out++ = requantize(value(row, column, channel), *node.output, activation);
            }
        }
    }
}

int32_t bias(const Node &node, int32_t channel)
{
    return reinterpret_cast<const int32_t *>(node.bias->data)[channel];
}

void conv_2d(const Node &node)
{
    const Tensor &input = *node.input, &weights = *node.weights;
    const Window around = window(node, weights.shape[1], weights.shape[2]);
    const int32_t depth = input.shape[3], size = around.rows * around.columns * depth;
    for_each_output(node, node.options.byte(3, 0), [&](int32_t row, int32_t column, int32_t channel) {
        int32_t sum = bias(node, channel);
        for_each_pixel(around, input, row, column, [&](const int8_t *pixel, int32_t tap) {
            const int8_t *weight = weights.data + channel * size + tap * depth;
            for (int32_t i = 0; i < depth; i++) {
                sum += (pixel[i] - input.zero_point) * weight[i];
            }
        });
        return static_cast<float>(sum) * input.scale(0) * weights.scale(channel);
    });
}

void depthwise_conv_2d(const Node &node)
{
    const Tensor &input = *node.input, &weights = *node.weights;
    const Window around = window(node, weights.shape[1], weights.shape[2]);
    for_each_output(node, node.options.byte(4, 0), [&](int32_t row, int32_t column, int32_t channel) {
        int32_t sum = bias(node, channel);
        for_each_pixel(around, input, row, column, [&](const int8_t *pixel, int32_t tap) {
            sum += (pixel[channel] - input.zero_point) * weights.data[tap * weights.shape[3] + channel];
        });
        return static_cast<float>(sum) * input.scale(0) * weights.scale(channel);
    });
}

void average_pool_2d(const Node &node)
{
    const Tensor &input = *node.input;
    const Window around = window(node, node.options.word(4, 1), node.options.word(3, 1));
    for_each_output(node, node.options.byte(5, 0), [&](int32_t row, int32_t column, int32_t channel) {
        int32_t sum = 0, count = 0;
        for_each_pixel(around, input, row, column, [&](const int8_t *pixel, int32_t) {
            sum += pixel[channel] - input.zero_point;
            count++;
        });
        return static_cast<float>(sum) / static_cast<float>(count) * input.scale(0);
    });
}

void fully_connected(const Node &node)
{
    const Tensor &input = *node.input, &weights = *node.weights;
    for (int32_t channel = 0; channel < weights.shape[0]; channel++) {
        int32_t sum = bias(node, channel);
        for (int32_t i = 0; i < weights.shape[1]; i++) {
            sum += (input.data[i] - input.zero_point) * weights.data[channel * weights.shape[1] + i];
        }
        float value = static_cast<float>(sum) * input.scale(0) * weights.scale(channel);
        node.output->data[channel] = requantize(value, *node.output, node.options.byte(0, 0));
    }
}

void reshape(const Node &node)
{
    memcpy(node.output->data, node.input->data, static_cast<size_t>(node.input->elements));
}

void softmax(const Node &node)
{
    const Tensor &input = *node.input;
    int8_t largest = -128;
    float sum = 0;
    for (int32_t i = 0; i < input.elements; i++) {
        largest = input.data[i] > largest ? input.data[i] : largest;
    }
    for (int32_t i = 0; i < input.elements; i++) {
        sum += expf(static_cast<float>(input.data[i] - largest) * input.scale(0));
    }
    for (int32_t i = 0; i < input.elements; i++) {
        float share = expf(static_cast<float>(input.data[i] - largest) * input.scale(0)) / sum;
        node.output->data[i] = requantize(share, *node.output, 0);
    }
}

} // namespace

Kernel Register_AVERAGE_POOL_2D()
{
    return {1, average_pool_2d};
}

Kernel Register_CONV_2D()
{
    return {3, conv_2d};
}

Kernel Register_DEPTHWISE_CONV_2D()
{
    return {4, depthwise_conv_2d};
}

Kernel Register_FULLY_CONNECTED()
{
    return {9, fully_connected};
}

Kernel Register_RESHAPE()
{
    return {22, reshape};
}

Kernel Register_SOFTMAX()
{
    return {25, softmax};
}

} // namespace tflite
