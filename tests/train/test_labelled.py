"""Labelled sets: how folders and arrays are read, and what of them can be used."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from edgedigit.images import load_grey
from edgedigit.normalize import normalize
from edgedigit.results import NOT_A_DIGIT
from tests.support.picture_files import png_file
from train.data.labelled import LabelledSet, load_labelled, prepare, warn_unreadable
from train.data.mnist import DataError, load_mnist
from train.drawing.characters import draw_digits, draw_non_digits

RNG = np.random.default_rng(5)
LABELS = np.arange(20) % 10
DIGITS = draw_digits(LABELS, RNG, 28)
LETTERS = draw_non_digits("letters", 6, RNG, 28)


def write(folder: Path, label: str, name: str, picture: np.ndarray | bytes) -> Path:
    path = folder / label / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture if isinstance(picture, bytes) else png_file(picture))
    return path


def normalized(labelled: LabelledSet) -> tuple[np.ndarray, np.ndarray, list[tuple[str, str]]]:
    """The inks and labels of what can be read, and what cannot."""
    found = prepare(labelled)
    warn_unreadable(found.unreadable)
    return found.prepared.inks, labelled.labels[found.places], found.unreadable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A labelled folder with pictures of mixed sizes, and things that are none beside them."""
    root = tmp_path / "mine"
    for place, picture in enumerate(DIGITS):
        larger = np.kron(picture, np.ones((1 + place % 3, 2 + place % 2), np.uint8))
        write(root, str(LABELS[place]), f"{place}.png", larger)
    write(root, "not-a-digit", "a.png", LETTERS[0])
    write(root, "3/by anna", "deep.png", DIGITS[3])
    write(root, "3", ".hidden.png", DIGITS[4])
    write(root, ".thumbnails", "0.png", DIGITS[4])
    (root / "README.md").write_text("about")
    (root / "8" / "nothing in it").mkdir()
    return root


def test_a_folder_gives_its_files_with_their_labels(folder: Path) -> None:
    labelled = load_labelled(folder)
    assert labelled.name == "mine"
    assert labelled.labels.dtype == np.int64
    found = {
        os.path.relpath(path, folder): label
        for path, label in zip(labelled.pictures, labelled.labels.tolist(), strict=True)
    }
    assert found == {
        **{f"{LABELS[place]}/{place}.png": LABELS[place] for place in range(20)},
        "not-a-digit/a.png": NOT_A_DIGIT,
        "3/by anna/deep.png": 3,
    }
    inks, labels, unreadable = normalized(labelled)
    assert inks.dtype == np.uint8
    np.testing.assert_array_equal(labels, labelled.labels)
    np.testing.assert_array_equal(inks, normalize([load_grey(path) for path in labelled.pictures]))
    assert unreadable == []


@pytest.mark.parametrize(
    ("arrays", "labels"),
    [
        ({"x": DIGITS, "y": LABELS}, LABELS),
        ({"x": DIGITS, "y": LABELS.astype(np.uint8)}, LABELS),
        ({"x": DIGITS, "y": np.full(20, 10)}, np.full(20, NOT_A_DIGIT)),
        (
            {"x": DIGITS, "y": LABELS % 2, "names": ["7", "not-a-digit"]},
            np.where(LABELS % 2, NOT_A_DIGIT, 7),
        ),
    ],
)
def test_arrays(arrays: dict, labels: np.ndarray, tmp_path: Path) -> None:
    np.savez(tmp_path / "some.npz", **arrays)
    labelled = load_labelled(tmp_path / "some.npz")
    assert labelled.name == "some"
    np.testing.assert_array_equal(labelled.labels, labels)
    inks, kept, unreadable = normalized(labelled)
    np.testing.assert_array_equal(inks, normalize(DIGITS))
    np.testing.assert_array_equal(kept, labels)
    assert unreadable == []


def test_colour_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "rgb.npz", x=np.repeat(DIGITS[..., None], 3, axis=3), y=LABELS)
    inks, _, _ = normalized(load_labelled(tmp_path / "rgb.npz"))
    np.testing.assert_array_equal(inks, normalize(DIGITS))


def test_what_is_called_nondigit_has_any_labels(tmp_path: Path) -> None:
    np.savez(tmp_path / "nondigit_abc.npz", x=LETTERS, y=np.arange(6) % 2, names=["A", "B"])
    write(tmp_path / "nondigit_signs", "plus", "1.png", LETTERS[0])
    write(tmp_path / "nondigit_signs", "7", "2.png", LETTERS[1])
    for name, count in (("nondigit_abc.npz", 6), ("nondigit_signs", 2)):
        assert load_labelled(tmp_path / name).labels.tolist() == [NOT_A_DIGIT] * count


def test_the_parts_of_mnist(drawn_mnist: Path) -> None:
    data = load_mnist(drawn_mnist)
    training, validation = data.split()
    parts = {"train": training, "validation": validation, "test": (data.x_test, data.y_test)}
    for part, (x, y) in parts.items():
        labelled = load_labelled(drawn_mnist, part)
        assert labelled.name == f"drawn {part}"
        np.testing.assert_array_equal(labelled.pictures, x)
        np.testing.assert_array_equal(labelled.labels, y)
    np.testing.assert_array_equal(load_labelled(drawn_mnist).labels, data.y_test)


def test_what_cannot_be_read_is_left_out_and_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = [
        write(folder, "0", "torn.png", png_file(DIGITS[0])[:60]),
        write(folder, "1", "Thumbs.db", b"not a picture"),
        write(folder, "2", "empty.png", b""),
    ]
    (folder / "4" / "gone.png").symlink_to(folder / "nowhere.png")
    os.mkfifo(folder / "5" / "pipe.png")
    expected = {*map(str, bad), f"{folder}/4/gone.png", f"{folder}/5/pipe.png"}
    labelled = load_labelled(folder)
    inks, labels, unreadable = normalized(labelled)
    assert len(inks) == len(labels) == 22
    assert {name for name, _ in unreadable} == expected
    assert all(reason for _, reason in unreadable)
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 5
    for name, reason in unreadable:
        assert f"{name}: {reason}" in err
    readable = [path for path in labelled.pictures if str(path) not in expected]
    np.testing.assert_array_equal(inks, normalize([load_grey(path) for path in readable]))


def test_hundreds_of_bad_files_are_counted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(200):
        write(folder, "6", f"bad {number}.png", b"bad")
    _, labels, unreadable = normalized(load_labelled(folder))
    assert (len(labels), len(unreadable)) == (22, 200)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) < 20
    assert sum("bad " in line for line in lines) + int(re.findall(r"\d+", lines[-1])[0]) == 200


def test_nothing_that_can_be_read(tmp_path: Path) -> None:
    write(tmp_path / "bad", "0", "a.png", b"bad")
    with pytest.raises(DataError, match=r"none of the pictures of bad can be read.*a\.png: "):
        normalized(load_labelled(tmp_path / "bad"))


def test_one_class_and_one_picture_are_enough(tmp_path: Path) -> None:
    path = write(tmp_path / "one", "7", "a.png", DIGITS[7])
    labelled = load_labelled(tmp_path / "one")
    assert (list(labelled.pictures), labelled.labels.tolist()) == ([path], [7])


def save(path: Path, **arrays: object) -> None:
    np.savez(path / "set.npz", **arrays)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: write(path / "set", "seven", "1.png", DIGITS[7]), "set/seven is no label"),
        (lambda path: write(path / "set", "10", "1.png", DIGITS[7]), "set/10 is no label"),
        (lambda path: write(path / "set", "07", "1.png", DIGITS[7]), "set/07 is no label"),
        (lambda path: write(path / "set", "٣", "1.png", DIGITS[3]), "set/٣ is no label"),
        (
            lambda path: [write(path / "set", name, "1.png", DIGITS[7]) for name in "7xy"],
            "0, 1, 2, ... 9 and not-a-digit",
        ),
        (lambda path: (path / "set").mkdir(), "set holds no folders"),
        (lambda path: write(path, "set", "7.png", DIGITS[7]), "set holds no folders"),
        (lambda path: (path / "set" / "7").mkdir(parents=True), "set holds no pictures"),
        (lambda path: None, "does not exist"),
        (lambda path: (path / "set.npz").write_text("7"), "is not an .npz file"),
        (lambda path: (path / "set.npz").write_bytes(b"PK\3\4"), "is not an .npz file"),
        (lambda path: save(path, x=DIGITS), "set.npz lacks y"),
        (lambda path: save(path, y=LABELS), "set.npz lacks x"),
        (lambda path: save(path, pictures=DIGITS), "neither x and y nor x_train"),
        (lambda path: save(path, x_train=DIGITS, y_train=LABELS), "lacks x_test, y_test"),
        (lambda path: save(path, x=DIGITS[:0], y=LABELS[:0]), "holds no pictures"),
        (lambda path: save(path, x=DIGITS[:, :0], y=LABELS), "holds no pictures"),
        (lambda path: save(path, x=DIGITS / 255, y=LABELS), "x must be uint8, not float64"),
        (lambda path: save(path, x=DIGITS, y=LABELS[:9]), "must be pictures and labels"),
        (lambda path: save(path, x=DIGITS[0], y=LABELS), "must be pictures and labels"),
        (lambda path: save(path, x=DIGITS, y=np.eye(20)), "must be pictures and labels"),
        (lambda path: save(path, x=DIGITS[..., None][..., [0] * 5], y=LABELS), "1 to 4 channels"),
        (lambda path: save(path, x=DIGITS, y=LABELS * np.nan), "y must be integers, not float"),
        (lambda path: save(path, x=DIGITS, y=LABELS + 2), "not 2 to 11"),
        (lambda path: save(path, x=DIGITS, y=LABELS - 1), "not -1 to 8"),
        (lambda path: save(path, x=DIGITS, y=LABELS, names=["7"]), "must be places in names"),
        (
            lambda path: save(path, x=DIGITS, y=LABELS % 2, names=["7", "seven"]),
            "'seven' in names is no label",
        ),
        (lambda path: save(path, x=DIGITS, y=LABELS % 1, names=[["7"]]), "names must be of shape"),
        (lambda path: save(path, x=np.array([None]), y=LABELS[:1]), "is damaged"),
    ],
)
def test_what_is_no_labelled_set_is_said_in_one_line(make, reason: str, tmp_path: Path) -> None:
    make(tmp_path)
    path = tmp_path / "set"
    path = path if path.exists() else tmp_path / "set.npz"
    with pytest.raises(DataError, match=f"^[^\n]*{re.escape(reason)}[^\n]*$") as caught:
        load_labelled(path)
    assert str(path) in str(caught.value)
