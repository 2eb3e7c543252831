"""The OpenAPI description, written by hand so that it says what is meant."""

from __future__ import annotations

from typing import Any, get_args

from edgedigit import __version__
from edgedigit.files.labelled import LABEL_NAMES
from edgedigit.images.region import REGION_PATTERN
from edgedigit.normalize import Ink, Turn
from edgedigit.results import MARKS, OTHER_SIGN, Refusal, Status
from edgedigit.web.query import MAX_DIGITS
from edgedigit.web.settings import ServerSettings
from edgedigit.web.uploads import MAX_FILES

_Json = dict[str, Any]

_SENT_FILE_STATUSES = [
    Status.OK,
    Status.REFUSED,
    Status.NOT_AN_IMAGE,
    Status.DAMAGED,
    Status.UNSUPPORTED,
    Status.TOO_LARGE,
    Status.OUTSIDE,
    Status.UNREADABLE,
]

_ERROR_WORDS = [
    *(Status.NOT_AN_IMAGE, Status.DAMAGED, Status.UNSUPPORTED, Status.TOO_LARGE, Status.OUTSIDE),
    *("bad_request", "unauthorized", "forbidden", "not_found", "method_not_allowed", "timeout"),
    *("wrong_parameter", "busy", "not_stored"),
]

_ERROR_REASONS = {
    400: "The body is empty, or no multipart that can be read, or the request is no HTTP.",
    401: "The server wants its token.",
    403: "The Host header names none of this machine's own names.",
    404: "There is nothing here.",
    408: "The request did not arrive in time.",
    413: "Too many bytes or pixels.",
    415: "No picture, or of a kind that cannot be read here.",
    422: "A wrong parameter, a damaged picture, or one that the region lies outside of.",
    503: "Too much to do, or no answer in time; it may be asked again.",
}
_UPLOAD_CODES = (400, 408, 413, 415, 422, 503)

_BYTES_SCHEMA = {"type": "string", "format": "binary"}


_DATA_URL_SCHEMA = {
    "type": "object",
    "properties": {"image": {"type": "string", "pattern": "^data:image/"}},
    "required": ["image"],
    "additionalProperties": False,
}


def description(settings: ServerSettings) -> _Json:
    """The description of a server, with its limits."""
    described: _Json = {
        "openapi": "3.1.0",
        "info": {
            "title": "edgedigit",
            "version": __version__,
            "description": "Reads handwritten digits. A request's body may have "
            f"{settings.max_bytes:,} bytes, and a picture {settings.max_pixels:,} pixels; "
            f"{settings.max_requests} requests for pictures are let in at once.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": _paths(settings),
        "components": {"schemas": _schemas(), "responses": _error_responses()},
    }
    if settings.token is not None:
        schemes = {"token": {"type": "http", "scheme": "bearer"}}
        described["components"]["securitySchemes"] = schemes
        described["security"] = [{"token": []}]
    return described


def _paths(settings: ServerSettings) -> _Json:
    open_to_all: _Json = {"security": []} if settings.token is not None else {}
    common = (403,) if settings.is_loopback or settings.allow_hosts else ()
    closed = common if settings.token is None else (401, *common)
    paths: _Json = {
        "/classify": {
            "post": {
                "operationId": "classify",
                "summary": "Reads one digit in each picture.",
                "parameters": [*_looks(), _flag("normalized", "Add the picture the network saw.")],
                "requestBody": _pictures(),
                "responses": _responses(
                    "What each picture shows.", _one_or_many("Digit"), *_UPLOAD_CODES, *closed
                ),
            }
        },
        "/read": {
            "post": {
                "operationId": "read",
                "summary": "Reads the number in each picture, line by line: digits, marks, and ? "
                "for all other signs.",
                "parameters": [
                    *_looks(),
                    _flag("spaces", "Put a space where a gap separates numbers."),
                    _parameter(
                        "length",
                        "How many digits there are; a picture that does not hold so many is "
                        "refused.",
                        {"type": "integer", "minimum": 1, "maximum": MAX_DIGITS},
                    ),
                    _flag("marks", "Read the marks . , - / : between digits.", default=True),
                ],
                "requestBody": _pictures(),
                "responses": _responses(
                    "What each picture shows.", _one_or_many("Number"), *_UPLOAD_CODES, *closed
                ),
            }
        },
        "/health": {
            "get": {
                "operationId": "health",
                "summary": "Whether the server answers, which it does under load too.",
                **open_to_all,
                "responses": _responses("It does.", _object({"status": {"const": "ok"}}), *common),
            }
        },
        "/info": {
            "get": {
                "operationId": "info",
                "summary": "Versions, the model, and the limits.",
                "responses": _responses("What the server is.", _reference("Info"), *closed),
            }
        },
        "/openapi.json": {
            "get": {
                "operationId": "openapi",
                "summary": "This description.",
                "responses": _responses("The description.", {"type": "object"}, *closed),
            }
        },
        "/metrics": {
            "get": {
                "operationId": "metrics",
                "summary": "Counts in Prometheus' text format.",
                "responses": {
                    "200": {
                        "description": "The counts.",
                        "content": {"text/plain": {"schema": {"type": "string"}}},
                    },
                    **_responses_of(closed),
                },
            }
        },
    }
    if settings.collect is not None:
        paths["/collect"] = {"post": _collect(closed)}
    return paths


def _collect(closed: tuple[int, ...]) -> _Json:
    label = {"enum": list(LABEL_NAMES)}
    return {
        "operationId": "collect",
        "summary": "Keeps a picture of which it is known what it shows.",
        "parameters": [{**_parameter("label", "What it shows.", label), "required": True}],
        "requestBody": {"required": True, "content": {"image/*": {"schema": _BYTES_SCHEMA}}},
        "responses": {
            "201": {
                "description": "It is kept.",
                "content": _json(
                    _object(
                        {
                            "path": {
                                "type": "string",
                                "pattern": r"^([0-9]|not-a-digit)/[0-9a-z.-]+$",
                            }
                        }
                    )
                ),
            },
            **_responses_of((*_UPLOAD_CODES, *closed)),
        },
    }


def _pictures() -> _Json:
    form = {
        "type": "object",
        "properties": {"file": {"type": "array", "items": _BYTES_SCHEMA, "maxItems": MAX_FILES}},
        "required": ["file"],
    }
    return {
        "required": True,
        "description": "The bytes of a picture, its data URL, or a form with files of any field "
        "names.",
        "content": {
            "image/*": {"schema": _BYTES_SCHEMA},
            "application/json": {"schema": _DATA_URL_SCHEMA},
            "application/octet-stream": {"schema": _BYTES_SCHEMA},
            "multipart/form-data": {"schema": form},
        },
    }


def _one_or_many(name: str) -> _Json:
    results = {"type": "array", "items": _reference(name), "minItems": 1, "maxItems": MAX_FILES}
    return {"oneOf": [_reference(name), _object({"results": results})]}


def _schemas() -> _Json:
    ten = {"type": "array", "items": _probability(), "minItems": 10, "maxItems": 10}
    digit = {
        "digit": _nullable({"type": "integer", "minimum": 0, "maximum": 9}),
        "confidence": _nullable(_probability()),
        "best": _nullable({"type": "integer", "minimum": 0, "maximum": 9}),
        "refusal": {"enum": [None, *Refusal]},
        "probabilities": _nullable(ten),
    }
    file = {
        "path": _nullable({"type": "string"}),
        "status": {"enum": _SENT_FILE_STATUSES},
        "error": _nullable({"type": "string"}),
        # The first page is read.
        "page": {"const": 1},
        "pages": {"type": "integer", "minimum": 1},
        "milliseconds": {"type": "number", "minimum": 0},
    }
    boxed = {"box": {"type": "array", "items": {"type": "integer"}, "minItems": 4, "maxItems": 4}}
    mark = {"text": {"enum": [*MARKS, OTHER_SIGN]}, "confidence": _probability(), **boxed}
    # 784 bytes, row by row, bright ink on 0.
    seen = {"type": "string", "contentEncoding": "base64", "minLength": 1048, "maxLength": 1048}
    return {
        "Digit": _object({**file, **digit}, {"normalized": _nullable(seen)}),
        "Number": _object(
            {
                **file,
                "text": _nullable({"type": "string", "pattern": r"^[0-9.,/:? \n-]*$"}),
                "confidence": _nullable(_probability()),
                "refusal": {"enum": [None, *Refusal]},
                "digits": _nullable({"type": "array", "items": _object({**digit, **boxed})}),
                "marks": _nullable({"type": "array", "items": _object(mark)}),
                "turned": {"enum": [None, 0, 90, 180, 270]},
            }
        ),
        "Info": _object(
            {
                "versions": {"type": "object", "additionalProperties": {"type": "string"}},
                "model": _object(
                    {
                        "name": _nullable({"type": "string"}),
                        "version": _nullable({"type": "string"}),
                        "threshold": _probability(),
                    }
                ),
                "collect": {"type": "boolean"},
                "limits": _object(
                    {
                        name: {"type": "integer", "minimum": 1}
                        for name in ("bytes", "pixels", "files", "requests", "seconds")
                    }
                ),
            }
        ),
        "Error": _object({"status": {"enum": _ERROR_WORDS}, "error": {"type": "string"}}),
    }


def _error_responses() -> _Json:
    responses: _Json = {
        _error_name(code): {"description": reason, "content": _json(_reference("Error"))}
        for code, reason in _ERROR_REASONS.items()
    }
    responses[_error_name(401)]["headers"] = {"WWW-Authenticate": {"schema": {"const": "Bearer"}}}
    responses[_error_name(503)]["headers"] = {
        "Retry-After": {"description": "Seconds.", "schema": {"type": "string"}}
    }
    return responses


def _responses(reason: str, schema: _Json, *errors: int) -> _Json:
    success = {"description": reason, "content": _json(schema)}
    return {"200": success, **_responses_of(errors)}


def _responses_of(errors: tuple[int, ...]) -> _Json:
    return {
        str(code): {"$ref": f"#/components/responses/{_error_name(code)}"}
        for code in sorted(errors)
    }


def _error_name(code: int) -> str:
    return f"Error{code}"


def _looks() -> list[_Json]:
    """The parameters for how pictures are looked at."""
    return [
        _parameter(
            "ink",
            "How the ink is, compared to the paper.",
            {"enum": list(get_args(Ink)), "default": "auto"},
        ),
        _parameter(
            "region",
            "Look at this part: left,top,right,bottom in pixels, or in shares where one has a "
            "point, as 0.5,0,1,1.",
            {"type": "string", "pattern": REGION_PATTERN},
        ),
        _parameter(
            "turn",
            "auto: read pictures too that are turned by a quarter, or two, beyond what their "
            "EXIF data says.",
            {"enum": list(get_args(Turn)), "default": "exif"},
        ),
    ]


def _flag(name: str, meaning: str, default: bool = False) -> _Json:
    return _parameter(name, meaning, {"type": "boolean", "default": default})


def _parameter(name: str, meaning: str, schema: _Json) -> _Json:
    return {"name": name, "in": "query", "description": meaning, "schema": schema}


def _object(required: _Json, optional: _Json | None = None) -> _Json:
    """An object of these properties and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def _nullable(schema: _Json) -> _Json:
    return {"oneOf": [schema, {"type": "null"}]}


def _probability() -> _Json:
    return {"type": "number", "minimum": 0, "maximum": 1}


def _reference(name: str) -> _Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: _Json) -> _Json:
    return {"application/json": {"schema": schema}}
