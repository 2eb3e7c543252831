"""Runs the application: one process, one event loop."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from edgedigit.errors import ListenError
from edgedigit.system.interrupts import interrupts_wait
from edgedigit.system.messages import complain
from edgedigit.web.app import create_app
from edgedigit.web.settings import Settings
from edgedigit.web.timeouts import Connection

# For each request at once, so many connections may be open: most are idle.
_CONNECTIONS = 16
# Seconds that are left to running requests when the server is to end.
_LAST_SECONDS = 5


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serves until a signal asks for the end.

    Args:
        settings: What the server is told.
        announce: Is called with the server's address once it answers.

    Raises:
        ModelError: The model cannot be loaded.
        OutputError: The folder for labelled drawings cannot be written.
        ListenError: The port cannot be listened on.
        KeyboardInterrupt: A signal asked for the end, and all requests were answered.
    """
    with interrupts_wait():  # onnxruntime, interrupted while it is loaded, raises ImportError
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
        limit_concurrency=_CONNECTIONS * settings.max_requests,
        timeout_keep_alive=settings.timeout,
        timeout_graceful_shutdown=min(settings.timeout, _LAST_SECONDS),
    )
    with _listening(settings) as listener:
        _Server(config, lambda: announce(_address(settings, listener))).run(sockets=[listener])


class _Server(uvicorn.Server):
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


def _listening(settings: Settings) -> socket.socket:
    host, port = settings.host, settings.port
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=socket.SOMAXCONN)
    except (OSError, UnicodeError) as error:  # the latter for names that are none
        reason = getattr(error, "strerror", None) or "no such name"
        raise ListenError(f"cannot listen on {host}, port {port}: {reason}") from error


def _address(settings: Settings, listener: socket.socket) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}/"
