"""Sets of pictures that no model was trained on: how they are read and split."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from edgedigit.images import load_grey
from edgedigit.results import NOT_A_DIGIT
from tests.support.picture_files import png_file
from train.data.labelled import LabelledSet, load_sets
from train.data.mnist import DataError
from train.drawing.characters import draw_digits, draw_non_digits

RNG = np.random.default_rng(3)
LABELS = np.arange(30) % 10
DIGITS = draw_digits(LABELS, RNG, 28)
LETTERS = draw_non_digits("letters", 12, RNG, 28)


def write_pictures(folder: Path, pictures: np.ndarray, labels: list[str]) -> None:
    for place, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        path = folder / label / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png_file(picture))


def by_name(folder: Path) -> dict[str, LabelledSet]:
    return {part.name: part for part in load_sets(folder)}


def test_arrays_and_folders_of_files_are_the_same_sets(tmp_path: Path) -> None:
    np.savez(tmp_path / "arrays.npz", x=DIGITS, y=LABELS)
    write_pictures(tmp_path / "files", DIGITS, [str(label) for label in LABELS])
    (tmp_path / "README.md").write_text("about")
    (tmp_path / "files" / ".hidden").mkdir()
    (tmp_path / "files" / "1" / ".DS_Store").write_text("")
    (tmp_path / "files" / "about.txt").write_text("no label")
    sets = by_name(tmp_path)
    assert list(sets) == ["arrays", "files"]
    assert {part.kind for part in sets.values()} == {"digits"}
    assert sets["arrays"].label_names == [str(label) for label in LABELS]
    files = sorted(zip(sets["files"].label_names, sets["files"].pictures, strict=True))
    for label, path in files:
        np.testing.assert_array_equal(load_grey(path), DIGITS[int(path.stem)])
        assert label == str(LABELS[int(path.stem)])


def test_look_alikes_are_a_set_of_their_own(tmp_path: Path) -> None:
    names = np.array(["A", "O", "l"])
    np.savez(tmp_path / "nondigit_letters.npz", x=LETTERS, y=np.arange(12) % 3, names=names)
    write_pictures(
        tmp_path / "nondigit_signs",
        LETTERS[:4],
        ["plus", "division_slash", "subtraction_minus", "plus"],
    )
    np.savez(tmp_path / "nondigit_others.npz", x=LETTERS, y=np.zeros(12, int))
    sets = by_name(tmp_path)
    assert {
        name: (part.kind, sorted(set(part.label_names)), len(part.label_names))
        for name, part in sets.items()
    } == {
        "nondigit_letters": ("not digits", ["A"], 4),
        "nondigit_letters look-alikes": ("look-alikes", ["O", "l"], 8),
        "nondigit_signs": ("not digits", ["plus"], 2),
        "nondigit_signs look-alikes": ("look-alikes", ["division_slash", "subtraction_minus"], 2),
        "nondigit_others": ("not digits", ["0"], 12),
    }
    np.testing.assert_array_equal(list(sets["nondigit_letters"].pictures), LETTERS[::3])


def test_a_manifest_tells_small_pictures_apart(tmp_path: Path) -> None:
    write_pictures(tmp_path / "natural", DIGITS[:10], [str(label) for label in LABELS[:10]])
    rows = [{"file": f"{n}/{n}.png", "native_ge60": n < 3} for n in range(10)]
    (tmp_path / "natural" / "manifest.json").write_text(json.dumps(rows))
    sets = by_name(tmp_path)
    assert sets["natural >= 60 px"].label_names == ["0", "1", "2"]
    assert sets["natural small"].label_names == ["3", "4", "5", "6", "7", "8", "9"]


def test_printed_digits_and_pictures_of_none_are_parts_of_their_own(tmp_path: Path) -> None:
    folder = tmp_path / "singles"
    write_pictures(folder, DIGITS[:3], ["0", "1", "2"])
    write_pictures(folder / "printed", DIGITS[3:6], ["7", "7", "8"])
    write_pictures(folder, LETTERS[:2], ["none", "none"])
    assert {
        name: (part.kind, part.label_names, part.labels.tolist())
        for name, part in by_name(tmp_path).items()
    } == {
        "singles": ("digits", ["0", "1", "2"], [0, 1, 2]),
        "singles none": ("not digits", ["none", "none"], [NOT_A_DIGIT, NOT_A_DIGIT]),
        "singles printed": ("digits", ["7", "7", "8"], [7, 7, 8]),
    }


def test_sets_of_numbers_are_for_another_purpose(tmp_path: Path) -> None:
    np.savez(tmp_path / "arrays.npz", x=DIGITS, y=LABELS)
    write_numbers(tmp_path / "numbers")
    assert list(by_name(tmp_path)) == ["arrays"]


def test_halves_share_each_label_and_no_picture(tmp_path: Path) -> None:
    labels = [str(digit) for digit in RNG.integers(0, 10, 101)]
    part = LabelledSet("any", range(101), labels, "digits")
    first, second = part.halves()
    assert sorted([*first.pictures, *second.pictures]) == list(range(101))
    assert (len(first.label_names), len(second.label_names)) == (51, 50)
    for half in (first, second):
        assert half.label_names == [labels[place] for place in half.pictures]
    for digit in "0123456789":
        assert abs(first.label_names.count(digit) - second.label_names.count(digit)) <= 1


def test_halves_of_labels_that_are_all_different_are_halves() -> None:
    first, second = LabelledSet("any", range(10), list("abcdefghij"), "not digits").halves()
    assert (len(first.label_names), len(second.label_names)) == (5, 5)


def write_numbers(folder: Path) -> None:
    folder.mkdir()
    (folder / "labels.csv").write_text("file,label\n407.png,407\n")
    (folder / "407.png").write_bytes(png_file(DIGITS[0]))


def save(path: Path, **arrays: object) -> None:
    np.savez(path, **arrays)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda folder: folder.rmdir(), "is not a folder"),
        (lambda folder: None, "holds no sets"),
        (lambda folder: (folder / "notes.txt").write_text("7"), "holds no sets"),
        (lambda folder: write_numbers(folder / "strings"), "holds no sets"),
        (lambda folder: (folder / "empty").mkdir(), "empty holds no pictures"),
        (lambda folder: save(folder / "a.npz", x=DIGITS), "a.npz lacks y"),
        (lambda folder: save(folder / "a.npz", pictures=DIGITS), "a.npz lacks x, y"),
        (lambda folder: save(folder / "a.npz", x=DIGITS, y=LABELS[:9]), "must be pictures and"),
        (lambda folder: save(folder / "a.npz", x=LABELS, y=LABELS), "must be pictures and"),
        (lambda folder: save(folder / "a.npz", x=DIGITS[:0], y=LABELS[:0]), "holds no pictures"),
        (lambda folder: save(folder / "a.npz", x=DIGITS, y=LABELS + 5), "has the label 10"),
        (
            lambda folder: save(folder / "nondigit.npz", x=LETTERS, y=LABELS[:12], names=["A"]),
            "must be places in names",
        ),
        (
            lambda folder: save(folder / "nondigit.npz", x=LETTERS, y=np.ones(12), names=["A"]),
            "y must be integers",
        ),
        (lambda folder: save(folder / "a.npz", x=np.array([None]), y=LABELS[:1]), "is damaged"),
        (lambda folder: (folder / "a.npz").write_bytes(b"PK\3\4"), "is not an .npz file"),
        (lambda folder: write_pictures(folder / "s", LETTERS[:1], ["A"]), "has the label A"),
    ],
)
def test_what_holds_no_set_is_said_in_one_line(make, reason: str, tmp_path: Path) -> None:
    folder = tmp_path / "sets"
    folder.mkdir()
    make(folder)
    with pytest.raises(DataError, match=f"^[^\n]*{re.escape(reason)}[^\n]*$"):
        load_sets(folder)


@pytest.mark.parametrize("content", ["{", "3", "[3]", '[{"file": "1/1.png"}]'])
def test_a_damaged_manifest_is_an_error(content: str, tmp_path: Path) -> None:
    write_pictures(tmp_path / "natural", DIGITS[:2], ["0", "1"])
    (tmp_path / "natural" / "manifest.json").write_text(content)
    with pytest.raises(DataError, match=r"manifest\.json is no manifest"):
        load_sets(tmp_path)
