"""A second look at pictures of one digit of which the network of digits is not sure."""

import base64
import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("PIL", reason="scenes are drawn with Pillow")

from PIL import Image

import edgedigit
from benchmarks.digit_scenes import BELOW, EMPTY, SCENES, TOUCHING, scenes
from benchmarks.scenes import QUARTER_TURN, answer, figures
from benchmarks.sheets import file_name
from edgedigit import Classifier, Refusal, classifier
from edgedigit.lines import lone_digit
from edgedigit.normalize import Turn
from tests.support.paths import ROOT
from train.drawing.characters import draw_digits, draw_non_digits

Picture = NDArray[np.uint8]

GOLDEN_SCENES = ROOT / "tests" / "golden" / "scenes"
DIGITS = np.array([2, 3, 5, 6, 7, 8, 0, 4])
DRAWN = draw_digits(DIGITS, np.random.default_rng(3), 28)


@pytest.mark.parametrize("name", SCENES)
def test_a_digit_is_read_in_its_scene(name: str) -> None:
    made = scenes(name, DRAWN, DIGITS, seed=5)
    _, given, wrong = figures(made, [answer(name, scene) for scene in made])
    assert given >= 6
    assert wrong <= (2 if name in (EMPTY, TOUCHING) else 1)


@pytest.mark.parametrize("name", SCENES)
def test_golden_scenes(name: str) -> None:
    # `python -m tests.golden.make` writes them anew.
    (file,) = GOLDEN_SCENES.glob(f"{file_name(name)}_*.jpg")
    label = file.stem.rpartition("_")[2]
    turn: Turn = "auto" if name == QUARTER_TURN else "exif"
    digit = edgedigit.classify(file, turn=turn).digit
    assert digit == (None if label == "none" else int(label))


def test_a_ring_is_no_0_before_all_looks_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.arange(400) % 10
    drawn = draw_digits(labels, np.random.default_rng(7), 28)
    made = scenes("in a circle", drawn[:80], labels[:80], seed=1)
    quick = [edgedigit.classify(scene.picture).digit for scene in made]
    monkeypatch.setattr(lone_digit, "_MIN_EXPECTED_PROBABILITY", np.inf)
    assert quick == [edgedigit.classify(scene.picture).digit for scene in made]


def test_digits_that_touch_are_several_where_the_ink_is_doubtful() -> None:
    labels = np.arange(200) % 10
    drawn = draw_digits(labels, np.random.default_rng(11), 28)
    made = scenes(TOUCHING, drawn, labels, seed=2)
    answers = [edgedigit.classify(scene.picture) for scene in made]
    assert np.mean([answer.digit is not None for answer in answers]) <= 0.1
    # Who refuses nothing gets the digit that would have been given.
    lenient = Classifier(min_confidence=0.0)
    several = [
        (answer, lenient.classify(scene.picture))
        for scene, answer in zip(made, answers, strict=True)
        if answer.refusal is Refusal.SEVERAL and answer.confidence >= 0.8
    ]
    assert sum(again.digit == answer.best for answer, again in several) >= 3


@pytest.mark.parametrize("turn", ["exif", "auto"])
def test_digits_close_below_each_other_are_several(turn: Turn) -> None:
    labels = np.arange(100) % 10
    drawn = draw_digits(labels, np.random.default_rng(12), 28)
    # 1 on 1 and 7 on 1 are a 1 and a 7 of seven segments.
    pairs = [(labels[i], labels[j]) for i, j in itertools.pairwise([*range(100), 0])]
    made = scenes(BELOW, drawn, labels, seed=2)
    pictures = [
        scene.picture
        for scene, pair in zip(made, pairs, strict=True)
        if pair not in ((1, 1), (7, 1))
    ]
    answers = edgedigit.classify_batch(pictures, turn=turn)
    assert sum(answer.refusal is Refusal.SEVERAL for answer in answers) >= 0.85 * len(answers)
    assert sum(answer.digit is not None for answer in answers) <= 0.05 * len(answers)
    # Who refuses nothing gets what the network of digits says.
    lenient = Classifier(min_confidence=0.0).classify_batch(pictures, turn=turn)
    for again, strict in zip(lenient, answers, strict=True):
        assert again.best == strict.best or strict.refusal is not Refusal.SEVERAL


@pytest.mark.parametrize("thick", [2, 5])
@pytest.mark.parametrize("mark", ["frame", "underline"])
def test_a_digit_is_read_beside_what_is_printed(mark: str, thick: int) -> None:
    large = np.kron(DRAWN, np.ones((1, 4, 4), np.uint8))
    pages = np.pad(large, ((0, 0), (30, 30), (30, 30)))
    printed = np.zeros(pages.shape[1:], np.uint8)
    if mark == "frame":
        printed[10:-10, 10:-10] = 255
        printed[10 + thick : -10 - thick, 10 + thick : -10 - thick] = 0
    else:
        printed[-20 - thick : -20, 25:-25] = 255
    answers = edgedigit.classify_batch(235 - np.maximum(pages, printed) // 2)
    given = [answer.digit for answer in answers]
    assert np.count_nonzero(np.equal(given, DIGITS)) >= 7
    assert all(digit in (None, label) for digit, label in zip(given, DIGITS, strict=True))


def test_a_small_digit_is_found_in_a_large_jpeg_file(tmp_path: Path) -> None:
    # Such files are decoded at reduced size, but not for a second look.
    name = "20 to 40 px high in 1,000 x 1,000"
    made = [scene for scene in scenes(name, DRAWN, DIGITS, seed=5) if answer(name, scene).digit]
    assert len(made) >= 6
    labels, folder = [scene.label for scene in made], tmp_path / "folder"
    folder.mkdir()
    files = [folder / f"{place}.jpg" for place in range(len(made))]
    for file, scene in zip(files, made, strict=True):
        Image.fromarray(scene.picture).save(file, quality=92)
    contents = [file.read_bytes() for file in files]
    urls = [f"data:image/jpeg;base64,{base64.b64encode(each).decode()}" for each in contents]
    for images in (files, list(map(str, files)), contents, list(map(bytearray, contents)), urls):
        assert [edgedigit.classify(image).digit for image in images] == labels
        given = edgedigit.classify_batch(iter(images))
        assert [each.digit for each in given] == labels
    streams = [io.BytesIO(b"before" + each) for each in contents]
    for stream in streams:
        stream.seek(6)
    assert [each.digit for each in edgedigit.classify_batch(streams)] == labels
    assert [stream.read() for stream in streams] == [b""] * len(streams)
    results = edgedigit.classify_folder(folder)
    assert [result.prediction and result.prediction.digit for result in results] == labels


def test_a_batch_of_many_bytes_is_answered_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    contents = []
    for ink in DRAWN:
        file = io.BytesIO()
        Image.fromarray(255 - ink).save(file, "PNG")
        contents.append(file.getvalue())
    expected = [each.digit for each in edgedigit.classify_batch(contents)]
    monkeypatch.setattr(classifier, "_MAX_HELD_BYTES", 2 * len(contents[0]))
    given = [each.digit for each in edgedigit.classify_batch(contents + contents)]
    assert given == expected + expected


def test_colours_do_not_matter_where_they_are_equally_light() -> None:
    (scene,) = scenes("ink and paper equally light", DRAWN[:1], DIGITS[:1], seed=1)
    assert edgedigit.classify(scene.picture).digit == DIGITS[0]
    assert edgedigit.classify(255 - scene.picture).digit == DIGITS[0]


def test_paper_alone_is_blank() -> None:
    dice = np.random.default_rng(0)
    for size in (28, 28), (300, 200), (3, 900):
        noise = np.clip(dice.normal(200, 3, size), 0, 255).astype(np.uint8)
        assert edgedigit.classify(noise).digit is None
        assert edgedigit.classify(np.full(size, 90, np.uint8)).refusal is Refusal.BLANK


def in_shadow(ink: Picture, angle: float, soft: int) -> Picture:
    """Dark ink on paper, over which the edge of a shadow runs, so many pixels wide."""
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]] - np.array(ink.shape)[:, None, None] / 2
    side = np.clip((np.cos(angle) * x + np.sin(angle) * y) / max(soft, 1) + 0.5, 0, 1)
    return ((230 - 180 * (ink / 255)) * (0.45 + 0.55 * side)).astype(np.uint8)


@pytest.mark.parametrize("soft", [1, 4])
@pytest.mark.parametrize("degrees", range(0, 360, 45))
def test_the_edge_of_a_shadow_is_no_ink(degrees: int, soft: int) -> None:
    large = np.pad(np.kron(DRAWN, np.ones((1, 4, 4), np.uint8)), ((0, 0), (30, 30), (30, 30)))
    pages = [in_shadow(ink, np.deg2rad(degrees), soft) for ink in large]
    given = [answer.digit for answer in edgedigit.classify_batch(pages)]
    assert np.count_nonzero(np.equal(given, DIGITS)) >= 7
    assert all(digit in (None, label) for digit, label in zip(given, DIGITS, strict=True))


def test_a_shadow_makes_no_digit_of_what_is_none() -> None:
    dice = np.random.default_rng(2)
    drawn = [*draw_non_digits("letters", 40, dice), *draw_non_digits("scribbles", 40, dice)]
    empty = [np.zeros((60, 60), np.uint8)] * 10
    pages = [
        in_shadow(np.pad(np.asarray(ink), 20), dice.uniform(0, 2 * np.pi), int(dice.integers(1, 6)))
        for ink in [*drawn, *empty]
    ]
    given = [answer.digit is not None for answer in edgedigit.classify_batch(pages)]
    assert np.mean(given) <= 0.1


def as_dots(ink: Picture) -> Picture:
    """A digit on a display: a dot for each two by two pixels with ink."""
    shown = ink.reshape(14, 2, 14, 2).max(axis=(1, 3)) > 100
    dot = np.pad(np.full((6, 6), 220, np.uint8), 2)
    return np.kron(shown, dot).astype(np.uint8) + 15


def test_dots_of_a_display_are_one_digit() -> None:
    answers = edgedigit.classify_batch([as_dots(ink) for ink in DRAWN])
    given = [answer.digit for answer in answers]
    assert np.count_nonzero(np.equal(given, DIGITS)) >= 6
    assert all(digit in (None, label) for digit, label in zip(given, DIGITS, strict=True))


def test_two_digits_of_dots_are_several() -> None:
    pairs = [
        np.hstack([as_dots(one), as_dots(other)])
        for one, other in zip(DRAWN, DRAWN[::-1], strict=True)
    ]
    assert not [answer.digit for answer in edgedigit.classify_batch(pairs) if answer.digit]


def test_what_is_no_digit_stays_refused() -> None:
    dice = np.random.default_rng(1)
    drawn = [*draw_non_digits("letters", 60, dice), *draw_non_digits("scribbles", 60, dice)]
    given = [answer.digit is not None for answer in edgedigit.classify_batch(drawn)]
    assert np.mean(given) <= 0.1


def test_answers_are_what_they_say() -> None:
    for name in list(SCENES)[::4]:
        if name == QUARTER_TURN:
            continue
        for scene in scenes(name, DRAWN[:3], DIGITS[:3], seed=2):
            said = edgedigit.classify(scene.picture)
            assert said.probabilities.argmax() == said.best
            assert said.probabilities[said.best] == pytest.approx(said.confidence, abs=1e-6)
            assert said.probabilities.sum() <= 1 + 1e-5
            assert (said.digit is None) == (said.refusal is not None)


def test_a_caller_who_wants_more_confidence_gets_it() -> None:
    strict = Classifier(min_confidence=0.9999)
    for scene in scenes("a white card on a dark table, margin 1/5", DRAWN, DIGITS, seed=4):
        said = strict.classify(scene.picture)
        assert said.digit is None or said.confidence >= 0.9999


def test_one_by_one_and_in_batches() -> None:
    pictures = [scenes(name, DRAWN[:1], DIGITS[:1], seed=6)[0].picture for name in SCENES]
    one_by_one = [edgedigit.classify(picture) for picture in pictures]
    assert edgedigit.classify_batch(pictures) == one_by_one
