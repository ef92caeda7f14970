/* A program without a C library, for every 32-bit machine. */
#include <stdint.h>

#ifndef WIDE
#define WIDE int32_t
#endif

typedef struct {
    const char *name;
    int32_t (*run)(int32_t);
} Command;

volatile int32_t result = 5;
int32_t samples[24] = {1, 2, 3};
static int16_t window[50];
static const int32_t table[9] = {10, 200, 3000, 40000, 500000};

static inline int32_t clamp(int32_t value) { return value > 4095 ? 4095 : value < 0 ? 0 : value; }

static int32_t start(int32_t argument) { return clamp(argument + table[argument & 7]); }

static int32_t stop(int32_t argument)
{
    for (int32_t index = 0; index < 50; index++) {
        window[index] = (int16_t)clamp(window[index] - argument);
    }
    return window[argument % 50];
}

__attribute__((noinline)) int32_t divide(WIDE one, WIDE other) { return (int32_t)(one / other); }

static const Command commands[] = {{"start the motor", start}, {"stop the motor", stop}};

int32_t dispatch(uint32_t which) { return commands[which & 1].run(result) + commands[which & 1].name[result & 3]; }

__attribute__((section(".first"), used, noreturn)) void _start(void)
{
    for (uint32_t round = 0;; round++) {
        samples[round % 24] = dispatch(round) + divide(result, samples[round % 23]);
        result = samples[(round + 1) % 24];
    }
}
