"""The errors that requests are answered with, in place of what they ask for."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from edgedigit.results import Status

_PICTURE_ERROR_CODES = {
    Status.NOT_AN_IMAGE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Status.UNSUPPORTED: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Status.DAMAGED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Status.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Status.OUTSIDE: HTTPStatus.UNPROCESSABLE_ENTITY,
}
_RETRY_HEADERS = {"Retry-After": "1"}


class RequestError(Exception):
    """An error that a request is answered with.

    Attributes:
        code: The HTTP status.
        status: The same in a word.
        error: One line that says why.
        headers: What the answer's head says beside the usual.
    """

    def __init__(
        self, code: int, status: str, error: str, headers: Mapping[str, str] | None = None
    ) -> None:
        """See the class."""
        super().__init__(error)
        self.code, self.status, self.error = code, status, error
        self.headers = dict(headers or {})

    def __reduce__(self) -> tuple[type[RequestError], tuple[object, ...]]:
        """As a pickle, in which it comes from another process."""
        return type(self), (self.code, self.status, self.error, self.headers)

    def response(self) -> Response:
        """The error as a JSON answer."""
        body = {"status": self.status, "error": self.error}
        return JSONResponse(body, self.code, self.headers)


def bad_request(error: str) -> RequestError:
    """The error for a body that is not what it has to be."""
    return RequestError(HTTPStatus.BAD_REQUEST, "bad_request", error)


def wrong_parameter(error: str) -> RequestError:
    """The error for what stands behind the question mark."""
    return RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong_parameter", error)


def too_large(max_bytes: int) -> RequestError:
    """The error for a body of too many bytes."""
    return picture_error(Status.TOO_LARGE, f"the body is too large, the limit is {max_bytes:,} B")


def busy(error: str) -> RequestError:
    """The error for a request that may be answered a little later."""
    return RequestError(HTTPStatus.SERVICE_UNAVAILABLE, "busy", error, _RETRY_HEADERS)


def not_stored(error: OSError) -> RequestError:
    """The error for a picture that cannot be written."""
    reason = error.strerror or error
    return RequestError(
        HTTPStatus.SERVICE_UNAVAILABLE, "not_stored", f"it cannot be stored: {reason}"
    )


def picture_error(status: Status, error: str | None) -> RequestError:
    """The error for a single picture that cannot be read, by its status.

    Statuses that have no code of their own are the machine's fault.
    """
    code = _PICTURE_ERROR_CODES.get(status)
    if code is None:
        return busy(error or status)
    return RequestError(code, status, error or status)


async def http_response(request: Request, error: Exception) -> Response:
    """The answer for what Starlette raises: unknown paths and wrong methods."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    return RequestError(status, status.name.lower(), error.detail, error.headers).response()
