"""Scenes of single digits show what they are called, and answers to them are counted."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PIL", reason="scenes are drawn with Pillow")

from benchmarks.digit_scenes import SCENES, WITHOUT_ONE_DIGIT, Scene, scenes
from benchmarks.scenes import Figures, figures, main
from edgedigit.results import Prediction, Refusal
from train.data.mnist import load_mnist
from train.drawing.number_lines import SingleDigits, digits_of


@pytest.fixture(scope="module")
def digits(drawn_mnist: Path) -> SingleDigits:
    return SingleDigits(*(part[:4] for part in digits_of(load_mnist(drawn_mnist), "test")))


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_is_the_same_for_the_same_seed(name: str, digits: SingleDigits) -> None:
    once, again = (scenes(name, *digits, seed=1) for _ in range(2))
    for first, second, label in zip(once, again, digits.labels, strict=True):
        np.testing.assert_array_equal(first.picture, second.picture)
        assert first.picture.dtype == np.uint8
        assert first.picture.ndim == 2 + (name == "ink and paper equally light")
        assert first.label == (None if name in WITHOUT_ONE_DIGIT else label)
        assert first.picture.std() > 1
    others = scenes(name, *digits, seed=2)
    assert any(not np.array_equal(a.picture, b.picture) for a, b in zip(once, others, strict=True))


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("a cell's border at the edge, 4 of 53 px", (53, 53)),
        ("a cell's border at the edge, 16 of 280 px", (280, 280)),
        ("20 to 40 px high in 1,000 x 1,000", (1000, 1000)),
        ("28 px high in 640 x 480", (480, 640)),
    ],
)
def test_pictures_are_as_large_as_their_names_say(
    name: str, shape: tuple[int, int], digits: SingleDigits
) -> None:
    assert {scene.picture.shape for scene in scenes(name, *digits, seed=0)} == {shape}


def test_colours_are_equally_light(digits: SingleDigits) -> None:
    for scene in scenes("ink and paper equally light", *digits, seed=0):
        colours = scene.picture.astype(float)
        grey = colours @ [0.299, 0.587, 0.114]
        assert grey.std() < 4
        assert colours.std(axis=(0, 1)).max() > 10


def test_margins_are_as_wide_as_their_names_say(digits: SingleDigits) -> None:
    for share, name in (0.1, "1/10"), (0.2, "1/5"), (0.4, "2/5"):
        for scene in scenes(f"light on a dark panel, margin {name}", *digits, seed=0):
            middle = scene.picture[len(scene.picture) // 2].astype(int)
            edge = np.abs(np.diff(middle[: len(middle) // 2])).argmax()
            # Where the panel begins, it gets dark; the digit begins later.
            dark = np.flatnonzero(middle < middle[:5].mean() - 50)[0]
            assert abs(dark - share * len(middle)) < 4
            assert edge >= dark - 4


def test_a_name_that_is_none() -> None:
    with pytest.raises(ValueError, match="no scene is called 'a moon'"):
        scenes("a moon", np.zeros((1, 28, 28), np.uint8), np.array([0]), 0)


def predicted(best: int, refusal: Refusal | None = None) -> Prediction:
    digit = best if refusal is None else None
    return Prediction(digit, 0.9, np.zeros(10, np.float32), best, refusal)


def test_what_is_right_and_what_is_given() -> None:
    three = Scene(np.zeros((4, 4), np.uint8), 3)
    answers = [
        predicted(3),
        predicted(3, Refusal.UNSURE),
        predicted(5),
        predicted(5, Refusal.BLANK),
    ]
    assert figures([three] * 4, answers) == Figures(right=2, given=1, wrong=1)
    nothing = three._replace(label=None)
    answers = [predicted(0, Refusal.BLANK), predicted(1)]
    assert figures([nothing] * 2, answers) == Figures(right=1, given=1, wrong=1)


def test_the_command_prints_a_row_and_draws_a_sheet_for_each_scene(
    drawn_mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--mnist", str(drawn_mnist), "--count", "2", "--sheets", str(tmp_path / "sheets")]
    assert main(options) == 0
    printed = capsys.readouterr().out
    for name in SCENES:
        assert f"| {name} | 2 |" in printed
    assert len(list((tmp_path / "sheets").glob("*.png"))) == len(SCENES)


def test_data_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--mnist", str(tmp_path / "none.npz")]) == 1
    assert "error:" in capsys.readouterr().err
