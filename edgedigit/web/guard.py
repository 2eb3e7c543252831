"""The guard before all requests: who may ask, the heads of answers, and what is counted."""

from __future__ import annotations

import asyncio
import hmac
import re
import traceback
from collections.abc import Collection
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edgedigit.system.messages import complain
from edgedigit.web.errors import RequestError, busy
from edgedigit.web.metrics import Metrics
from edgedigit.web.settings import ServerSettings

# Nothing from elsewhere, and no inline script; pictures may come from the canvas and the camera.
_CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_SECURITY_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_PORT_PATTERN = re.compile(":[0-9]+$")
_OPEN_PATHS = ("/", "/docs", "/health")


class Guard:
    """Lets requests through to the app, and sees to it that each gets an answer."""

    def __init__(
        self, app: ASGIApp, settings: ServerSettings, metrics: Metrics, paths: Collection[str]
    ) -> None:
        """A guard before an app.

        Args:
            app: The app.
            settings: Whether only this machine's names and a token's bearers are let through.
            metrics: Where requests are counted.
            paths: Those that are counted by their names.
        """
        self._app, self._metrics, self._paths = app, metrics, paths
        self._names = _known_names(settings)
        self._token = None if settings.token is None else settings.token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with self._metrics.request(self._label(scope["path"])) as statuses:

            async def send_safely(message: Message) -> None:
                if message["type"] == "http.response.start":
                    statuses.append(message["status"])
                    headers = MutableHeaders(scope=message)
                    headers.update(_SECURITY_HEADERS)
                    headers.setdefault("Cache-Control", "no-store")
                await send(message)

            try:
                self._check(scope)
                await self._app(scope, receive, send_safely)
            except ClientDisconnect:
                pass
            except (Exception, asyncio.CancelledError) as error:
                answered = _request_error(error)
                if not statuses:
                    await answered.response()(scope, receive, send_safely)

    def _label(self, path: str) -> str:
        if path in self._paths:
            return path
        return "/page" if path.startswith("/page/") else "other"

    def _check(self, scope: Scope) -> None:
        """Raises `RequestError` for those who may not ask."""
        headers = Headers(scope=scope)
        # A foreign page may have its own name lead to this machine, and so reach the server.
        name = _PORT_PATTERN.sub("", headers.get("host", "")).lower()
        if self._names is not None and name not in self._names:
            raise RequestError(
                HTTPStatus.FORBIDDEN,
                "forbidden",
                "only localhost and names of --allow-host are answered",
            )
        path = scope["path"]
        if self._token is None or path in _OPEN_PATHS or path.startswith("/page/"):
            return
        scheme, _, token = headers.get("authorization", "").partition(" ")
        is_known = hmac.compare_digest(token.strip().encode("latin-1"), self._token)
        if scheme.lower() != "bearer" or not is_known:
            raise RequestError(
                HTTPStatus.UNAUTHORIZED,
                "unauthorized",
                "this needs the server's token",
                {"WWW-Authenticate": "Bearer"},
            )


def _known_names(settings: ServerSettings) -> set[str] | None:
    """The names that the Host header may have; None where any will do.

    Where only this machine can reach the server, that is this machine's, and those that a proxy
    before it is known by.
    """
    if not settings.is_loopback and not settings.allow_hosts:
        return None
    host = settings.host.lower()
    own = {"localhost", "127.0.0.1", "[::1]", f"[{host}]" if ":" in host else host}
    return own | {name.lower() for name in settings.allow_hosts}


def _request_error(error: BaseException) -> RequestError:
    """The error that is answered in place of any other."""
    if isinstance(error, RequestError):
        return error
    if isinstance(error, asyncio.CancelledError):
        return busy("the server is about to end")
    if isinstance(error, MemoryError):
        return busy("not enough memory")
    place = traceback.extract_tb(error.__traceback__)[-1]
    complain(f"{type(error).__name__}: {error} ({place.filename}, line {place.lineno})")
    return busy("something went wrong; the server's own messages say what")
