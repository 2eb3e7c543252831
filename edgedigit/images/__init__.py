"""Anything that a user passes becomes a grey picture: `loading` first, which asks a decoder."""

from edgedigit.images.loading import as_grey, load_grey
from edgedigit.images.pixels import Grey

__all__ = ["Grey", "as_grey", "load_grey"]
