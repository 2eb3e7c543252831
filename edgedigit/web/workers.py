"""Requests for pictures: how many are let in at once, and the threads that work for them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

from edgedigit.files.classifying import checked_threads
from edgedigit.web.errors import busy

_MAX_LARGEST_BODIES_HELD = 4

_T = TypeVar("_T")


class Admission:
    """Lets requests in while there is room; nobody waits at the door."""

    def __init__(self, max_requests: int, max_bytes: int) -> None:
        """The limits: requests at once, and bytes of one request's body."""
        self._lock = threading.Lock()
        self._requests = max_requests
        self._bytes = _MAX_LARGEST_BODIES_HELD * max_bytes

    def enter(self) -> Ticket:
        """Lets a request in; raises `RequestError` where there are too many."""
        self.take(1, 0)
        return Ticket(self)

    def take(self, requests: int, size: int) -> None:
        """Takes of what is left, gives back what is below 0; raises `RequestError`."""
        with self._lock:
            if requests > self._requests:
                raise busy("too many requests at once")
            if size > self._bytes:
                raise busy("too many bytes at once")
            self._requests -= requests
            self._bytes -= size


class Ticket:
    """A request's share of what is let in, until it leaves; any thread may call it."""

    def __init__(self, admission: Admission) -> None:
        """Holds nothing yet; see `Admission.enter`."""
        self._admission = admission
        self._bytes = 0

    def hold(self, size: int) -> None:
        """Counts bytes that arrived; raises `RequestError` where all requests hold too many."""
        self._admission.take(0, size)
        self._bytes += size

    def leave(self) -> None:
        """Gives back all that is held; to be called once."""
        self._admission.take(-1, -self._bytes)


class Workers:
    """A pool of threads."""

    def __init__(self, threads: int | None, timeout: int) -> None:
        """Starts no thread yet.

        Args:
            threads: How many; None is one for each core.
            timeout: Seconds that an answer may take, from the moment on at which it is asked for.
        """
        self._threads = checked_threads(threads)
        self._timeout = timeout
        self._pool = self._new_pool()

    async def run(
        self, request: Request, ticket: Ticket, work: Callable[[threading.Event], _T]
    ) -> _T:
        """Runs it for a request whose body has been read.

        Args:
            request: Who asks.
            ticket: Is given back when the work has ended, whoever still waits for it.
            work: What is run in a thread; it may look whether it was given up.

        Raises:
            RequestError: It takes too long.
            ClientDisconnect: The client went away.
        """
        given_up = threading.Event()
        try:
            future = self._pool.submit(work, given_up)
        except BaseException:
            ticket.leave()
            raise
        future.add_done_callback(lambda _: ticket.leave())
        try:
            return await self._awaited(request, future)
        finally:
            given_up.set()
            future.cancel()

    async def _awaited(self, request: Request, future: Future[_T]) -> _T:
        answer = asyncio.wrap_future(future)
        gone = asyncio.ensure_future(_disconnect(request))
        try:
            await asyncio.wait(
                (answer, gone), timeout=self._timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if answer.done():
                return answer.result()
            if gone.done():
                raise ClientDisconnect
            raise busy("no answer was found in time")
        finally:
            gone.cancel()
            answer.cancel()

    def close(self) -> None:
        """Lets the threads end; what was not begun never is. New work starts new ones."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._new_pool()

    def _new_pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._threads, "edgedigit-serve")


async def _disconnect(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
