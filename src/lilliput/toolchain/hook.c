/* Called by Unicorn: `count` before every basic block counts its instructions and looks at the stack pointer;
 * `step_done` wherever a counter of rows is written gives a node what its step has taken. */
#include <stdint.h>

/* Mirrored by counter.py. Both tables have an entry for each halfword of code. A marker is the owner that
 * takes over there, or 0 to keep the last one; a width is the halfwords of the instruction that begins there.
 */
struct counter {
    uint64_t *counts;
    const uint16_t *markers;
    const uint8_t *widths;
    int32_t (*read_register)(void *engine, int32_t number, void *value);
    int32_t (*stop)(void *engine);
    uint64_t halfwords;
    uint64_t first_address;
    uint64_t instructions;
    uint64_t limit;
    const uint16_t *step_owners;
    uint64_t steps_address;
    uint64_t given;
    uint32_t nobody;
    uint32_t owner;
    uint32_t lowest_stack_pointer;
    int32_t stack_register;
};

void count(void *engine, uint64_t address, uint32_t bytes, struct counter *counter);

/* An instruction whose condition fails counts as well: it is fetched and takes a cycle. */
void count(void *engine, uint64_t address, uint32_t bytes, struct counter *counter)
{
    uint64_t place = (address - counter->first_address) / 2;
    uint64_t end = place + bytes / 2;
    if (end > counter->halfwords) {
        return;
    }
    uint64_t before = counter->instructions;
    uint64_t instructions = before;
    for (; place < end; place += counter->widths[place]) {
        if (counter->markers[place] != 0) {
            counter->counts[counter->owner] += instructions - before;
            counter->owner = counter->markers[place];
            before = instructions;
        }
        instructions++;
    }
    counter->counts[counter->owner] += instructions - before;
    counter->instructions = instructions;
    if (instructions >= counter->limit) {
        counter->stop(engine);
    }

    uint32_t stack_pointer = 0;
    counter->read_register(engine, counter->stack_register, &stack_pointer);
    if (stack_pointer < counter->lowest_stack_pointer) {
        counter->lowest_stack_pointer = stack_pointer;
    }
}

void step_done(void *engine, int32_t kind, uint64_t address, int32_t bytes, int64_t value,
               struct counter *counter);

/* What nobody has taken since the last step was done, this step has taken. */
void step_done(void *engine, int32_t kind, uint64_t address, int32_t bytes, int64_t value,
               struct counter *counter)
{
    (void)engine;
    (void)kind;
    (void)bytes;
    uint16_t owner = counter->step_owners[(address - counter->steps_address) / 2];
    uint64_t *nobody = &counter->counts[counter->nobody];
    if (owner != 0 && value != 0) {
        counter->counts[owner] += *nobody - counter->given;
        *nobody = counter->given;
    }
    counter->given = *nobody;
}
