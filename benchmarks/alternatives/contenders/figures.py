"""Accuracy and speed of a contender once it runs."""

import os
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np
from base import Answer, Reader

_ACCURACY_BATCH_PICTURES = 100
_TURNS = 200


def accuracy(
    contender: Reader, arrays: str, labels: str, jpegs: str | None, blank: str, letters: str | None
) -> dict[str, float | None]:
    """Shares of right and of refused answers.

    Args:
        contender: Who is asked.
        arrays: An .npy file of digits, uint8 of shape (n, 28, 28).
        labels: An .npy file of what they show.
        jpegs: A folder of files that show the same, in order; None where it cannot read them.
        blank: A PNG file of blank paper.
        letters: An .npy file of letters, uint8 of shape (m, 28, 28), or None.
    """
    digits = np.load(labels).tolist()
    shares = _shares(
        "arrays", contender.read_arrays(np.load(arrays), _ACCURACY_BATCH_PICTURES), digits
    )
    if jpegs:
        files = sorted(entry.path for entry in os.scandir(jpegs))
        shares |= _shares("jpegs", contender.read_files(files), digits)
    shares["blank_refused"] = contender.read_file(blank)[1]
    if letters:
        answers = contender.read_arrays(np.load(letters), _ACCURACY_BATCH_PICTURES)
        shares["letters_refused"] = sum(is_refused for _, is_refused in answers) / len(answers)
    return shares


def _shares(name: str, answers: list[Answer], digits: list[int]) -> dict[str, float]:
    right = [answer == digit for (answer, _), digit in zip(answers, digits, strict=True)]
    refused = [is_refused for _, is_refused in answers]
    return {name: sum(right) / len(right), f"{name}_refused": sum(refused) / len(refused)}


def speed(
    contender: Reader,
    seconds: float,
    cpu_time: bool,
    arrays: str | None = None,
    batches: Sequence[int] = (),
    count: int = 0,
    greys: str | None = None,
    photo: str | None = None,
) -> dict[str, Any]:
    """Medians of many calls, of what there are arguments for.

    Args:
        contender: Who is asked.
        seconds: How long each kind of call is repeated, at least.
        cpu_time: Count the processor's time, not the clock's.
        arrays: An .npy file of digits, uint8 of shape (n, 28, 28): microseconds for one.
        batches: Sizes of batches to try: pictures a second with each.
        count: How many pictures are read in batches.
        greys: An .npy file of large grey pictures: microseconds for one.
        photo: A JPEG file of 12 megapixels: milliseconds.
    """
    clock = time.process_time if cpu_time else time.perf_counter
    taken: dict[str, Any] = {}
    if arrays:
        digits = np.load(arrays)
        pictures = digits[:_TURNS]
        if contender.has_model:
            inputs = [contender.prepare(pictures[i : i + 1]) for i in range(len(pictures))]
            taken["model_us"] = 1e6 * _timed(contender.run, inputs, seconds, clock)
        if count:
            taken["classify_us"] = 1e6 * _timed(contender.read_array, pictures, seconds, clock)
            many = np.resize(digits, (count, *digits.shape[1:]))
            taken["batch_per_s"] = {
                str(batch): count / _once(contender, many, batch, clock) for batch in batches
            }
    if greys:
        taken["grey_us"] = 1e6 * _timed(contender.read_array, np.load(greys), seconds, clock)
    if photo:
        taken["photo_ms"] = 1e3 * _timed(contender.read_file, [photo], seconds, clock)
    return taken


def _timed(
    call: Callable[[Any], object],
    arguments: Sequence[Any],
    seconds: float,
    clock: Callable[[], float],
) -> float:
    # Once to warm up.
    call(arguments[0])
    times: list[float] = []
    end = clock() + seconds
    while len(times) < 3 or clock() < end:
        argument = arguments[len(times) % len(arguments)]
        started = clock()
        call(argument)
        times.append(clock() - started)
    return median(times)


def _once(contender: Reader, pictures: np.ndarray, batch: int, clock: Callable[[], float]) -> float:
    contender.read_arrays(pictures[:batch], batch)
    started = clock()
    contender.read_arrays(pictures, batch)
    return clock() - started
