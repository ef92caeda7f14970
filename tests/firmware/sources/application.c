/* An application with a C library: text, tables, function pointers, static data of every kind. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers.h"

typedef int (*operation)(int, int);

static int add(int one, int other) { return one + other; }
static int subtract(int one, int other) { return one - other; }
static int multiply(int one, int other) { return one * other; }

static const operation operations[] = {add, subtract, multiply};
static const char *const names[] = {"addition", "subtraction", "multiplication"};
static const uint16_t curve[33] = {0, 3, 12, 27, 48, 75, 108, 147, 192, 243, 300};
static volatile int32_t history[40];
static char message[61] = "not yet ready";
uint32_t ticks = 7;
uint8_t flag = 1;

static int by_value(const void *one, const void *other)
{
    return *(const int32_t *)one - *(const int32_t *)other;
}

static inline int32_t saturate(int32_t value) { return value > 1000 ? 1000 : value < -1000 ? -1000 : value; }

void SysTick_Handler(void)
{
    ticks++;
    history[ticks % 40] = saturate(history[ticks % 33] + curve[ticks % 33]);
}

__attribute__((noinline)) static const char *season(int month)
{
    switch (month) {
    case 1: return "the coldest month of winter";
    case 2: return "winter, nearly over";
    case 4: return "spring, as changeable as ever";
    case 7: return "the height of summer";
    case 10: return "autumn leaves";
    default: return "an ordinary month";
    }
}

int main(void)
{
    static int32_t values[16];
    for (int index = 0; index < 16; index++) {
        values[index] = saturate(operations[index % 3](index, (int)ticks));
        history[index] += values[index];
    }
    qsort(values, 16, sizeof values[0], by_value);
    driver_start(9600);
    for (int index = 0; index < 3; index++) {
        snprintf(message, sizeof message, "%s: %ld, %s", names[index], (long)values[index], season(index));
        driver_send(message, strlen(message) + flag);
    }
    return values[0];
}
