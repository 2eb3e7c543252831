"""Makes confidence mean what it says, and finds the confidence below which not to answer."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# The share of the given answers that may be wrong.
MAX_WRONG = 0.003

_TEMPERATURES = 0.1, 10.0
_THRESHOLDS = np.arange(50, 100) / 100


def softmax(logits: NDArray[np.floating], temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities out of logits that are divided by a temperature.

    Args:
        logits: Shape (n, answers).
        temperature: Above 0; above 1 makes the probabilities more even.

    Returns:
        float64 array of the same shape, whose rows sum to 1.
    """
    scaled = logits / np.float64(temperature)
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    """Finds the temperature with the smallest mean negative log-likelihood.

    Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", 2017, section 4.2.
    The likelihood is log-concave in the inverse of the temperature, so that the derivative's only
    zero is found by halving an interval.

    Args:
        logits: Shape (n, answers), of pictures that were not trained with; n at least 1.
        labels: Their labels, shape (n,).

    Returns:
        The temperature, from 0.1 to 10; a bound where the likelihood only falls towards it, as
        when each answer is right.
    """
    logits = logits.astype(np.float64)
    of_labels = logits[np.arange(len(labels)), labels].mean()
    low, high = np.log(_TEMPERATURES)
    for _ in range(50):
        middle = (low + high) / 2
        expected = (softmax(logits, np.exp(middle)) * logits).sum(axis=1).mean()
        # The more even the probabilities, the less is expected of the logits.
        if expected > of_labels:
            low = middle
        else:
            high = middle
    return float(np.exp((low + high) / 2))


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
        """The expected calibration error, from 0, perfectly calibrated, to 1."""
        gaps = self.counts * np.abs(self.confidence - self.accuracy)
        return float(gaps.sum() / self.counts.sum())


def reliability(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], bins: int = 15
) -> Reliability:
    """Puts pictures in bins by the probability of their most probable answer.

    Guo et al. 2017, section 2.

    Args:
        probabilities: Shape (n, answers), n at least 1.
        labels: Shape (n,); one that is none of the answers is never right.
        bins: Number of bins over 0 to 1.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    counts = np.bincount(bin_of, minlength=bins)
    sums = (np.bincount(bin_of, weights, bins) for weights in (confidence, right))
    return Reliability(counts, *(of_bin / np.maximum(counts, 1) for of_bin in sums))


def calibration_error(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer], bins: int = 15
) -> float:
    """The expected calibration error: how far confidence is from accuracy, on average.

    Guo et al. 2017, equation 3. Args are those of `reliability`.

    Returns:
        From 0, perfectly calibrated, to 1.
    """
    return reliability(probabilities, labels, bins).error


def digit_answers(
    probabilities: NDArray[np.floating], labels: NDArray[np.integer]
) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    """The answers that are digits, as the runtime gives them when no threshold holds it back.

    Args:
        probabilities: Shape (n, answers): ten digits, and "not a digit" where the model knows it.
        labels: Shape (n,); 10 is "not a digit".

    Returns:
        For each picture that is not refused as "not a digit": the confidence, the most probable
        digit's probability; and whether that digit is right.
    """
    digits = probabilities[:, :10]
    confidence = digits.max(axis=1)
    given = probabilities.max(axis=1) <= confidence
    return confidence[given], (digits.argmax(axis=1) == labels)[given]


def fit_threshold(
    confidence: NDArray[np.floating], right: NDArray[np.bool_], max_wrong: float = MAX_WRONG
) -> float:
    """Finds the smallest confidence from which on few enough answers are wrong.

    Args:
        confidence: Confidence of each answer, 0 to 1, shape (n,).
        right: Whether the answer is right, shape (n,).
        max_wrong: The share of the given answers that may be wrong, 0 to 1.

    Returns:
        A whole number of hundredths from 0.5, below which another answer may be more probable, to
        0.99, which is returned too where no threshold is high enough.
    """
    for threshold in _THRESHOLDS:
        given = confidence >= threshold
        if (given & ~right).sum() <= max_wrong * given.sum():
            break
    return float(threshold)


def calibration(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> dict[str, float]:
    """Fits temperature and threshold to the same pictures.

    Args:
        logits: Shape (n, answers), of pictures that were not trained with; n at least 1.
        labels: Their labels, shape (n,).

    Returns:
        `temperature`, `threshold`, and the calibration error `ece_before` and `ece_after`.
    """
    temperature = fit_temperature(logits, labels)
    probabilities = softmax(logits, temperature)
    return {
        "temperature": temperature,
        "threshold": fit_threshold(*digit_answers(probabilities, labels)),
        "ece_before": calibration_error(softmax(logits), labels),
        "ece_after": calibration_error(probabilities, labels),
    }
