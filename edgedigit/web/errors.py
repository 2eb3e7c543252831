"""Requests that are not answered with what they ask for, and how that is said."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from edgedigit.results import Status

# By the status of a picture that cannot be read.
_CODES = {
    Status.NOT_AN_IMAGE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Status.UNSUPPORTED: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Status.DAMAGED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Status.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}
_SOON = {"Retry-After": "1"}


class RefusedError(Exception):
    """A request that is refused.

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

    def response(self) -> Response:
        """The answer."""
        body = {"status": self.status, "error": self.error}
        return JSONResponse(body, self.code, self.headers)


def bad_request(error: str) -> RefusedError:
    """The request's body is not what it has to be."""
    return RefusedError(HTTPStatus.BAD_REQUEST, "bad_request", error)


def wrong_parameter(error: str) -> RefusedError:
    """What stands behind the question mark is wrong."""
    return RefusedError(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong_parameter", error)


def too_large(max_bytes: int) -> RefusedError:
    """The body has too many bytes."""
    return picture_refused(Status.TOO_LARGE, f"the body is too large, the limit is {max_bytes:,} B")


def busy(error: str) -> RefusedError:
    """The same request may be answered a little later."""
    return RefusedError(HTTPStatus.SERVICE_UNAVAILABLE, "busy", error, _SOON)


def picture_refused(status: Status, error: str | None) -> RefusedError:
    """A single picture cannot be read; all but these statuses are the machine's fault."""
    code = _CODES.get(status)
    if code is None:
        return busy(error or status)
    return RefusedError(code, status, error or status)


async def http_response(request: Request, error: Exception) -> Response:
    """Answers what Starlette raises: unknown paths and wrong methods."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    return RefusedError(status, status.name.lower(), error.detail, error.headers).response()
