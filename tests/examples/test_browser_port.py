"""The classifier in the browser: its pixels and decisions are Python's, and its page works."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from edgedigit.classifier import Classifier, decide
from edgedigit.images import load_grey
from edgedigit.model import DEFAULT_MODEL
from edgedigit.normalize import Ink, prepare_all
from edgedigit.results import Refusal
from tests.support.paths import ROOT
from train.data.labelled import load_sets
from train.drawing.characters import draw_digits, draw_non_digits

BROWSER = ROOT / "examples" / "browser"
ONNXRUNTIME = BROWSER / "node_modules" / "onnxruntime-web" / "dist"
SAMPLES = sorted((ROOT / "examples" / "digits").iterdir())
PHOTOS = sorted((ROOT / "examples" / "photos").iterdir())

Grey = np.ndarray

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")


class Ported(NamedTuple):
    """What the port makes of n pictures: uint8 (n, 28, 28), bool (n,), and answers if asked for."""

    inks: np.ndarray
    several: np.ndarray
    answers: list[dict[str, Any]]


def run_node(*arguments: str | Path, code: str = "") -> str:
    command = ["node", *arguments]
    done = subprocess.run(
        command, input=code, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def evaluate(module: str, names: str, value: str) -> Any:
    """What a piece of JavaScript gives that uses some names of a module of the port."""
    source = json.dumps((BROWSER / module).as_uri())
    code = f"import {{ {names} }} from {source}; console.log(JSON.stringify({value}));"
    return json.loads(run_node("--input-type=module", "-", code=code))


def write_pictures(folder: Path, greys: Sequence[Grey], ink: Ink = "auto") -> None:
    """Writes what tests/support/browser_port.mjs and browser_lines.mjs take."""
    sizes = [(grey.shape[1], grey.shape[0], ink) for grey in greys]
    (folder / "pictures.json").write_text(json.dumps(sizes))
    (folder / "pixels.bin").write_bytes(b"".join(grey.tobytes() for grey in greys))


def port(folder: Path, greys: Sequence[Grey], ink: Ink = "auto", answers: bool = False) -> Ported:
    """Runs the port over pictures; with answers, onnxruntime-web too."""
    write_pictures(folder, greys, ink)
    model = (DEFAULT_MODEL, (ONNXRUNTIME / "ort.node.min.mjs").as_uri()) if answers else ()
    run_node(ROOT / "tests" / "support" / "browser_port.mjs", folder, *model)
    found = np.fromfile(folder / "inks.bin", np.uint8).reshape(len(greys), -1)
    inks, several = found[:, :-1].reshape(-1, 28, 28), found[:, -1].astype(np.bool_)
    given = json.loads((folder / "answers.json").read_text()) if answers else []
    return Ported(inks, several, given)


def needs_onnxruntime_web() -> None:
    if not ONNXRUNTIME.is_dir():
        pytest.skip("needs ONNX Runtime: run npm install in examples/browser")


def assert_same(folder: Path, greys: Sequence[Grey], ink: Ink = "auto") -> None:
    wanted, found = prepare_all(greys, ink), port(folder, greys, ink)
    unlike = [
        f"{greys[i].shape}: {np.count_nonzero(found.inks[i] != wanted.inks[i])} pixels"
        for i in np.flatnonzero((found.inks != wanted.inks).any(axis=(1, 2)))
    ]
    assert not unlike
    np.testing.assert_array_equal(found.several, wanted.several)


def assert_same_answers(folder: Path, greys: Sequence[Grey]) -> None:
    needs_onnxruntime_web()
    # The answers of the network of digits: the port has no second looks.
    prepared, classifier = prepare_all(greys), Classifier()
    blank = prepared.inks.max(axis=(1, 2)) == 0
    rows = classifier.probabilities(prepared.inks)
    wanted = decide(rows, blank, prepared.several, classifier.min_confidence)
    found = port(folder, greys, answers=True).answers
    assert [(p.digit, p.refusal) for p in wanted] == [(a["digit"], a["refusal"]) for a in found]
    confidences = [a["confidence"] for a in found]
    np.testing.assert_allclose(confidences, [p.confidence for p in wanted], atol=1e-5)
    assert {p.digit for p in wanted} == {None, *range(10)}


def drawn_pictures(rng: np.random.Generator, n: int) -> list[Grey]:
    """Pictures of any shape with digits, scribbles, bars, rules, frames, dust, light and noise."""
    size = 90
    digits = draw_digits(np.arange(30) % 10, rng, size)
    scribbles = draw_non_digits("scribbles", 6, rng, size)
    things = np.concatenate([digits, scribbles]) / 255
    sides = rng.uniform(np.log(14), np.log(600), (n, 1)) + rng.normal(0, 0.3, (n, 2))
    shapes = np.exp(sides).astype(int)
    return [on_paper(rng, drawn_ink(rng, things, *shape)) for shape in shapes]


def drawn_ink(rng: np.random.Generator, things: np.ndarray, height: int, width: int) -> np.ndarray:
    """Ink from 0 to 1, of which some lies beyond the border."""
    ink, shape = np.zeros((height, width)), np.array([height, width])
    thick, pitch = 1 + max(height, width) // 200, max(4, int(rng.uniform(0.08, 0.4) * height))
    for _ in range(rng.choice([0, 1, 2, 3, 6], p=[0.05, 0.5, 0.25, 0.1, 0.1])):
        side = max(3, int(min(height, width) * rng.uniform(0.15, 1)))
        scaled = resized(rng.choice(things), side)
        y, x = rng.integers(-side // 3, np.maximum(1, shape - side // 2))
        part = ink[max(y, 0) : y + side, max(x, 0) : x + side]
        cut = scaled[max(-y, 0) :, max(-x, 0) :][: part.shape[0], : part.shape[1]]
        np.maximum(part, cut, out=part)
    for _ in range(rng.choice([0, 0, 1, 3])):
        size = np.exp(rng.uniform(0, np.log(shape))).astype(int)
        y, x = np.clip(rng.integers(-4, shape - size + 5), 0, shape - size)
        ink[y : y + size[0], x : x + size[1]] = 1
    for axis in (0, 1):
        if rng.random() < 0.25:
            places = np.arange(shape[axis]) % pitch < thick
            np.moveaxis(ink, axis, 0)[places] = rng.uniform(0.3, 1)
    if rng.random() < 0.15:
        inset = int(rng.uniform(0, 0.15) * min(height, width))
        framed = ink[inset : height - inset, inset : width - inset]
        framed[:thick] = framed[-thick:] = framed[:, :thick] = framed[:, -thick:] = 1
    return np.maximum(ink, rng.random(ink.shape) > 0.999) if rng.random() < 0.2 else ink


def resized(thing: np.ndarray, side: int) -> np.ndarray:
    places = np.arange(side) * len(thing) // side
    return thing[places][:, places]


def underlined_pictures(rng: np.random.Generator, n: int) -> list[Grey]:
    """Digits with a line close to them, above or below: a bar, a foot, or none of their strokes."""
    digits = draw_digits(np.arange(n) % 10, rng, 110)
    pictures = np.pad(digits, ((0, 0), (50, 50), (50, 50)))
    for picture in pictures:
        rows, columns = (np.flatnonzero(picture.any(axis=axis)) for axis in (1, 0))
        wide = int(len(columns) * rng.uniform(0.8, 1.7))
        high, gap = max(2, wide // rng.integers(7, 13)), rng.integers(2, 25)
        row = rng.choice([rows[-1] + gap, rows[0] - gap - high])
        column = max(0, (columns[0] + columns[-1] - wide) // 2)
        picture[row : row + high, column : column + wide] = 255
    return list(pictures)


def paired_pictures(rng: np.random.Generator, n: int) -> list[Grey]:
    """Two digits beside or below each other, of which the border may cut off one."""
    side = 100
    first, second = (draw_digits(rng.integers(0, 10, n), rng, side) for _ in range(2))
    pictures = []
    for picture, other in zip(np.pad(first, ((0, 0), (80, 120), (80, 120))), second, strict=True):
        size = int(side * rng.uniform(0.5, 1))
        along, across = rng.uniform(0.4, 1) * side, rng.uniform(-0.5, 0.5) * side
        place = 80 + np.array([along, across]).astype(int)
        y, x = place if rng.random() < 0.5 else place[::-1]
        part = picture[y : y + size, x : x + size]
        np.maximum(part, resized(other, size), out=part)
        end = rng.integers(180, 300, 2)
        pictures.append(picture[20 : end[0], 20 : end[1]].copy())
    return pictures


def on_paper(rng: np.random.Generator, ink: np.ndarray) -> Grey:
    """Dark on light or light on dark, in even or uneven light."""
    y, x = np.indices(ink.shape) / np.reshape(ink.shape, (2, 1, 1))
    light = rng.choice([0, 0, 40, 90]) * (x * rng.uniform(-1, 1) + y**2)
    noise = rng.normal(0, rng.choice([0, 0, 2, 8]), ink.shape)
    contrast = rng.choice([12, 40, 90, 180])
    grey = rng.uniform(180, 250) - contrast * ink - light + noise
    paper = np.clip(grey, 0, 255).astype(np.uint8)
    return 255 - paper if rng.random() < 0.4 else paper


def hostile_pictures(rng: np.random.Generator) -> list[Grey]:
    shapes = [(1, 1), (1, 2), (2, 1), (1, 700), (5000, 1), (3, 2000), (15, 400), (16, 16)]
    shapes += [(19, 19), (20, 20), (39, 41), (40, 40), (512, 512), (513, 40), (1025, 1024)]
    pictures = [rng.integers(0, 256, shape, np.uint8) for shape in shapes]
    pictures += [np.full(shape, level, np.uint8) for shape in shapes for level in (0, 77, 255)]
    pictures += [np.where(rng.random(s) < 0.1, 255, 0).astype(np.uint8) for s in shapes]
    chequered = (np.indices((64, 80)).sum(axis=0) % 2 * 255).astype(np.uint8)
    ramp = np.tile(np.arange(256, dtype=np.uint8), (100, 1))
    dot = np.zeros((300, 200), np.uint8)
    dot[150, 60] = 255
    return [*pictures, chequered, ramp, ramp.T.copy(), dot, 255 - dot]


@pytest.fixture(scope="module")
def dev_pictures() -> list[Grey]:
    """All pictures of the development sets."""
    pytest.importorskip("PIL", reason="some sets are JPEG files")
    path = Path(os.environ.get("EDGEDIGIT_DEV", ROOT.parent / "shared" / "data" / "dev"))
    if not path.is_dir():
        pytest.skip("needs the development sets: set EDGEDIGIT_DEV to their folder")
    return [load_grey(picture) for part in load_sets(path) for picture in part.pictures]


def test_examples_give_the_same_pixels(tmp_path: Path) -> None:
    pytest.importorskip("PIL", reason="photos are JPEG files")
    assert_same(tmp_path, [load_grey(path) for path in SAMPLES + PHOTOS])


@pytest.mark.parametrize(
    "ink", ["auto", *(pytest.param(ink, marks=pytest.mark.slow) for ink in ("dark", "light"))]
)
def test_drawn_pictures_give_the_same_pixels(ink: Ink, tmp_path: Path) -> None:
    assert_same(tmp_path, drawn_pictures(np.random.default_rng(11), 300), ink)


def test_lines_at_digits_give_the_same_pixels(tmp_path: Path) -> None:
    assert_same(tmp_path, underlined_pictures(np.random.default_rng(17), 150))


@pytest.mark.slow
def test_dots_of_a_display_give_the_same_pixels(tmp_path: Path) -> None:
    drawn = draw_digits(np.arange(20) % 10, np.random.default_rng(6), 28)
    greys = []
    for place, ink in enumerate(drawn):
        shown = ink.reshape(14, 2, 14, 2).max(axis=(1, 3)) > 100
        dot = np.pad(np.full((2 + place % 5,) * 2, 200, np.uint8), (1, 1 + place % 2))
        greys.append(np.kron(shown, dot).astype(np.uint8) + 15)
    assert_same(tmp_path, [*greys, *(np.hstack([grey, grey]) for grey in greys)])


def test_pairs_of_digits_are_several_in_the_same_places(tmp_path: Path) -> None:
    assert_same(tmp_path, paired_pictures(np.random.default_rng(18), 400))


@pytest.mark.parametrize("ink", ["auto", "dark", "light"])
def test_hostile_pictures_give_the_same_pixels(ink: Ink, tmp_path: Path) -> None:
    assert_same(tmp_path, hostile_pictures(np.random.default_rng(12)), ink)


def test_a_picture_of_a_phone_gives_the_same_pixels(tmp_path: Path) -> None:
    rng = np.random.default_rng(13)
    small = next(p for p in drawn_pictures(rng, 99) if min(p.shape) > 300)
    large = np.kron(small, np.ones((9, 9), np.uint8))
    assert_same(tmp_path, [large, large[:, :1234], rng.integers(0, 256, (3000, 4000), np.uint8)])


@pytest.mark.slow
def test_development_sets_give_the_same_pixels(dev_pictures: list[Grey], tmp_path: Path) -> None:
    assert_same(tmp_path, dev_pictures)


@pytest.mark.slow
def test_onnxruntime_web_gives_the_same_answers(tmp_path: Path) -> None:
    greys = [load_grey(path) for path in SAMPLES] + drawn_pictures(np.random.default_rng(14), 200)
    assert_same_answers(tmp_path, greys)


@pytest.mark.slow
def test_onnxruntime_web_gives_the_same_answers_for_the_development_sets(
    dev_pictures: list[Grey], tmp_path: Path
) -> None:
    assert_same_answers(tmp_path, dev_pictures)


def test_colour_and_transparency_become_the_same_grey() -> None:
    rng = np.random.default_rng(15)
    pictures = [np.full((9, 9, 4), level, np.uint8) for level in (0, 1, 200, 255)]
    for grey in [grey[:24, :24] for grey in drawn_pictures(rng, 40)]:
        colour = rng.integers(0, 64, (*grey.shape, 3), np.uint8) + grey[..., None] // 4 * 3
        noise = rng.integers(0, 256, grey.shape, np.uint8)
        ink_alone = np.where(grey < np.median(grey), 255, 0).astype(np.uint8)
        alphas = (noise, grey, ink_alone, noise // 100, np.full_like(grey, 255))
        pictures += [np.dstack([colour, alpha]) for alpha in alphas]
    values = [[*picture.shape[1::-1], picture.ravel().tolist()] for picture in pictures]
    greys = "({values}).map(([width, height, data]) => [...greyOf({{ data, width, height }}).data])"
    found = evaluate("grey.js", "greyOf", greys.format(values=json.dumps(values)))
    for picture, grey in zip(pictures, found, strict=True):
        np.testing.assert_array_equal(grey, load_grey(picture).ravel())


def test_decisions_are_the_same() -> None:
    rng = np.random.default_rng(16)
    classifier = Classifier()
    sure = np.float32(classifier.min_confidence)
    rows = rng.dirichlet(np.full(11, 0.15), 200).astype(np.float32)
    rows[0], rows[1, 3], rows[2, 10] = np.float32(1 / 11), sure, rows[2].max()
    blank, several = rng.random((2, len(rows))) < 0.2
    values = json.dumps(list(zip(rows.tolist(), blank.tolist(), several.tolist(), strict=True)))
    found = evaluate(
        "classifier.js",
        "decide",
        f"{values}.map(([row, blank, many]) => "
        f"decide(Float32Array.from(row), blank, many, {classifier.min_confidence}))",
    )
    wanted = decide(rows, blank, several, classifier.min_confidence)
    # LENGTH is for numbers.
    assert {prediction.refusal for prediction in wanted} == {None, *Refusal} - {Refusal.LENGTH}
    for ours, theirs in zip(wanted, found, strict=True):
        assert (theirs["digit"], theirs["refusal"]) == (ours.digit, ours.refusal)
        assert (theirs["best"], theirs["confidence"]) == (ours.best, ours.confidence)
        np.testing.assert_array_equal(list(theirs["probabilities"].values()), ours.probabilities)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ('{ data: new Uint8Array(4), width: 2, height: 2 }, "blue"', "not blue"),
        ("{ data: new Uint8Array(5), width: 2, height: 2 }", "5 pixels are not a picture of 2 x 2"),
        ("{ data: new Uint8Array(0), width: 0, height: 0 }", "not a picture of 0 x 0"),
        ("{ data: new Uint8ClampedArray(4), width: 2, height: 2 }", "Uint8Array"),
    ],
)
def test_wrong_arguments_are_errors(arguments: str, reason: str) -> None:
    value = f"await (async () => normalize({arguments}))().catch((error) => `${{error}}`)"
    assert reason in evaluate("normalize.js", "normalize", value)


def test_a_model_for_another_normalisation_is_an_error() -> None:
    value = "await Classifier.create(null, { normalization: 9 }).catch((error) => `${error}`)"
    assert "version 9 of the normalisation" in evaluate("classifier.js", "Classifier", value)


def test_the_lock_file_names_the_version_and_no_host() -> None:
    wanted = json.loads((BROWSER / "package.json").read_text())["dependencies"]["onnxruntime-web"]
    text = (BROWSER / "package-lock.json").read_text()
    locked = json.loads(text)["packages"]["node_modules/onnxruntime-web"]
    assert locked["version"] == wanted
    assert "integrity" in locked
    assert "://" not in text
