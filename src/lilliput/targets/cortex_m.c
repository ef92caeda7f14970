/* The vector table of every Cortex-M: 16 system vectors; peripherals are off, so none of theirs is needed. */
#include <stdint.h>

#include "startup.h"

extern uint32_t stack_top[];

typedef void (*vector)(void);

static void park(void)
{
    for (;;) {
    }
}

/* Initial stack pointer, reset, faults (ARMv7-M Architecture Reference Manual, B1.5.2). */
__attribute__((section(".first"), used)) static const vector vectors[16] = {(vector)stack_top, reset,
                                                                            [2 ... 15] = park};
