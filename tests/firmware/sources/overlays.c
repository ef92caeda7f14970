/* Two overlays that share addresses at run time and lie one after the other in flash. */
#include <stdint.h>

__attribute__((section(".overlay_one"))) int32_t first_filter(int32_t value) { return value * 31 + 7; }
__attribute__((section(".overlay_one_data"))) int32_t first_state[9] = {1, 2, 3};
__attribute__((section(".overlay_two"))) int32_t second_state[20] = {4, 5, 6};

int main(void)
{
    return first_filter(first_state[1]) + second_state[2];
}
