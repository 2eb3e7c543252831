"""Ends a run when the user or the system asks for it, and not in the middle of a block of rows."""

import contextlib
import math
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

# Ctrl-C, `kill` and the end of a service, and the end of the terminal; Windows lacks the last.
_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]

# Within so many seconds, a further signal is the same wish: the end of a terminal sends two.
_ONE_WISH = 1.0


class Interrupted(KeyboardInterrupt):
    """A signal asked for the end."""

    def __init__(self, number: int) -> None:
        """The number of the signal."""
        super().__init__(number)
        self.number = number


_last = -math.inf
# Whether interrupts wait now, and whether those that come again do.
_waiting = _waiting_again = False
_pending: Interrupted | None = None


@contextlib.contextmanager
def interrupts_raise() -> Iterator[None]:
    """Within this, the signals that ask for the end raise `Interrupted`.

    What is ignored, as `nohup` ignores the end of the terminal, stays ignored. After an interrupt
    all are: the program is about to end, and a further one could only tear that.
    """
    global _last, _pending
    _last, _pending = -math.inf, None
    if threading.current_thread() is not threading.main_thread():  # gets no signals
        yield
        return
    previous = {
        number: handler
        for number in _SIGNALS
        if (handler := signal.getsignal(number)) in (signal.SIG_DFL, signal.default_int_handler)
    }
    for number in previous:
        signal.signal(number, _interrupt)
    try:
        yield
    except Interrupted:
        previous = dict.fromkeys(previous, signal.SIG_IGN)
        raise
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def interrupts_wait(again: bool = True) -> Iterator[None]:
    """Within this, what `interrupts_raise` raises waits for the end.

    Args:
        again: Whether one that comes again waits too; not where the end may never come.
    """
    global _waiting, _waiting_again, _pending
    outer = _waiting, _waiting_again
    _waiting, _waiting_again = True, again
    try:
        yield
    finally:
        _waiting, _waiting_again = outer
    if _pending is not None and not _waiting:
        pending, _pending = _pending, None
        raise pending


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _last, _pending
    now = time.monotonic()
    if now - _last < _ONE_WISH:
        return
    _last = now
    if _waiting and (_pending is None or _waiting_again):
        _pending = _pending or Interrupted(number)
        return
    _pending = None
    raise Interrupted(number)
