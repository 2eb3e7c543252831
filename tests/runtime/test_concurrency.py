"""One classifier in many threads and processes: the same answers everywhere, and no hang."""

import os
import pickle
import signal
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest

import edgedigit
from edgedigit import Classifier, Prediction, Reading
from tests.support.command import start_python
from tests.support.marks import posix_only
from tests.support.picture_files import png_file
from train.drawing.characters import draw_digits, draw_non_digits

# More than two blocks of the network, with blank pictures and letters among them.
DICE = np.random.default_rng(8)
PICTURES = [
    *draw_digits(np.arange(65) % 10, DICE),
    np.full((30, 40), 255, np.uint8),
    *draw_non_digits("letters", 4, DICE),
]


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scans")
    for index, picture in enumerate(PICTURES):
        (folder / f"{index:02}.png").write_bytes(png_file(picture))
    return folder


@pytest.fixture(scope="module")
def expected() -> list[Prediction]:
    """One by one, in one thread of this process."""
    classifier = Classifier()
    answers = [classifier.classify(picture) for picture in PICTURES]
    assert len({answer.digit for answer in answers}) == 11
    return answers


def run(program: str, scans: Path, tmp_path: Path, *arguments: str) -> list[list[Prediction]]:
    """What a program returns; it has to end within a minute, and to print nothing."""
    answers, printed = tmp_path / "answers", tmp_path / "printed"
    with printed.open("wb") as file:
        process = start_python(
            *("-m", "tests.support.concurrent_programs", program, scans, answers, *arguments),
            # No pipe: a child that hangs would keep it open.
            stdout=file,
            stderr=file,
            # A group of its own, so that children that hang are ended with it.
            start_new_session=True,
        )
        try:
            status = process.wait(60)
        except subprocess.TimeoutExpired:
            pytest.fail(f"{program} hangs: {printed.read_text()}")
        finally:
            end(process)
    assert (status, printed.read_text()) == (0, "")
    return pickle.loads(answers.read_bytes())


def end(process: subprocess.Popen[bytes]) -> None:
    if os.name != "posix":
        process.kill()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait(60)


def digits(answers: list[Prediction]) -> list[tuple[object, ...]]:
    return [(answer.digit, answer.best, answer.refusal) for answer in answers]


def check(answers: list[list[Prediction]], expected: list[Prediction], threads: int = 1) -> None:
    assert answers
    for answer in answers:
        if threads == 1:
            assert answer == expected
        else:
            # How a sum is split among threads shows in its last bits.
            assert digits(answer) == digits(expected)


@pytest.mark.parametrize(
    "program",
    [
        "first_moment",
        "iterators_in_turn",
        "abandoned",
        "closed",
        "suspended_at_exit",
        "suspended_in_a_daemon_at_exit",
        "suspended_in_a_cycle",
        "event_loop",
        *(pytest.param(name, marks=posix_only) for name in ("copies", "fork_beside_an_iterator")),
    ],
)
def test_the_answers_are_the_same(program, scans, expected, tmp_path):
    check(run(program, scans, tmp_path), expected)


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    "program",
    [
        "one_for_eight_threads",
        *(
            pytest.param(name, marks=posix_only)
            for name in ("fork_after_use", "inherited_by_a_pool")
        ),
        pytest.param("fork_beside_threads", marks=[posix_only, pytest.mark.slow]),
    ],
)
def test_the_answers_are_the_same_whatever_the_threads(program, threads, scans, expected, tmp_path):
    check(run(program, scans, tmp_path, str(threads)), expected, threads)


@pytest.mark.parametrize(
    ("method", "threads"),
    [
        ("spawn", 1),
        *(pytest.param(*how, marks=posix_only) for how in (("forkserver", 1), ("fork", 2))),
    ],
)
@pytest.mark.parametrize("program", ["as_argument", "as_initialiser"])
def test_worker_processes_give_the_same_answers(
    program, method, threads, scans, expected, tmp_path
):
    check(run(program, scans, tmp_path, method, str(threads)), expected, threads)


@pytest.mark.parametrize("scale", [1, 12], ids=["small", "large"])
def test_an_array_that_changes_during_the_call(scale):
    digits = [
        np.kron(one, np.ones((scale, scale), np.uint8))
        for one in draw_digits([1, 8], np.random.default_rng(4))
    ]
    picture, is_over = digits[0].copy(), threading.Event()

    def change():
        while not is_over.is_set():
            for digit in (*digits, 255 - digits[1]):
                picture[: len(digit)] = digit

    changing = threading.Thread(target=change)
    changing.start()
    try:
        for _ in range(20):
            assert isinstance(edgedigit.classify(picture), Prediction)
            assert isinstance(edgedigit.read(picture), Reading)
    finally:
        is_over.set()
        changing.join(timeout=60)
