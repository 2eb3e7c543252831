"""The items of a group that score highest, out of any number of them."""

import heapq
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Top(Generic[_T]):
    """The items of a group with the highest scores.

    Attributes:
        total: How many were added.
    """

    def __init__(self, max_items: int) -> None:
        """An empty group, of which no more than `max_items` are kept."""
        self.total = 0
        self._max_items = max_items
        # The lowest score comes first, and of equals the one that came last.
        self._heap: list[tuple[float, int, _T]] = []

    def add(self, score: float, item: _T) -> None:
        """Counts an item, and keeps it while it is among those with the highest scores."""
        # No two have the same number, so that items are never compared.
        entry = (score, -self.total, item)
        self.total += 1
        if len(self._heap) < self._max_items:
            heapq.heappush(self._heap, entry)
        else:
            heapq.heappushpop(self._heap, entry)

    def items(self) -> list[_T]:
        """The items that were kept, highest score first, and of equals the one that came first."""
        return [item for _, _, item in sorted(self._heap, reverse=True)]
