/* What every bare-metal image does before main: give static data its initial values. link.ld places the
 * symbols. */
#include <stdint.h>

#include "startup.h"

extern uint32_t data_load[], data_start[], bss_start[], bss_end[];

/* .bss follows .data without a gap, so that one loop fills both. */
void reset(void)
{
    const uint32_t *initial = data_load;
    for (uint32_t *word = data_start; word != bss_end; word++) {
        *word = word < bss_start ? *initial++ : 0;
    }
    main();
    for (;;) {
    }
}
