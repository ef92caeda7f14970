/* A library of drivers: one function that is called from two places, one that nobody calls. */
#include "drivers.h"

static volatile uint32_t registers[4];
static const uint32_t divisors[] = {9600, 19200, 38400, 57600, 115200};
static uint8_t queue[128];
static uint32_t queued = 0;

void driver_start(uint32_t baud)
{
    for (uint32_t index = 0; index < 5; index++) {
        if (divisors[index] == baud) {
            registers[0] = 16000000u / baud;
        }
    }
    registers[1] |= 1;
}

uint32_t driver_checksum(const uint8_t *bytes, size_t length)
{
    uint32_t sum = 0xffff;
    for (size_t index = 0; index < length; index++) {
        sum ^= bytes[index];
        for (int bit = 0; bit < 8; bit++) {
            sum = sum & 1 ? (sum >> 1) ^ 0xa001 : sum >> 1;
        }
    }
    return sum;
}

void driver_send(const char *text, size_t length)
{
    for (size_t index = 0; index < length; index++) {
        queue[queued++ % sizeof queue] = (uint8_t)text[index];
    }
    registers[2] = driver_checksum(queue, sizeof queue);
}

void driver_unused(void) { registers[3] = driver_checksum(queue, queued); }

void UART_Handler(void) { registers[2] = queue[--queued % sizeof queue]; }
