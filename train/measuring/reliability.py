"""How confident answers are and how often they are right."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_BIN_COUNT = 15


class Reliability(NamedTuple):
    """How confident answers are and how often they are right, in bins of equal width.

    Attributes:
        counts: Answers in each bin, int64 of shape (bins,).
        confidence: Their mean confidence, float64 of shape (bins,); 0 where there are none.
        accuracy: The share of them that is right, of the same shape; 0 where there are none.
    """

    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @property
    def error(self) -> float:
        """The expected calibration error, from 0, perfectly calibrated, to 1.

        How far confidence is from accuracy, on average.
        """
        gaps = self.counts * np.abs(self.confidence - self.accuracy)
        return float(gaps.sum() / self.counts.sum())


def reliability(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> Reliability:
    """Puts pictures in bins by the probability of their most probable answer.

    Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", 2017, section 2.

    Args:
        probabilities: Shape (n, answers), n at least 1.
        labels: Shape (n,); one that is none of the answers is never right.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * _BIN_COUNT).astype(int), _BIN_COUNT - 1)
    counts = np.bincount(bin_of, minlength=_BIN_COUNT)
    sums = (np.bincount(bin_of, weights, _BIN_COUNT) for weights in (confidence, right))
    return Reliability(counts, *(of_bin / np.maximum(counts, 1) for of_bin in sums))
