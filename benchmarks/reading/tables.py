"""The tables that are printed, in Markdown, row by row as they are measured."""

import statistics
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

import edgedigit
from benchmarks.bad_pictures import bad_pictures
from benchmarks.readers import Reader, edgedigit_reader
from benchmarks.reading.failures import Failures
from benchmarks.reading.scores import Outcome, calibration, lost, read_set, score
from benchmarks.reading.sets import NumberSet, Sample
from edgedigit.images import load_grey
from edgedigit.results import Refusal
from train.data.labelled import load_sets
from train.drawing.number_lines import SingleDigits, compose

_SINGLE_DIGIT_SETS = "natural", "holeduy_drawn", "kvenkman_drawn", "singles"
_TIMED_PAGES, _TIMED_LINES = 5, 50
# Of the part of a bad picture that is read by itself.
_CORNER_SIDE_PIXELS = 800


def print_numbers(
    sets: Iterable[NumberSet], readers: dict[str, Reader], failures: Failures | None
) -> dict[str, list[Outcome]]:
    """Reads all sets with all readers and prints a table.

    Returns:
        What edgedigit made of the composed lines ("composed") and of other people's ("real").
    """
    print(
        "| Numbers | Pictures | Lines | Reader | Exactly right | Right, but refused "
        "| Wrong, unflagged | Digits right | ms a picture |\n"
        "| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: |"
    )
    kept: dict[str, list[Outcome]] = {"composed": [], "real": []}
    for numbers in sets:
        called = dict(readers)
        if numbers.length is not None:
            called[f"edgedigit, length={numbers.length}"] = edgedigit_reader(numbers.length)
        outcomes = read_set(numbers, called, failures and failures.add)
        for row in numbers.rows:
            for name, done in outcomes.items():
                _print_row(row, name, [outcome for outcome in done if row in outcome.rows])
        for name, done in outcomes.items():
            _print_row(numbers.name, name, done)
        if numbers.source in kept:
            kept[numbers.source] += outcomes.get("edgedigit", [])
    return kept


def _print_row(name: str, reader: str, outcomes: Sequence[Outcome]) -> None:
    if not outcomes:
        return
    counted = score(outcomes)
    lines = counted.lines
    milliseconds = 1000 * statistics.median(outcome.seconds for outcome in outcomes)
    print(
        f"| {name} | {counted.pictures} | {lines} | {reader} | {counted.right / lines:.1%} "
        f"| {counted.right_refused / lines:.1%} | {counted.unflagged / lines:.1%} "
        f"| {1 - counted.edits / counted.signs:.2%} | {milliseconds:.1f} |",
        flush=True,
    )


def print_dark_objects(sets: Sequence[NumberSet], readers: dict[str, Reader]) -> None:
    """Reads the same lines without and with something dark beside them, and prints a table."""
    print("\n| Dark object | Lines | Right without | Right beside it | Lost |")
    print("| --- | ---: | ---: | ---: | ---: |")
    without, beside = (read_set(numbers, readers) for numbers in sets)
    for name, before in without.items():
        after = beside[name]
        right = [sum(outcome.is_right for outcome in done) for done in (before, after)]
        print(f"| {name} | {len(before)} | {right[0]} | {right[1]} | {lost(before, after)} |")


def print_lengths(sets: Iterable[NumberSet]) -> None:
    """Reads lines of another length than edgedigit is told, and prints a table."""
    print("\n| Written | Told | Lines | Refused for it | Refused otherwise | As long as told |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for numbers in sets:
        done = read_set(numbers, {"edgedigit": edgedigit_reader(numbers.length)})["edgedigit"]
        refusals = [outcome.answer.refusal for outcome in done]
        of_length = refusals.count(Refusal.LENGTH)
        otherwise = sum(refusal is not None for refusal in refusals) - of_length
        made_up = sum(
            outcome.answer.refusal is None and len(outcome.answer.text) == numbers.length
            for outcome in done
        )
        shares = (f"{count / len(done):.1%}" for count in (of_length, otherwise, made_up))
        print(f"| {numbers.name} | {numbers.length} | {len(done)} | {' | '.join(shares)} |")


def print_calibration(kept: dict[str, list[Outcome]]) -> None:
    """Prints how well confidence says how often whole texts are right."""
    # A page's confidence is that of many lines at once.
    composed = [outcome for outcome in kept["composed"] if "\n" not in outcome.text]
    of_parts = {
        "composed lines": composed,
        "other people's": kept["real"],
        "both": composed + kept["real"],
    }
    print(
        "\n| Confidence | Pictures | Expected calibration error, 15 bins |\n| --- | ---: | ---: |"
    )
    for name, outcomes in of_parts.items():
        if outcomes:
            print(f"| {name} | {len(outcomes)} | {calibration(outcomes).error:.2%} |")
    if not of_parts["both"]:
        return
    bins = calibration(of_parts["both"])
    print("\n| Bin | Pictures | Mean confidence | Right |\n| --- | ---: | ---: | ---: |")
    width = 1 / len(bins.counts)
    for place, (count, confidence, right) in enumerate(zip(*bins, strict=True)):
        span = f"{place * width:.2f} to {(place + 1) * width:.2f}"
        print(f"| {span} | {count} | {confidence:.1%} | {right:.1%} |")


def print_singles(folder: Path, failures: Failures | None) -> None:
    """Reads pictures of a single digit as numbers and prints a table."""
    print("\n| Single digits | Pictures | One digit is read | It is right |")
    print("| --- | ---: | ---: | ---: |")
    for part in load_sets(folder):
        if not part.name.startswith(_SINGLE_DIGIT_SETS):
            continue
        count = single = right = 0
        for place, (picture, label) in enumerate(zip(part.pictures, part.label_names, strict=True)):
            if not label.isdecimal():
                continue
            reading = edgedigit.read(picture)
            is_single = len(reading.digits) == 1
            count += 1
            single += is_single
            right += reading.text == label
            if failures and not is_single:
                failures.add_picture(part.name, place, Sample(load_grey(picture), label))
        if count:
            shares = f"{single / count:.1%} | {right / count:.1%}"
            print(f"| {part.name} | {count} | {shares} |", flush=True)


def print_times(digits: SingleDigits) -> None:
    """Times a large page and a line, and prints a table."""
    rng = np.random.default_rng(0)
    line = compose("apart", digits, rng, length=5, height=120, shape=(200, 1000))
    page = compose("pages", digits, rng, length=10, lines=20, height=80, shape=(4000, 3000))
    print("\n| Picture | Digits read | Median ms |")
    print("| --- | ---: | ---: |")
    for name, sample, times in (
        ("5 digits, 1,000 x 200", line, _TIMED_LINES),
        ("200 digits, 12 megapixels", page, _TIMED_PAGES),
    ):
        seconds = []
        for _ in range(times):
            started = time.perf_counter()
            reading = edgedigit.read(sample.picture)
            seconds.append(time.perf_counter() - started)
        print(f"| {name} | {len(reading.digits)} | {1000 * statistics.median(seconds):.1f} |")


def print_bad_pictures() -> None:
    """Reads pictures without a number, and a corner of each, and prints a table."""
    print("\n| No number | Pixels | Digits and marks | ? | Refused | Seconds |")
    print("| --- | ---: | ---: | ---: | --- | ---: |")
    for name, picture in _bad_pictures():
        started = time.perf_counter()
        reading = edgedigit.read(picture)
        seconds = time.perf_counter() - started
        signs = reading.text.replace("\n", "")
        unknown = signs.count("?")
        print(
            f"| {name} | {picture.size / 1e6:.1f} M | {len(signs) - unknown} | {unknown} "
            f"| {reading.refusal or 'no'} | {seconds:.2f} |",
            flush=True,
        )


def _bad_pictures() -> Iterator[tuple[str, np.ndarray]]:
    for name, whole in bad_pictures(np.random.default_rng(0)).items():
        yield name, whole
        yield f"{name}, a corner", whole[:_CORNER_SIDE_PIXELS, :_CORNER_SIDE_PIXELS]
