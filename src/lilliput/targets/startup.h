/* The two ends of a bare-metal image's life, for the targets' own entry code. */
#ifndef STARTUP_H
#define STARTUP_H

__attribute__((noreturn)) void park(void);
__attribute__((noreturn)) void reset(void);

#endif
