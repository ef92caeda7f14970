"""Lilliput: a trained network and a microcontroller in, the smallest exact firmware out."""

__version__ = "0.1.0"
