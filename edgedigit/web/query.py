"""The parameters behind the question mark, checked to the letter."""

import re
from collections.abc import Collection
from typing import TypeVar, get_args

from starlette.requests import Request

from edgedigit.files.labelled import LABEL_NAMES
from edgedigit.images.region import Region, parse_region
from edgedigit.normalize import Ink, Turn
from edgedigit.web.errors import wrong_parameter

# More than a sheet of paper has room for.
MAX_DIGITS = 10_000

_FLAG_VALUES = {"true": True, "false": False}

_T = TypeVar("_T")


def check_names(request: Request, names: Collection[str]) -> None:
    """Raises `RequestError` for a parameter that is none of these, or is there twice."""
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if name not in names:
            known = ", ".join(names) or "none"
            raise wrong_parameter(f"there is no parameter {name!r} here, but {known}")
        if given.count(name) > 1:
            raise wrong_parameter(f"{name} is given more than once")


def ink(request: Request) -> Ink:
    """The parameter `ink`: how the ink is, compared to the paper."""
    return _one_of(request, "ink", {value: value for value in get_args(Ink)}, "auto")


def region(request: Request) -> Region | None:
    """The parameter `region`: the part of a picture that is looked at; None is all of it."""
    text = request.query_params.get("region")
    try:
        return None if text is None else parse_region(text)
    except ValueError as error:
        raise wrong_parameter(f"region: {error}") from error


def turn(request: Request) -> Turn:
    """The parameter `turn`: whether a picture that is turned by a quarter is read too."""
    return _one_of(request, "turn", {value: value for value in get_args(Turn)}, "exif")


def flag(request: Request, name: str, default: bool = False) -> bool:
    """A parameter that is true or false."""
    return _one_of(request, name, _FLAG_VALUES, "true" if default else "false")


def label(request: Request) -> str:
    """The parameter `label`: what a picture shows, one of `LABEL_NAMES`."""
    return _one_of(request, "label", {name: name for name in LABEL_NAMES}, "")


def length(request: Request) -> int | None:
    """The parameter `length`: how many digits there are; None where it is not given."""
    text = request.query_params.get("length")
    if text is None:
        return None
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= MAX_DIGITS:
        raise wrong_parameter(f"length is not a whole number from 1 to {MAX_DIGITS}")
    return int(text)


def _one_of(request: Request, name: str, values: dict[str, _T], default: str) -> _T:
    text = request.query_params.get(name, default)
    if text not in values:
        raise wrong_parameter(f"{name} is not one of {', '.join(values)}")
    return values[text]
