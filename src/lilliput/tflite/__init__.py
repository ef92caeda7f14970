"""The .tflite file format: files and C arrays -> Graph, Graph -> file."""

from lilliput.tflite.cut import cut
from lilliput.tflite.reader import load, read, read_bytes
from lilliput.tflite.writer import write

__all__ = ["cut", "load", "read", "read_bytes", "write"]
