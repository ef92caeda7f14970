#ifndef LILLIPUT_LITTLE_ENDIAN_H
#define LILLIPUT_LITTLE_ENDIAN_H

#include <stdint.h>

/* The int32 of four bytes at any address, the lowest first. */
static inline int32_t read_int32(const uint8_t *bytes)
{
    return (int32_t)(bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                     (uint32_t)bytes[3] << 24);
}

#endif
