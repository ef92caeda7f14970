"""DWARF of a firmware -> bytes of each function, source line and inlined call, and the listing of one function.

Section numbers in this package are those of the DWARF 5 standard (2017). Versions 2 to 5 are read, in both byte orders
and in the 64-bit format too. Nothing in the file is trusted: what is damaged is left out and said, and every loop takes
its steps from one `Allowance`, so that no file takes longer to read than its size justifies.
"""
