"""Makes confidence mean what it says, and finds the confidence below which not to answer."""

import numpy as np
from numpy.typing import NDArray

from train.measuring.reliability import reliability
from train.measuring.scored import score_probabilities

MAX_WRONG_SHARE = 0.003

_TEMPERATURE_BOUNDS = 0.1, 10.0
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
    low, high = np.log(_TEMPERATURE_BOUNDS)
    for _ in range(50):
        middle = (low + high) / 2
        expected = (softmax(logits, np.exp(middle)) * logits).sum(axis=1).mean()
        # The more even the probabilities, the less is expected of the logits.
        if expected > of_labels:
            low = middle
        else:
            high = middle
    return float(np.exp((low + high) / 2))


def fit_threshold(
    confidence: NDArray[np.floating], right: NDArray[np.bool_], max_wrong: float = MAX_WRONG_SHARE
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


def fit_calibration(logits: NDArray[np.floating], labels: NDArray[np.integer]) -> dict[str, float]:
    """Fits temperature and threshold to the same pictures.

    Args:
        logits: Shape (n, answers), of pictures that were not trained with; n at least 1.
        labels: Their labels, shape (n,).

    Returns:
        `temperature`, `threshold`, and the calibration error `ece_before` and `ece_after`.
    """
    temperature = fit_temperature(logits, labels)
    probabilities = softmax(logits, temperature)
    scored = score_probabilities("", probabilities, labels)
    return {
        "temperature": temperature,
        "threshold": fit_threshold(scored.confidence[scored.given], scored.right[scored.given]),
        "ece_before": reliability(softmax(logits), labels).error,
        "ece_after": reliability(probabilities, labels).error,
    }
