/* Data and code in memories of their own: fast RAM, external flash far away, code that runs from RAM. */
#include <stdint.h>

__attribute__((section(".external"))) const uint8_t picture[700] = {1, 2, 3, 4, 5};
__attribute__((section(".external"))) const char caption[] = "a picture in external flash";
__attribute__((section(".settings"))) const uint32_t settings[6] = {0xcafe, 1, 2, 3};
__attribute__((section(".fast_bss"))) int16_t accumulator[77];
__attribute__((section(".fast_data"))) int32_t coefficients[5] = {7, -7, 9, -9, 11};

__attribute__((section(".ramcode"), noinline)) int32_t filter(int32_t value)
{
    for (int index = 0; index < 5; index++) {
        accumulator[index] += (int16_t)(value * coefficients[index]);
    }
    return accumulator[3] + picture[value & 511] + caption[value & 15];
}

int main(void) { return filter((int32_t)settings[1]); }
