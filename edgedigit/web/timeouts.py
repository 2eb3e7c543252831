"""HTTP connections with a time limit for each wait."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

_CLOSED_STATES = (h11.DONE, h11.MUST_CLOSE, h11.CLOSED)


class Connection(H11Protocol):
    """One connection.

    uvicorn itself waits without an end for the rest of a request's head, for the rest of a body
    that nobody asked for, and for clients that do not read their answer. Here each of them gets
    `timeout_keep_alive` of uvicorn's configuration. How long the app waits for a body is its own
    affair. Beyond `limit_concurrency` open connections a further one is told so at once.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """As uvicorn makes it."""
        super().__init__(config, server_state, app_state, _loop)
        self._most = self.limit_concurrency
        self.limit_concurrency = None  # uvicorn's own answer would be plain text
        self._reading: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        # An answer's head and body are written one after the other, and neither is to wait for the
        # client's word that it has the other.
        connected = transport.get_extra_info("socket")
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # So that pause_writing tells of any byte that the client does not take.
        transport.set_write_buffer_limits(high=0)
        if self._most is not None and len(self.connections) > self._most:
            self._refuse(503, "busy", "too many connections")
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._stop_reading_timer()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """An answer was written."""
        self._stop_reading_timer()
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """The client does not take what is written."""
        super().pause_writing()
        self._expect_progress()

    def resume_writing(self) -> None:
        """The client has taken all."""
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP."""
        self._refuse(400, "bad_request", "this is no HTTP request that can be read")

    def _watch(self) -> None:
        """Sets the timer where the client is to send, and nobody else looks at the time."""
        theirs, ours = self.conn.their_state, self.conn.our_state
        waits = theirs is h11.IDLE or (theirs is h11.SEND_BODY and ours in _CLOSED_STATES)
        if not waits or self.transport.is_closing():
            self._stop_reading_timer()
        elif self._reading is None:
            self._reading = self.loop.call_later(self.timeout_keep_alive, self._give_up)

    def _stop_reading_timer(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _give_up(self) -> None:
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._refuse(408, "timeout", "the request's head did not arrive in time")
        self.transport.close()

    def _expect_progress(self) -> None:
        """Ends the connection unless the client has taken something until the time is over."""
        waiting = self.transport.get_write_buffer_size()

        def look() -> None:
            if self.transport.get_write_buffer_size() < waiting:
                self._expect_progress()
            else:
                self.transport.abort()

        self._writing = self.loop.call_later(self.timeout_keep_alive, look)

    def _refuse(self, code: int, status: str, error: str) -> None:
        """Ends the connection, with an answer where none has begun."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            body = json.dumps({"status": status, "error": error}).encode()
            head = (
                f"HTTP/1.1 {code} \r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nConnection: close\r\n"
                + ("Retry-After: 1\r\n" if code == 503 else "")
                + "\r\n"
            )
            self.transport.write(head.encode() + body)
        self.transport.close()
