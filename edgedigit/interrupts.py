"""Keeps a Ctrl-C from tearing what has to be whole."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def interrupts_wait() -> Iterator[None]:
    """Within this, a Ctrl-C waits for the end; a second one does not."""
    is_interrupted = False

    def remember(number: int, frame: FrameType | None) -> None:
        nonlocal is_interrupted
        if is_interrupted:
            raise KeyboardInterrupt
        is_interrupted = True

    previous = signal.getsignal(signal.SIGINT)
    if previous is not signal.default_int_handler:  # someone ignores it, or handles it already
        yield
        return
    signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
    if is_interrupted:
        raise KeyboardInterrupt
