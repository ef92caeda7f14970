/* What every bare-metal image does before main: give static data its initial values. link.ld places the symbols. */
#include <stdint.h>

#include "startup.h"

extern uint32_t data_load[], data_start[], bss_start[], bss_end[];
int main(void);

void park(void)
{
    for (;;) {
    }
}

/* .bss follows .data without a gap, so that one pointer walks over both. */
void reset(void)
{
    const uint32_t *from = data_load;
    uint32_t *to = data_start;
    while (to != bss_start) {
        *to++ = *from++;
    }
    while (to != bss_end) {
        *to++ = 0;
    }
    main();
    park();
}
