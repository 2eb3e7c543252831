"""A line network that is small enough to see what it answers, in a copy of the package's model."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from edgedigit.model import DEFAULT_MODEL, STRIP_ROWS, STRIP_VERSION
from edgedigit.results import SIGNS

LABELS = len(SIGNS) + 1


def tiny_lines(ink_sign: str = "1", labels: int = LABELS, strips: str = "strips") -> bytes:
    """A network that answers a sign for four columns with ink, and nothing for those without.

    Args:
        ink_sign: The sign.
        labels: How many answers each place has.
        strips: The name of the input.
    """
    onnx = pytest.importorskip("onnx")
    helper, types = onnx.helper, onnx.TensorProto
    kernel = np.zeros((labels, 1, STRIP_ROWS, 4), np.float32)
    kernel[SIGNS.index(ink_sign)] = 1 / 255
    bias = np.zeros(labels, np.float32)
    bias[-1] = 4
    graph = helper.make_graph(
        [
            helper.make_node("Cast", [strips], ["float"], to=types.FLOAT),
            helper.make_node("Unsqueeze", ["float", "axis"], ["channel"]),
            helper.make_node("Conv", ["channel", "kernel", "bias"], ["row"], strides=[1, 4]),
            helper.make_node("Squeeze", ["row", "row_axis"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["signs"], axis=1),
            helper.make_node("Transpose", ["signs"], ["probabilities"], perm=[0, 2, 1]),
        ],
        "test",
        [helper.make_tensor_value_info(strips, types.UINT8, ["batch", STRIP_ROWS, "columns"])],
        [helper.make_tensor_value_info("probabilities", types.FLOAT, ["batch", "places", labels])],
        [
            onnx.numpy_helper.from_array(kernel, "kernel"),
            onnx.numpy_helper.from_array(bias, "bias"),
            onnx.numpy_helper.from_array(np.array([1]), "axis"),
            onnx.numpy_helper.from_array(np.array([2]), "row_axis"),
        ],
    )
    opset = [helper.make_opsetid("", 15)]
    return helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString()


def model_with_lines(folder: Path, content: bytes | None = None) -> Path:
    """The package's model in a folder of its own, with another line network: the tiny one."""
    shutil.copytree(DEFAULT_MODEL, folder)
    put_lines(folder, tiny_lines() if content is None else content)
    return folder


def put_lines(folder: Path, content: bytes, **said: object) -> None:
    """Writes a line network, and what fits it, or else is said, into config.json."""
    (folder / "lines.onnx").write_bytes(content)
    lines = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "signs": SIGNS,
        "strips": STRIP_VERSION,
        "size": len(content),
    }
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"lines": lines | said}))


def drop_lines(folder: Path) -> None:
    """Leaves a model's folder without a line network."""
    (folder / "lines.onnx").unlink(missing_ok=True)
    config = json.loads((folder / "config.json").read_text())
    config.pop("lines", None)
    (folder / "config.json").write_text(json.dumps(config))
