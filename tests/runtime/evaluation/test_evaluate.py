"""`edgedigit evaluate`: how well a labelled folder is read."""

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

import edgedigit
from edgedigit import Classifier
from edgedigit.files.labelled import LABEL_NAMES
from edgedigit.images import load_grey
from edgedigit.normalize import normalize
from tests.support.command import run, start
from tests.support.marks import posix_only
from tests.support.picture_files import png_file
from tests.support.strict_html import Page
from train.drawing.characters import draw_digits, draw_non_digits

RNG = np.random.default_rng(21)
LABELS = np.arange(80) % 10
# So small that some are read wrong.
DIGITS = draw_digits(LABELS, RNG, 28)[:, ::3, ::3]
LETTERS = draw_non_digits("letters", 10, RNG, 28)


def write(folder: Path, name: str, picture: np.ndarray | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(picture if isinstance(picture, bytes) else png_file(picture))
    return path


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Digits of mixed sizes, letters, and what is left out: a hidden folder, a file beside."""
    folder = tmp_path_factory.mktemp("labelled")
    for place, picture in enumerate(DIGITS):
        larger = np.kron(255 - picture, np.ones((1 + place % 3, 1 + place % 3), np.uint8))
        write(folder, f"{LABELS[place]}/{place}.png", larger)
    for place, picture in enumerate(LETTERS):
        write(folder, f"not-a-digit/{place}.png", picture)
    write(folder, "9/by anna/blank.png", np.full((20, 20), 200, np.uint8))
    write(folder, ".trash/7.png", DIGITS[7])
    write(folder, "3/.hidden.png", DIGITS[7])
    write(folder, "README.md", b"about")
    return folder


def expected(folder: Path, **settings: float) -> tuple[np.ndarray, int]:
    """The confusion matrix by the Python interface, and in how many the best guess is right."""
    classifier = Classifier(**settings)
    matrix = np.zeros((11, 11), int)
    best_right = 0
    for label, name in enumerate(LABEL_NAMES):
        for path in sorted((folder / name).rglob("[!.]*.png")):
            answer = classifier.classify(path)
            matrix[label, 10 if answer.digit is None else answer.digit] += 1
            best_right += answer.best == label
    return matrix, best_right


@pytest.mark.parametrize("settings", [{}, {"min_confidence": 0.0}, {"min_confidence": 0.95}])
def test_the_figures_are_those_of_the_classifier(labelled: Path, settings: dict) -> None:
    options = [text for key, value in settings.items() for text in ("--min-confidence", str(value))]
    done = run("evaluate", labelled, "--format", "json", *options)
    assert done.stderr == ""
    figures = json.loads(done.stdout)
    matrix, best_right = expected(labelled, **settings)
    assert figures["confusion"] == matrix.tolist()
    assert (figures["best_right"], figures["accuracy"]) == (best_right, best_right / 81)
    assert (figures["pictures"], figures["digits"], figures["others"]) == (91, 81, 10)
    given = matrix[:, :10].sum()
    right = matrix.diagonal()[:10].sum()
    assert (figures["given"], figures["given_right"]) == (given, right)
    assert figures["given_wrong"] == given - right > 0
    assert figures["wrong_of_given"] == (given - right) / given
    assert figures["refused"] == matrix[:10, 10].sum()
    assert figures["others_refused"] == matrix[10, 10]
    assert figures["not_read"] == {}
    assert figures["threshold"] == settings.get("min_confidence", Classifier().min_confidence)
    for row in figures["labels"]:
        label = LABEL_NAMES.index(row["label"])
        assert row["count"] == matrix[label].sum()
        assert row["right"] == matrix[label, label]
        assert row["recall"] == matrix[label, label] / matrix[label].sum()
        reads = matrix[:, label].sum()
        assert row["precision"] == (matrix[label, label] / reads if reads else None)


def test_the_worst_mistakes_come_first(labelled: Path) -> None:
    figures = json.loads(run("evaluate", labelled, "--format", "json").stdout)
    mistakes = figures["mistakes"]
    assert len(mistakes) == figures["given_wrong"] > 1
    confidences = [mistake["confidence"] for mistake in mistakes]
    assert confidences == sorted(confidences, reverse=True)
    for mistake in mistakes:
        answer = Classifier().classify(mistake["path"])
        assert answer.digit == mistake["digit"]
        assert mistake["label"] == Path(mistake["path"]).relative_to(labelled).parts[0]
        assert mistake["label"] != str(answer.digit)


def test_the_table_says_the_same(labelled: Path) -> None:
    figures = json.loads(run("evaluate", labelled, "--format", "json").stdout)
    done = run("evaluate", labelled)
    assert done.stderr == ""
    text = done.stdout
    assert re.search(rf"^digits +{figures['digits']}$", text, re.M)
    share = figures["given_right"] / figures["digits"]
    assert re.search(rf"^  read right +{figures['given_right']} +{share:.2%}$", text, re.M)
    row = figures["labels"][3]
    numbers = [row["count"], row["right"], row["refused"]]
    shares = [f"{row['precision']:.2%}", f"{row['recall']:.2%}"]
    assert ["3", *map(str, numbers), *shares] in [line.split() for line in text.splitlines()]
    cells = [str(count) if count else "." for count in figures["confusion"][3]]
    assert ["3", *cells] in [line.split() for line in text.splitlines()]
    for mistake in figures["mistakes"][:20]:
        assert mistake["path"] in text
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_ink_is_passed_on(labelled: Path) -> None:
    matrices = {
        ink: json.loads(run("evaluate", labelled, "--ink", ink, "--format", "json").stdout)
        for ink in ("dark", "light")
    }
    for ink, figures in matrices.items():
        paths = labelled.glob("3/[!.]*.png")
        answers = [Classifier().classify(path, ink) for path in paths]
        read = [answer.digit for answer in answers if not answer.refusal]
        assert (
            figures["confusion"][3][:10] == np.bincount(np.array(read, int), minlength=10).tolist()
        )
    assert matrices["dark"] != matrices["light"]


@posix_only
def test_bad_files_are_counted_and_named(labelled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mixed"
    shutil.copytree(labelled, folder)
    bad = [
        write(folder, "0/torn.png", png_file(DIGITS[0])[:45]),
        write(folder, "1/Thumbs.db", b"text"),
        write(folder, "2/empty.png", b""),
        folder / "4" / "gone.png",
        folder / "5" / "pipe.png",
    ]
    bad[3].symlink_to("nowhere")
    os.mkfifo(bad[4])
    # More pixels than allowed.
    bad.append(write(folder, "6/large.png", np.zeros((90, 90), np.uint8)))
    page = tmp_path / "page.html"
    arguments = [folder, "--format", "json", "--max-pixels", "8000", "--report", page]
    done = run("evaluate", *arguments, status=1)
    figures = json.loads(done.stdout)
    matrix, _ = expected(labelled)
    assert figures["confusion"] == matrix.tolist()
    assert sum(figures["not_read"].values()) == 6
    assert figures["not_read"]["damaged"] == figures["not_read"]["too_large"] == 1
    assert len(done.stderr.splitlines()) == 6
    shown = Page(page.read_text("utf-8"))
    for path in bad:
        assert f"edgedigit: {path}: " in done.stderr
        assert str(path) in shown.paths
    table = run("evaluate", folder, "--max-pixels", "8000", status=1).stdout
    assert re.search(r"^not read +6$", table, re.M)


def test_a_page_shows_what_was_misread(labelled: Path, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    arguments = [labelled, "--format", "json", "--report", path, "--min-confidence", "0.2"]
    figures = json.loads(run("evaluate", *arguments).stdout)
    page = Page(path.read_text("utf-8"))
    matrix = np.array(figures["confusion"])
    refused = matrix[:10, 10].sum()
    mistakes = figures["mistakes"]
    assert len(mistakes) > 0
    assert refused > 0
    assert page.paths[: len(mistakes)] == [mistake["path"] for mistake in mistakes]
    assert len(page.paths) == len(mistakes) + refused
    pictures = page.pictures
    assert len(pictures) == 2 * len(page.paths)
    for place, name in enumerate(page.paths):
        grey = load_grey(name)
        np.testing.assert_array_equal(pictures[2 * place], grey)
        np.testing.assert_array_equal(pictures[2 * place + 1], 255 - normalize([grey])[0])
    for mistake in mistakes:
        label = mistake["label"].replace("-", " ")
        assert f"{label} read as {mistake['digit']}" in page.texts
    assert {"script", "link"}.isdisjoint(tag for tag, _ in page.tags)
    for label in range(10):
        assert f"{matrix[label, label]:,}" in page.texts


@posix_only
def test_hostile_names_in_the_table_and_on_the_page(labelled: Path, tmp_path: Path) -> None:
    wrong = json.loads(run("evaluate", labelled, "--format", "json").stdout)["mistakes"][0]["path"]
    folder = tmp_path / "<img src=x>\x1b[2J\u202e"
    names = [
        "<script>alert(1).png",
        "new\nline.png",
        "bytes\udcff.png",
        "\x1b]0;x\x07.png",
    ]
    label = Path(wrong).parent.name
    for name in names:
        (folder / label).mkdir(parents=True, exist_ok=True)
        shutil.copy(wrong, folder / label / name)
    path = tmp_path / "page.html"
    done = run("evaluate", folder, "--report", path)
    assert len([line for line in done.stdout.splitlines() if line.endswith(".png")]) == 4
    assert not set(done.stdout) & set("\x1b\x07\u202e\udcff")
    page = Page(path.read_text("utf-8"))
    assert {"script"}.isdisjoint(tag for tag, _ in page.tags)
    assert len(page.all("img")) == 8


def test_a_report_is_not_overwritten(labelled: Path, tmp_path: Path) -> None:
    path = write(tmp_path, "page.html", b"mine")
    done = run("evaluate", labelled, "--report", path, status=2)
    assert done.stdout == ""
    assert "--force overwrites it" in done.stderr
    assert path.read_bytes() == b"mine"
    run("evaluate", labelled, "--report", path, "--force")
    Page(path.read_text("utf-8"))
    done = run("evaluate", labelled, "--report", tmp_path / "no folder" / "page.html", status=1)
    assert (done.stdout, len(done.stderr.splitlines())) == ("", 1)


@pytest.mark.parametrize(
    ("names", "pictures"),
    [(["7/a.png"], 1), (["not-a-digit/a.png"], 1), ([f"4/{n}.png" for n in range(10)], 10)],
)
def test_one_class_and_few_pictures(names: list[str], pictures: int, tmp_path: Path) -> None:
    for name in names:
        write(tmp_path / "few", name, LETTERS[0] if name.startswith("n") else DIGITS[7])
    page = tmp_path / "page.html"
    figures = run("evaluate", tmp_path / "few", "--format", "json", "--report", page)
    assert json.loads(figures.stdout)["pictures"] == pictures
    Page(page.read_text("utf-8"))
    run("evaluate", tmp_path / "few")


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (["seven/a.png"], "seven is no label"),
        (["7/a.png", "10/a.png", "x/a.png"], "10 is no label"),
        (["not_a_digit/a.png"], "0, 1, 2, ... 9 and not-a-digit"),
        (["a.png"], "holds no folders"),
        (["7/.hidden.png"], "there is no file in it"),
        (["7/notes.txt", "1/notes.txt"], "none of 2 could be read"),
    ],
)
def test_what_is_no_labelled_folder(names: list[str], reason: str, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    for name in names:
        write(folder, name, b"text" if name.endswith("txt") else DIGITS[7])
    done = run("evaluate", folder, "--report", tmp_path / "page.html", status=1)
    assert done.stdout == ""
    assert reason in done.stderr.splitlines()[-1]
    assert str(folder) in done.stderr.splitlines()[-1]
    assert not (tmp_path / "page.html").exists()


def test_what_is_no_folder_or_no_model(labelled: Path, tmp_path: Path) -> None:
    file = write(tmp_path, "7.png", DIGITS[7])
    for arguments in ([tmp_path / "nowhere"], [file], [labelled, "--model", tmp_path]):
        done = run("evaluate", *arguments, status=1)
        assert done.stdout == ""
        assert re.fullmatch(r"edgedigit: [^\n]*(cannot|is no folder)[^\n]+\n", done.stderr)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a", "b"],
        ["a", "--format", "csv"],
        ["a", "--min-confidence", "nan"],
        ["a", "--ink", "x"],
    ],
)
def test_wrong_usage(arguments: list[str]) -> None:
    done = run("evaluate", *arguments, status=2)
    assert done.stdout == ""
    assert "usage: edgedigit" in done.stderr


@posix_only
def test_a_closed_pipe_ends_quietly(labelled: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as pipe:
        done = run("evaluate", labelled, capture_output=False, stdout=pipe, stderr=subprocess.PIPE)
    assert done.stderr == ""


@posix_only
def test_an_interrupt(labelled: Path, tmp_path: Path) -> None:
    # The first file is bad, so that a line says when it runs; the others take their time.
    write(tmp_path / "many", "0/0.txt", b"text")
    large = write(tmp_path, "large.png", np.kron(DIGITS[1], np.ones((150, 150), np.uint8)))
    (tmp_path / "many" / "1").mkdir()
    for number in range(2000):
        os.link(large, tmp_path / "many" / "1" / f"{number}.png")
    arguments = ["evaluate", tmp_path / "many", "--report", tmp_path / "page.html"]
    with start(*arguments, stdout=subprocess.PIPE) as process:
        assert b"0.txt" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert not (tmp_path / "page.html").exists()


def test_in_python_the_same_figures(labelled: Path) -> None:
    evaluation = edgedigit.evaluate(labelled)
    shown = json.loads(run("evaluate", labelled, "--format", "json").stdout)
    assert json.loads(json.dumps(evaluation.to_dict())).items() <= shown.items()
    assert evaluation.matrix.sum() == len(DIGITS) + len(LETTERS) + 1


@pytest.mark.parametrize(
    ("folder", "error"), [(7, TypeError), ("no such folder", edgedigit.EdgeDigitError)]
)
def test_in_python_what_is_no_labelled_folder(folder: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"must be a str|cannot read no such folder"):
        edgedigit.evaluate(folder)  # type: ignore[arg-type]
