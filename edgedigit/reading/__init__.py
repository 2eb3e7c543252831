"""Whole numbers: `reader` first, which asks `lines` where lines are and what they say."""

from edgedigit.reading.options import ReadOptions, checked_options
from edgedigit.reading.reader import read
from edgedigit.results import Box, ReadDigit, Reading

__all__ = ["Box", "ReadDigit", "ReadOptions", "Reading", "checked_options", "read"]
