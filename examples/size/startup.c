/* Vector table and start-up for a Cortex-M4: initial values of static data, constructors, main. */
#include <stdint.h>
#include <string.h>

extern char data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];
void __libc_init_array(void);
int main(void);

void Reset_Handler(void)
{
    memcpy(data_start, data_load, (size_t)(data_end - data_start));
    memset(bss_start, 0, (size_t)(bss_end - bss_start));
    __libc_init_array();
    main();
    for (;;) {
    }
}

void Default_Handler(void)
{
    for (;;) {
    }
}

void UART_Handler(void);

__attribute__((section(".isr_vector"), used)) static const void *const vectors[17] = {
    stack_top,       (void *)Reset_Handler,   (void *)Default_Handler, (void *)Default_Handler,
    [15] = (void *)Default_Handler, (void *)UART_Handler,
};

void _init(void)
{
}

void _fini(void)
{
}
