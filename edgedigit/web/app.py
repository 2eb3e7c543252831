"""The web application: which path answers what."""

from __future__ import annotations

import functools
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edgedigit.classifier import Classifier
from edgedigit.files.classifying import load
from edgedigit.info.installation import package_versions
from edgedigit.results import FileResult
from edgedigit.web import answers, query
from edgedigit.web.admission import Admission
from edgedigit.web.answers import Answer, Answerer, answer_all
from edgedigit.web.collect import Collection
from edgedigit.web.errors import RefusedError, http_response, picture_refused
from edgedigit.web.forms import MAX_FILES
from edgedigit.web.guard import Guard
from edgedigit.web.metrics import Metrics
from edgedigit.web.openapi import description
from edgedigit.web.settings import Settings
from edgedigit.web.static_files import Pages
from edgedigit.web.uploads import Upload, check_length, receive_upload
from edgedigit.web.workers import Workers


def create_app(settings: Settings) -> Starlette:
    """Makes the application; the model is loaded at once.

    Args:
        settings: What the server is told.

    Raises:
        ModelError: The model cannot be loaded.
        OutputError: The folder for labelled drawings cannot be written.
    """
    server = _Server(settings)
    routes = [
        Route("/", server.page),
        Route("/page/{name}", server.page),
        Route("/classify", server.classify, methods=["POST"]),
        Route("/read", server.read, methods=["POST"]),
        Route("/collect", server.collect, methods=["POST"]),
        Route("/health", server.health),
        Route("/info", server.info),
        Route("/openapi.json", server.openapi),
        Route("/metrics", server.metrics),
    ]
    paths = {route.path for route in routes}
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, settings=settings, metrics=server.counts, paths=paths)],
        exception_handlers={HTTPException: http_response},
        lifespan=server.lifespan,
    )
    app.router.redirect_slashes = False
    return app


class _Server:
    """What the answers need."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._classifier = Classifier(
            settings.model,
            min_confidence=settings.min_confidence,
            max_pixels=settings.max_pixels,
        )
        self._admission = Admission(settings.max_requests, settings.max_bytes)
        self._workers = Workers(settings.threads, settings.timeout)
        self._collection = None if settings.collect is None else Collection(settings.collect)
        self._pages = Pages()
        self.counts = Metrics()

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Ends the threads when the server ends."""
        try:
            yield
        finally:
            self._workers.close()

    async def page(self, request: Request) -> Response:
        response = self._pages.response(request, request.path_params.get("name", "index.html"))
        if response is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return response

    async def classify(self, request: Request) -> Response:
        query.check_names(request, ("ink", "normalized"))
        return await self._answer(
            request,
            functools.partial(
                answers.classify,
                classifier=self._classifier,
                ink=query.ink(request),
                with_normalized=query.flag(request, "normalized"),
            ),
        )

    async def read(self, request: Request) -> Response:
        query.check_names(request, ("ink", "spaces", "length"))
        return await self._answer(
            request,
            functools.partial(
                answers.read,
                classifier=self._classifier,
                ink=query.ink(request),
                spaces=query.flag(request, "spaces"),
                length=query.length(request),
            ),
        )

    async def collect(self, request: Request) -> Response:
        if self._collection is None:
            raise RefusedError(HTTPStatus.NOT_FOUND, "not_found", "no drawings are collected here")
        query.check_names(request, ("label",))
        label = query.label(request)
        # Which no page from elsewhere can send without asking the server first.
        if not request.headers.get("content-type", "").lower().startswith("image/"):
            raise RefusedError(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported", "Content-Type has to be image/..."
            )
        keep = functools.partial(self._keep, collection=self._collection, label=label)
        path = await self._work(request, keep)
        return JSONResponse({"path": path}, HTTPStatus.CREATED)

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def info(self, request: Request) -> Response:
        config, settings = self._classifier.config, self._settings
        model = {
            "name": config.get("name"),
            "version": config.get("version"),
            "threshold": self._classifier.min_confidence,
        }
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
        return JSONResponse(description(self._settings))

    async def metrics(self, request: Request) -> Response:
        return Response(self.counts.text(), media_type=CONTENT_TYPE_LATEST)

    async def _answer(self, request: Request, answer: Answerer) -> Response:
        """Answers for each picture; a single one that cannot be read is an error."""

        def work(upload: Upload, given_up: threading.Event) -> tuple[list[Answer], bool]:
            return answer_all(upload.files, answer, given_up), upload.is_form

        found, is_form = await self._work(request, work)
        self.counts.count(request.url.path, (one.row for one in found))
        if is_form:
            return JSONResponse({"results": [one.fields for one in found]})
        row = found[0].row
        if row.error is not None:
            raise picture_refused(row.status, row.error)
        return JSONResponse(found[0].fields)

    async def _work(self, request: Request, work: Callable[[Upload, threading.Event], Any]) -> Any:
        """Lets the request in, reads its body, and does the work in a thread."""
        settings = self._settings
        check_length(request, settings.max_bytes)
        ticket = self._admission.enter()
        try:
            upload = await receive_upload(request, ticket, settings.max_bytes, settings.timeout)
        except BaseException:
            ticket.leave()
            raise
        return await self._workers.run(request, ticket, functools.partial(work, upload))

    def _keep(
        self, upload: Upload, given_up: threading.Event, collection: Collection, label: int
    ) -> str:
        file = upload.files[0]
        grey = load(file, self._settings.max_pixels)
        if isinstance(grey, FileResult):
            raise picture_refused(grey.status, grey.error)
        assert isinstance(file.image, bytes)
        try:
            return collection.add(file.image, label)
        except OSError as error:
            reason = error.strerror or error
            raise RefusedError(
                HTTPStatus.SERVICE_UNAVAILABLE, "not_stored", f"it cannot be stored: {reason}"
            ) from error
