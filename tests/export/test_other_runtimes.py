"""The model as it ships, in other runtimes: each answers as onnxruntime does."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

pytest.importorskip("PIL", reason="some pictures of the development sets are JPEG files")

from edgedigit.images import load_grey
from edgedigit.model import DEFAULT_MODEL, INPUT, MODEL_FILE
from edgedigit.normalize import normalize
from train.drawing.characters import draw_digits, draw_non_digits

MODEL = str(Path(DEFAULT_MODEL) / MODEL_FILE)
MAX_DIFFERENCE = 1e-4
SETS = "semeion.npz", "usps_train.npz", "kvenkman_drawn.npz", "nondigit_omniglot.npz", "natural"
PICTURES_PER_SET = 100

Answers = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


def in_opencv() -> Answers:
    cv2 = pytest.importorskip("cv2", reason="needs OpenCV (opencv-python-headless)")
    network = cv2.dnn.readNetFromONNX(MODEL)

    def answers(inks: NDArray[np.uint8]) -> NDArray[np.float32]:
        found = []
        for ink in inks:
            network.setInput(ink[None])
            found.append(network.forward().reshape(-1).copy())
        return np.stack(found)

    return answers


def in_openvino() -> Answers:
    openvino = pytest.importorskip("openvino", reason="needs OpenVINO")
    model = openvino.Core().compile_model(MODEL, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda inks: model([inks])[0]


runtimes = pytest.mark.parametrize("runtime", [in_opencv, in_openvino])


def check(runtime: Callable[[], Answers], inks: NDArray[np.uint8]) -> None:
    session = onnxruntime.InferenceSession(MODEL, providers=["CPUExecutionProvider"])
    expected = session.run(None, {INPUT: inks})[0]
    found = runtime()(inks)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= MAX_DIFFERENCE
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).all()


@runtimes
def test_drawn_digits_and_others_are_answered_alike(runtime: Callable[[], Answers]) -> None:
    rng = np.random.default_rng(5)
    digits = draw_digits(np.arange(60) % 10, rng, 60)
    others = draw_non_digits("scribbles", 20, rng, 60)
    check(runtime, normalize([*digits, *others], "light"))


@runtimes
def test_pictures_of_the_development_sets_are_answered_alike(
    runtime: Callable[[], Answers],
) -> None:
    folder = Path(os.environ.get("EDGEDIGIT_DEV", "missing"))
    if not folder.is_dir():
        pytest.skip("needs the development sets: set EDGEDIGIT_DEV")
    rng, greys = np.random.default_rng(0), []
    for name in SETS:
        path = folder / name
        if path.is_dir():
            files = sorted(file for file in path.rglob("*.*") if file.suffix in (".png", ".jpg"))
            chosen = rng.permutation(len(files))[:PICTURES_PER_SET]
            greys += [load_grey(files[place]) for place in chosen]
        else:
            pictures = np.load(path)["x"]
            greys += list(pictures[rng.permutation(len(pictures))[:PICTURES_PER_SET]])
    assert len(greys) == PICTURES_PER_SET * len(SETS)
    check(runtime, normalize(greys))
