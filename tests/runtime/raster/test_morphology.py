"""Minima, maxima and openings, compared with a search pixel by pixel."""

import numpy as np
import pytest
from numpy.typing import NDArray

from edgedigit.raster.morphology import dilated, dilated_by_cross, eroded, opened


def window(stack: NDArray[np.uint8], y: int, x: int, down: int, across: int) -> NDArray[np.uint8]:
    """What lies so many pixels around a place, as far as the pictures go."""
    return stack[:, max(y - down, 0) : y + down + 1, max(x - across, 0) : x + across + 1]


def searched(
    stack: NDArray[np.uint8], down: int, across: int, choose: np.ufunc
) -> NDArray[np.uint8]:
    result = np.empty_like(stack)
    for y, x in np.ndindex(stack.shape[1:]):
        result[:, y, x] = choose.reduce(window(stack, y, x, down, across), axis=(1, 2))
    return result


@pytest.mark.parametrize("choose", [np.maximum, np.minimum])
@pytest.mark.parametrize("shape", [(3, 9, 14), (1, 1, 7), (2, 6, 1), (0, 4, 4)])
@pytest.mark.parametrize("reach", [0, 1, 2, 5, 20])
def test_neighbours(choose: np.ufunc, shape: tuple[int, int, int], reach: int) -> None:
    stack = np.random.default_rng(reach).integers(0, 256, shape, dtype=np.uint8)
    before = stack.copy()
    down, across = searched(stack, reach, 0, choose), searched(stack, 0, reach, choose)
    extreme = dilated if choose is np.maximum else eroded
    np.testing.assert_array_equal(extreme(stack, reach, 0), down)
    np.testing.assert_array_equal(extreme(stack, 0, reach), across)
    np.testing.assert_array_equal(extreme(stack, reach, reach), searched(down, 0, reach, choose))
    np.testing.assert_array_equal(stack, before)


def test_a_cross_is_a_pixel_and_the_four_beside_it() -> None:
    stack = np.random.default_rng(1).integers(0, 256, (3, 9, 14), dtype=np.uint8)
    one = np.maximum(searched(stack, 1, 0, np.maximum), searched(stack, 0, 1, np.maximum))
    np.testing.assert_array_equal(dilated_by_cross(stack), one)


@pytest.mark.parametrize("length", [1, 2, 3, 6, 30])
@pytest.mark.parametrize("axis", [1, 2])
def test_runs(length: int, axis: int) -> None:
    masks = np.random.default_rng(length).random((3, 12, 17)) < 0.7
    expected = np.zeros_like(masks)
    lines = np.moveaxis(masks, axis, 2), np.moveaxis(expected, axis, 2)
    for i, j in np.ndindex(lines[0].shape[:2]):
        for start in range(lines[0].shape[2] - length + 1):
            if lines[0][i, j, start : start + length].all():
                lines[1][i, j, start : start + length] = True
    np.testing.assert_array_equal(opened(masks, length, axis), expected)
