"""The figures that follow from how often each answer was given to each label.

A matrix is an array of whole numbers of shape (11, 11): a row for each digit and for what is no
digit, a column for each digit and for refusals.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgedigit.files.labelled import LABEL_NAMES
from edgedigit.results import NOT_A_DIGIT

Matrix = NDArray[np.int64]

LABEL_COUNT = len(LABEL_NAMES)


def figures(matrix: Matrix) -> dict[str, Any]:
    """Counts and shares over all labels.

    Returns:
        `pictures`; `digits`, how many of them show one; `given`, how many were given a digit, and
        of these `given_right` and `given_wrong`; `refused`, how many of the digits were not;
        `others`, how many show none, and `others_refused`; the shares `right_of_digits` and
        `wrong_of_given`, 0 to 1, None where there is nothing of which they were shares.
    """
    given = int(matrix[:, :NOT_A_DIGIT].sum())
    given_right = int(matrix.diagonal()[:NOT_A_DIGIT].sum())
    digits = int(matrix[:NOT_A_DIGIT].sum())
    return {
        "pictures": int(matrix.sum()),
        "digits": digits,
        "given": given,
        "given_right": given_right,
        "given_wrong": given - given_right,
        "refused": int(matrix[:NOT_A_DIGIT, NOT_A_DIGIT].sum()),
        "others": int(matrix[NOT_A_DIGIT].sum()),
        "others_refused": int(matrix[NOT_A_DIGIT, NOT_A_DIGIT]),
        "right_of_digits": share(given_right, digits),
        "wrong_of_given": share(given - given_right, given),
    }


def label_figures(matrix: Matrix) -> list[dict[str, Any]]:
    """The figures of each label that occurs or was answered.

    Returns:
        Entries with `label`, `count`, `right` (read as what they are; what is no digit: refused),
        `refused`, `precision` (the share of right ones among all that was read so) and `recall`
        (the share of this label's pictures that is right); None where there is nothing to share.
    """
    counts, reads, right = matrix.sum(axis=1), matrix.sum(axis=0), matrix.diagonal()
    return [
        {
            "label": LABEL_NAMES[label],
            "count": int(counts[label]),
            "right": int(right[label]),
            "refused": int(matrix[label, NOT_A_DIGIT]),
            "precision": share(int(right[label]), int(reads[label])),
            "recall": share(int(right[label]), int(counts[label])),
        }
        for label in range(LABEL_COUNT)
        if counts[label] or (reads[label] and label != NOT_A_DIGIT)
    ]


def share(part: int, whole: int) -> float | None:
    """A part of a whole, 0 to 1, or None where there is nothing to share."""
    return part / whole if whole else None


def shown_labels(matrix: Matrix) -> list[int]:
    """The rows that are worth showing: all digits, and what is none where there is any."""
    return [label for label in range(LABEL_COUNT) if label != NOT_A_DIGIT or matrix[label].any()]
