"""Reads the files in a form, into memory alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from edgedigit.files.finding import File
from edgedigit.web.errors import RefusedError, bad_request

MAX_FILES = 64
# Fields beside the files are let through, and not looked at.
_MAX_FIELDS = 16
_MAX_FIELD_BYTES = 1 << 12


async def form_files(content_type: str, chunks: AsyncIterator[bytes]) -> list[File]:
    """Reads a body of the type multipart/form-data.

    Args:
        content_type: The request's Content-Type, which names the boundary.
        chunks: The body.

    Returns:
        The files, each with its name, or "" where it has none.

    Raises:
        RefusedError: It is no such body, has no file or too many.
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
        async for chunk in chunks:
            parser.write(chunk)
    except FormParserError as error:
        raise _broken(str(error)) from None
    if not parts.is_whole:
        raise _broken("it has no end")
    if not parts.files:
        raise bad_request("there is no file in the multipart body")
    return parts.files


class _Parts:
    """What the parser calls, with a piece of a part at a time."""

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


def _broken(reason: str) -> RefusedError:
    return bad_request(f"the multipart body cannot be read: {reason}")
