"""Whose bytes are looked at next: the event loop's time is shared out among the addresses."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from edgedigit.web.clients import RecentUse

# After so long the loop looks what else there is; it is a twentieth of what a good answer takes.
_MAX_SECONDS_IN_A_ROW = 0.002
# What an address is charged, beside the time that its bytes take.
CONNECTION_SECONDS = 0.0003
REQUEST_SECONDS = 0.002


class Client(Protocol):
    """Who waits for a turn."""

    address: str

    def take_turn(self) -> bool:
        """Has its bytes looked at; whether a request began."""


class Turns:
    """All clients whose bytes wait to be looked at; that of the address that used least is next."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Nobody waits."""
        self._loop = loop
        self._used = RecentUse()
        self._waiting: dict[str, dict[Client, None]] = {}
        self._is_awake = False

    def charge(self, address: str, seconds: float) -> None:
        """Counts what an address has used otherwise."""
        self._used.add(address, seconds)

    def wait(self, one: Client) -> None:
        """Gives a turn to a client, some time; one that waits already, waits on."""
        self._waiting.setdefault(one.address, {})[one] = None
        if not self._is_awake:
            self._is_awake = True
            self._loop.call_soon(self._go_on)

    def is_waiting(self, one: Client) -> bool:
        """Whether a client has still to wait."""
        return one in self._waiting.get(one.address, ())

    def forget(self, one: Client) -> None:
        """Gives no turn to a client that is gone."""
        own = self._waiting.get(one.address, {})
        own.pop(one, None)
        if not own:
            self._waiting.pop(one.address, None)

    def _go_on(self) -> None:
        start = now = time.perf_counter()
        try:
            while self._waiting and now - start < _MAX_SECONDS_IN_A_ROW:
                address = min(self._waiting, key=self._used.of)
                one = next(iter(self._waiting[address]))
                self.forget(one)
                began = one.take_turn()
                before, now = now, time.perf_counter()
                self._used.add(address, now - before + (REQUEST_SECONDS if began else 0))
        finally:
            self._is_awake = bool(self._waiting)
            if self._is_awake:
                self._loop.call_soon(self._go_on)
