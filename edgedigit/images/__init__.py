"""Anything that a user passes becomes a grey picture: `loading` first, which asks a decoder."""

from edgedigit.images.image_like import ImageLike
from edgedigit.images.loading import (
    Again,
    RegularPath,
    again,
    as_grey,
    load_grey,
    load_unreduced,
    open_pages,
)
from edgedigit.images.pixels import Grey, brightened, is_even
from edgedigit.images.region import Corners, Region, checked_region

__all__ = [
    "Again",
    "Corners",
    "Grey",
    "ImageLike",
    "Region",
    "RegularPath",
    "again",
    "as_grey",
    "brightened",
    "checked_region",
    "is_even",
    "load_grey",
    "load_unreduced",
    "open_pages",
]
