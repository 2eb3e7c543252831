"""Signals that ask for the end of a run, which does not come in the middle of a block of rows."""

from __future__ import annotations

import contextlib
import math
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

# Ctrl-C, `kill` and the end of a service, and the end of the terminal; Windows lacks the last.
END_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
# The end of a terminal sends two signals, which are one wish.
_SAME_WISH_SECONDS = 1.0
_RESEND_SECONDS = 0.01


class Interrupted(KeyboardInterrupt):
    """A signal asked for the end."""

    def __init__(self, number: int) -> None:
        """The number of the signal."""
        super().__init__(number)
        self.number = number


_last_seconds = -math.inf
# Whether interrupts wait now, and whether those that come again do.
_waiting = _waiting_again = False
_pending: Interrupted | None = None


@contextlib.contextmanager
def interrupts_raise() -> Iterator[None]:
    """Within this, the signals that ask for the end raise `Interrupted`.

    What is ignored, as `nohup` ignores the end of the terminal, stays ignored. After an interrupt
    all are: the program is about to end, and a further one could only tear that. One that is raised
    where Python loses exceptions, while an object is thrown away, comes again.
    """
    global _last_seconds, _pending
    _last_seconds, _pending = -math.inf, None
    if threading.current_thread() is not threading.main_thread():  # gets no signals
        yield
        return
    main = threading.get_ident()
    previous = {
        number: handler
        for number in END_SIGNALS
        if (handler := signal.getsignal(number)) in (signal.SIG_DFL, signal.default_int_handler)
    }
    for number in previous:
        signal.signal(number, _interrupt)
    previous_hook, timers = sys.unraisablehook, []

    def lost(args: UnraisableHookArgs) -> None:
        global _last_seconds
        if not isinstance(args.exc_value, Interrupted):
            previous_hook(args)
            return
        _last_seconds = -math.inf
        # Not at once: what is raised in this function would be lost too.
        timers.append(threading.Timer(_RESEND_SECONDS, _send, [main, args.exc_value.number]))
        timers[-1].daemon = True
        timers[-1].start()

    sys.unraisablehook = lost
    try:
        yield
    except Interrupted:
        previous = dict.fromkeys(previous, signal.SIG_IGN)
        raise
    finally:
        sys.unraisablehook = previous_hook
        for timer in timers:
            timer.cancel()
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


def _send(thread: int, number: int) -> None:
    """Sends a signal to a thread, which is woken by it where the system can do so."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(thread, number)
    else:
        signal.raise_signal(number)


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _last_seconds, _pending
    now = time.monotonic()
    if now - _last_seconds < _SAME_WISH_SECONDS:
        return
    _last_seconds = now
    if _waiting and (_pending is None or _waiting_again):
        _pending = _pending or Interrupted(number)
        return
    _pending = None
    raise Interrupted(number)


def set_alarm(seconds: float) -> None:
    """Has SIGALRM sent after so long, where the system can; 0 takes that back."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
