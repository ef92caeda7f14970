/* What a target's entry code goes on with. */
#ifndef STARTUP_H
#define STARTUP_H

__attribute__((noreturn)) void reset(void);
void main(void);

#endif
