"""Ink at full contrast, in whole pictures and in the part that holds it."""

import numpy as np
import pytest

from edgedigit.normalize.contrast import stretch, stretched_part
from edgedigit.raster.morphology import dilated

LEVEL = 48


@pytest.mark.parametrize("n", [1, 3])
@pytest.mark.parametrize("noise", [0, 3, 25])
def test_a_part_holds_all_ink_that_counts_with_its_soft_edges(n: int, noise: int) -> None:
    rng = np.random.default_rng(noise)
    differences = rng.normal(0, noise, (n, 150, 300)).astype(np.int16)
    for number in range(n):
        top, left = rng.integers(0, 130), rng.integers(0, 280)
        differences[number, top : top + 40, left : left + 8] += 120
    part, whole = stretched_part(differences, LEVEL), stretch(differences)
    _, height, width = part.inks.shape
    down, across = slice(part.top, part.top + height), slice(part.left, part.left + width)
    np.testing.assert_array_equal(part.inks, whole[:, down, across])
    outside = dilated(whole >= LEVEL, 4, 4)
    outside[:, down, across] = False
    assert not outside.any()
    if not noise:
        assert height * width < 150 * 300


def test_a_part_of_a_blank_picture_is_blank() -> None:
    part = stretched_part(np.zeros((2, 60, 50), np.int16), LEVEL)
    assert not part.inks.any()
    assert (part.height, part.width) == (60, 50)
