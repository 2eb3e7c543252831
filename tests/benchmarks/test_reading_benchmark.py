"""The benchmark of reading counts what is right, wrong and flagged, on pictures that say so."""

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("PIL", reason="pictures are composed with Pillow")

from PIL import Image

from benchmarks.readers import Answer, Reader
from benchmarks.reading.__main__ import main
from benchmarks.reading.dark_objects import beside_dark_objects
from benchmarks.reading.printed import find_fonts, meter_windows, printed_lines
from benchmarks.reading.scores import Outcome, Score, calibration, lost, read_set, score
from benchmarks.reading.sets import NumberSet, Sample, composed_sets, printed_sets, real_sets
from train.data.mnist import DataError, load_mnist
from train.drawing.number_lines import SingleDigits, digits_of


@pytest.fixture(scope="module")
def digits(drawn_mnist: Path) -> SingleDigits:
    return digits_of(load_mnist(drawn_mnist), "test")


def said(text: str, refusal: str | None = None) -> Answer:
    return Answer(text, refusal, 0.9)


def counted(text: str, answer: Answer) -> Score:
    return score([Outcome(text, answer, 0.1)])


def test_a_right_line_is_right() -> None:
    assert counted("123", said("123")) == Score(1, 1, 1, 0, 0, 0, 3)


def test_a_right_line_may_be_refused() -> None:
    assert counted("123", said("123", "unsure")) == Score(1, 1, 1, 1, 0, 0, 3)


@pytest.mark.parametrize(
    "answer", [said("1?3"), said("124", "length"), said("", "blank"), said("")]
)
def test_what_tells_that_it_is_wrong_is_flagged(answer: Answer) -> None:
    assert (counted("123", answer).right, counted("123", answer).unflagged) == (0, 0)


@pytest.mark.parametrize("answer", ["124", "12", "1.23", "123\n4"])
def test_what_is_wrong_and_does_not_tell_is_unflagged(answer: str) -> None:
    assert (counted("123", said(answer)).right, counted("123", said(answer)).unflagged) == (0, 1)


def test_lines_of_a_page_count_one_by_one() -> None:
    page = counted("11\n22\n33\n44", said("11\n2?\n44"))
    # The second line tells that it is wrong, and of the third there is no word.
    assert (page.lines, page.right, page.unflagged) == (4, 2, 1)
    # A sign, and a line with its end.
    assert page.edits == 1 + 3


def test_lines_that_are_lost_were_right() -> None:
    before = [Outcome("1", said(text), 0) for text in ("1", "1", "7")]
    after = [Outcome("1", said(text), 0) for text in ("1", "", "")]
    assert lost(before, after) == 1


def test_confidence_is_measured_by_whole_texts() -> None:
    outcomes = [Outcome("12", Answer(text, None, 0.99), 0) for text in ("12", "12", "12", "13")]
    assert calibration(outcomes).error == pytest.approx(0.24)
    assert calibration([Outcome("1", Answer("", "blank", 0.0), 0)]).error == 0


def read_all(numbers: NumberSet, answers: list[str]) -> tuple[list[Outcome], list[int]]:
    """What becomes of these answers, and the places of the failures."""
    rest = iter(answers)
    failed: list[int] = []
    readers = {"edgedigit": Reader(lambda *_: said(next(rest)))}
    done = read_set(numbers, readers, lambda _set, place, _sample: failed.append(place))
    return done["edgedigit"], failed


def test_signs_that_do_not_matter_are_left_out_of_answers() -> None:
    blank = np.zeros((9, 9), np.uint8)
    samples = [Sample(blank, "1200", ".,-/:"), Sample(blank, "12", ".?"), Sample(blank, "12")]
    done, failed = read_all(NumberSet("some", samples), ["1 200.-", "1?2\n?", "1.2"])
    assert [outcome.answer.text for outcome in done] == ["1200", "12", "1.2"]
    assert [outcome.is_right for outcome in done] == [True, True, False]
    assert failed == [2]


def test_readers_are_told_of_pages_and_marks() -> None:
    asked = []

    def read(_picture: NDArray[np.uint8], is_page: bool, marks: bool) -> Answer:
        asked.append((is_page, marks))
        return said("1")

    blank = np.zeros((9, 9), np.uint8)
    numbers = NumberSet("some", [Sample(blank, "1"), Sample(blank, "1\n2")], marks=True)
    assert len(read_set(numbers, {"lines": Reader(read, reads_pages=False)})["lines"]) == 1
    assert asked == [(False, True)]
    assert len(read_set(numbers, {"pages": Reader(read)})["pages"]) == 2
    assert asked[1:] == [(False, True), (True, True)]


def test_sets_say_what_is_in_their_pictures(digits: SingleDigits) -> None:
    names = []
    for numbers in composed_sets(digits, 2, seed=0):
        names.append(numbers.name)
        for sample in numbers.samples:
            assert sample.picture.dtype == np.uint8
            assert numbers.length in (None, len(sample.text))
            # Only where there are any are the others asked for marks.
            assert numbers.marks == any(mark in sample.text for mark in ".,-/:")
            assert ("\n" in sample.text) == (numbers.name == "lines of pages")
    assert len(set(names)) == 13


def test_a_dark_object_leaves_the_line_as_it_is(digits: SingleDigits) -> None:
    for pair in beside_dark_objects(digits, 12, seed=0):
        assert len(pair.text) == 5
        changed = pair.without != pair.beside
        assert 0 < changed.mean() < 0.27
        darker = pair.beside[changed].mean() < pair.without[changed].mean()
        assert darker
        # What is dark in the middle of the first is dark in the second too.
        ink = pair.without < np.median(pair.without) / 2
        assert np.mean(pair.beside[ink] == pair.without[ink]) > 0.99


def test_meters_are_white_on_black_in_grey() -> None:
    for picture, text in meter_windows([], 6, seed=0):
        assert 4 <= len(text) <= 7
        low, high = np.percentile(picture, [5, 99])
        assert low < 60
        assert high > 130
        assert low + 30 < np.median(picture[:3]) < high


def test_fonts_are_found_where_they_have_digits(tmp_path: Path) -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="brings fonts")
    fonts = find_fonts(Path(matplotlib.get_data_path()) / "fonts" / "ttf")
    names = [path.stem for path in fonts]
    assert "DejaVuSans" in names
    # It has symbols alone.
    assert "STIXSizOneSymReg" not in names
    # The second of a family comes after the first of each.
    assert names.index("DejaVuSans-Bold") != names.index("DejaVuSans")
    (tmp_path / "none.ttf").write_bytes(b"no font")
    assert find_fonts(tmp_path) == []
    assert find_fonts(None) == []
    lines = list(printed_lines(fonts[:3], seed=0))
    assert [len(text) for _, text in lines] == [6, 6, 6]
    made = {numbers.name: list(numbers.samples) for numbers in printed_sets(fonts, 2, seed=0)}
    assert [len(samples) for samples in made.values()] == [2, 2]


def write_set(folder: Path, rows: list[dict[str, str]]) -> None:
    folder.mkdir(parents=True)
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        Image.new("L", (20, 20), 200).save(folder / row["file"])


def test_other_peoples_numbers_count_by_their_tags(tmp_path: Path) -> None:
    numbers = [
        {"file": "a.png", "label": "12/34", "tags": "photo,multi-line,shadow"},
        {"file": "b.png", "label": "1?2", "tags": "math,ruled"},
        {"file": "c.png", "label": "56", "tags": "printed,line"},
        {"file": "d.png", "label": "78", "tags": "line,dash"},
    ]
    write_set(tmp_path / "numbers", numbers)
    write_set(tmp_path / "strings", [{"file": "e.png", "label": "9"}])
    real, strings = real_sets(tmp_path)
    samples = list(real.samples)
    assert [sample.text for sample in samples] == ["12\n34", "12", "56", "78"]
    rows = [[row.removeprefix("other people's: ") for row in sample.rows] for sample in samples]
    assert rows == [["shadow", "pages"], ["ruled", "math"], ["printed"], ["lines"]]
    assert {row for sample in samples for row in sample.rows} <= set(real.rows)
    assert ["?" in sample.ignored for sample in samples] == [False, True, False, False]
    assert all(set(".,-/:") <= set(sample.ignored) for sample in samples)
    assert [sample.text for sample in strings.samples] == ["9"]


def test_a_set_without_tags_is_no_set_of_numbers(tmp_path: Path) -> None:
    write_set(tmp_path / "numbers", [{"file": "a.png", "label": "1"}])
    with pytest.raises(DataError, match=r"labels\.csv lacks the column 'tags'"):
        real_sets(tmp_path)


def test_the_command_prints_all_tables(
    drawn_mnist: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failures = tmp_path / "wrong"
    options = ["--mnist", str(drawn_mnist), "--count", "2", "--no-times"]
    assert main([*options, "--failures", str(failures)]) == 0
    printed = capsys.readouterr().out
    for title in "Numbers", "Written", "Dark object", "Confidence", "Bin":
        assert f"| {title} |" in printed
    widths = [line.count("|") for line in printed.splitlines() if line]
    assert min(widths) >= 4
    for sheet in failures.glob("*.png"):
        assert list((failures / sheet.stem).glob("*.png"))


def test_data_that_cannot_be_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--mnist", str(tmp_path / "none.npz")]) == 1
    assert "error:" in capsys.readouterr().err
