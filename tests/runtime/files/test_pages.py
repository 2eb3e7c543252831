"""Files of several pages, and animations: told of, and read on request."""

import csv
import io
import json
import struct
import time
from pathlib import Path

import numpy as np
import pytest

import edgedigit
from edgedigit import Status, classify_folder, read_folder
from edgedigit.cli import main
from edgedigit.images import load_grey
from edgedigit.limits import MAX_PAGES
from tests.support.command import run
from tests.support.picture_files import png_file
from train.drawing.characters import draw_digits

pil = pytest.importorskip("PIL.Image")

PAGES = 4
GREYS = [255 - digit for digit in draw_digits(np.arange(PAGES) + 3, np.random.default_rng(5))]
IMAGES = [pil.fromarray(grey).resize((96, 96)) for grey in GREYS]
FORMATS = {
    "TIFF": {},
    "GIF": {},
    "WEBP": {"lossless": True},
    "AVIF": {"quality": 95},
}


def file_of(form, images=IMAGES, **options):
    """A file whose pages are these images."""
    file = io.BytesIO()
    first, *others = images
    options = {**FORMATS.get(form, {}), **options}
    first.save(file, form, save_all=True, append_images=others, **options)
    return file.getvalue()


def big_tiff(images=IMAGES):
    return file_of("TIFF", images, big_tiff=True)


def written(folder, **files):
    """A folder with these files in it."""
    for name, data in files.items():
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder


def digit(result):
    return result.answer and result.answer.digit


@pytest.fixture(params=[*FORMATS, "BigTIFF"])
def data(request):
    if request.param == "BigTIFF":
        return big_tiff()
    try:
        return file_of(request.param)
    except (OSError, KeyError):
        pytest.skip(f"this Pillow does not write {request.param}")


# --- in Python


def test_further_pages_are_told_of(tmp_path, data):
    for in_folder in classify_folder, read_folder:
        (result,) = in_folder(written(tmp_path, a=data))
        assert (result.page, result.pages, result.status) == (1, PAGES, Status.OK)
        assert result.to_dict()["pages"] == PAGES


def test_all_pages_are_read(tmp_path, data):
    written(tmp_path, a=data, b=png_file(GREYS[0]))
    expected = [edgedigit.classify(image).digit for image in IMAGES]
    for threads in None, 2:
        results = list(classify_folder(tmp_path, pages="all", threads=threads))
        assert [(x.page, x.pages) for x in results] == [(n + 1, PAGES) for n in range(PAGES)] + [
            (1, 1)
        ]
        assert [digit(result) for result in results[:PAGES]] == expected
    results = list(read_folder(tmp_path, pages="all"))
    assert [x.answer.text for x in results[:PAGES]] == [edgedigit.read(x).text for x in IMAGES]


def test_a_page_alone_is_the_first_one_as_it_always_was(data):
    np.testing.assert_allclose(load_grey(data), load_grey(IMAGES[0]), atol=8)


@pytest.mark.parametrize("in_folder", [classify_folder, read_folder])
@pytest.mark.parametrize("pages", ["last", 2, None])
def test_other_pages_than_first_and_all_are_refused(tmp_path, in_folder, pages):
    with pytest.raises(ValueError, match="pages is 'first' or 'all'"):
        in_folder(tmp_path, pages=pages)


def test_what_is_beside_a_picture_is_no_page(tmp_path):
    """A phone's preview, the frames behind a PNG file's picture, thumbnails and masks."""
    small = [image.resize((48, 48)) for image in IMAGES]
    thumbnail, mask = io.BytesIO(), io.BytesIO()
    for file, kind in (thumbnail, 1), (mask, 4):
        with_kind = [{}, {"tiffinfo": {254: kind}}]
        save_tiff(file, [IMAGES[0], small[0]], with_kind)
    written(
        tmp_path,
        a_jpg=file_of("MPO", [IMAGES[0], small[0]]),
        b_png=file_of("PNG"),
        c_tif=thumbnail.getvalue(),
        d_tif=mask.getvalue(),
    )
    results = list(classify_folder(tmp_path, pages="all"))
    assert [(x.page, x.pages, digit(x)) for x in results] == [(1, 1, digit(results[0]))] * 4
    assert digit(results[0]) is not None


def save_tiff(file, images, options):
    """Writes each image as a page, with options of its own."""
    from PIL.TiffImagePlugin import AppendingTiffWriter

    with AppendingTiffWriter(file) as writer:
        for image, more in zip(images, options, strict=True):
            image.save(writer, "TIFF", **more)
            writer.newFrame()
        file.close = lambda: None  # the writer closes what it was given


# --- hostile


def tiff_directories(data):
    """Where the directories of a TIFF file begin, and the place of each one's next."""
    (start,) = struct.unpack_from("<L", data, 4)
    found = []
    while start:
        (entries,) = struct.unpack_from("<H", data, start)
        place = start + 2 + 12 * entries
        found.append((start, place))
        (start,) = struct.unpack_from("<L", data, place)
    return found


def changed(data, place, value):
    return data[:place] + struct.pack("<L", value) + data[place + 4 :]


def test_a_damaged_page_is_a_row_and_the_others_are_read(tmp_path):
    data = file_of("TIFF")
    second, _ = tiff_directories(data)[1]
    broken = data[: second + 2] + b"\xff" * 30 + data[second + 32 :]
    results = list(classify_folder(written(tmp_path, a=broken), pages="all"))
    assert [x.page for x in results] == [1, 2, 3, 4]
    assert [x.status for x in results] == [Status.OK, Status.DAMAGED, Status.OK, Status.OK]
    assert results[1].error


def test_a_page_that_is_cut_off_is_not_dropped(tmp_path):
    data = file_of("TIFF")
    _, place = tiff_directories(data)[0]
    results = list(classify_folder(written(tmp_path, a=changed(data, place, 1 << 30)), pages="all"))
    assert [(x.status, x.pages) for x in results] == [(Status.OK, 2), (Status.DAMAGED, 2)]
    gif = file_of("GIF")
    results = list(classify_folder(written(tmp_path, a=gif[: len(gif) * 3 // 5]), pages="all"))
    assert results[0].status is Status.OK
    assert results[-1].status is Status.DAMAGED


def test_a_loop_of_pages_ends(tmp_path):
    data = file_of("TIFF")
    directories = tiff_directories(data)
    for target, _ in directories[:3]:
        looped = changed(data, directories[2][1], target)
        results = list(classify_folder(written(tmp_path, a=looped), pages="all"))
        assert [(x.page, x.pages) for x in results] == [(1, 3), (2, 3), (3, 3)]


def long_gif(frames):
    """A GIF of so many frames, all of them one pixel."""
    data = file_of("GIF", [pil.new("L", (8, 8), 0)])
    frame = b",\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
    return data[:-1] + frame * (frames - 1) + b";"


def test_no_more_than_so_many_pages_are_counted_and_read(tmp_path):
    written(tmp_path, a=long_gif(65_000))
    start = time.monotonic()
    (result,) = classify_folder(tmp_path)
    assert result.pages == MAX_PAGES + 1
    results = list(classify_folder(tmp_path, pages="all"))
    assert [x.page for x in results] == list(range(1, MAX_PAGES + 1))
    assert {x.pages for x in results} == {MAX_PAGES + 1}
    assert time.monotonic() - start < 30  # some 2 s
    (result,) = classify_folder(written(tmp_path, a=long_gif(MAX_PAGES)))
    assert result.pages == MAX_PAGES


def test_all_pages_together_have_a_limit(tmp_path):
    data = file_of("TIFF", [pil.new("L", (90, 90), 0)] * 60)
    classifier = edgedigit.Classifier(max_pixels=90 * 90)
    results = list(classify_folder(written(tmp_path, a=data), classifier=classifier, pages="all"))
    statuses = [x.status for x in results]
    assert statuses == [Status.REFUSED] * 50 + [Status.TOO_LARGE] * 10
    assert "the pages before it" in results[-1].error


def test_a_frame_that_reaches_far_takes_no_memory(tmp_path):
    data = file_of("GIF", [pil.new("L", (8, 8), 0)])[:-1]
    # The second one has the canvas cleared as far as it reaches, 131,070 x 131,070 pixels.
    far = b"!\xf9\4\x08\0\0\0\0," + b"\xff" * 8 + b"\0\2\2\x44\1\0"
    written(tmp_path, a=data + far + far + b";")
    # As a program, for which Pillow's own limit does not hold.
    done = run("classify", tmp_path, "--pages", "all", "--format", "jsonl", status=1)
    statuses = [json.loads(line)["status"] for line in done.stdout.splitlines()]
    assert statuses == [Status.REFUSED, Status.TOO_LARGE, Status.TOO_LARGE]


# --- on the command line


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "scans"
    path.mkdir()
    return written(
        path, a_tif=file_of("TIFF"), b_png=png_file(GREYS[1]), c_gif=file_of("GIF", IMAGES[:2])
    )


def test_the_summary_tells_of_what_is_not_read(folder):
    done = run("classify", folder)
    assert "3 files: 3 digits" in done.stderr
    assert "; 2 files have further pages or frames that are not read" in done.stderr
    assert "--pages all reads them" in done.stderr
    assert "a.tif (page 1 of 4)\n" in done.stdout
    assert "b.png\n" in done.stdout
    assert "further" not in run("classify", folder / "b.png").stderr
    assert "; 1 file has further pages" in run("read", folder / "a.tif").stderr
    done = run("classify", folder, "--pages", "all")
    assert "3 files of 7 pages: 7 digits" in done.stderr
    assert "further" not in done.stderr


def test_a_file_of_too_many_pages_is_told_of(tmp_path):
    done = run("classify", written(tmp_path, a_gif=long_gif(1100)) / "a.gif", "--pages", "all")
    assert f"1 file of {MAX_PAGES:,} pages: " in done.stderr
    assert f"; 1 file has more than {MAX_PAGES:,} pages, of which no more are read" in done.stderr


@pytest.mark.parametrize("command", ["classify", "read"])
def test_rows_of_pages(folder, command):
    expected = [("a.tif", n, 4) for n in (1, 2, 3, 4)]
    expected += [("b.png", 1, 1), ("c.gif", 1, 2), ("c.gif", 2, 2)]
    rows = csv.DictReader(
        io.StringIO(run(command, ".", "--pages", "all", "--format", "csv", cwd=folder).stdout)
    )
    found = [(row["path"][2:], int(row["page"]), int(row["pages"])) for row in rows]
    assert found == expected
    objects = json.loads(run(command, ".", "--pages", "all", "--format", "json", cwd=folder).stdout)
    assert [(row["path"][2:], row["page"], row["pages"]) for row in objects] == expected


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_resuming_goes_on_within_a_file(folder, tmp_path, form, capsys):
    output = tmp_path / f"out.{form}"
    command = ["classify", str(folder), "--pages", "all", "-o", str(output)]
    assert main(command) == 0
    whole = output.read_bytes()
    lines = whole.splitlines(keepends=True)
    for kept in range(len(lines)):
        output.write_bytes(b"".join(lines[:kept]) + lines[kept][:20])
        assert main([*command, "--resume"]) == 0
        assert output.read_bytes() == whole
    capsys.readouterr()
    assert main([*command, "--resume"]) == 0
    assert "3 files of 7 pages (3 known from an earlier run)" in capsys.readouterr().err


def test_a_run_of_first_pages_is_not_taken_for_one_of_all(folder, tmp_path):
    first, every = str(tmp_path / "first.csv"), str(tmp_path / "all.csv")
    assert main(["classify", str(folder), "-o", first]) == 0
    assert main(["classify", str(folder), "--pages", "all", "-o", every]) == 0
    assert main(["classify", str(folder), "--pages", "all", "-o", first, "--resume"]) == 0
    assert Path(first).read_bytes() == Path(every).read_bytes()


def test_a_damaged_page_is_told_of_by_its_number(tmp_path):
    data = file_of("TIFF")
    _, place = tiff_directories(data)[1]
    written(tmp_path, a_tif=changed(data, place, 1 << 30))
    done = run("classify", tmp_path / "a.tif", "--pages", "all", status=1)
    assert "a.tif (page 3 of 3): " in done.stderr
    assert "1 file of 3 pages: 2 digits, 0 refused, 1 not read" in done.stderr


def test_copies_reports_and_annotated_pictures_are_of_the_page(folder, tmp_path):
    report, copies, drawn = tmp_path / "r.html", tmp_path / "copies", tmp_path / "drawn"
    run("read", folder, "--pages", "all", "--report", report, "--annotate", drawn)
    names = {"a", "a.page2", "a.page3", "a.page4", "b", "c", "c.page2"}
    assert {path.name for path in drawn.iterdir()} == {f"{x}.annotated.png" for x in names}
    page = report.read_text("utf-8")
    assert all(f"<b>a.tif (page {n} of 4)</b>" in page for n in (1, 2, 3, 4))
    assert "cannot be read any more" not in page
    assert page.count("<img loading") == 7
    options = "--min-confidence", "1", "--save-refused", copies
    run("classify", folder, "--pages", "all", *options)
    assert {path.name for path in copies.iterdir()} == {"a.tif", "b.png", "c.gif"}
    assert (copies / "a.tif").read_bytes() == (folder / "a.tif").read_bytes()


def test_standard_input_has_pages_too():
    done = run("classify", "-", "--pages", "all", "--format", "jsonl", input=file_of("TIFF"))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["path"], row["page"]) for row in rows] == [("-", n) for n in (1, 2, 3, 4)]
