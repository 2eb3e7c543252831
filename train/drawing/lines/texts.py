"""What people write in a line: numbers, amounts, dates, formulas."""

import numpy as np

from edgedigit.results import MARKS

Rng = np.random.Generator

_MAX_SIGNS = 14
# Dashes fill what is left of the line, so that nobody writes further digits there.
_AFTER_AMOUNTS = "", "-", "?", ".-", ",-", "/-", "??"
_AFTER_AMOUNT_SHARES = 0.55, 0.15, 0.1, 0.06, 0.04, 0.06, 0.04


def random_text(rng: Rng) -> str:
    """A text as people write it in a line; a space is a wide gap, "?" any other sign."""
    kind = rng.random()
    if kind < 0.4:
        text = _digits(rng, int(rng.integers(1, 11)))
        if rng.random() < 0.2 and len(text) > 2:
            cut = int(rng.integers(1, len(text)))
            text = f"{text[:cut]} {text[cut:]}"
    elif kind < 0.62:
        text = _amount(rng)
    elif kind < 0.75:
        text = _date(rng)
    elif kind < 0.83:
        signs = rng.choice(list("0123456789" * 2 + MARKS * 2 + "?"), int(rng.integers(2, 10)))
        text = "".join(signs)
    elif kind < 0.95:
        text = _formula(rng)
    elif kind < 0.98:
        text = "?" * int(rng.integers(1, 8))
    else:
        text = ""
    return text[:_MAX_SIGNS]


def _digits(rng: Rng, count: int) -> str:
    digits = rng.integers(0, 10, count)
    if rng.random() < 0.2:  # repeated ones, above all zeros, touch most often
        digits[rng.random(count) < 0.6] = 0 if rng.random() < 0.6 else digits[0]
    if rng.random() < 0.15:  # a 1 at either end is what a rule beside the number looks like
        digits[-int(rng.integers(2))] = 1
    return "".join(map(str, digits))


def _amount(rng: Rng) -> str:
    separator, point = rng.permutation([".", ",", " "])[:2]
    point = point.replace(" ", ".")
    text = _digits(rng, int(rng.integers(1, 4)))
    while rng.random() < 0.45 and len(text) < 8:
        text += separator + _digits(rng, 3)
    if rng.random() < 0.5:
        text += point + _digits(rng, int(rng.integers(1, 4)))
    before = rng.random()
    text = ("-" if before < 0.2 else "?" if before < 0.3 else "") + text
    return text + str(rng.choice(_AFTER_AMOUNTS, p=_AFTER_AMOUNT_SHARES))


def _date(rng: Rng) -> str:
    join = str(rng.choice(list("/.-:")))
    parts = int(rng.integers(2, 4))
    return join.join(_digits(rng, int(rng.choice([1, 2, 2, 2, 4]))) for _ in range(parts))


def _formula(rng: Rng) -> str:
    text = _digits(rng, int(rng.integers(1, 3)))
    for _ in range(int(rng.integers(1, 4))):
        sign = str(rng.choice(list("????-/:")))
        text += sign + ("?" if rng.random() < 0.25 else "") + _digits(rng, int(rng.integers(1, 3)))
    if rng.random() < 0.3:
        text = "?" + text
    return text + ("?" if rng.random() < 0.3 else "")
