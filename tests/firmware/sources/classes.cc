// C++ of the shape of an interpreter: templates, virtual functions, static locals, lambdas, a registry.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

extern "C" {
#include "drivers.h"
}

namespace shapes {

class Shape {
public:
    virtual ~Shape() = default;
    virtual int32_t area() const = 0;
    virtual const char *name() const { return "a shape of no particular kind"; }
};

template <typename Number> class Rectangle : public Shape {
public:
    Rectangle(Number width, Number height) : width_(width), height_(height) {}
    int32_t area() const override { return static_cast<int32_t>(width_ * height_); }
    const char *name() const override { return "rectangle"; }

private:
    Number width_, height_;
};

class Circle final : public Shape {
public:
    explicit Circle(int32_t radius) : radius_(radius) {}
    int32_t area() const override { return radius_ * radius_ * 355 / 113; }

private:
    int32_t radius_;
};

template <typename Number, std::size_t Size> class Ring {
public:
    void push(Number value) { values_[next_++ % Size] = value; }
    Number largest() const { return *std::max_element(values_.begin(), values_.end()); }
    void sort() { std::sort(values_.begin(), values_.end(), [](Number one, Number other) { return other < one; }); }

private:
    std::array<Number, Size> values_{};
    std::size_t next_ = 0;
};

Ring<int32_t, 12> &areas()
{
    static Ring<int32_t, 12> ring;
    return ring;
}

Ring<float, 7> lengths;
Rectangle<int16_t> first{3, 4};
Rectangle<float> second{1.5f, 2.5f};
Circle third{11};

}  // namespace shapes

int main()
{
    shapes::Shape *all[] = {&shapes::first, &shapes::second, &shapes::third};
    for (auto *shape : all) {
        shapes::areas().push(shape->area());
        shapes::lengths.push(static_cast<float>(std::strlen(shape->name())));
        driver_send(shape->name(), std::strlen(shape->name()));
    }
    shapes::areas().sort();
    shapes::lengths.sort();
    return shapes::areas().largest() + static_cast<int>(shapes::lengths.largest());
}
