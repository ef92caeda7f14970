"""Mangled symbol -> the C++ name that people read, by the C++ library of this machine where there is one."""

import ctypes
from functools import cache

_LIBRARIES = ("libstdc++.so.6", "libc++abi.1.dylib", "libc++.1.dylib", "libc++abi.so.1")
_LONGEST = 1000
"""A longer name stays as it is: a few thousand letters can stand for gigabytes."""


@cache
def demangled(name: str) -> str:
    """The C++ name of `name`; `name` itself where it is not mangled or nobody can tell."""
    if not name.startswith("_Z") or len(name) > _LONGEST or (library := _library()) is None:
        return name
    status = ctypes.c_int(0)
    address = library.__cxa_demangle(name.encode(), None, None, ctypes.byref(status))
    if not address:
        return name
    try:
        return ctypes.string_at(address).decode(errors="replace")
    finally:
        library.free(ctypes.c_void_p(address))


@cache
def _library() -> ctypes.CDLL | None:
    for name in _LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.__cxa_demangle.restype = ctypes.c_void_p
        return library
    return None
