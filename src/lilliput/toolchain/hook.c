/* Called by Unicorn: `count` before every basic block counts its instructions and looks at the stack pointer;
 * `step_done` wherever a counter of rows is written gives a node what its step has taken. */
#include <stdint.h>

/* Mirrored by counter.py. All tables have an entry for each halfword of code. A marker is the owner that
 * takes over there, or 0 to keep the last one; a width is the halfwords of the instruction that begins there.
 * `executions`, where wanted, has a row for each owner: how often it executed what begins there; row 0 is
 * nobody's. `jumps` counts how often execution did not go on behind an instruction. What nobody has executed
 * since the last step lies in [nobody_first, nobody_end) of its row.
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
    uint32_t *executions;
    uint32_t *jumps;
    uint64_t expected_place;
    uint64_t last_place;
    uint64_t nobody_first;
    uint64_t nobody_end;
};

/* Note one execution of the instruction at `place`. */
static void note(struct counter *counter, uint64_t place)
{
    if (counter->executions == 0) {
        return;
    }
    counter->executions[counter->owner * counter->halfwords + place]++;
    if (counter->owner == counter->nobody) {
        counter->nobody_first = place < counter->nobody_first ? place : counter->nobody_first;
        counter->nobody_end = place >= counter->nobody_end ? place + 1 : counter->nobody_end;
    }
}

/* Note whether the block at `place` was jumped to. */
static void note_jump(struct counter *counter, uint64_t place)
{
    if (counter->jumps != 0 && place != counter->expected_place && counter->last_place < counter->halfwords) {
        counter->jumps[counter->last_place]++;
    }
}

void count(void *engine, uint64_t address, uint32_t bytes, struct counter *counter);

/* An instruction whose condition fails counts as well: it is fetched and takes a cycle. */
void count(void *engine, uint64_t address, uint32_t bytes, struct counter *counter)
{
    uint64_t place = (address - counter->first_address) / 2;
    uint64_t end = place + bytes / 2;
    if (end > counter->halfwords) {
        return;
    }
    note_jump(counter, place);
    uint64_t before = counter->instructions;
    uint64_t instructions = before;
    for (; place < end; place += counter->widths[place]) {
        if (counter->markers[place] != 0) {
            counter->counts[counter->owner] += instructions - before;
            counter->owner = counter->markers[place];
            before = instructions;
        }
        note(counter, place);
        counter->last_place = place;
        instructions++;
    }
    counter->expected_place = end;
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

/* Give `owner` what nobody has executed since the last step. */
static void give(struct counter *counter, uint32_t owner)
{
    if (counter->executions == 0) {
        return;
    }
    uint32_t *from = counter->executions + counter->nobody * counter->halfwords;
    uint32_t *to = counter->executions + owner * counter->halfwords;
    for (uint64_t place = counter->nobody_first; place < counter->nobody_end; place++) {
        to[place] += from[place];
        from[place] = 0;
    }
    counter->nobody_first = counter->halfwords;
    counter->nobody_end = 0;
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
        give(counter, owner);
    } else {
        give(counter, 0);
    }
    counter->given = *nobody;
}
