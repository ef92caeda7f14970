#include <stddef.h>
#include <stdint.h>

void driver_start(uint32_t baud);
void driver_send(const char *text, size_t length);
uint32_t driver_checksum(const uint8_t *bytes, size_t length);
