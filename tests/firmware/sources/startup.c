/* Start-up of the test images for Arm: the vector table, and initial values of static data. */
#include <stdint.h>

extern uint32_t _sidata[], _sdata[], _edata[], _sbss[], _ebss[], _estack[];
extern void (*__init_array_start[])(void), (*__init_array_end[])(void);

int main(void);
void Reset_Handler(void);
void Default_Handler(void);
void SysTick_Handler(void) __attribute__((weak, alias("Default_Handler")));
void UART_Handler(void) __attribute__((weak, alias("Default_Handler")));

__attribute__((section(".isr_vector"), used)) void (*const vectors[18])(void) = {
    (void (*)(void))_estack, Reset_Handler,   Default_Handler, Default_Handler, Default_Handler, Default_Handler,
    Default_Handler,         0,               0,               0,               0,               Default_Handler,
    Default_Handler,         0,               Default_Handler, SysTick_Handler, UART_Handler,    Default_Handler,
};

void Reset_Handler(void)
{
    const uint32_t *initial = _sidata;
    for (uint32_t *word = _sdata; word < _edata; word++) {
        *word = *initial++;
    }
    for (uint32_t *word = _sbss; word < _ebss; word++) {
        *word = 0;
    }
    for (void (**function)(void) = __init_array_start; function < __init_array_end; function++) {
        (*function)();
    }
    main();
    for (;;) {
    }
}

void Default_Handler(void)
{
    for (;;) {
    }
}

void *__dso_handle = 0;

void _init(void) {}
void _fini(void) {}
