"""How many requests for pictures are let in at once, and how many bytes they may hold."""

from __future__ import annotations

import threading

from edgedigit.web.errors import busy

# So many bodies of the largest size may lie in memory at once.
_LARGEST_BODIES = 4


class Admission:
    """Lets requests in while there is room; nobody waits at the door."""

    def __init__(self, max_requests: int, max_bytes: int) -> None:
        """Takes the limits: requests at once, and bytes of one request's body."""
        self._lock = threading.Lock()
        self._requests = max_requests
        self._bytes = _LARGEST_BODIES * max_bytes

    def enter(self) -> Ticket:
        """Lets a request in; raises `RefusedError` where there are too many."""
        self.take(1, 0)
        return Ticket(self)

    def take(self, requests: int, size: int) -> None:
        """Takes of what is left, or gives back where less than 0; raises `RefusedError`."""
        with self._lock:
            if requests > self._requests:
                raise busy("too many requests at once")
            if size > self._bytes:
                raise busy("too many bytes at once")
            self._requests -= requests
            self._bytes -= size


class Ticket:
    """What a request that was let in holds, until it leaves; any thread may call it."""

    def __init__(self, admission: Admission) -> None:
        """For `Admission.enter`."""
        self._admission = admission
        self._bytes = 0

    def hold(self, size: int) -> None:
        """Counts bytes that arrived; raises `RefusedError` where all requests hold too many."""
        self._admission.take(0, size)
        self._bytes += size

    def leave(self) -> None:
        """Gives back all that is held; to be called once."""
        self._admission.take(-1, -self._bytes)
