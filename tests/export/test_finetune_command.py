"""`edgedigit finetune`: from labelled pictures to a folder that the runtime takes."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from edgedigit import Classifier
from export.finetune import main
from tests.support.command import run
from tests.support.picture_files import png_file
from train.drawing.characters import draw_digits

PROG = "edgedigit finetune"


def write_digits(folder: Path, count: int, seed: int = 3) -> Path:
    """A labelled folder, with `count` drawings of each digit."""
    pictures = draw_digits(np.repeat(np.arange(10), count), np.random.default_rng(seed), 40)
    for place, picture in enumerate(pictures):
        path = folder / str(place // count) / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png_file(picture))
    return folder


@pytest.mark.slow
def test_a_folder_becomes_a_model_that_the_runtime_takes(
    drawn_mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tf2onnx", reason="export needs tf2onnx")
    own, model = write_digits(tmp_path / "mine", 6), tmp_path / "models" / "mine-v1"
    arguments = [str(own), "-o", str(model), "--mnist", str(drawn_mnist), "--epochs", "2"]
    assert main(arguments, PROG) == 0
    said = capsys.readouterr().out
    assert "epoch 1/2: " in said
    assert said.endswith(f"--model {model}\n")
    assert json.loads((model / "config.json").read_text())["name"] == "mine-v1"
    others = write_digits(tmp_path / "others", 2, seed=4)
    classifier = Classifier(model)
    right = [
        classifier.classify(path).best == int(path.parent.name) for path in others.rglob("*.png")
    ]
    assert len(right) == 20
    assert sum(right) >= 19
    assert [path.name for path in model.parent.iterdir()] == ["mine-v1"], "nothing else is left"
    done = run("classify", str(own / "2" / "12.png"), "--model", str(model))
    assert "12.png" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["mine"], "-o/--output"),
        (["mine", "-o", "mine"], 'a model\'s name must be like "digits-v1", not "mine"'),
        (["mine", "-o", "there-v1"], "there-v1 exists; --force replaces it"),
        (["mine", "-o", "there-v1", "--force"], "there-v1 is no model's folder"),
        (["mine", "-o", "mine-v1", "--epochs", "0"], "must be at least 1"),
    ],
)
def test_wrong_usage_is_said_at_once(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there-v1").mkdir()
    with pytest.raises(SystemExit) as exit_:
        main(arguments, PROG)
    assert exit_.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("missing", ["mine", "mnist.npz"])
def test_what_is_missing_is_said_before_tensorflow_is_loaded(
    missing: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write_digits(tmp_path / "mine", 1)
    (tmp_path / "mnist.npz").touch()
    (tmp_path / missing).rename(tmp_path / "elsewhere")
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    assert main(["mine", "-o", "mine-v1", "--mnist", "mnist.npz"], PROG) == 1
    assert capsys.readouterr().err == f"{PROG}: cannot read {missing}: it does not exist\n"


def test_without_tensorflow_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    own = write_digits(tmp_path / "mine", 1)
    assert main([str(own), "-o", str(tmp_path / "mine-v1")], PROG) == 1
    said = capsys.readouterr().err
    assert 'pip install "edgedigit[train]"' in said
    assert said.count("\n") == 1
