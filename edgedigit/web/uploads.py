"""Reads the pictures in a request, no further than the limits, into memory alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus

from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from edgedigit.walk import File
from edgedigit.web.admission import Ticket
from edgedigit.web.refusals import RefusedError, bad_request, too_large

MAX_FILES = 64
# Form fields beside the files are let through, and not looked at.
_MAX_FIELDS = 16
_MAX_FIELD_BYTES = 1 << 12

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
    """Reads a request's body.

    Args:
        request: The request.
        ticket: What counts the bytes that are held.
        max_bytes: The most bytes that the body may have.
        timeout: Seconds within which it has to arrive; a second more for each 64 KiB.

    Raises:
        RefusedError: It is too large, too slow, empty, or no form that can be read.
        ClientDisconnect: The client went away.
    """
    check_length(request, max_bytes)
    kind = parse_options_header(request.headers.get("content-type"))[0].strip().lower()
    try:
        async with (
            asyncio.timeout(timeout) as patience,
            aclosing(_chunks(request, ticket, max_bytes, patience)) as chunks,
        ):
            if kind == b"multipart/form-data":
                return Upload(await _form_files(request, chunks), is_form=True)
            if kind.startswith(b"multipart/"):
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
    async for chunk in request.stream():
        size += len(chunk)
        if size > max_bytes:
            raise too_large(max_bytes)
        ticket.hold(len(chunk))
        when = patience.when()
        assert when is not None
        patience.reschedule(when + len(chunk) / _LEAST_RATE)
        yield chunk


class _Form(MultiPartParser):
    # Of the spooled files, and means that nothing is ever written to the disk.
    spool_max_size = 0


async def _form_files(request: Request, chunks: AsyncGenerator[bytes, None]) -> list[File]:
    parser = _Form(
        request.headers,
        chunks,
        max_files=MAX_FILES,
        max_fields=_MAX_FIELDS,
        max_part_size=_MAX_FIELD_BYTES,
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise bad_request(f"the multipart body cannot be read: {error.message}") from None
    uploads = [part for _, part in form.multi_items() if isinstance(part, UploadFile)]
    if not uploads:
        raise bad_request("there is no file in the multipart body")
    files = []
    for upload in uploads:
        image = upload.file.read()
        upload.file.close()
        files.append(File(upload.filename or "", len(image), image=image))
    return files
