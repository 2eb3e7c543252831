import contextlib
import json
import os
import re
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest

import edgedigit
from edgedigit import Classifier, FileResult, Refusal, Status, classify_folder, read_folder
from edgedigit.files.classifying import classify_blocks
from edgedigit.files.finding import File, find_files
from edgedigit.files.reading import read_blocks
from tests.runtime.reading.test_reading import line_of
from tests.support.marks import posix_only
from tests.support.picture_files import SIGNATURE, chunk, header, png_file, tiff_orientation
from train.drawing.characters import draw_digits

DIGITS = draw_digits(np.arange(40) % 10, np.random.default_rng(4))
PNGS = [png_file(digit) for digit in DIGITS]


def header_only(width: int, height: int) -> bytes:
    """A PNG file that says how large it is, and holds no pixel."""
    return SIGNATURE + header(width, height) + chunk(b"IDAT", bytes(4)) + chunk(b"IEND")


def write(folder: Path, *names: str, data: bytes = PNGS[3]) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def names(folder: Path, **options: object) -> list[str]:
    return [os.path.relpath(result.path, folder) for result in classify_folder(folder, **options)]


def only(results) -> FileResult:
    (result,) = results
    return result


def test_each_file_gets_what_classify_says_of_it(tmp_path):
    for index, data in enumerate(PNGS):
        write(tmp_path, f"{index}.png", data=data)
    results = list(classify_folder(tmp_path))
    assert [result.path for result in results] == [
        str(tmp_path / f"{index}.png") for index in range(len(PNGS))
    ]
    assert [result.prediction for result in results] == edgedigit.classify_batch(DIGITS)
    assert all(result.error is None for result in results)


def test_large_files_get_what_classify_says_of_them(tmp_path):
    large = [np.kron(digit, np.ones((14, 12), np.uint8)) for digit in DIGITS[:12]]
    noise = np.random.default_rng(1).integers(0, 256, (700, 900))
    card = np.pad(255 - large[0], 200, constant_values=40)
    kinds = [*large, 255 - large[3], large[4] // 16, 255 - large[5] // 12, card, noise, 0 * noise]
    for index, grey in enumerate(kinds):
        turn = chunk(b"eXIf", tiff_orientation(index % 8 + 1)) if index % 3 == 2 else b""
        write(tmp_path, f"{index}.png", data=png_file(grey, level=0, before=turn))
    cut = png_file(large[6], level=0)[:-40]
    write(tmp_path, "cut.png", data=cut)
    *results, last = classify_folder(tmp_path)
    assert [result.prediction for result in results] == [
        edgedigit.classify(result.path) for result in results
    ]
    assert any(result.status is Status.REFUSED for result in results)
    assert (last.status, last.prediction) == (Status.DAMAGED, None)


def test_paths_start_with_the_folder_as_it_was_passed(tmp_path, monkeypatch):
    write(tmp_path, "scans/a.png")
    monkeypatch.chdir(tmp_path)
    assert only(classify_folder("scans")).path == os.path.join("scans", "a.png")
    assert only(classify_folder(Path("scans"))).path == os.path.join("scans", "a.png")
    assert only(classify_folder("./scans/")).path == "./scans/a.png"
    assert only(classify_folder(".", True)).path == os.path.join(".", "scans", "a.png")


def test_names_are_sorted_as_people_count(tmp_path):
    ordered = [
        "7",
        "007b",
        "10",
        "A2.png",
        "a10.png",
        "img.png",
        "img1.png",
        "IMG2.png",
        "img2b.png",
        "img10-2.png",
        "img10-10.png",
        "img10.png",
        "img99999999999999999999.png",
        "img100000000000000000000.png",
        "Ünicode.png",
    ]
    write(tmp_path, *reversed(ordered))
    assert names(tmp_path) == ordered


def test_names_that_count_the_same_always_come_in_the_same_order(tmp_path):
    alike = ["img01", "img1", "img001"]
    write(tmp_path, *alike)
    assert names(tmp_path) == sorted(alike)


def test_folders_are_walked_where_their_names_stand(tmp_path):
    write(tmp_path, "a10/x", "a2/y", "a2/b/z", "a3", "b")
    assert names(tmp_path, recursive=True) == [
        *(os.path.join("a2", name) for name in (os.path.join("b", "z"), "y")),
        "a3",
        os.path.join("a10", "x"),
        "b",
    ]
    assert names(tmp_path) == ["a3", "b"]


def test_hidden_files_and_folders_are_left_out(tmp_path):
    write(tmp_path, ".a.png", ".cache/b.png", "c.png")
    assert names(tmp_path, recursive=True) == ["c.png"]


def test_an_empty_folder_gives_nothing(tmp_path):
    assert list(classify_folder(tmp_path)) == []


def test_folders_nested_deeper_than_python_calls_are_walked(tmp_path, monkeypatch):
    depth = sys.getrecursionlimit() + 100
    if os.name != "posix" or os.pathconf(tmp_path, "PC_PATH_MAX") < 2 * depth + 100:
        pytest.skip("paths may not be as long")
    monkeypatch.chdir(tmp_path)
    for _ in range(depth):
        os.mkdir("d")
        os.chdir("d")
    Path("a.png").write_bytes(PNGS[0])
    os.chdir(tmp_path)
    assert only(classify_folder(".", recursive=True)).path == "./" + "d/" * depth + "a.png"
    # pytest's own clean-up does recurse.
    for level in range(depth, 0, -1):
        folder = "d/" * level
        if level == depth:
            os.remove(folder + "a.png")
        os.rmdir(folder)


@posix_only
def test_symbolic_links_are_followed_and_loops_end(tmp_path):
    write(tmp_path, "a/1.png", "elsewhere/2.png")
    folder = tmp_path / "a"
    (folder / "file").symlink_to("1.png")
    (folder / "loop").symlink_to(".")
    (folder / "sub").mkdir()
    (folder / "sub" / "up").symlink_to("../..")
    (folder / "zz").symlink_to("../elsewhere")
    assert names(folder, recursive=True) == [
        "1.png",
        "file",
        os.path.join("sub", "up", "elsewhere", "2.png"),
    ]


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (b"", Status.NOT_AN_IMAGE, "empty"),
        (b"not a picture at all, whatever the name says", Status.NOT_AN_IMAGE, "not a picture"),
        (bytes(1000), Status.NOT_AN_IMAGE, "not a picture"),
        (PNGS[0][:80], Status.DAMAGED, "truncated|damaged"),
        (header_only(40_000, 40_000), Status.TOO_LARGE, "40000 x 40000"),
    ],
    ids=["empty", "text", "zeros", "truncated", "too large"],
)
def test_what_is_no_picture_says_so_and_the_others_go_on(tmp_path, data, status, reason):
    write(tmp_path, "a.png", "c.png")
    write(tmp_path, "b.png", data=data)
    first, bad, last = classify_folder(tmp_path)
    assert bad.status is status
    assert bad.prediction is None
    assert re.search(reason, bad.error)
    assert "\n" not in bad.error
    assert first.prediction == last.prediction == edgedigit.classify(DIGITS[3])


def test_a_format_that_needs_pillow_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    write(tmp_path, "a.jpg", data=b"\xff\xd8\xff\xe0" + bytes(100))
    result = only(classify_folder(tmp_path))
    assert result.status is Status.UNSUPPORTED
    assert "edgedigit[images]" in result.error


def test_the_pixel_limit_is_the_classifiers(tmp_path):
    write(tmp_path, "a.png")
    strict = Classifier(max_pixels=DIGITS[3].size - 1)
    assert only(classify_folder(tmp_path, classifier=strict)).status is Status.TOO_LARGE
    exact = Classifier(max_pixels=DIGITS[3].size)
    assert only(classify_folder(tmp_path, classifier=exact)).status is Status.OK


def test_results_know_the_file_that_they_are_of(tmp_path):
    write(tmp_path, "a.png", "b.png")
    write(tmp_path, "bad.png", data=b"text")
    for result in classify_folder(tmp_path):
        info = os.stat(result.path)
        assert (result.size, result.modified) == (info.st_size, info.st_mtime_ns)


@pytest.mark.parametrize("threads", [1, 2, 7, None])
def test_threads_change_nothing(tmp_path, threads):
    for index, data in enumerate(PNGS * 3):
        write(tmp_path, f"{index}.png", data=data if index % 7 else data[:50])
    assert list(classify_folder(tmp_path, threads=threads)) == list(
        classify_folder(tmp_path, threads=1)
    )


class Meeting(Classifier):
    """Says whether two threads ever classified at once; each waits a little for another one."""

    def __init__(self) -> None:
        super().__init__()
        self.barrier = threading.Barrier(2)
        self.met = False

    def classify_greys(self, *arguments):
        with contextlib.suppress(threading.BrokenBarrierError):
            self.barrier.wait(timeout=0.5)
            self.met = True
        self.barrier.reset()
        return super().classify_greys(*arguments)


@pytest.mark.parametrize(("padding", "met"), [(0, False), (10_000, True)])
def test_only_blocks_of_larger_files_are_classified_at_once(tmp_path, padding, met):
    data = PNGS[3].replace(chunk(b"IEND"), chunk(b"teXt", bytes(padding)) + chunk(b"IEND"))
    write(tmp_path, *(f"{index}.png" for index in range(4 * 32)), data=data)
    classifier = Meeting()
    results = list(classify_folder(tmp_path, classifier=classifier, threads=4))
    assert [result.answer for result in results] == 128 * [edgedigit.classify(PNGS[3])]
    assert classifier.met is met


def test_files_are_read_only_a_little_ahead(tmp_path):
    taken = []

    def files():
        for index in range(10_000):
            taken.append(index)
            yield File(str(index), image=PNGS[0])

    blocks = classify_blocks(files(), threads=2)
    next(blocks)
    assert len(taken) <= 5 * 32


def test_what_the_files_raise_is_raised_in_their_turn(tmp_path):
    def files():
        yield from (File(str(index), image=PNGS[0]) for index in range(100))
        raise RuntimeError("the disk is gone")

    blocks = classify_blocks(files(), threads=1)
    assert len(next(blocks)) == 32
    with pytest.raises(RuntimeError, match="the disk is gone"):
        list(blocks)


def test_a_large_folder_is_sorted_like_a_small_one(tmp_path):
    count = 9_000  # sorted in several runs, which are merged
    for index in range(count):
        (tmp_path / f"Img{index}" if index % 2 else tmp_path / f"img{index}").touch()
    assert names(tmp_path) == [f"{'Img' if i % 2 else 'img'}{i}" for i in range(count)]


def test_content_decides_not_the_name(tmp_path):
    write(tmp_path, "picture.txt", "picture.jpg", "picture")
    for result in classify_folder(tmp_path):
        assert result.prediction == edgedigit.classify(DIGITS[3])


def test_a_refused_picture_is_no_error(tmp_path):
    write(tmp_path, "blank.png", data=png_file(np.full((30, 40), 200, np.uint8)))
    result = only(classify_folder(tmp_path))
    assert result.status is Status.REFUSED
    assert result.prediction.refusal is Refusal.BLANK
    assert result.error is None


def test_the_classifier_decides_what_is_unsure(tmp_path):
    write(tmp_path, "a.png")
    certain = only(classify_folder(tmp_path, classifier=Classifier(min_confidence=0.0)))
    unsure = only(classify_folder(tmp_path, classifier=Classifier(min_confidence=1.0)))
    assert certain.status is Status.OK
    assert unsure.status is Status.REFUSED
    assert unsure.prediction.refusal is Refusal.UNSURE
    assert unsure.prediction.best == certain.prediction.digit


def test_ink_is_passed_on(tmp_path):
    write(tmp_path, "a.png")
    for ink in ("dark", "light"):
        result = only(classify_folder(tmp_path, ink=ink))
        assert result.prediction == edgedigit.classify(DIGITS[3], ink)


def test_a_file_that_goes_before_its_turn_has_vanished(tmp_path):
    write(tmp_path, *(f"{index}.png" for index in range(200)))
    results = classify_folder(tmp_path, threads=1)
    first = next(results)
    (tmp_path / "199.png").unlink()
    rest = list(results)
    assert {result.status for result in [first, *rest[:-1]]} == {Status.OK}
    assert len(rest) == 199
    assert rest[-1].status is Status.VANISHED
    assert rest[-1].path == str(tmp_path / "199.png")
    assert rest[-1].error


@contextlib.contextmanager
def as_anybody():
    """Without the superuser's rights, to whom nothing is forbidden."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@posix_only
def test_what_may_not_be_read_says_so():
    with tempfile.TemporaryDirectory() as path:  # pytest's own folders are closed to others
        folder = Path(path)
        folder.chmod(0o755)
        write(folder, "a.png", "b/c.png", "d.png")
        edgedigit.classify(folder / "d.png")  # loads what anybody may not read
        (folder / "a.png").chmod(0)
        (folder / "b").chmod(0)
        try:
            with as_anybody():
                forbidden, inside, last = classify_folder(folder, recursive=True)
        finally:
            (folder / "b").chmod(0o700)
    assert forbidden.status is inside.status is Status.PERMISSION_DENIED
    assert inside.path == str(folder / "b")
    assert "ermission" in forbidden.error
    assert last.status is Status.OK


@posix_only
def test_what_is_no_file_is_unreadable_and_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    write(tmp_path, "z.png")
    *odd, last = classify_folder(tmp_path)
    assert [Path(result.path).name for result in odd] == ["dangling", "loop", "pipe"]
    assert {result.status for result in odd} == {Status.UNREADABLE}
    assert all(result.error and result.prediction is None for result in odd)
    assert last.status is Status.OK


@posix_only
@pytest.mark.parametrize("name", [b"\xff\xfe.png", b'a\nb,"c".png', b"\x1b[31m.png", b"-", b" "])
def test_any_name_works(tmp_path, name):
    path = os.path.join(os.fsencode(tmp_path), name)
    try:
        with open(path, "wb") as file:
            file.write(PNGS[3])
    except OSError:
        pytest.skip("this file system does not take the name")
    result = only(classify_folder(tmp_path))
    assert os.fsencode(result.path) == path
    assert result.prediction == edgedigit.classify(DIGITS[3])


@posix_only
def test_a_reason_is_one_line_whatever_the_name(tmp_path):
    write(tmp_path, "a\nb", data=b"no picture")
    assert "\n" not in only(classify_folder(tmp_path)).error


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"path": 3}, TypeError, "path must be a str or os.PathLike, not int"),
        ({"path": b"."}, TypeError, "path must be a str or os.PathLike, not bytes"),
        ({"path": "no such folder"}, FileNotFoundError, "no such folder"),
        ({"path": __file__}, NotADirectoryError, "test_folder.py"),
        ({"recursive": 1}, TypeError, "recursive must be a bool, not int"),
        ({"classifier": "model"}, TypeError, "classifier must be a Classifier, not str"),
        ({"threads": 0}, ValueError, "threads must be at least 1, not 0"),
        ({"threads": 1.5}, TypeError, "threads must be an int, not float"),
        ({"ink": "blue"}, ValueError, "ink must be 'auto', 'dark' or 'light', not 'blue'"),
    ],
)
def test_wrong_arguments_raise_at_the_call(tmp_path, arguments, error, message):
    for in_folder in classify_folder, read_folder:
        with pytest.raises(error, match=message):
            in_folder(**{"path": tmp_path, **arguments})


def test_blocks_keep_the_order_of_files_and_all_else(tmp_path):
    write(tmp_path, "a.png")
    known = FileResult("known", Status.UNREADABLE, None, "why not")
    blocks = classify_blocks(
        [
            known,
            File(str(tmp_path / "a.png")),
            File("-", image=PNGS[5]),
            "anything",
            File(str(tmp_path)),
        ]
    )
    first, file, source, again, folder = only(blocks)
    assert first is known
    assert again == "anything"
    assert file.prediction == edgedigit.classify(DIGITS[3])
    assert (source.path, source.prediction) == ("-", edgedigit.classify(DIGITS[5]))
    assert (folder.status, folder.prediction) == (Status.UNREADABLE, None)


def test_blocks_are_small_in_files_and_in_bytes():
    small = [File(str(index), size=500, image=DIGITS[0]) for index in range(70)]
    assert [len(block) for block in classify_blocks(small)] == [32, 32, 6]
    bad = [File(str(index), image=b"") for index in range(40)]
    assert [len(block) for block in classify_blocks(bad)] == [32, 8]
    large = [File("large", size=3_000_000, image=np.zeros((2000, 2000), np.uint8)), *small[:3]]
    assert [len(block) for block in classify_blocks(large)] == [1, 3]
    assert list(classify_blocks([])) == []


def test_a_part_of_each_picture_is_read(tmp_path):
    sheet = np.hstack([DIGITS[3], DIGITS[8]])
    write(tmp_path, "1.png", data=png_file(sheet))
    write(tmp_path, "2.png", data=png_file(sheet[:, : sheet.shape[1] // 4]))
    write(tmp_path, "3.png", data=b"no picture")
    right = (0.5, 0.0, 1.0, 1.0)
    shares = [result.prediction for result in classify_folder(tmp_path, region=right)]
    assert shares[0] == edgedigit.classify(DIGITS[8])
    assert None not in shares[:2]
    half = sheet.shape[1] // 2
    first, second, third = classify_folder(tmp_path, region=(half, 0, 2 * half, len(sheet)))
    assert first.prediction == edgedigit.classify(DIGITS[8])
    assert (second.status, second.prediction) == (Status.OUTSIDE, None)
    assert second.error.startswith(f"the region {half},0,{2 * half},{len(sheet)} lies outside")
    assert third.status is Status.NOT_AN_IMAGE


def test_turned_files_are_read(tmp_path):
    write(tmp_path, "1.png", data=png_file(np.rot90(DIGITS[4])))
    assert only(classify_folder(tmp_path, turn="auto")).prediction.digit == 4
    assert only(classify_folder(tmp_path)).prediction.digit != 4


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"region": (0, 0, 5)}, TypeError),
        ({"region": (5, 0, 0, 5)}, ValueError),
        ({"turn": "left"}, ValueError),
    ],
)
def test_wrong_regions_and_turns_are_told_before_a_file_is_read(tmp_path, options, error):
    with pytest.raises(error):
        classify_folder(tmp_path, **options)
    with pytest.raises(error):
        read_folder(tmp_path, **options)
    with pytest.raises(error):
        read_blocks([], Classifier(), **options)


# --- numbers


def test_each_file_gets_what_read_says_of_it(tmp_path):
    write(tmp_path, "forms/2.png", data=png_file(255 - line_of("40.57")))
    write(tmp_path, "forms/10.png", data=png_file(255 - line_of("88")))
    write(tmp_path, "1.png", data=png_file(np.full((50, 90), 9, np.uint8)))
    write(tmp_path, "b.png", data=b"no picture")
    blank, bad, long, short = read_folder(tmp_path, recursive=True)
    assert [result.status for result in (long, short)] == [Status.OK] * 2
    assert long.reading == edgedigit.read(tmp_path / "forms/2.png")
    assert (long.reading.text, short.reading.text) == ("40.57", "88")
    assert (blank.status, blank.reading.refusal) == (Status.REFUSED, Refusal.BLANK)
    assert (bad.status, bad.reading) == (Status.NOT_AN_IMAGE, None)
    assert [result.path for result in read_folder(str(tmp_path))] == [blank.path, bad.path]


def test_numbers_in_a_folder_are_read_as_they_are_asked_for(tmp_path):
    picture = 255 - line_of("12 34.5")
    write(tmp_path, "a.png", data=png_file(picture))

    def read(**options):
        return only(read_folder(tmp_path, **options)).reading.text

    assert read(spaces=True, marks=False) == "12 345"
    assert read(ink="dark", threads=1, classifier=Classifier()) == "1234.5"
    half = picture.shape[1] // 2
    assert read(region=(0.0, 0.0, 0.5, 1.0)) == read(region=(0, 0, half, 999)) == "12"
    refused = only(read_folder(tmp_path, length=4))
    assert (refused.status, refused.reading.refusal) == (Status.REFUSED, Refusal.LENGTH)
    write(tmp_path, "a.png", data=png_file(np.rot90(picture)))
    assert read(turn="auto") == "1234.5"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"length": 0}, ValueError),
        ({"length": "5"}, TypeError),
        ({"spaces": 1}, TypeError),
        ({"marks": "no"}, TypeError),
    ],
)
def test_wrong_ways_to_read_numbers_are_told_before_a_file_is_read(tmp_path, options, error):
    with pytest.raises(error):
        read_folder(tmp_path, **options)


def test_a_result_as_json(tmp_path):
    write(tmp_path, "a.png", data=png_file(255 - line_of("88")))
    for in_folder in classify_folder, read_folder:
        result = only(in_folder(tmp_path))
        said = json.loads(json.dumps(result.to_dict()))
        assert ",".join(said) == "path,status,answer,error,size,modified,page,pages"
        assert said["answer"] == result.answer.to_dict()
        assert (said["path"], said["status"]) == (result.path, result.status)
        assert (said["size"], said["modified"]) == (result.size, result.modified)
    write(tmp_path, "a.png", data=b"no picture")
    said = only(read_folder(tmp_path)).to_dict()
    assert (said["answer"], type(said["status"])) == (None, str)


# --- what nobody foresaw, and what changes while a run goes on


class SurpriseError(Exception):
    pass


@pytest.mark.parametrize("folder_of", [classify_folder, read_folder])
@pytest.mark.parametrize("threads", [None, 1, 3])
def test_what_nobody_foresaw_is_one_row(tmp_path, monkeypatch, folder_of, threads):
    from edgedigit.files import classifying

    for index, data in enumerate(PNGS[:9]):
        write(tmp_path, f"{index}.png", data=data)
    expected = list(folder_of(tmp_path))
    open_pages = classifying.open_pages

    def opened(image, *arguments):
        if os.fspath(image).endswith("4.png"):
            raise SurpriseError("by a decoder")
        return open_pages(image, *arguments)

    monkeypatch.setattr(classifying, "open_pages", opened)
    found = list(folder_of(tmp_path, threads=threads))
    assert (found[4].status, found[4].error) == (Status.DAMAGED, "SurpriseError: by a decoder")
    assert found[:4] + found[5:] == expected[:4] + expected[5:]


def test_what_fails_behind_the_decoder_is_one_row(tmp_path, monkeypatch):
    for index, data in enumerate(PNGS[:9]):
        write(tmp_path, f"{index}.png", data=data)
    write(tmp_path, "5.png", data=png_file(np.full((30, 31), 7)))
    prepare_all = edgedigit.normalize.prepare_all

    def prepare(greys, ink):
        if any(grey.shape == (30, 31) for grey in greys):
            raise SurpriseError
        return prepare_all(greys, ink)

    monkeypatch.setattr(edgedigit.normalize, "prepare_all", prepare)
    statuses = [result.status for result in classify_folder(tmp_path)]
    assert statuses.pop(5) is Status.DAMAGED
    assert set(statuses) <= {Status.OK, Status.REFUSED}


@posix_only
@pytest.mark.parametrize("threads", [1, 2])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path, threads):
    write(tmp_path, *(f"{index}.png" for index in range(5)))
    files = list(find_files(str(tmp_path)))
    (tmp_path / "2.png").unlink()
    os.mkfifo(tmp_path / "2.png")
    (tmp_path / "3.png").unlink()
    (tmp_path / "3.png").symlink_to("/dev/zero")
    for blocks in (
        classify_blocks(files, threads=threads),
        read_blocks(files, Classifier(), threads=threads),
    ):
        results = [result for block in blocks for result in block]
        assert [result.status for result in results] == [
            *[results[0].status] * 2,
            *[Status.UNREADABLE] * 2,
            results[0].status,
        ]
        assert results[2].error == results[3].error == "not a regular file"


@posix_only
@pytest.mark.parametrize("folder_of", [classify_folder, read_folder])
def test_files_that_change_while_they_are_read_are_rows_of_their_own(tmp_path, folder_of):
    write(tmp_path, *(f"{index}.png" for index in range(8)))
    expected = [(result.status, result.answer) for result in folder_of(tmp_path)]
    is_over = threading.Event()

    def change():
        data = PNGS[3]
        while not is_over.is_set():
            for content in (data, data[:200], b"", data + bytes(1 << 20), b"no picture"):
                write(tmp_path, "2.png", "5.png", data=content)
            (tmp_path / "5.png").unlink()

    changing = threading.Thread(target=change)
    changing.start()
    try:
        for _ in range(20):
            found = {os.path.basename(result.path): result for result in folder_of(tmp_path)}
            for index in (0, 1, 3, 4, 6, 7):
                result = found[f"{index}.png"]
                assert (result.status, result.answer) == expected[index]
            assert "2.png" in found
    finally:
        is_over.set()
        changing.join(timeout=60)
