#ifndef LILLIPUT_BROADCAST_H
#define LILLIPUT_BROADCAST_H

#include <stdint.h>

/* Three nested loops over the output, outermost first. After each round of a loop, the indices into the
 * inputs move by the loop's step; it takes back what the inner loops added. */
struct broadcast {
    int32_t sizes[3];
    int32_t first_steps[3];
    int32_t second_steps[3];
};

#endif
