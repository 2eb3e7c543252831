"""Lines in the browser: strips, signs and confidences are those of Python's line network."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("PIL", reason="lines are composed with Pillow")

from benchmarks.lines_alone import MAX_LENGTH_HEIGHTS, Look, boxed, read_line, whole
from edgedigit.classifier import Classifier
from edgedigit.images import is_even, load_grey
from edgedigit.lines.strips import cut_strip
from edgedigit.model import DEFAULT_MODEL, STRIP_ROWS
from edgedigit.normalize import Ink
from tests.examples.test_browser_port import (
    ONNXRUNTIME,
    SAMPLES,
    Grey,
    drawn_pictures,
    evaluate,
    hostile_pictures,
    needs_onnxruntime_web,
    run_node,
    write_pictures,
)
from tests.support.paths import EXAMPLES, ROOT
from train.drawing.characters import draw_digits
from train.drawing.number_lines import LINE_KINDS, SingleDigits, marked_pictures, number_pictures

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")

TONES = {"auto": None, "dark": True, "light": False}


def drawn_lines(n: int) -> list[tuple[Grey, str]]:
    """Numbers in a line, n of each kind: on paper of all kinds, and with each mark."""
    labels = np.arange(200) % 10
    pictures = np.pad(draw_digits(labels, np.random.default_rng(21), 20), ((0, 0), (4, 4), (4, 4)))
    digits = SingleDigits(pictures, labels)
    made = [some for kind in LINE_KINDS[:-1] for some in number_pictures(kind, digits, n)]
    made += [some for mark in ".,-/:" for some in marked_pictures(mark, digits, n)]
    return [(some.picture, some.text) for some in made]


def run(folder: Path, greys: Sequence[Grey], ink: Ink = "auto", read: bool = False) -> Any:
    """What the browser's code makes of pictures: its looks, or with `read` what it reads."""
    write_pictures(folder, greys, ink)
    model = (DEFAULT_MODEL, (ONNXRUNTIME / "ort.node.min.mjs").as_uri()) if read else ()
    run_node(ROOT / "tests" / "support" / "browser_lines.mjs", folder, *model)
    return json.loads((folder / ("lines.json" if read else "looks.json")).read_text())


def looks_of(grey: Grey, ink: Ink) -> list[Look]:
    """Python's."""
    if is_even(grey):
        return []
    looks = whole(grey, TONES[ink]) + boxed(grey, TONES[ink])
    is_line = [
        right - left <= MAX_LENGTH_HEIGHTS * (low - top) for (left, top, right, low), _ in looks
    ]
    return [look for look, may_be in zip(looks, is_line, strict=True) if may_be]


def assert_same_strips(folder: Path, greys: Sequence[Grey], ink: Ink = "auto") -> None:
    found, start = run(folder, greys, ink), 0
    pixels = np.fromfile(folder / "strips.bin", np.uint8)
    assert any(found)
    for grey, looks in zip(greys, found, strict=True):
        wanted = looks_of(grey, ink)
        assert [(tuple(look["box"]), look["isDark"]) for look in looks] == wanted, grey.shape
        for (box, is_dark), look in zip(wanted, looks, strict=True):
            size = STRIP_ROWS * look["width"]
            strip = pixels[start : start + size].reshape(STRIP_ROWS, -1)
            np.testing.assert_array_equal(strip, cut_strip(grey, box, is_dark=is_dark))
            start += size
    assert start == len(pixels)


@pytest.mark.parametrize("ink", ["auto", "dark", "light"])
def test_strips_are_the_same(ink: Ink, tmp_path: Path) -> None:
    rng = np.random.default_rng(22)
    greys = [grey for grey, _ in drawn_lines(4)] + drawn_pictures(rng, 60) + hostile_pictures(rng)
    assert_same_strips(tmp_path, greys, ink)


def test_strips_of_examples_and_of_a_photo_are_the_same(tmp_path: Path) -> None:
    examples = [load_grey(path) for path in [*SAMPLES, *sorted((EXAMPLES / "numbers").iterdir())]]
    photo = np.kron(examples[-1], np.ones((5, 6), np.uint8))
    assert_same_strips(tmp_path, [*examples, photo, photo[7:, 11:]])


@pytest.mark.slow
def test_lines_are_read_as_in_python(tmp_path: Path) -> None:
    needs_onnxruntime_web()
    lines, classifier = drawn_lines(10), Classifier()
    greys = [grey for grey, _ in lines] + hostile_pictures(np.random.default_rng(23))
    right = 0
    for place, (grey, found) in enumerate(zip(greys, run(tmp_path, greys, read=True), strict=True)):
        text, confidence = read_line(grey, looks_of(grey, "auto"), classifier)
        assert found["text"] == text, grey.shape
        assert found["confidence"] == pytest.approx(confidence, abs=1e-3)
        sure = confidence >= classifier.line_threshold
        assert found["refusal"] == ("blank" if not text else None if sure else "unsure")
        assert (found["width"] is None) == (not text)
        right += place < len(lines) and text == lines[place][1]
    assert right > 0.8 * len(lines)


@pytest.mark.parametrize(
    ("answers", "labels", "probability"),
    [
        # Of two columns: 0, nothing; the rows are probabilities.
        ([[0.75, 0.25]], [0], 0.75),
        ([[0.75, 0.25]], [], 0.25),
        ([[0.75, 0.25], [0.5, 0.5]], [0], 0.75 * 0.5 + 0.75 * 0.5 + 0.25 * 0.5),
        ([[0.75, 0.25], [0.5, 0.5]], [0, 0], 0.0),
        ([[0.75, 0.25], [0.5, 0.5], [1.0, 0.0]], [0, 0], 0.75 * 0.5),
        ([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]], [0, 1], 0.25),
    ],
)
def test_the_probability_of_a_text(
    answers: list[list[float]], labels: list[int], probability: float
) -> None:
    value = f"textProbability({answers}, {labels})"
    assert evaluate("line.js", "textProbability", value) == pytest.approx(probability)


def test_the_line_network_is_fetched_once_and_again_where_that_failed() -> None:
    code = """await (async () => {
        const data = Uint8Array.from({ length: 800 }, (_, i) => i % 255);
        const grey = { data, width: 40, height: 20 };
        const config = { normalization: 3, threshold: 0.5, lines: { signs: "0123456789.,-/:?",
            confidence: { slope: 1, offset: 0, threshold: 0.9 } } };
        const probabilities = { data: new Float32Array(17 * 1000).map((_, i) => i % 17 === 16) };
        const session = { run: async () => ({ probabilities }) };
        const ort = { Tensor: class {}, InferenceSession: { create: async () => session } };
        let fetched = 0;
        const fetchLines = async () => { if (fetched++ === 0) throw new Error("offline"); };
        const classifier = await Classifier.create(ort, config, null, null, fetchLines);
        const failed = await classifier.readLine(grey).catch((error) => error.message);
        const lines = [await classifier.readLine(grey), await classifier.readLine(grey)];
        return [failed, fetched, ...lines];
    })()"""
    failed, fetched, *lines = evaluate("classifier.js", "Classifier", code)
    assert (failed, fetched) == ("offline", 2)
    blank = {"text": "", "confidence": 0, "strip": None, "refusal": "blank"}
    assert lines == [blank, blank]
