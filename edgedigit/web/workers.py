"""Runs what takes its time in threads, so that the event loop stays quick."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

from edgedigit.files.classifying import checked_threads
from edgedigit.web.admission import Ticket
from edgedigit.web.errors import busy

_T = TypeVar("_T")


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
            RefusedError: It takes too long.
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
