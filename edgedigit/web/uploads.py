"""The bodies of requests, read no further than the limits, and into memory alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from edgedigit.files.finding import File
from edgedigit.web.clients import Ticket
from edgedigit.web.errors import RequestError, bad_request, too_large

# A body may take a second more for each so many bytes that arrived: a large photo comes over a slow
# line, and one byte now and then is not enough.
_MIN_BYTES_PER_SECOND = 1 << 16

MAX_FILES = 64
# Fields beside the files are let through, and not looked at.
_MAX_FIELDS = 16
_MAX_FIELD_BYTES = 1 << 12


@dataclass(slots=True)
class Upload:
    """A request's body.

    Attributes:
        body: The bytes.
        form_type: The Content-Type of a form, which may have several pictures; None is one picture.
    """

    body: bytes | bytearray
    form_type: str | None

    def taken_body(self) -> bytes | bytearray:
        """The bytes, which are not held here any more."""
        body, self.body = self.body, b""
        return body

    def files(self) -> list[File]:
        """The pictures, each with its name, or "" where it has none.

        To look for them takes longer than to receive them: it is not done where others wait.

        Raises:
            RequestError: It is no form that can be read, has no file or too many.
        """
        if self.form_type is not None:
            return _form_files(self.form_type, self.body)
        image = _image(bytes(self.body))
        return [File("", len(image), image=image)]


async def receive_upload(request: Request, ticket: Ticket, max_bytes: int, timeout: int) -> Upload:
    """Reads a request's body, whose head has passed `check_length`.

    Args:
        request: The request.
        ticket: Counts the bytes that are held.
        max_bytes: The most bytes that the body may have.
        timeout: Seconds within which it has to arrive; a second more for each 64 KiB.

    Raises:
        RequestError: It is too large, too slow, empty, or of a type that is not taken.
        ClientDisconnect: The client went away.
    """
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    try:
        async with (
            asyncio.timeout(timeout) as patience,
            aclosing(_chunks(request, ticket, max_bytes, patience)) as chunks,
        ):
            if kind.startswith("multipart/") and kind != "multipart/form-data":
                raise RequestError(
                    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                    "unsupported",
                    "of the multipart types only multipart/form-data is taken",
                )
            body = bytearray()  # which grows in place: a list would be copied once more
            try:
                async for chunk in chunks:
                    body += chunk
            except BaseException:
                body.clear()  # the traceback keeps it for as long as nobody collects garbage
                raise
    except TimeoutError:
        raise RequestError(
            HTTPStatus.REQUEST_TIMEOUT,
            "timeout",
            "the request's body did not arrive in time",
            {"Connection": "close"},
        ) from None
    if kind == "multipart/form-data":
        return Upload(body, content_type)
    if not body:
        raise bad_request("the request's body is empty, and should be a picture")
    return Upload(body, None)


def check_length(request: Request, max_bytes: int) -> None:
    """Raises `RequestError` for a body that says of itself that it is too large."""
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
            patience.reschedule(when + len(chunk) / _MIN_BYTES_PER_SECOND)
            yield chunk


def _image(body: bytes) -> bytes:
    """A body that is no form: a picture, or a JSON object that has its data URL.

    Raises:
        RequestError: It begins like such an object, and is none.
    """
    if not body[:_MAX_FIELD_BYTES].lstrip().startswith(b"{"):  # as no picture does
        return body
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_request("the JSON body cannot be read") from None
    if list(fields) != ["image"] or not isinstance(fields["image"], str):
        raise bad_request('a JSON body has to be {"image": "data:..."}')
    return fields["image"].encode("utf-8", "replace")


def _form_files(content_type: str, body: bytes | bytearray) -> list[File]:
    """Reads a body of the type multipart/form-data.

    Args:
        content_type: The request's Content-Type, which names the boundary.
        body: The body.

    Returns:
        The files, each with its name, or "" where it has none.

    Raises:
        RequestError: It is no such body, has no file or too many.
    """
    boundary = parse_options_header(content_type)[1].get(b"boundary")
    if not boundary:
        raise _broken("it has no boundary")
    parts = _Parts()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": parts.begin,
                "on_header_field": parts.take_header_name,
                "on_header_value": parts.take_header_value,
                "on_header_end": parts.end_header,
                "on_headers_finished": parts.end_headers,
                "on_part_data": parts.take_data,
                "on_part_end": parts.end,
                "on_end": parts.end_all,
            },
        )
        parser.write(bytes(body))
    except FormParserError as error:
        raise _broken(str(error)) from None
    if not parts.is_whole:
        raise _broken("it has no end")
    if not parts.files:
        raise bad_request("there is no file in the multipart body")
    return parts.files


class _Parts:
    """The parts of a form, which the parser tells of piece by piece."""

    def __init__(self) -> None:
        self.files: list[File] = []
        self.is_whole = False
        self._fields = 0

    def begin(self) -> None:
        self._header_name = self._header_value = self._disposition = b""
        self._data = bytearray()
        self._name: str | None = None

    def take_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def end_header(self) -> None:
        if self._header_name.lower() == b"content-disposition":
            self._disposition = self._header_value
        self._header_name = self._header_value = b""

    def end_headers(self) -> None:
        kind, options = parse_options_header(self._disposition)
        if kind != b"form-data" or b"name" not in options:
            raise _broken("a part has no name")
        if b"filename" in options:
            self._name = options[b"filename"].decode("utf-8", "replace")
            if len(self.files) == MAX_FILES:
                raise bad_request(f"there are more than {MAX_FILES} files in the multipart body")
            return
        self._fields += 1
        if self._fields > _MAX_FIELDS:
            raise bad_request(f"there are more than {_MAX_FIELDS} fields beside the files")

    def take_data(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]
        if self._name is None and len(self._data) > _MAX_FIELD_BYTES:
            raise bad_request(f"a field beside the files has more than {_MAX_FIELD_BYTES} bytes")

    def end(self) -> None:
        if self._name is not None:
            self.files.append(File(self._name, len(self._data), image=bytes(self._data)))
        self._data = bytearray()

    def end_all(self) -> None:
        self.is_whole = True


def _broken(reason: str) -> RequestError:
    return bad_request(f"the multipart body cannot be read: {reason}")
