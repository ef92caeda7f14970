"""Mangled symbol -> the C++ name that people read: the same on every machine, and for hostile names too."""

from lilliput.firmware.demangle.symbol import demangled

__all__ = ["demangled"]
