"""The machine code of a firmware: which functions it has, and what each instruction does to control flow."""
