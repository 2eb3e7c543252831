"""Accuracy and speed of a contender once it runs."""

import os
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from base import Answer, Grey, Reader

_ACCURACY_BATCH_PICTURES = 100
_OTHER_WORK_BYTES = 1 << 21


def accuracy(
    contender: Reader, sets: dict[str, str], jpegs: str, labels: list[int], blank: str
) -> dict[str, float]:
    """Shares of right answers, refused or not, and of refusals.

    Args:
        contender: Who is asked.
        sets: Names, and files of `save_pictures`; the labels of what is no digit are 10.
        jpegs: A folder of files.
        labels: What they show, in order.
        blank: A PNG file of blank paper.
    """
    shares = {}
    for name, path in sets.items():
        with np.load(path) as arrays:
            digits = arrays["labels"].tolist()
        answers = contender.read_arrays(load_pictures(path), _ACCURACY_BATCH_PICTURES)
        shares |= _shares(name, answers, digits)
    files = sorted(entry.path for entry in os.scandir(jpegs))
    shares |= _shares("jpegs", contender.read_files(files[: len(labels)]), labels)
    return shares | {"blank_refused": contender.read_files([blank])[0][1]}


def _shares(name: str, answers: list[Answer], digits: list[int]) -> dict[str, float]:
    right = [answer == digit for (answer, _), digit in zip(answers, digits, strict=True)]
    refused = [is_refused for _, is_refused in answers]
    return {name: sum(right) / len(right), f"{name}_refused": sum(refused) / len(refused)}


def load_pictures(path: str, most: int | None = None) -> list[Grey]:
    """The first pictures of an .npz file whose arrays are called 0, 1, 2 and so on."""
    with np.load(path) as arrays:
        names = [name for name in arrays.files if name != "labels"]
        return [arrays[name] for name in names[:most]]


def speed(
    contender: Reader, kinds: dict[str, tuple[str, str, int]], many: str | None, batches: list[int]
) -> dict[str, Any]:
    """Microseconds of single calls, and pictures a second in batches.

    Args:
        contender: Who is asked.
        kinds: Names of kinds of pictures; the method that is called with each, the file of the
            pictures, and how often it is called.
        many: An .npy file of pictures of 28 x 28 for batches, or None.
        batches: Sizes of batches, of which the best counts.
    """
    taken = {}
    for name, (method, path, count) in kinds.items():
        pictures = load_pictures(path, count)
        call = getattr(contender, method)
        # What takes seconds is called once: a corner warms up enough.
        call(pictures[0] if count > 1 else pictures[0][:256, :256])
        times = np.array([_timed(call, pictures[place % len(pictures)]) for place in range(count)])
        for suffix, values in (("", times[:, 0]), ("_wall", times[:, 1])):
            taken[f"{name}_mean_us{suffix}"] = values.mean()
            taken[f"{name}_median_us{suffix}"] = np.median(values)
            taken[f"{name}_p95_us{suffix}"] = np.percentile(values, 95)
    if many:
        pictures = np.load(many)
        taken |= _batches(contender, pictures, batches)
    return taken


_other_work = np.zeros(_OTHER_WORK_BYTES, np.uint8)


def _timed(call: Any, picture: Grey) -> tuple[float, float]:
    """Microseconds of the processor and of the clock that a call takes, after other work."""
    # An application does more than read digits: what a hot loop keeps in the caches is gone.
    _other_work.sum()
    sorted(str(number) for number in range(300))
    wall, cpu = time.perf_counter(), time.process_time()
    call(picture)
    return 1e6 * (time.process_time() - cpu), 1e6 * (time.perf_counter() - wall)


def _batches(contender: Reader, pictures: Grey, sizes: Sequence[int]) -> dict[str, float]:
    rates = []
    for size in sizes:
        contender.read_arrays(pictures[: 2 * size], size)
        wall, cpu = time.perf_counter(), time.process_time()
        contender.read_arrays(pictures, size)
        seconds = time.process_time() - cpu, time.perf_counter() - wall
        rates.append([len(pictures) / taken for taken in seconds])
    best = max(rates)
    return {"batch_per_s": best[0], "batch_per_s_wall": best[1]}
