"""The path of least cost through pieces of lines, of any length or of a given one.

The principle is Bellman's ("On a routing problem", 1958): the best way to a place is the best way
to the one before, and a step.
"""

import math
from typing import Generic, NamedTuple, TypeVar

_T = TypeVar("_T")


class Step(NamedTuple, Generic[_T]):
    """A piece that covers some of a line's parts.

    Attributes:
        first: The number of the first part.
        end: The one after the last.
        cost: The cost of taking it.
        piece: The piece itself.
    """

    first: int
    end: int
    cost: float
    piece: _T


def best_paths(lines: list[list[Step[_T]]], length: int | None) -> list[list[_T]] | None:
    """Finds the pieces that cover each part of each line once, at the least cost of all.

    Args:
        lines: All steps of each line.
        length: The number of pieces in all; None is any number.

    Returns:
        The pieces of each line, in order; None if no path has so many.
    """
    if length is None:
        return [_shortest(line) for line in lines]
    # By the number of pieces in the lines so far: the cost, and the pieces of each line.
    found: dict[int, tuple[float, list[list[_T]]]] = {0: (0.0, [])}
    for line in lines:
        own = _by_count(line, length)
        longer: dict[int, tuple[float, list[list[_T]]]] = {}
        for count, (cost, paths) in found.items():
            for more, (extra, path) in own.items():
                total, both = cost + extra, count + more
                if both <= length and (both not in longer or total < longer[both][0]):
                    longer[both] = total, [*paths, path]
        found = longer
    return found[length][1] if length in found else None


def _shortest(line: list[Step[_T]]) -> list[_T]:
    """The pieces of the path of least cost through a line."""
    costs = {0: 0.0}
    last: dict[int, Step[_T]] = {}
    for step in sorted(line, key=lambda step: step.first):
        cost = costs.get(step.first, math.inf) + step.cost
        if cost < costs.get(step.end, math.inf):
            costs[step.end] = cost
            last[step.end] = step
    path = []
    end = max(costs)
    while end:
        path.append(last[end].piece)
        end = last[end].first
    return path[::-1]


def _by_count(line: list[Step[_T]], most: int) -> dict[int, tuple[float, list[_T]]]:
    """For each number of pieces up to so many the least cost, and the pieces."""
    costs = {(0, 0): 0.0}
    last: dict[tuple[int, int], Step[_T]] = {}
    for step in sorted(line, key=lambda step: step.first):
        for count in range(min(step.first + 1, most)):
            cost = costs.get((step.first, count), math.inf) + step.cost
            if cost < costs.get((step.end, count + 1), math.inf):
                costs[step.end, count + 1] = cost
                last[step.end, count + 1] = step
    whole = max(end for end, _ in costs)
    paths = {}
    for count in range(most + 1):
        if (whole, count) in costs:
            path, end = [], whole
            for left in range(count, 0, -1):
                step = last[end, left]
                path.append(step.piece)
                end = step.first
            paths[count] = costs[whole, count], path[::-1]
    return paths
