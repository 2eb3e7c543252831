"""The items of a group that are most worth looking at, out of any number of them."""

import heapq
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Kept(Generic[_T]):
    """The first of a group, by what they are worth."""

    def __init__(self, most: int) -> None:
        """An empty group, of which no more than `most` items are kept."""
        self.total = 0
        self._most = most
        # The least worthy comes first, and of equals the one that came last.
        self._heap: list[tuple[float, int, _T]] = []

    def add(self, worth: float, item: _T) -> None:
        """Counts an item, and keeps it if it is among the worthiest."""
        # No two have the same number, so that items are never compared.
        entry = (worth, -self.total, item)
        self.total += 1
        if len(self._heap) < self._most:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)

    def items(self) -> list[_T]:
        """The items that were kept, the worthiest first, and of equals the one that came first."""
        return [item for _, _, item in sorted(self._heap, reverse=True)]
