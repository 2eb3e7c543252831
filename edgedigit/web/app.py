"""The web application: the paths, and the page's files."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edgedigit.info.installation import package_versions
from edgedigit.web import answers, query
from edgedigit.web.answers import Job
from edgedigit.web.clients import Admission, client_address, made_room
from edgedigit.web.collect import Collection
from edgedigit.web.errors import RequestError, http_response, picture_error
from edgedigit.web.guard import Guard
from edgedigit.web.metrics import Metrics
from edgedigit.web.openapi import description
from edgedigit.web.settings import ServerSettings
from edgedigit.web.uploads import MAX_FILES, Upload, check_length, receive_upload
from edgedigit.web.workers import Workers

_PAGE_FOLDER = Path(__file__).parent / "page"
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}


def create_app(settings: ServerSettings) -> Starlette:
    """The application; the model is loaded at once.

    Args:
        settings: What the command line says.

    Raises:
        ModelError: The model cannot be loaded.
        OutputError: The folder for labelled drawings cannot be written.
    """
    endpoints = _Endpoints(settings)
    routes = [
        Route("/", endpoints.page),
        Route("/docs", endpoints.docs),
        Route("/page/{name}", endpoints.page),
        Route("/classify", endpoints.classify, methods=["POST"]),
        Route("/read", endpoints.read, methods=["POST"]),
        Route("/collect", endpoints.collect, methods=["POST"]),
        Route("/health", endpoints.health),
        Route("/info", endpoints.info),
        Route("/openapi.json", endpoints.openapi),
        Route("/metrics", endpoints.metrics),
    ]
    paths = {route.path for route in routes}
    middleware = [Middleware(Guard, settings=settings, metrics=endpoints.counts, paths=paths)]
    if settings.cors:  # before the guard, for browsers ask without a token whether they may ask
        others = Middleware(
            CORSMiddleware,
            allow_origins=settings.cors,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After"],
        )
        middleware.insert(0, others)
    app = Starlette(
        routes=routes,
        middleware=middleware,
        exception_handlers={HTTPException: http_response},
        lifespan=endpoints.lifespan,
    )
    app.router.redirect_slashes = False
    return app


class _Endpoints:
    """The answers at each path."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._collection = None if settings.collect is None else Collection(settings.collect)
        self._admission = Admission(settings.max_requests, settings.max_bytes)
        classifier = {
            "model": settings.model,
            "providers": settings.providers,
            "min_confidence": settings.min_confidence,
            "max_pixels": settings.max_pixels,
        }
        self._workers = Workers(classifier, settings.threads, settings.timeout)
        self._page_files = _PageFiles()
        self._description = json.dumps(description(settings), ensure_ascii=False).encode()
        self.counts = Metrics()

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Ends the processes when the server ends."""
        try:
            yield
        finally:
            self._workers.close()

    async def docs(self, request: Request) -> Response:
        response = self._page_files.response(request, "docs.html")
        assert response is not None
        return response

    async def page(self, request: Request) -> Response:
        response = self._page_files.response(request, request.path_params.get("name", "index.html"))
        if response is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return response

    async def classify(self, request: Request) -> Response:
        query.check_names(request, ("ink", "region", "turn", "normalized"))
        return await self._answer(
            request,
            functools.partial(
                answers.classify_all,
                ink=query.ink(request),
                region=query.region(request),
                turn=query.turn(request),
                with_normalized=query.flag(request, "normalized"),
            ),
        )

    async def read(self, request: Request) -> Response:
        query.check_names(request, ("ink", "region", "turn", "spaces", "length", "marks"))
        return await self._answer(
            request,
            functools.partial(
                answers.read_all,
                ink=query.ink(request),
                region=query.region(request),
                turn=query.turn(request),
                spaces=query.flag(request, "spaces"),
                length=query.length(request),
                marks=query.flag(request, "marks", default=True),
            ),
        )

    async def collect(self, request: Request) -> Response:
        if self._collection is None:
            raise RequestError(HTTPStatus.NOT_FOUND, "not_found", "no drawings are collected here")
        query.check_names(request, ("label",))
        label = query.label(request)
        # Which no page from elsewhere can send without asking the server first.
        if not request.headers.get("content-type", "").lower().startswith("image/"):
            raise RequestError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported", "Content-Type has to be image/..."
            )
        keep = functools.partial(answers.collect, collection=self._collection, label=label)
        _, path = await self._work(request, keep)
        return JSONResponse({"path": path}, HTTPStatus.CREATED)

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def info(self, request: Request) -> Response:
        settings, model = self._settings, self._workers.model._asdict()
        limits = {
            "bytes": settings.max_bytes,
            "pixels": settings.max_pixels,
            "files": MAX_FILES,
            "requests": settings.max_requests,
            "seconds": settings.timeout,
        }
        return JSONResponse(
            {
                "versions": package_versions(),
                "model": model,
                "collect": self._collection is not None,
                "limits": limits,
            }
        )

    async def openapi(self, request: Request) -> Response:
        return Response(self._description, media_type="application/json")

    async def metrics(self, request: Request) -> Response:
        return Response(self.counts.text(), media_type=CONTENT_TYPE_LATEST)

    async def _answer(self, request: Request, job: Job) -> Response:
        """Answers for each picture; a single one that cannot be read is an error."""
        upload, found = await self._work(request, job)
        self.counts.count(request.url.path, (one.row for one in found))
        if upload.form_type is not None:
            return JSONResponse({"results": [one.fields for one in found]})
        row = found[0].row
        if row.error is not None:
            raise picture_error(row.status, row.error)
        return JSONResponse(found[0].fields)

    async def _work(self, request: Request, job: Job) -> tuple[Upload, Any]:
        """Reads a request's body, lets it in, and has the work done in a process."""
        settings = self._settings
        check_length(request, settings.max_bytes)
        ticket = self._admission.enter(client_address(request.scope, settings.trust_proxy))
        try:
            try:
                upload = await receive_upload(request, ticket, settings.max_bytes, settings.timeout)
                ticket.count()
            except BaseException:
                ticket.leave()
                raise
            return upload, await self._workers.run(request, ticket, job, upload)
        except asyncio.CancelledError:
            if ticket.is_gone:
                raise made_room() from None
            raise


class _PageFiles:
    """The drawing page's files, by name, in memory."""

    def __init__(self) -> None:
        self._files = {
            path.name: (path.read_bytes(), _MEDIA_TYPES[path.suffix])
            for path in _PAGE_FOLDER.iterdir()
            if path.suffix in _MEDIA_TYPES
        }

    def response(self, request: Request, name: str) -> Response | None:
        """The file with that name, if there is one; empty where the client has it already."""
        if name not in self._files:
            return None
        content, kind = self._files[name]
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache"}
        known = request.headers.get("if-none-match", "")
        if tag in known or known.strip() == "*":
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type=kind)
