"""How numbers are read, for those who hand on to `read` what was said to them."""

from __future__ import annotations

from typing import TypedDict

from edgedigit.classifier import check_count, check_ink, check_turn
from edgedigit.images import Corners, checked_region
from edgedigit.normalize import Ink, Turn


class ReadOptions(TypedDict, total=False):
    """The arguments of `read` but the picture and the classifier; each may be left out."""

    ink: Ink
    spaces: bool
    length: int | None
    region: Corners | None
    turn: Turn
    marks: bool


def checked_options(options: ReadOptions) -> ReadOptions:
    """The options, the region as such; raises TypeError or ValueError, as `read` does."""
    check_ink(options.get("ink", "auto"))
    check_turn(options.get("turn", "exif"))
    for name in ("spaces", "marks"):
        value = options.get(name, False)
        if not isinstance(value, bool):
            raise TypeError(f"{name} must be a bool, not {type(value).__name__}")
    length = options.get("length")
    if length is not None:
        check_count(length, "length")
    return {**options, "region": checked_region(options.get("region"))}
