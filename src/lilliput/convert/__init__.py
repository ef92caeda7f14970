"""Models of other frameworks -> .tflite files, by the frameworks' own converters."""

from lilliput.convert.conversion import load

__all__ = ["load"]
