"""Long lists in pages: the first is open, the others open when somebody asks, without a script."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

_PAGE_ITEMS = 60


class Item(NamedTuple):
    """One of a list.

    Attributes:
        html: The item itself.
        place: What says where it stands in the list's order, or nothing.
    """

    html: str
    place: str = ""


def fitting(items: Iterable[Item], max_bytes: int) -> list[Item]:
    """The first items, as many as take so much; those behind them are not asked for."""
    taken: list[Item] = []
    for item in items:
        taken.append(item)
        max_bytes -= len(item.html.encode("utf-8", "replace"))
        if max_bytes <= 0:
            break
    return taken


def paged(items: Sequence[Item], start: str, end: str) -> Iterator[str]:
    """The items page by page, each page between `start` and `end`."""
    for first in range(0, len(items), _PAGE_ITEMS):
        page = items[first : first + _PAGE_ITEMS]
        content = f"{start}{''.join(item.html for item in page)}{end}"
        if first == 0:
            yield content
            continue
        places = list(dict.fromkeys(item.place for item in (page[0], page[-1]) if item.place))
        name = f"{first + 1:,} to {first + len(page):,} of {len(items):,}"
        name += f": {' to '.join(places)}" if places else ""
        yield f'<details class="more"><summary>{name}</summary>\n{content}</details>\n'
