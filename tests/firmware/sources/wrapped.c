/* What -Wl,--wrap=driver_send puts in between. */
#include "drivers.h"

static uint32_t sent;

void __real_driver_send(const char *text, size_t length);

void __wrap_driver_send(const char *text, size_t length)
{
    sent += length;
    __real_driver_send(text, length);
}
