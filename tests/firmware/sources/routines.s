@ Assembly without sizes: labels only, a literal pool, a table behind the code.
    .syntax unified
    .thumb
    .text
    .global fast_sum
    .thumb_func
fast_sum:
    ldr r2, =0x12345678
    movs r3, #0
again:
    ldrb r1, [r0], #1
    add r3, r3, r1
    cmp r1, #0
    bne again
    eor r0, r3, r2
    bx lr
    .pool
    .global fast_table
    .balign 4
fast_table:
    .word 1, 2, 3, 5, 8, 13
    .global fast_lookup
    .thumb_func
fast_lookup:
    ldr r1, =fast_table
    ldr r0, [r1, r0, lsl #2]
    bx lr
    .pool
