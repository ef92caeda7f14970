// Reading the flatbuffer, placing tensors, running nodes.
#include "interpreter.h"

namespace tflite {

const uint8_t *Table::field(int number) const
{
    const uint8_t *layout = at - *reinterpret_cast<const int32_t *>(at);
    const uint16_t *entries = reinterpret_cast<const uint16_t *>(layout);
    int entry = 2 + number;
    return entry * 2 < entries[0] && entries[entry] ? at + entries[entry] : nullptr;
}

int32_t Table::word(int number, int32_t missing) const
{
    const uint8_t *found = field(number);
    return found ? *reinterpret_cast<const int32_t *>(found) : missing;
}

int8_t Table::byte(int number, int8_t missing) const
{
    const uint8_t *found = field(number);
    return found ? static_cast<int8_t>(*found) : missing;
}

Table Table::child(int number) const
{
    const uint8_t *found = field(number);
    return Table{found ? found + *reinterpret_cast<const uint32_t *>(found) : nullptr};
}

int32_t Table::size() const
{
    return at ? *reinterpret_cast<const int32_t *>(at) : 0;
}

int32_t Table::element(int32_t index) const
{
    return reinterpret_cast<const int32_t *>(at)[1 + index];
}

Table Table::table(int32_t index) const
{
    const uint8_t *found = at + 4 + 4 * index;
    return Table{found + *reinterpret_cast<const uint32_t *>(found)};
}

bool MicroInterpreter::allocate(int8_t *arena, size_t arena_bytes)
{
    Table tensors = graph_.child(0);
    if (tensors.size() > kMostTensors) {
        return false;
    }
    for (int32_t index = 0; index < tensors.size(); index++) {
        Table table = tensors.table(index);
        Table shape = table.child(0);
        Table quantization = table.child(4);
        Table data = model_.child(4).table(table.word(2, 0)).child(0);
        Tensor &tensor = tensors_[index];
        tensor.shape = reinterpret_cast<const int32_t *>(shape.at + 4);
        tensor.elements = 1;
        for (int32_t axis = 0; axis < shape.size(); axis++) {
            tensor.elements *= shape.element(axis);
        }
        if (quantization.at && quantization.child(2).size()) {
            tensor.scale_count = quantization.child(2).size();
            tensor.scales = reinterpret_cast<const float *>(quantization.child(2).at + 4);
            tensor.zero_point = quantization.child(3).size() ? quantization.child(3).element(0) : 0;
        }
        if (data.size()) {
            tensor.data = reinterpret_cast<int8_t *>(const_cast<uint8_t *>(data.at + 4));
            continue;
        }
        size_t size = (static_cast<size_t>(tensor.elements) + 15) & ~static_cast<size_t>(15);
        if (size > arena_bytes) {
            return false;
        }
        tensor.data = arena;
        arena += size;
        arena_bytes -= size;
    }
    return true;
}

bool MicroInterpreter::invoke()
{
    Table nodes = graph_.child(3);
    for (int32_t index = 0; index < nodes.size(); index++) {
        Table table = nodes.table(index);
        Table code = model_.child(1).table(table.word(0, 0));
        Table inputs = table.child(1);
        const Kernel *kernel = resolver_.find(code.word(3, code.byte(0, 0)));
        if (!kernel) {
            return false;
        }
        kernel->run(Node{
            &tensors_[inputs.element(0)],
            inputs.size() > 1 ? &tensors_[inputs.element(1)] : nullptr,
            inputs.size() > 2 ? &tensors_[inputs.element(2)] : nullptr,
            &tensors_[table.child(2).element(0)],
            table.child(4),
        });
    }
    return true;
}

} // namespace tflite
