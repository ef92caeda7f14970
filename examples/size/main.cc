// The application: images arrive over a UART, answers go back as text.
#include "interpreter.h"
#include <cstdio>
#include <cstring>

extern "C" const unsigned char g_digits_model[];

namespace {

alignas(16) int8_t arena[4096];
int8_t received[64];
volatile int received_count;
volatile uint32_t *const uart = reinterpret_cast<volatile uint32_t *>(0x40011000);

int most_probable(const tflite::Tensor &probabilities)
{
    int best = 0;
    for (int i = 1; i < probabilities.elements; i++) {
        if (probabilities.data[i] > probabilities.data[best]) {
            best = i;
        }
    }
    return best;
}

void send(const char *text)
{
    while (*text) {
        uart[1] = static_cast<uint32_t>(*text++);
    }
}

void report(const tflite::Tensor &probabilities)
{
    char line[32];
    int digit = most_probable(probabilities);
    int stored = probabilities.data[digit] - probabilities.zero_point;
    snprintf(line, sizeof line, "%d %.3f\n", digit, static_cast<double>(stored) * probabilities.scale(0));
    send(line);
}

} // namespace

extern "C" void UART_Handler(void)
{
    int count = received_count;
    received[count % 64] = static_cast<int8_t>(uart[1]);
    received_count = count + 1;
}

int main()
{
    tflite::MicroMutableOpResolver<6> resolver;
    resolver.add(tflite::Register_CONV_2D());
    resolver.add(tflite::Register_DEPTHWISE_CONV_2D());
    resolver.add(tflite::Register_AVERAGE_POOL_2D());
    resolver.add(tflite::Register_RESHAPE());
    resolver.add(tflite::Register_FULLY_CONNECTED());
    resolver.add(tflite::Register_SOFTMAX());
    static tflite::MicroInterpreter interpreter(g_digits_model, resolver);
    if (!interpreter.allocate(arena, sizeof arena)) {
        send("no memory\n");
        return 1;
    }
    for (;;) {
        while (received_count < 64) {
        }
        memcpy(interpreter.input().data, received, sizeof received);
        received_count = 0;
        interpreter.invoke();
        report(interpreter.output());
    }
}
