"""Who asks, and how much all who ask may hold: nobody alone keeps the others out."""

from __future__ import annotations

import asyncio
import ipaddress
import math
import threading
import time
from collections import Counter
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import Scope

from edgedigit.web.errors import busy

_MAX_LARGEST_BODIES_HELD = 4
# Of an IPv6 address, what a provider gives to one household.
_IPV6_PREFIX_BITS = 64
# What an address has used counts half so long after.
_HALF_LIFE_SECONDS = 10.0
_MAX_KNOWN_ADDRESSES = 1024


def client_address(scope: Scope, trust_proxy: bool) -> str:
    """The address whose requests count together.

    Args:
        scope: A request.
        trust_proxy: Whether its X-Forwarded-For, whose last entry the nearest proxy wrote, says
            who asks.
    """
    peer = (scope.get("client") or ("",))[0]
    if trust_proxy:
        last = Headers(scope=scope).get("x-forwarded-for", "").rpartition(",")[2].strip()
        return network_of(last) or network_of(peer)
    return network_of(peer)


def network_of(address: str) -> str:
    """The address, or of IPv6 the network, as text; "" where it is none."""
    if address.startswith("["):  # some proxies add the port
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), _IPV6_PREFIX_BITS), strict=False))
    return str(found)


class RecentUse:
    """How much of something each address has used lately; not for several threads at once."""

    def __init__(self) -> None:
        """Nobody has used any."""
        # How much, and when that was counted.
        self._used: dict[str, tuple[float, float]] = {}

    def of(self, address: str) -> float:
        """How much that is."""
        used, when = self._used.get(address, (0.0, 0.0))
        return used * math.exp2((when - time.monotonic()) / _HALF_LIFE_SECONDS)

    def add(self, address: str, amount: float) -> None:
        """Counts what an address has used just now."""
        self._used[address] = self.of(address) + amount, time.monotonic()
        if len(self._used) > _MAX_KNOWN_ADDRESSES:
            for little in sorted(self._used, key=self.of)[: _MAX_KNOWN_ADDRESSES // 2]:
                del self._used[little]


class Admission:
    """The limits that all requests for pictures share.

    Where one is reached, whose address holds less than another's is let in all the same: of the
    one that holds most, a request that no process works for yet is told to come again. So an
    address alone may have all, until others come.
    """

    def __init__(self, max_requests: int, max_bytes: int) -> None:
        """The limits: requests whose body is there, and bytes of one request's body."""
        self._lock = threading.Lock()
        self._max_requests = max_requests
        self._max_bytes = _MAX_LARGEST_BODIES_HELD * max_bytes
        self._tickets: set[Ticket] = set()

    def enter(self, address: str) -> Ticket:
        """The ticket of a request whose head is there; it holds nothing yet."""
        ticket = Ticket(self, address, asyncio.get_running_loop(), asyncio.current_task())
        with self._lock:
            self._tickets.add(ticket)
        return ticket

    def take(self, ticket: Ticket, requests: int, size: int) -> None:
        """Adds to what a ticket holds; raises `RequestError` where there is no room."""
        with self._lock:
            if ticket.is_gone:
                raise made_room()
            self._make_room(ticket, requests, self._max_requests, _requests, "requests")
            self._make_room(ticket, size, self._max_bytes, _bytes, "bytes")
            ticket.requests += requests
            ticket.bytes += size

    def give_back(self, ticket: Ticket) -> None:
        """Forgets a ticket, and all that it holds."""
        with self._lock:
            self._tickets.discard(ticket)

    def _make_room(
        self, ticket: Ticket, more: int, limit: int, held: Callable[[Ticket], int], what: str
    ) -> None:
        while more and sum(map(held, self._tickets)) + more > limit:
            by_address: Counter[str] = Counter()
            for other in self._tickets:
                by_address[other.address] += held(other)
            own = by_address[ticket.address] + more
            others = [
                other
                for other in self._tickets
                if held(other) and not other.is_running and by_address[other.address] > own
            ]
            if not others:
                raise busy(f"too many {what} at once")
            heaviest = max(others, key=lambda other: (by_address[other.address], held(other)))
            self._tickets.discard(heaviest)
            heaviest.end()


class Ticket:
    """A request's share of what is let in, until it leaves; any thread may call it."""

    def __init__(
        self,
        admission: Admission,
        address: str,
        loop: asyncio.AbstractEventLoop,
        task: asyncio.Task[object] | None,
    ) -> None:
        """Holds nothing yet; see `Admission.enter`."""
        self._admission, self._loop, self._task = admission, loop, task
        self.address = address
        self.requests = self.bytes = 0
        self.is_running = self.is_gone = False

    def hold(self, size: int) -> None:
        """Counts bytes that arrived; raises `RequestError` where all requests hold too many."""
        self._admission.take(self, 0, size)

    def count(self) -> None:
        """Counts the request, whose body is there; raises `RequestError` where all are too many."""
        self._admission.take(self, 1, 0)

    def leave(self) -> None:
        """Gives back all that is held."""
        self._admission.give_back(self)

    def end(self) -> None:
        """Has the request end, since another one needs the room."""
        self.is_gone = True
        if self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)


def made_room() -> Exception:
    """The error for a request that had to make room."""
    return busy("others wait, and this address has more requests or bytes here than they")


def _requests(ticket: Ticket) -> int:
    return ticket.requests


def _bytes(ticket: Ticket) -> int:
    return ticket.bytes
