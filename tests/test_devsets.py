"""The table of development sets, made from drawn ones."""

from pathlib import Path

import numpy as np
import pytest

from tests.picture_files import png_file
from train.devsets import load, main
from train.strokes import draw_digits, draw_letters


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    labels = np.arange(30) % 10
    digits = draw_digits(labels, rng)
    np.savez(tmp_path / "arrays.npz", x=digits, y=labels)
    names = np.array(["A", "O"])
    np.savez(
        tmp_path / "nondigit_letters.npz",
        x=draw_letters(12, rng),
        y=np.arange(12) % 2,
        names=names,
    )
    for label, digit in zip(labels[:10], digits[:10], strict=True):
        path = tmp_path / "files" / str(label) / "drawn.png"
        path.parent.mkdir(parents=True)
        path.write_bytes(png_file(digit))
    return tmp_path


def test_every_set_has_a_row(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder)]) == 0
    rows = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()]
    counts = {row[0]: row[1] for row in rows[2:]}
    # Half of the letters look like a 0.
    assert counts == {"arrays": "30", "files": "10", "nondigit_letters": "6"}


def test_the_model_is_better_than_chance_on_drawn_digits(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([str(folder), "--sweep"])
    out = capsys.readouterr().out
    row = next(line for line in out.splitlines() if line.startswith("| arrays"))
    assert float(row.split("|")[3].strip().rstrip("%")) >= 80
    assert "/ " in out.splitlines()[-2]


@pytest.mark.parametrize("content", ["nothing", "no folder", "wrong arrays"])
def test_what_holds_no_set(
    tmp_path: Path, content: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "sets"
    if content != "no folder":
        folder.mkdir()
    if content == "nothing":
        (folder / "empty").mkdir()
    if content == "wrong arrays":
        np.savez(folder / "set.npz", a=np.zeros(3))
    assert main([str(folder)]) == 1
    assert capsys.readouterr().err.startswith("train: ")


def test_labels_are_names_of_folders(folder: Path) -> None:
    (part,) = load(folder / "files")
    assert sorted(part.labels) == [str(digit) for digit in range(10)]
