"""Connected components, compared with a search pixel by pixel."""

from collections import deque

import numpy as np
import pytest
from numpy.typing import NDArray

from edgedigit.raster.components import find_components


def flood(mask: NDArray[np.bool_]) -> list[set[tuple[int, int]]]:
    """The 8-connected components of one mask, by breadth-first search."""
    left = {(int(y), int(x)) for y, x in np.argwhere(mask)}
    components = []
    while left:
        seed = left.pop()
        component, waiting = {seed}, deque([seed])
        while waiting:
            y, x = waiting.popleft()
            for place in [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]:
                if place in left:
                    left.remove(place)
                    component.add(place)
                    waiting.append(place)
        components.append(component)
    return components


@pytest.mark.parametrize("seed", range(40))
def test_random_masks(seed: int) -> None:
    rng = np.random.default_rng(seed)
    height, width = rng.integers(1, 16, 2)
    masks = rng.random((3, height, width)) < rng.random()
    found = find_components(masks)
    boxes = found.boxes()
    expected = [(i, component) for i, mask in enumerate(masks) for component in flood(mask)]
    assert len(boxes.area) == len(expected)
    for index in range(len(boxes.area)):
        chosen = np.arange(len(boxes.area)) == index
        pixels = np.argwhere(found.mask(chosen))
        picture = int(found.picture[index])
        assert set(pixels[:, 0]) == {picture}
        assert (picture, {(int(y), int(x)) for _, y, x in pixels}) in expected
        assert boxes.area[index] == len(pixels)
        low, high = pixels.min(axis=0), pixels.max(axis=0) + 1
        box = boxes.top[index], boxes.left[index], boxes.bottom[index], boxes.right[index]
        assert box == (low[1], low[2], high[1], high[2])


def test_all_components_together_are_the_mask() -> None:
    masks = np.random.default_rng(1).random((4, 30, 50)) < 0.4
    found = find_components(masks)
    np.testing.assert_array_equal(found.mask(np.ones(len(found.first), bool)), masks)
    assert not found.mask(np.zeros(len(found.first), bool)).any()


def test_a_spiral_is_one() -> None:
    mask = np.zeros((1, 41, 41), bool)
    y, x, step = 0, 0, (0, 1)
    length = 40
    while length > 0:
        for _ in range(2):
            for _ in range(length):
                mask[0, y, x] = True
                y, x = y + step[0], x + step[1]
            step = (step[1], -step[0])
        length -= 2
    assert len(find_components(mask).boxes().area) == 1


def test_empty_masks() -> None:
    assert not len(find_components(np.zeros((3, 5, 5), bool)).boxes().area)
    assert not len(find_components(np.zeros((0, 5, 5), bool)).boxes().area)
