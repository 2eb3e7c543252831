"""The server around the application: one process, one event loop."""

from __future__ import annotations

import asyncio
import dataclasses
import errno
import ipaddress
import logging
import multiprocessing
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import uvicorn

from edgedigit.errors import ListenError
from edgedigit.system.allocator import give_back_blocks
from edgedigit.system.interrupts import interrupts_wait, set_alarm
from edgedigit.system.messages import complain, complaint, say
from edgedigit.web.app import create_app
from edgedigit.web.clients import RecentUse, network_of
from edgedigit.web.connections import Connection
from edgedigit.web.settings import ServerSettings

# Most are idle.
_CONNECTIONS_PER_REQUEST = 16
# So many connections are opened in one go before others are closed for them.
_BACKLOG = 128
# 96 bits, which nobody guesses, and a phone's keyboard takes.
_TOKEN_BYTES = 12
# Where there are as many connections as may be, so many more of an address are let in at once, and
# a fourteenth of that in each second.
_MAX_NEW_CONNECTIONS = 256
_MAX_HELD_CONNECTIONS = 256
_HELD_SECONDS = 1.0
# More than is received at once.
_LARGE_BYTES = 1 << 17
_MAX_SHUTDOWN_SECONDS = 2
# With what comes after that. Who still does anything then, is ended.
_MAX_END_SECONDS = 2.4


def serve(settings: ServerSettings) -> None:
    """Serves until a signal asks for the end.

    Its address is told on standard error once it answers.

    Args:
        settings: What the command line says.

    Raises:
        ModelError: The model cannot be loaded.
        OutputError: The folder for labelled drawings cannot be written.
        ListenError: The port cannot be listened on.
        KeyboardInterrupt: A signal asked for the end, and all requests were answered.
    """
    # A picture is one core's work, and threads that others start could not be forked.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    give_back_blocks(_LARGE_BYTES)
    is_made = settings.token is None and not (settings.is_loopback or settings.no_token)
    if is_made:
        settings = dataclasses.replace(settings, token=secrets.token_urlsafe(_TOKEN_BYTES))
    with interrupts_wait():  # processes are started
        app = create_app(settings)
    for name in ("uvicorn", "python_multipart"):  # they tell of clients' faults
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        limit_concurrency=_CONNECTIONS_PER_REQUEST * settings.max_requests,
        timeout_keep_alive=settings.timeout,
        timeout_graceful_shutdown=min(settings.timeout, _MAX_SHUTDOWN_SECONDS),
    )
    with _listening(settings) as listener:

        def announce() -> None:
            if not settings.quiet:
                say(complaint(f"listening on {_address(settings.host, listener)}"))
            if is_made or not (settings.quiet or settings.is_loopback):
                _invite(settings, listener, is_made)

        server = _SignalledServer(config, announce)
        if not settings.trust_proxy:  # else all come from one address
            listener.is_crowded = server.is_crowded
        server.run(sockets=[listener])


class _Door(socket.socket):
    """A listening socket, which closes what an address that opens too many connections opens.

    That takes a small part of the time that it takes to let one in, and to close another one for
    it. Most are closed a second later, since their clients open the next ones as soon as they see
    it. Only on Windows the event loop does not ask this socket.
    """

    def __init__(self, listener: socket.socket) -> None:
        super().__init__(fileno=listener.detach())
        self.is_crowded: Callable[[], bool] = bool
        self._opened = RecentUse()
        self._held: set[socket.socket] = set()

    def accept(self) -> tuple[socket.socket, Any]:
        for _ in range(_BACKLOG):
            connection, peer = super().accept()
            address = network_of(peer[0])
            if not self.is_crowded() or self._opened.of(address) < _MAX_NEW_CONNECTIONS:
                self._opened.add(address, 1)
                return connection, peer
            if len(self._held) < _MAX_HELD_CONNECTIONS:
                self._held.add(connection)
                asyncio.get_running_loop().call_later(_HELD_SECONDS, self._let_go, connection)
            else:
                connection.close()
        raise BlockingIOError  # there may be more; the loop looks what else there is first

    def _let_go(self, connection: socket.socket) -> None:
        self._held.discard(connection)
        connection.close()

    def close(self) -> None:
        while self._held:
            self._held.pop().close()
        super().close()


class _SignalledServer(uvicorn.Server):
    """uvicorn's server, which says when it is ready, and heeds the end of the terminal too."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn does so once its event loop runs, which a signal before that would tear.
        with self.capture_signals():
            try:
                super().run(sockets)
            finally:
                set_alarm(0)

    def is_crowded(self) -> bool:
        """Whether there are as many connections as may be."""
        most = self.config.limit_concurrency
        return most is not None and len(self.server_state.connections) >= most

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(_complain)
        await super().startup(sockets)
        for listener in sockets or ():
            # Who finds no room in the queue comes again after a second; asyncio made it short.
            listener.listen(socket.SOMAXCONN)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):  # which uvicorn leaves to itself
            if isinstance(connection, Connection):
                connection.transport.abort()
        await asyncio.sleep(0)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, lambda *_: _end_at_once(sig))
        set_alarm(_MAX_END_SECONDS)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        number = getattr(signal, "SIGHUP", None)
        handler = None if number is None else signal.getsignal(number)
        if number is None or not callable(handler):  # ignored, as `nohup` has it
            with super().capture_signals():
                yield
            return
        signal.signal(number, self.handle_exit)
        with super().capture_signals():
            try:
                yield
            finally:
                signal.signal(number, handler)


def _end_at_once(number: int) -> None:
    """Ends this process, as a signal ends it, and all that it has started."""
    for child in multiprocessing.active_children():
        child.kill()
    os._exit(128 + number)


def _complain(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    complain(f"{context['message']}: {error}" if error else context["message"])


def _listening(settings: ServerSettings) -> _Door:
    host, port = settings.host, settings.port
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return _Door(socket.create_server(address[:2], family=family, backlog=socket.SOMAXCONN))
    except (OSError, UnicodeError) as error:  # the latter for names that are none
        reason = getattr(error, "strerror", None) or "no such name"
        if getattr(error, "errno", None) in (errno.EADDRINUSE, errno.EACCES):
            reason += "; --port takes another one, and 0 any that is free"
        raise ListenError(f"cannot listen on {host}, port {port}: {reason}") from error


def _address(host: str, listener: socket.socket) -> str:
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{listener.getsockname()[1]}/"


def _invite(settings: ServerSettings, listener: socket.socket, with_token: bool) -> None:
    """Says what to open on a phone; on a terminal as a QR code too."""
    address = _address(_own_address(settings.host, listener), listener)
    if with_token:
        address += f"#token={settings.token}"
    say(complaint(f"here, or on a phone in this network, open {address}"))
    if sys.stderr is None or not sys.stderr.isatty():
        return
    with suppress(ImportError):
        import segno

        segno.make(address, micro=False).terminal(sys.stderr, compact=True)


def _own_address(host: str, listener: socket.socket) -> str:
    """Of this machine, as others in its network know it; the host itself where that is one."""
    if not ipaddress.ip_address(listener.getsockname()[0]).is_unspecified:
        return host
    to = ("192.0.2.1", "2001:db8::1")[listener.family == socket.AF_INET6]  # for documentation only
    # Nothing is sent: this only chooses the way there.
    with suppress(OSError), socket.socket(listener.family, socket.SOCK_DGRAM) as way:
        way.connect((to, 9))
        own: str = way.getsockname()[0]
        return own
    return socket.gethostname()
