"""The version of this package, as generated files state it."""

__version__ = "0.1.0"
