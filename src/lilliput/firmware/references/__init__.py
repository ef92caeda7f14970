"""Firmware -> which range refers to which, what each one alone keeps in the image, and why each is there.

Guarantee: what is not certain is marked so. A linker drops what nothing refers to (--gc-sections); this package answers
what it would drop if a reference were gone, from relocations where the file has them, else from its bytes.
"""
