"""The server around the application: one process, one event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from edgedigit.errors import ListenError
from edgedigit.system.interrupts import interrupts_wait
from edgedigit.system.messages import complain, complaint, say
from edgedigit.web.app import create_app
from edgedigit.web.connections import Connection
from edgedigit.web.settings import ServerSettings

# Most are idle.
_CONNECTIONS_PER_REQUEST = 16
# So many connections are opened in one go before others are closed for them.
_BACKLOG = 128
# With what comes after it, 3 seconds.
_MAX_SHUTDOWN_SECONDS = 2


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
                say(complaint(f"listening on {_address(settings, listener)}"))

        _SignalledServer(config, announce).run(sockets=[listener])


class _SignalledServer(uvicorn.Server):
    """uvicorn's server, which says when it is ready, and heeds the end of the terminal too."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn does so once its event loop runs, which a signal before that would tear.
        with self.capture_signals():
            super().run(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().set_exception_handler(_complain)
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):  # which uvicorn leaves to itself
            if isinstance(connection, Connection):
                connection.transport.abort()
        await asyncio.sleep(0)

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


def _complain(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    complain(f"{context['message']}: {error}" if error else context["message"])


def _listening(settings: ServerSettings) -> socket.socket:
    host, port = settings.host, settings.port
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=socket.SOMAXCONN)
    except (OSError, UnicodeError) as error:  # the latter for names that are none
        reason = getattr(error, "strerror", None) or "no such name"
        raise ListenError(f"cannot listen on {host}, port {port}: {reason}") from error


def _address(settings: ServerSettings, listener: socket.socket) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}/"
