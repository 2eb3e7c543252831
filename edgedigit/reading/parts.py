"""A part of a picture is read, and turned where that is surer; boxes are the whole picture's."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from edgedigit.images import Grey, Region
from edgedigit.normalize import Turn
from edgedigit.normalize.quarter_turns import turn_weights
from edgedigit.results import OTHER_SIGN, Box, Reading

_QUARTER_DEGREES = 90
# What is read so surely as it stands is not tried at other turns: no upright number of the
# development sets is lost by that, nor is one that is turned.
_SURE_CONFIDENCE = 0.95


def read_part(
    grey: Grey, region: Region | None, turn: Turn, read_grey: Callable[[Grey], Reading]
) -> Reading:
    """Reads a part of a picture.

    Args:
        grey: The whole picture, uint8, H x W.
        region: The part; None is all of it.
        turn: As for `Classifier.classify`.
        read_grey: Reads a picture, uint8, H x W, C-contiguous, as it stands.

    Returns:
        The reading; its boxes are in pixels of `grey`.

    Raises:
        OutsideError: The region has no pixel of the picture.
    """
    height, width = grey.shape
    part = Box(0, 0, width, height) if region is None else region.box(width, height)
    picture = grey[part.top : part.bottom, part.left : part.right]
    reading, quarters = read_grey(np.ascontiguousarray(picture)), 0
    is_sure = reading.refusal is None and reading.confidence >= _SURE_CONFIDENCE
    if turn == "auto" and not is_sure:
        ways = [reading]
        ways += (read_grey(np.ascontiguousarray(np.rot90(picture, -i))) for i in (1, 2, 3))
        # A turned digit looks like another sign.
        sure = [way.confidence / (1 + (OTHER_SIGN in way.text)) for way in ways]
        best = int(turn_weights(np.array(sure)[:, None]).argmax())
        reading, quarters = ways[best], best
    return _placed(reading, part, quarters)


def _placed(reading: Reading, part: Box, quarters: int) -> Reading:
    """The reading of a part that was turned clockwise by quarters, with the whole's boxes."""
    # Turned about the whole picture's corner, the part lies at its own.
    origin = part.turned(quarters)

    def place(box: Box) -> Box:
        return box.moved(origin.left, origin.top).turned(-quarters)

    lines = tuple(
        tuple(sign._replace(box=place(sign.box)) for sign in line) for line in reading.lines
    )
    return dataclasses.replace(reading, lines=lines, turned=quarters * _QUARTER_DEGREES)
