"""HTTP connections with a limit for all that a client may send, and for each wait.

uvicorn's own protocol is subclassed, which is no public part of it: `pyproject.toml` names the
versions that were tried.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections import Counter, defaultdict
from http import HTTPStatus
from typing import Any
from weakref import WeakKeyDictionary

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from edgedigit.web.clients import network_of
from edgedigit.web.turns import CONNECTION_SECONDS, Turns

_CLOSED_STATES = (h11.DONE, h11.MUST_CLOSE, h11.CLOSED)

# Browsers send all cookies of localhost, whichever server set them.
_MAX_HEAD_BYTES = 1 << 14
_MAX_HEADERS = 100
# A chunk costs the event loop 6 us, however small it is.
_MAX_SMALL_CHUNKS = 256
_MIN_MEAN_CHUNK_BYTES = 256
# Of one connection, in one go.
_READ_BYTES = 1 << 16
# Answers that a client does not take are not to be made, and kept by the system in its stead.
_SEND_BUFFER_BYTES = 1 << 16
_ABSOLUTE_PATTERN = re.compile(rb"https?://([^/?#]*)([^#]*)", re.IGNORECASE)


class _Parser(h11.Connection):
    """h11's parser, which takes no more of a request than a server of pictures has use for.

    Attributes:
        refusal: The HTTP status and the reason for the last request that was not taken.
    """

    def __init__(self) -> None:
        super().__init__(h11.SERVER, max_incomplete_event_size=_MAX_HEAD_BYTES)
        self._forget()

    def _forget(self) -> None:
        self.refusal = HTTPStatus.BAD_REQUEST, "this is no HTTP request that can be read"
        self._chunks = self._size = 0

    def next_event(self) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """As h11's; raises `RemoteProtocolError` for what is refused, too."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._forget()
            return self._checked(event)
        if isinstance(event, h11.Data):
            self._chunks += event.chunk_start
            self._size += len(event.data)
            if self._chunks > _MAX_SMALL_CHUNKS + self._size // _MIN_MEAN_CHUNK_BYTES:
                self._refuse(HTTPStatus.BAD_REQUEST, "the body comes in too many small chunks")
        elif isinstance(event, h11.EndOfMessage):
            self._check_size(event.headers)
        return event

    def _checked(self, request: h11.Request) -> h11.Request:
        """The request, its target without the server's name."""
        self._check_size(request.headers, request.target)
        if request.http_version not in (b"1.0", b"1.1"):
            self._refuse(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "only HTTP/1.0 and 1.1 are spoken")
        # Two who read such a request may take different bytes for the next one (RFC 9112, 6.1).
        names = {name for name, _ in request.headers}
        if {b"content-length", b"transfer-encoding"} <= names:
            self._refuse(
                HTTPStatus.BAD_REQUEST, "Content-Length and Transfer-Encoding exclude one another"
            )
        absolute = _ABSOLUTE_PATTERN.fullmatch(request.target)
        if absolute is None:
            return request
        # As clients of proxies ask; the name in it is the one that counts (RFC 9112, 3.2.2).
        host, path = absolute[1], absolute[2]
        headers = [(name, value) for name, value in request.headers if name != b"host"]
        return h11.Request(
            method=request.method,
            target=path if path.startswith(b"/") else b"/" + path,
            headers=[*headers, (b"host", host)],
            http_version=request.http_version,
        )

    def _check_size(self, headers: Any, target: bytes = b"") -> None:
        size = len(target) + sum(len(name) + len(value) for name, value in headers)
        if len(headers) > _MAX_HEADERS or size > _MAX_HEAD_BYTES:
            self._refuse(
                HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the request's head is too large"
            )

    def _refuse(self, code: HTTPStatus, error: str) -> None:
        self.refusal = code, error
        raise h11.RemoteProtocolError(error)


class _Crowd:
    """All connections of a server, by address; what is asked of it takes no longer for many."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.turns = Turns(loop)
        # What was received last; each connection looks at it at once.
        self.received = memoryview(bytearray(_READ_BYTES))
        self._counts: Counter[str] = Counter()
        # In each, those that have waited longest come first.
        self._idle: defaultdict[str, dict[Connection, None]] = defaultdict(dict)
        self._sending: defaultdict[str, dict[Connection, None]] = defaultdict(dict)

    def enter(self, one: Connection) -> None:
        self._counts[one.address] += 1
        self._idle[one.address][one] = None

    def leave(self, one: Connection) -> None:
        """Forgets a connection, unless that was done before."""
        if not one.is_counted:
            return
        self.note(one, False, False)
        one.is_counted = False
        self._counts[one.address] -= 1
        if not self._counts[one.address]:
            for known in (self._counts, self._idle, self._sending):
                known.pop(one.address, None)

    def note(self, one: Connection, is_idle: bool, is_sending: bool) -> None:
        """Whether it has no request that is not answered, or a body on its way."""
        if not one.is_counted:
            return
        for known, holds in ((self._idle, is_idle), (self._sending, is_sending)):
            if holds:
                known[one.address].setdefault(one)
            else:
                known[one.address].pop(one, None)

    def who_makes_room(self, newcomer: Connection) -> Connection | None:
        """The one that has waited longest, of the address that has most; None where all work."""
        own = self._counts[newcomer.address]
        for address, count in self._counts.most_common():
            if count < own:
                break
            for one in self._idle[address]:
                if one is not newcomer:
                    return one
            if count > own and self._sending[address]:
                return next(iter(self._sending[address]))
        return None


_crowds: WeakKeyDictionary[ServerState, _Crowd] = WeakKeyDictionary()


class Connection(H11Protocol, asyncio.BufferedProtocol):
    """One connection.

    uvicorn itself waits without an end for the rest of a request's head, for the rest of a body
    that nobody asked for, and for clients that do not read their answer. Here each of them gets
    `timeout_keep_alive` of uvicorn's configuration. How long the app waits for a body is its own
    affair. Beyond `limit_concurrency` open connections, the address that has most of them loses
    the one that has waited longest without a request, or with part of one; where there is none, a
    further one is told so at once.
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
        self.conn: _Parser = _Parser()
        self.address, self.is_counted = "", True
        if server_state not in _crowds:
            _crowds[server_state] = _Crowd(self.loop)
        self._crowd = _crowds[server_state]
        self._most = self.limit_concurrency
        self.limit_concurrency = None  # uvicorn's own answer would be plain text
        self._reading: asyncio.TimerHandle | None = None
        self._writing: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has connected."""
        super().connection_made(transport)
        self.address = network_of(self.client[0] if self.client else "")
        self._crowd.enter(self)
        self._crowd.turns.charge(self.address, CONNECTION_SECONDS)
        # An answer's head and body are written one after the other, and neither is to wait for the
        # client's word that it has the other.
        connected = transport.get_extra_info("socket")
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        # So that pause_writing tells of any byte that the client does not take.
        transport.set_write_buffer_limits(high=0)
        if self._most is not None and len(self.connections) > self._most:
            other = self._crowd.who_makes_room(self)
            if other is None:
                self._refuse(503, "busy", "too many connections")
            else:
                self._crowd.leave(other)
                self.connections.discard(other)
                other.transport.abort()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._crowd.leave(self)
        self._crowd.turns.forget(self)
        self._stop_reading_timer()
        self.resume_writing()
        super().connection_lost(exc)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where bytes are to be put."""
        return self._crowd.received

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have come."""
        self.data_received(bytes(self._crowd.received[:nbytes]))

    def handle_events(self) -> None:
        """There are bytes to be looked at, which is done when it is this address's turn."""
        self.transport.pause_reading()
        self._crowd.turns.wait(self)

    def take_turn(self) -> bool:
        """Looks at what has come; whether a request began."""
        cycle = self.cycle
        if not self.transport.is_closing():
            super().handle_events()
            if not self.flow.read_paused:
                self.transport.resume_reading()
            self._note()
            self._watch()
        return self.cycle is not cycle

    def on_response_complete(self) -> None:
        """An answer was written."""
        self._stop_reading_timer()
        super().on_response_complete()
        self._note()
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

    def shutdown(self) -> None:
        """The server is about to end: who waits for an answer gets it, and nobody else."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
        else:
            self.cycle.keep_alive = False

    def send_400_response(self, msg: str) -> None:
        """Answers what is no HTTP."""
        code, error = self.conn.refusal
        self._refuse(code, "bad_request", error)

    def _note(self) -> None:
        """Tells the others how this connection stands."""
        theirs = self.conn.their_state
        self._crowd.note(self, theirs is h11.IDLE, theirs is h11.SEND_BODY)

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
