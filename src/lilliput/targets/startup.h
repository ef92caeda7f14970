/* The two ends of a bare-metal image's life, and what lies between. */
#ifndef STARTUP_H
#define STARTUP_H

__attribute__((noreturn)) void park(void);
__attribute__((noreturn)) void reset(void);
void main(void);

#endif
