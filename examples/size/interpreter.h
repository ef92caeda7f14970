// An interpreter in the shape of TensorFlow Lite Micro: the model stays a flatbuffer, a resolver knows the kernels of
// the operators, and tensors lie in an arena. It runs int8 models whose sizes are the schema's defaults or present.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tflite {

// A table or a vector of a flatbuffer.
struct Table {
    const uint8_t *at;

    const uint8_t *field(int number) const;
    int32_t word(int number, int32_t missing) const;
    int8_t byte(int number, int8_t missing) const;
    Table child(int number) const;

    int32_t size() const;
    int32_t element(int32_t index) const;
    Table table(int32_t index) const;
};

struct Tensor {
    int8_t *data;
    const int32_t *shape;
    const float *scales;
    int32_t scale_count;
    int32_t zero_point;
    int32_t elements;

    float scale(int32_t channel) const
    {
        return scales[scale_count > 1 ? channel : 0];
    }
};

struct Node {
    const Tensor *input;
    const Tensor *weights;
    const Tensor *bias;
    Tensor *output;
    Table options;
};

struct Kernel {
    int32_t code;
    void (*run)(const Node &node);
};

Kernel Register_AVERAGE_POOL_2D();
Kernel Register_CONV_2D();
Kernel Register_DEPTHWISE_CONV_2D();
Kernel Register_FULLY_CONNECTED();
Kernel Register_RESHAPE();
Kernel Register_SOFTMAX();

class OpResolver
{
  public:
    virtual const Kernel *find(int32_t code) const = 0;
};

template <int Size> class MicroMutableOpResolver : public OpResolver
{
  public:
    void add(const Kernel &kernel)
    {
        kernels_[count_++] = kernel;
    }

    const Kernel *find(int32_t code) const override
    {
        for (int i = 0; i < count_; i++) {
            if (kernels_[i].code == code) {
                return &kernels_[i];
            }
        }
        return nullptr;
    }

  private:
    Kernel kernels_[Size];
    int count_ = 0;
};

class MicroInterpreter
{
  public:
    MicroInterpreter(const void *model, const OpResolver &resolver) : resolver_(resolver)
    {
        const uint8_t *bytes = static_cast<const uint8_t *>(model);
        model_ = Table{bytes + *reinterpret_cast<const uint32_t *>(bytes)};
        graph_ = model_.child(2).table(0);
    }

    bool allocate(int8_t *arena, size_t arena_bytes);
    bool invoke();
    Tensor &input()
    {
        return tensors_[graph_.child(1).element(0)];
    }
    Tensor &output()
    {
        return tensors_[graph_.child(2).element(0)];
    }

  private:
    static constexpr int32_t kMostTensors = 24;

    Table model_;
    Table graph_;
    const OpResolver &resolver_;
    Tensor tensors_[kMostTensors];
};

} // namespace tflite
