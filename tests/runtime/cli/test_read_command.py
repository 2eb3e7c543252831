"""`edgedigit read`: the options and outputs of `classify`, with numbers."""

import csv
import io
import json
import os

import numpy as np
import pytest

import edgedigit
from tests.runtime.reading.test_reading import line_of, page_of
from tests.support.command import run
from tests.support.line_networks import model_with_lines, put_lines, tiny_lines
from tests.support.marks import slow_but
from tests.support.picture_files import png_file
from tests.support.strict_html import Page

COLUMNS = ["path", "status", "text", "confidence", "refusal", "error", "stamp", "page", "pages"]


@pytest.fixture
def folder(tmp_path):
    """Two numbers, a page of two lines, a blank picture, and what is no picture."""
    path = tmp_path / "forms"
    path.mkdir()
    for text in ("40713", "88"):
        (path / f"{text}.png").write_bytes(png_file(255 - line_of(text)))
    (path / "page.png").write_bytes(png_file(255 - page_of("407", "13")))
    (path / "blank.png").write_bytes(png_file(np.full((90, 300), 200, np.uint8)))
    (path / "notes.png").write_text("no picture")
    return path


def rows_of(text):
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert rows[0] == COLUMNS
    return {os.path.basename(row[0]): dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]}


def test_csv(folder):
    done = run("read", folder, "--format", "csv", status=1)
    rows = rows_of(done.stdout)
    found = {name: (row["status"], row["text"], row["refusal"]) for name, row in rows.items()}
    assert found == {
        "40713.png": ("ok", "40713", ""),
        "88.png": ("ok", "88", ""),
        "page.png": ("ok", "407\n13", ""),
        "blank.png": ("refused", "", "blank"),
        "notes.png": ("not_an_image", "", ""),
    }
    confidence = edgedigit.read(folder / "88.png").confidence
    assert float(rows["88.png"]["confidence"]) == pytest.approx(confidence, abs=1e-6)
    assert rows["notes.png"]["confidence"] == ""
    assert "not a picture" in rows["notes.png"]["error"]
    assert done.stderr.splitlines()[-1].startswith("5 files: 3 numbers, 1 refused, 1 not read; ")


def test_json_has_boxes(folder):
    done = run("read", folder / "40713.png", "--format", "jsonl")
    record = json.loads(done.stdout)
    reading = edgedigit.read(folder / "40713.png")
    assert list(record) == [*COLUMNS[:-2], "digits", "marks", "turned", *COLUMNS[-2:]]
    assert [digit["box"] for digit in record["digits"]] == [list(d.box) for d in reading.digits]
    assert [digit["digit"] for digit in record["digits"]] == [4, 0, 7, 1, 3]
    assert {digit["refusal"] for digit in record["digits"]} == {None}
    records = json.loads(run("read", folder, "--format", "json", status=1).stdout)
    assert [len(record["digits"] or []) for record in records] == [2, 5, 0, 0, 5]


def test_table(folder):
    lines = run("read", folder, status=1).stdout.splitlines()
    assert lines[0].split() == ["text", "confidence", "status", "file"]
    (page,) = (line for line in lines if line.endswith("page.png"))
    assert page.startswith("407 | 13 ")
    (blank,) = (line for line in lines if line.endswith("blank.png"))
    assert blank.split()[:2] == ["-", "blank"]


def test_options_are_passed_on(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png_file(255 - line_of("12 34.5")))

    def read(*options):
        return json.loads(run("read", path, "--format", "jsonl", *options).stdout)

    assert read()["text"] == "1234.5"
    assert read("--spaces")["text"] == "12 34.5"
    assert read("--no-marks")["text"] == "12345"
    refused = read("--min-confidence", "1")
    assert (refused["status"], refused["refusal"]) == ("refused", "unsure")
    assert refused["text"] == "1234.5"
    assert [digit["best"] for digit in refused["digits"]] == [1, 2, 3, 4, 5]
    assert read("--length", "5")["status"] == "ok"
    other = read("--length", "6")
    assert (other["status"], other["refusal"]) == ("refused", "length")
    assert other["text"] == "1234.5"


def test_json_is_what_to_dict_gives(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(png_file(255 - line_of("-40.57")))
    record = json.loads(run("read", path, "--format", "jsonl").stdout)
    said = edgedigit.read(path).to_dict()
    assert [mark["text"] for mark in record["marks"]] == ["-", "."]
    assert [mark["box"] for mark in record["marks"]] == [mark["box"] for mark in said["marks"]]
    assert {name: record[name] for name in ("text", "refusal", "turned")} == {
        name: said[name] for name in ("text", "refusal", "turned")
    }
    assert record["confidence"] == pytest.approx(said["confidence"], abs=1e-6)
    for shown, digit in zip(record["digits"], said["digits"], strict=True):
        assert shown["probabilities"] == pytest.approx(digit["probabilities"], abs=1e-6)


@pytest.mark.parametrize("form", slow_but(1, ["csv", "json", "jsonl"]))
def test_a_torn_output_is_resumed(folder, tmp_path, form):
    whole = tmp_path / f"whole.{form}"
    run("read", folder, "-o", whole, status=1)
    output = tmp_path / f"out.{form}"
    for size in range(20, whole.stat().st_size, 331):
        output.write_bytes(whole.read_bytes()[:size])
        run("read", folder, "-o", output, "--resume", status=1)
        assert output.read_bytes() == whole.read_bytes()
    # The answers depend on these, so that nothing of it is known.
    for options in (["--length", "2"], ["--no-marks"], ["--spaces"]):
        done = run("read", folder, "-o", output, "--resume", *options, status=1)
        assert "known" not in done.stderr


def test_another_line_network_is_noticed(folder, tmp_path):
    model, output = model_with_lines(tmp_path / "model"), tmp_path / "out.csv"

    def resumed():
        run("read", folder, "-o", output, "--resume", "--model", model, status=1)
        done = run("read", folder, "-o", output, "--resume", "--model", model, status=1)
        assert "5 known" in done.stderr or "4 known" in done.stderr
        return output.read_text()

    before = resumed()
    put_lines(model, tiny_lines("2"))
    assert resumed() != before
    before = output.read_text()
    put_lines(model, tiny_lines("2"), confidence={"slope": 0.5, "offset": 0.0, "threshold": 0.1})
    assert resumed() != before


def test_a_run_of_another_command_is_not_resumed(folder, tmp_path):
    for form in ("csv", "jsonl"):
        output = tmp_path / f"out.{form}"
        run("classify", folder, "-o", output, status=1)
        before = output.read_bytes()
        done = run("read", folder, "-o", output, "--resume", status=1)
        assert "cannot resume" in done.stderr
        assert output.read_bytes() == before


def test_refused_pictures_are_copied(folder):
    options = ["--length", "5", "--save-refused", folder / "refused"]
    done = run("read", folder, "-r", *options, status=1)
    assert done.stderr.splitlines()[-1].startswith("5 files: 2 numbers, 2 refused, 1 not read; ")
    names = sorted(path.name for path in (folder / "refused").iterdir())
    assert names == ["88.png", "blank.png"]


def test_annotated_pictures_have_boxes(folder):
    pytest.importorskip("PIL")
    (folder / "40713.png").write_bytes(png_file(255 - line_of("-40.713")))
    target = folder / "boxes"
    for _ in range(2):  # what is there already is not written again, nor read
        done = run("read", folder, "-r", "--annotate", target, status=1)
        assert done.stderr.splitlines()[-1].startswith("5 files: ")
    names = [f"{stem}.annotated.png" for stem in ("40713", "88", "blank", "page")]
    assert sorted(path.name for path in target.iterdir()) == names
    from PIL import Image

    with Image.open(target / "40713.annotated.png") as image:
        picture = np.asarray(image)
    with Image.open(folder / "40713.png") as image:
        assert picture.shape == (*image.size[::-1], 3)
    coloured = picture[..., 0] != picture[..., 2]
    (signs,) = edgedigit.read(folder / "40713.png").lines
    assert len(signs) == 7
    top, bottom = min(sign.box.top for sign in signs), max(sign.box.bottom for sign in signs)
    sides = set()
    for sign in signs:
        box = sign.box
        assert coloured[box.top : box.bottom, box.left - 1].mean() > 0.9
        if isinstance(sign, edgedigit.ReadDigit):  # that of a dot is above it, and in the line
            columns = coloured[:, box.left : box.right]
            sides.add((columns[: top - 3].any(), columns[bottom + 3 :].any()))
    assert sides in ({(True, False)}, {(False, True)})  # all labels on one side of the ink


def test_a_report_shows_numbers_and_refusals(folder, tmp_path):
    report = tmp_path / "report.html"
    run("read", folder, "--length", "5", "--report", report, status=1)
    page = Page(report.read_text("utf-8"))
    assert len(page.pictures) == 4
    assert "407 | 13 " in page.text
    for heading in ("Refused: another length", "Refused: blank", "Failed: not an image"):
        assert heading in page.text
    assert "exists" in run("read", folder, "--report", report, status=2).stderr


def test_annotating_without_pillow_names_the_extra(folder):
    (folder / "PIL.py").write_text("raise ImportError")
    done = run("read", folder, "--annotate", folder / "x", cwd=folder, status=1)
    assert done.stderr == 'edgedigit: --annotate needs Pillow: pip install "edgedigit[images]"\n'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["read"], "PATH"),
        (["read", "x", "--length", "0"], "'0' is not a whole number of at least 1"),
        (["read", "x", "--marks"], "--marks"),
    ],
)
def test_wrong_usage(arguments, message):
    assert message in run(*arguments, status=2).stderr
