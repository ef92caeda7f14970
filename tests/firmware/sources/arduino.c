/* An AVR program: interrupt vectors, strings in flash and in RAM, EEPROM, software floating point. */
#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <stdio.h>
#include <stdlib.h>

static const char greeting[] PROGMEM = "kept in flash until it is needed";
static const uint8_t sine[64] PROGMEM = {0, 6, 12, 18, 25, 31, 37, 43, 49};
static char line[48] = "a line";
static uint16_t stored EEMEM = 1234;
static uint8_t names[3][9] EEMEM = {"one", "two", "three"};
volatile uint16_t ticks;

ISR(TIMER1_COMPA_vect) { ticks += pgm_read_byte(&sine[ticks & 63]); }

int main(void)
{
    TCCR1B = 1;
    sei();
    for (;;) {
        float value = (float)ticks / 3.0f;
        snprintf(line, sizeof line, "%d %S", (int)value, greeting);
        eeprom_write_word(&stored, (uint16_t)atoi(line));
        eeprom_write_byte(&names[1][0], line[0]);
    }
}
