import base64
import os
import re
from pathlib import Path

import numpy as np
import pytest

from edgedigit.errors import OutputError
from edgedigit.images import load_grey
from edgedigit.results import Refusal, Status
from edgedigit.runs.report import Report
from edgedigit.runs.rows import ClassifyRow, ReadRow
from tests.support.browser import chromium
from tests.support.marks import posix_only
from tests.support.picture_files import png_file
from tests.support.strict_html import Page

DICE = np.random.default_rng(8)
HOSTILE = [
    "<script>alert(1)</script>.png",
    "\"><img src=x onerror='alert(1)'>.png",
    "new\nline\r.png",
    "bytes\udcff\udc80.png",
    "\u202egnp.exe",
    "&lt;&amp;.png",
    "-->]]></style></title>.png",
]


REFUSALS = sorted(set(Refusal) - {Refusal.LENGTH})
"""Those of single digits."""


def read(path: str, digit: int = 3, confidence: float = 0.9) -> ClassifyRow:
    return ClassifyRow(path, Status.OK, digit, confidence, digit, None, None, None)


def refused(path: str, refusal: Refusal, confidence: float = 0.2, best: int = 7) -> ClassifyRow:
    return ClassifyRow(path, Status.REFUSED, None, confidence, best, refusal, None, None)


def failed(path: str, status: Status, error: str = "no picture") -> ClassifyRow:
    return ClassifyRow(path, status, None, None, None, None, error, None)


def picture(height: int = 28, width: int = 28) -> np.ndarray:
    return DICE.integers(0, 256, (height, width), np.uint8)


@pytest.fixture
def written(tmp_path):
    """Writes a report of rows, each perhaps with a picture, and reads it strictly."""

    def write(rows, summary="a summary"):
        path = tmp_path / "report.html"
        report = Report(str(path))
        for row in rows:
            report.add(*row) if isinstance(row[0], ClassifyRow) else report.add(row)
        report.write(summary)
        return Page(path.read_text("utf-8"))

    return write


def number(path: str, text: str, confidence: float, refusal: Refusal | None = None) -> ReadRow:
    status = Status.OK if refusal is None else Status.REFUSED
    return ReadRow(path, status, text, confidence, refusal, None, None)


def test_numbers_are_shown_with_their_text_and_why_they_are_refused(tmp_path):
    path = tmp_path / "report.html"
    report = Report(str(path), numbers=True)
    report.add(number("sure", "-40.57", 0.99), png_file(picture()))
    report.add(number("page", "407\n13", 0.8), png_file(picture()))
    report.add(number("short", "407", 0.9, Refusal.LENGTH), png_file(picture()))
    report.add(number("torn", "4?7", 0.3, Refusal.UNSURE), png_file(picture()))
    report.add(number("empty", "", 0.0, Refusal.BLANK), png_file(picture()))
    report.add(number("hostile", '<b>"1', 0.7), png_file(picture()))
    report.add(ReadRow("bad", Status.DAMAGED, None, None, None, "cut off", None))
    report.write("a summary")
    page = Page(path.read_text("utf-8"))
    assert page.paths == ["hostile", "page", "sure", "empty", "short", "torn", "bad"]
    assert len(page.pictures) == 6
    for words in (
        *("-40.57 99.0%", "407 | 13 80.0%", "407 90.0%", "4?7 30.0%", '<b>"1 70.0%'),
        *("Refused: another length", "Refused: unsure", "Refused: blank", "Failed: damaged"),
    ):
        assert words in page.text
    assert re.search(r"Read\s*Numbers\s*3\s", page.text)


def test_the_part_that_was_read_is_shown(tmp_path):
    grey = picture()
    path = tmp_path / "report.html"
    report = Report(str(path), region=(4, 6, 20, 28))
    report.add(read("a.png"), png_file(grey))
    report.write("a summary")
    (shown,) = re.findall(r"base64,([^\"]+)", path.read_text("utf-8"))
    assert np.array_equal(load_grey(base64.b64decode(shown)), grey[6:28, 4:20])


def test_pictures_are_shown_as_they_are(written):
    shapes = [(28, 28), (1, 64), (64, 5), (8, 8)]
    originals = [picture(*shape) for shape in shapes]
    page = written([(read(str(i), confidence=i / 9), png_file(p)) for i, p in enumerate(originals)])
    for shown, original in zip(page.pictures, originals, strict=True):
        np.testing.assert_array_equal(shown, original)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((128, 128), (64, 64)),
        ((300, 200), (64, 43)),
        ((65, 64), (64, 63)),
        ((700, 1400), (32, 64)),
        ((9, 9000), (1, 64)),
        ((4000, 4), (64, 1)),
    ],
)
def test_large_pictures_become_small_in_their_proportions(written, shape, expected):
    height = shape[0]
    bright_top = np.zeros(shape, np.uint8)
    bright_top[: height // 2] = 200
    (shown,) = written([(read("large"), png_file(bright_top))]).pictures
    assert shown.shape == expected
    assert abs(shown.mean() - bright_top.mean()) < 3
    if height > 9:
        assert shown[0, 0] == 200
        assert shown[-1, -1] == 0


def test_files_are_read_in_the_orientation_that_they_are_classified_in(written, tmp_path):
    pillow = pytest.importorskip("PIL.Image", reason="needs Pillow")
    exif = pillow.Exif()
    exif[0x0112] = 6
    path = tmp_path / "turned.jpg"
    pillow.fromarray(picture(20, 40)).save(path, exif=exif, quality=95)
    (shown,) = written([read(str(path))]).pictures
    assert shown.shape == (40, 20)
    np.testing.assert_array_equal(shown, load_grey(path))


def test_the_least_certain_come_first_and_are_the_ones_that_are_kept(written):
    confidences = DICE.permutation(3000) / 3000
    page = written([(read(f"{c:.4f}", 4, float(c)), png_file(picture(2, 2))) for c in confidences])
    assert 1000 < len(page.paths) < 3000
    assert page.paths == [f"{i / 3000:.4f}" for i in range(len(page.paths))]
    assert f"The {len(page.paths):,} least certain of 3,000 files" in page.text


def test_long_lists_are_split_into_pages_that_say_how_sure_their_answers_are(written):
    page = written([read(f"img{i}", 4, i / 1000) for i in range(150)])
    assert len(page.all("details")) == 3  # the numbers of the histogram are in one too
    assert page.paths == [f"img{i}" for i in range(150)]
    for name in "61 to 120 of 150: 6.0% to 11.9%", "121 to 150 of 150: 12.0% to 14.9%":
        assert name in page.text


def test_equally_certain_files_keep_the_order_of_the_run(written):
    page = written([read(f"img{i}", 4, 0.5) for i in range(300)])
    assert page.paths == [f"img{i}" for i in range(len(page.paths))]


def test_refused_files_are_grouped_by_reason_the_doubtful_ones_first(written):
    rows = [refused(f"unsure{i}", Refusal.UNSURE, i / 10) for i in range(5)]
    rows += [refused(f"other{i}", Refusal.NOT_A_DIGIT, i / 10, 6) for i in range(3)]
    rows += [refused("empty", Refusal.BLANK, 0.0, 0)]
    page = written(rows)
    others, unsure = ["other2", "other1", "other0"], [f"unsure{i}" for i in (4, 3, 2, 1, 0)]
    assert page.paths == ["empty", *others, *unsure]
    assert "7? 40.0%" in page.text
    assert "6? 20.0%" in page.text
    assert "0? " not in page.text  # there is no guess at what is blank
    for heading in ("Refused: blank", "Refused: not a digit", "Refused: unsure"):
        assert heading in page.text


def test_failed_files_are_listed_by_status_with_their_reason(written):
    many = [failed(f"text{i}", Status.NOT_AN_IMAGE) for i in range(4000)]
    page = written([*many, failed("locked", Status.PERMISSION_DENIED, "Permission <denied>")])
    assert "Permission <denied>" in page.text
    assert "locked" in page.paths  # however many others there are
    assert page.paths[0] == "text0"
    assert re.search(r"The first [\d,]+ of 4,000 files", page.text)
    assert page.pictures == []


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.OK, Status.REFUSED}))
def test_every_way_to_fail_is_counted(written, status):
    page = written([failed("a", status), failed("b", status)])
    assert page.paths == ["a", "b"]
    assert status.replace("_", " ").capitalize() in page.text


def test_counts_and_histogram_are_of_all_files(written):
    rows = [read(f"{i}", i % 3, 0.97) for i in range(3000)]
    rows += [read("certain", 1, 1.0), refused("x", Refusal.UNSURE, 0.0)]
    rows += [refused("b", Refusal.BLANK, 0.0, 0)]
    page = written(rows)
    assert re.search(r"0\s*1,000\s*1\s*1,001\s*2\s*1,000\s*3\s*0\s", page.text)
    assert re.search(r"95 to 100 %\s*3,001\s*0\s", page.text)
    assert re.search(r"\b0 to 5 %\s*0\s*1\s", page.text)
    assert len(page.all("rect")) == 2


@pytest.mark.parametrize("name", HOSTILE)
def test_names_cannot_break_the_page(written, name):
    rows = [read(name), refused(name, Refusal.UNSURE), failed(name, Status.DAMAGED, name)]
    page, plain = written(rows, name), written([read("a"), refused("a", Refusal.UNSURE), rows[2]])
    assert {tag for tag, _ in page.tags} == {tag for tag, _ in plain.tags}
    assert len(set(page.paths)) == 1
    shown = page.paths[0]
    assert shown.isprintable()
    assert page.text.count(shown) == 5  # three names, the reason and the summary


def test_the_page_needs_nothing_but_itself(written):
    page = written([(read(name), png_file(picture())) for name in HOSTILE])
    assert not {"script", "link", "iframe", "object", "form"} & {tag for tag, _ in page.tags}
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
        assert (attributes.get("href") or "#").startswith("#")
        assert (attributes.get("src") or "data:image/png").startswith("data:image/png")
    (policy,) = [a["content"] for a in page.all("meta") if "http-equiv" in a]
    assert "default-src 'none'" in policy
    assert [a["lang"] for a in page.all("html")] == ["en"]
    assert all(a["alt"] for a in page.all("img"))
    targets = {a["id"] for _, a in page.tags if "id" in a}
    assert {a["href"] for a in page.all("a")} <= {f"#{target}" for target in targets}
    assert {a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a} <= targets


def test_the_style_reaches_for_nothing(written, tmp_path):
    written([])
    text = (tmp_path / "report.html").read_text("utf-8")
    for sign in ("http:", "https:", "url(", "@import"):
        assert sign not in text


@pytest.mark.parametrize("sign", ["&", "'", "\udcff", "/", "\U00020000"])
def test_the_page_stays_small_for_the_worst_files(written, tmp_path, sign):
    noise = png_file(picture(64, 64))
    name = sign * 1000
    rows: list[tuple[ClassifyRow, bytes | None]] = []
    for i in range(4000):
        rows.append((read(f"{i}{name}", i % 10, i / 4000), noise))
        rows.append((refused(f"{i}{name}", REFUSALS[i % len(REFUSALS)], i / 4000), noise))
        rows.append((failed(f"{i}{name}", list(Status)[2 + i % (len(Status) - 2)], name), None))
    page = written(rows)
    assert (tmp_path / "report.html").stat().st_size < 13_000_000
    assert 500 < len(page.all("img")) < 3000


def test_files_that_are_gone_or_changed_get_a_placeholder(written, tmp_path):
    good, gone, broken = (tmp_path / name for name in ("good.png", "gone.png", "broken.png"))
    good.write_bytes(png_file(picture()))
    broken.write_bytes(b"no picture any more")
    page = written([read(str(path)) for path in (gone, broken, good, tmp_path)])
    assert len(page.pictures) == 1
    assert page.text.count("cannot be read any more") == 3
    assert len(page.paths) == 4


def test_pictures_above_the_limit_are_not_read(tmp_path):
    report = Report(str(tmp_path / "report.html"), max_pixels=100)
    report.add(read("large"), png_file(picture(11, 10)))
    report.add(read("small"), png_file(picture(10, 10)))
    report.write("")
    assert len(Page((tmp_path / "report.html").read_text("utf-8")).pictures) == 1


def test_a_run_without_files_gives_a_page(written):
    page = written([], "0 files")
    assert "0 files" in page.text
    assert page.paths == []


def test_a_report_replaces_an_older_one_whole(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    Report(str(path)).write("new")
    assert "new" in Page(path.read_text("utf-8")).text
    assert os.listdir(tmp_path) == ["report.html"]


def test_a_report_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    class Interrupts:
        def read(self, size: int) -> bytes:
            raise KeyboardInterrupt

    path = tmp_path / "report.html"
    path.write_text("old")
    report = Report(str(path))
    report.add(read("a"), Interrupts())
    with pytest.raises(KeyboardInterrupt):
        report.write("")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["report.html"]


@posix_only
def test_a_link_stays_and_leads_to_the_new_report(tmp_path):
    target, link = tmp_path / "real.html", tmp_path / "link.html"
    target.write_text("old")
    link.symlink_to(target)
    Report(str(link)).write("new")
    assert link.is_symlink()
    assert "new" in target.read_text("utf-8")


@pytest.mark.parametrize("name", ["", "missing/report.html", "file/report.html"])
def test_what_cannot_be_written_is_one_clear_error(tmp_path, name):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot write"):
        Report(str(tmp_path / name)).write("")
    assert os.listdir(tmp_path) == ["file"]


@posix_only
def test_a_device_is_not_replaced():
    with pytest.raises(OutputError, match="not a regular file"):
        Report(os.devnull).write("")
    assert Path(os.devnull).is_char_device()


def test_what_is_chosen_is_shown_alone(tmp_path):
    sure = [read(f"sure {i}", 1, 0.999) for i in range(1000)]
    report = Report(str(tmp_path / "report.html"))
    for row in (*sure, read("doubtful", 2), refused("unsure", Refusal.UNSURE)):
        report.add(row, png_file(picture()))
    report.add(failed("bad", Status.DAMAGED))
    report.write("a summary")
    with chromium() as browser:
        page = browser.new_page()
        page.goto((tmp_path / "report.html").as_uri())
        shown = {}
        for label in "All", "Doubtful, below 99 %", "Refused", "Failed":
            page.get_by_label(label, exact=True).check()
            shown[label] = page.locator("bdi:visible").all_inner_texts()
        page.get_by_label("All", exact=True).check()
        page.get_by_text("61 to 120 of").click()
        opened = page.locator("bdi:visible").all_inner_texts()
    first, second = [f"sure {i}" for i in range(60)], [f"sure {i}" for i in range(60, 120)]
    assert opened == [*first, *second, "doubtful", "unsure", "bad"]
    assert shown == {
        "All": [*first, "doubtful", "unsure", "bad"],
        "Doubtful, below 99 %": ["doubtful"],
        "Refused": ["unsure"],
        "Failed": ["bad"],
    }
