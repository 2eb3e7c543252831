"""Whole numbers: `reader` first, which asks `layout` for lines, `segmentation` for digits."""

from edgedigit.reading.reader import ReadDigit, Reading, read

__all__ = ["ReadDigit", "Reading", "read"]
