"""Reads the pictures in a request, no further than the limits, into memory alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request

from edgedigit.files.finding import File
from edgedigit.web.admission import Ticket
from edgedigit.web.errors import RefusedError, bad_request, too_large
from edgedigit.web.forms import form_files

# A body may take the timeout, and a second more for each so many bytes that arrived: a large
# photo comes over a slow line, and one byte now and then is not enough.
_LEAST_RATE = 1 << 16


@dataclass(frozen=True, slots=True)
class Upload:
    """The pictures of a request.

    Attributes:
        files: They, each with its name, or "" where it has none.
        is_form: Whether there may be several.
    """

    files: list[File]
    is_form: bool


async def receive_upload(request: Request, ticket: Ticket, max_bytes: int, timeout: int) -> Upload:
    """Reads a request's body, whose head has passed `check_length`.

    Args:
        request: The request.
        ticket: What counts the bytes that are held.
        max_bytes: The most bytes that the body may have.
        timeout: Seconds within which it has to arrive; a second more for each 64 KiB.

    Raises:
        RefusedError: It is too large, too slow, empty, or no form that can be read.
        ClientDisconnect: The client went away.
    """
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    try:
        async with (
            asyncio.timeout(timeout) as patience,
            aclosing(_chunks(request, ticket, max_bytes, patience)) as chunks,
        ):
            if kind == "multipart/form-data":
                return Upload(await form_files(content_type, chunks), is_form=True)
            if kind.startswith("multipart/"):
                raise RefusedError(
                    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                    "unsupported",
                    "of the multipart types only multipart/form-data is taken",
                )
            image = b"".join([chunk async for chunk in chunks])
    except TimeoutError:
        raise RefusedError(
            HTTPStatus.REQUEST_TIMEOUT,
            "timeout",
            "the request's body did not arrive in time",
            {"Connection": "close"},
        ) from None
    if not image:
        raise bad_request("the request's body is empty, and should be a picture")
    return Upload([File("", len(image), image=image)], is_form=False)


def check_length(request: Request, max_bytes: int) -> None:
    """Raises `RefusedError` for a body that says of itself that it is too large."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_bytes:
        raise too_large(max_bytes)


async def _chunks(
    request: Request, ticket: Ticket, max_bytes: int, patience: asyncio.Timeout
) -> AsyncGenerator[bytes, None]:
    size = 0
    async with aclosing(request.stream()) as stream:
        async for chunk in stream:
            size += len(chunk)
            if size > max_bytes:
                raise too_large(max_bytes)
            ticket.hold(len(chunk))
            when = patience.when()
            assert when is not None
            patience.reschedule(when + len(chunk) / _LEAST_RATE)
            yield chunk
