"""Counts of requests, pictures and digits, in Prometheus' text format."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from edgedigit.runs.rows import AnyRow, ClassifyRow

# A tiny picture takes a millisecond, a large photo a second.
_BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counts of one app."""

    def __init__(self) -> None:
        """Starts at 0, in a registry of its own."""
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "edgedigit_requests",
            "Requests by path and HTTP status.",
            ("path", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "edgedigit_request_seconds",
            "Seconds from a request's head to the end of its answer.",
            ("path",),
            buckets=_BUCKETS_SECONDS,
            registry=self._registry,
        )
        self._pictures = Counter(
            "edgedigit_pictures",
            "Pictures by path and by what became of them.",
            ("path", "status"),
            registry=self._registry,
        )
        self._digits = Counter(
            "edgedigit_digits", "Digits that were answered.", ("digit",), registry=self._registry
        )
        self._in_progress = Gauge(
            "edgedigit_requests_in_progress", "Requests just now.", registry=self._registry
        )

    @contextmanager
    def request(self, path: str) -> Iterator[list[int]]:
        """Counts a request; the status of the answer is to be put into the list."""
        statuses: list[int] = []
        start = time.perf_counter()
        with self._in_progress.track_inprogress():
            yield statuses
        # As others count those whose client went away.
        status = statuses[-1] if statuses else 499
        self._requests.labels(path, status).inc()
        self._seconds.labels(path).observe(time.perf_counter() - start)

    def count(self, path: str, rows: Iterable[AnyRow]) -> None:
        """Counts pictures, and the digits that were read in them."""
        for row in rows:
            self._pictures.labels(path, row.status).inc()
            if isinstance(row, ClassifyRow):
                digits = [row.digit]
            else:
                digits = [digit["digit"] for digit in row.digits or ()]
            for digit in digits:
                if digit is not None:
                    self._digits.labels(digit).inc()

    def text(self) -> bytes:
        """All counts."""
        return generate_latest(self._registry)
