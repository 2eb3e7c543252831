"""A map whose function is called ahead of time, in threads."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

# That threads may take with what they have begun when nobody wants the rest.
_MAX_END_SECONDS = 1.0

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def map_ahead(
    function: Callable[[_In], _Out], items: Iterable[_In], threads: int
) -> Iterator[_Out]:
    """Calls a function for each item, and gives what it returns in the order of the items.

    No more than two items for each thread are taken before their results are. When the last result
    is taken, or the iterator closed before that, the threads end, and are waited for: a second at
    most, for one may read from a pipe into which nobody writes.

    Args:
        function: Is called in the threads. What it raises is raised when its turn has come.
        items: Are taken in the thread of the caller.
        threads: How many threads there are, if the system allows them. Without any, the function
            is called when its result is wanted.
    """
    # An item and where its result goes, or None for the end.
    calls: SimpleQueue[tuple[_In, SimpleQueue[Any]] | None] = SimpleQueue()
    workers: list[threading.Thread] = []
    with contextlib.suppress(RuntimeError):  # the system allows no more: fewer have to do
        for _ in range(threads):
            worker = threading.Thread(
                target=_work, args=(function, calls), name="edgedigit", daemon=True
            )
            worker.start()
            workers.append(worker)
    if not workers:
        yield from map(function, items)
        return
    waiting: deque[SimpleQueue[Any]] = deque()
    try:
        for item in items:
            waiting.append(SimpleQueue())
            calls.put((item, waiting[-1]))
            if len(waiting) == 2 * len(workers):
                yield _result(waiting.popleft())
        while waiting:
            yield _result(waiting.popleft())
    finally:
        with contextlib.suppress(Empty):
            while True:
                calls.get_nowait()
        for _ in workers:
            calls.put(None)
        # Whoever forks next, or removes what is read, is to find no thread at work.
        end = time.monotonic() + _MAX_END_SECONDS
        for worker in workers:
            # The garbage collector may close the iterator in any thread, also in one of these.
            if worker is not threading.current_thread():
                worker.join(max(end - time.monotonic(), 0))


def _work(
    function: Callable[[_In], _Out], calls: "SimpleQueue[tuple[_In, SimpleQueue[Any]] | None]"
) -> None:
    while (call := calls.get()) is not None:
        item, result = call
        try:
            result.put((function(item), None))
        except BaseException as error:  # raised where the result is taken
            result.put((None, error))


def _result(result: SimpleQueue[Any]) -> Any:
    value, error = result.get()
    if error is not None:
        raise error
    return value
