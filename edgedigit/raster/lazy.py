"""Attributes that are computed when they are first asked for."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")


class Lazy(Generic[_T]):
    """A method made an attribute, computed once for each object; threads may compute it twice.

    `functools.cached_property` has a lock in Python 3.11, one for all objects: threads wait for
    each other, and a child that is forked while one of them computes waits for ever.
    """

    def __init__(self, compute: Callable[[Any], _T]) -> None:
        """Decorates a method without arguments."""
        self._compute = compute
        self.__doc__ = compute.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        """Learns the attribute's name."""
        self._name = name

    def __get__(self, instance: object, owner: type) -> _T:
        """Computes the value, and leaves it where Python looks first from then on."""
        value = vars(instance)[self._name] = self._compute(instance)
        return value
