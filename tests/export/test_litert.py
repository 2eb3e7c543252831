"""`python -m export --litert`: a file of 8-bit integers, and the card beside it."""

import re
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="the converter is TensorFlow's")
pytest.importorskip("tf2onnx", reason="export needs tf2onnx")

from edgedigit.normalize import normalize
from export.__main__ import main
from export.litert import probabilities
from train.commands.finetune import SHIPPED_RUN
from train.data.mnist import load_mnist
from train.networks.cascade import stages
from train.networks.predict import predict
from train.networks.trained import load_trained

pytestmark = pytest.mark.slow


def test_the_network_that_ships_becomes_a_file_of_integers_with_the_same_answers(
    drawn_mnist: Path, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "digits.tflite"
    arguments = [str(SHIPPED_RUN), "--litert", str(path), "--data", str(drawn_mnist)]
    assert main(arguments) == 0
    assert sorted(file.name for file in path.parent.iterdir()) == ["digits.md", "digits.tflite"]
    inks = normalize(load_mnist(drawn_mnist).x_test)
    found, expected = (
        probabilities(path.read_bytes(), inks),
        predict(stages(load_trained(SHIPPED_RUN).model)[-1], inks),
    )
    assert found.shape == expected.shape
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).mean() > 0.98
    assert np.abs(found.sum(axis=1) - 1).max() < 0.05
    card = path.with_suffix(".md").read_text("utf-8")
    assert f"{path.stat().st_size:,} bytes" in card
    assert "uint8 `[1, 28, 28]`" in card
    operators = re.search(r"Operators \| (.*) \|", card)
    assert operators
    assert {"CONV_2D", "SOFTMAX"} <= set(operators[1].split(", "))
    assert "DEQUANTIZE" not in operators[1]
    assert re.search(r"Accuracy \| [0-9.]+% of the test part of drawn.npz", card)
