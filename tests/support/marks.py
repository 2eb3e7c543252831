"""Tests that only some systems can run, and those that run apart since they take long."""

import os
import platform
from collections.abc import Iterable

import pytest

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")
linux_only = pytest.mark.skipif(platform.system() != "Linux", reason="needs Linux")


def slow_but(quick: int, values: Iterable[object]) -> list[object]:
    """Values of a parameter, of which only the first so many are tested with the quick tests."""
    return [
        value if place < quick else pytest.param(value, marks=pytest.mark.slow)
        for place, value in enumerate(values)
    ]
