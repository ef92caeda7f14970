/* The first instructions of every RISC-V image: trap vector, global pointer, stack pointer, then reset(). */
#include "startup.h"

/* The global pointer is set without linker relaxation, which would turn the address into itself plus zero. */
__attribute__((naked, section(".first"), used, noreturn)) void entry(void)
{
    __asm__ volatile(".option push\n"
                     ".option norelax\n"
                     "la gp, global_pointer\n"
                     ".option arch, +zicsr\n"
                     "la t0, 1f\n"
                     "csrw mtvec, t0\n"
                     ".option pop\n"
                     "la sp, stack_top\n"
                     "j reset\n"
                     ".balign 4\n"
                     "1: j 1b\n");
}
