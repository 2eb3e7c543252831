"""What the other things in a line say of one: among digits it is one too, among letters hardly."""

import numpy as np
from numpy.typing import NDArray

# The share of things that are no digits in what the model learned from (the mixture of
# train/recipes): what its answers take for granted.
_LEARNED = 0.2
# For how many things in a line that share counts.
_WEIGHT = 1.0
# Rounds until the shares hardly change.
_ROUNDS = 4
# Answers are never surer than this of what is a digit.
_SURE = 1e-6


def in_context(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the network would say of the things in a line if it knew how many are no digits.

    How large that share is, the other things in the line tell, by the adjustment to new a priori
    probabilities of Saerens, Latinne and Decaestecker ("Adjusting the outputs of a classifier to
    new a priori probabilities: a simple procedure", Neural Computation 14, 2002), with the share
    among what the model learned from as one more thing. A thing alone stays as it was; which
    digit it is rather than another one does not change.

    Args:
        rows: float32 of shape (n, labels), the probabilities of ten digits, and then perhaps of
            "not a digit"; each row sums to 1.

    Returns:
        The same shape, dtype and sums; the very rows where the model does not know "not a digit".
    """
    if rows.shape[1] == 10:
        return rows
    said = np.clip(rows[:, 10].astype(np.float64), _SURE, 1 - _SURE)
    others = said
    for _ in range(_ROUNDS):
        share = (_WEIGHT * _LEARNED + others.sum() - others) / (_WEIGHT + len(rows) - 1)
        odds = said / (1 - said) * (share / (1 - share)) / (_LEARNED / (1 - _LEARNED))
        others = np.maximum(odds / (1 + odds), _SURE)
    digits = rows[:, :10] / np.maximum(rows[:, :10].sum(axis=1, keepdims=True), _SURE)
    adjusted = np.column_stack([digits * (1 - others)[:, None], others])
    return adjusted.astype(np.float32)
