"""What several commands take from their command lines."""

import argparse

_LARGEST_SEED = 2**31


def positive(text: str) -> int:
    """A whole number from 1, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {number}")
    return number


def seed(text: str) -> int:
    """A seed, for argparse."""
    number = int(text)
    if not 0 <= number <= _LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"must be from 0 to {_LARGEST_SEED}, not {number}")
    return number


# argparse names them in "invalid ... value".
positive.__name__ = "whole number"
seed.__name__ = "whole number"
