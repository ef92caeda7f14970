#ifndef LILLIPUT_MEMORY_H
#define LILLIPUT_MEMORY_H

#include <stddef.h>

/* The memory functions that every C compiler expects to find, also where there is no <string.h>. */
void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);

#endif
