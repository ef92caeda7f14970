@ The model as it is: 16-byte aligned, as flatbuffers want to lie.
    .section .rodata.g_digits_model, "a"
    .global g_digits_model
    .type g_digits_model, %object
    .balign 16
g_digits_model:
    .incbin "../digits/digits.tflite"
    .size g_digits_model, . - g_digits_model
