"""The comparison with what a user would pick instead: its tables, targets and arguments."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("PIL", reason="the pictures are composed with Pillow")

from benchmarks.alternatives.entries import ENTRIES
from benchmarks.alternatives.environments import (
    EMPTY_SCRIPT,
    UnavailableError,
    make_empty_wheel,
)
from benchmarks.alternatives.measuring import Job, take_turns
from benchmarks.alternatives.pictures import draw
from benchmarks.alternatives.programs import run_alone
from benchmarks.alternatives.tables import (
    comparison,
    contenders_table,
    readme_part,
    targets_table,
    update_page,
)
from benchmarks.alternatives.targets import PICTURE_TITLES, Result, lost_sets, outcomes
from benchmarks.fresh_process import measure_process
from tests.support.command import python
from tests.support.paths import ROOT

LISTS = ROOT / "benchmarks" / "alternatives" / "requirements"
CONTENDERS = ROOT / "benchmarks" / "alternatives" / "contenders"


def contender(title: str, accuracy: float, installed: float, **figures: float) -> dict[str, Any]:
    return {
        "title": title,
        "reads_text": False,
        "reasons": [],
        "installed_mb": installed,
        "accuracy": {
            **dict.fromkeys(("mnist", "dida_single", "jpegs"), accuracy),
            **{f"{name}_refused": 0.0 for name in ("mnist", "dida_single", "jpegs")},
            "nondigit_chars74k_letters28": 0.0,
            "nondigit_chars74k_letters28_refused": 0.9,
            "blank_refused": True,
        },
        "figures": {
            name + suffix: [value] * 3
            for name, value in figures.items()
            for suffix in (("",) if name.endswith("_mb") else ("", "_wall"))
        },
    }


def picture_figures(**microseconds: float) -> dict[str, float]:
    return {
        f"{kind}_{figure}_us": microseconds.get(kind, 100.0)
        for kind in PICTURE_TITLES
        for figure in ("median", "mean", "p95")
    }


@pytest.fixture
def result() -> Result:
    """A run in which every target is met."""
    folders = {"png_s": 0.4, "jpeg_s": 1.0, "png_peak_mb": 60, "jpeg_peak_mb": 61}
    large = {f"large_{kind}_peak_mb": 61 for kind in ("grey", "rgb", "jpeg")}
    ours = {"batch_per_s": 40_000, "line_median_us": 4000, "page_median_us": 150_000}
    ours |= picture_figures(photo_large=30.0) | folders | large | {"first_s": 0.1}
    other = {"batch_per_s": 9000, "png_s": 0.6, "jpeg_s": 1.1}
    other |= picture_figures() | {"png_peak_mb": 70, "jpeg_peak_mb": 71}
    floors = {"session_s": 0.1, "edgedigit_s": 0.0105, f"{EMPTY_SCRIPT}_s": 0.01}
    run = {"cpu_s": 0.3, "wall_s": 0.4, "peak_mb": 60.0}
    return {
        "machine": {
            "processor": "A processor",
            "kernel": "Linux 6",
            "python": "3.11.7",
            "load": 0.5,
        },
        "settings": {"rounds": 3},
        "contenders": {
            "edgedigit": contender("edgedigit[images]", 0.99, 150.0, **ours),
            "opencv-litert": contender("OpenCV, LiteRT int8", 0.98, 290.0, **other),
            "opencv-onnxruntime": contender("OpenCV, its network", 0.99, 300.0, **other),
            "litert": contender("LiteRT int8", 0.5, 160.0, batch_per_s=42_000),
            "rapidocr": contender(
                "rapidocr", 0.9, 380.0, line_median_us=25_000, page_median_us=3_000_000
            ),
        },
        "floors": {
            "session_peak_mb": [55.0] * 3,
            **{name + end: [value] * 3 for name, value in floors.items() for end in ("", "_wall")},
        },
        "growth": {
            "sizes": {kind: {"28": 100.0, "280": 300.0} for kind in ("canvas", "photo")},
            "folders": {"1000": run, "10000": run},
            "threads": {"1": run, "2": run},
        },
    }


def verdicts(result: Result) -> dict[str, bool | None]:
    return {outcome.target.name: outcome.is_met for outcome in outcomes(result)}


def test_all_targets_are_met(result: Result) -> None:
    assert set(verdicts(result).values()) == {True}
    assert "missed" not in targets_table(result)


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (("edgedigit", "mnist_mean_us"), 101, "28 x 28 array, MNIST: mean"),
        (("edgedigit", "dida_single_p95_us"), 101, "dida_single: 95th"),
        (("edgedigit", "photo_large_median_us"), 36, "12 megapixels: median"),
        (("edgedigit", "batch_per_s"), 35_800, "`classify_batch` of 10,000"),
        (("litert", "batch_per_s"), 47_100, "LiteRT's network alone"),
        (("edgedigit", "png_s"), 0.43, "1,000 PNG files, over"),
        (("edgedigit", "jpeg_s"), 1.2, "200 user's JPEG"),
        (("opencv-litert", "jpeg_peak_mb"), 60, "the JPEG files, over theirs"),
        (("edgedigit", "first_s"), 0.106, "first answer"),
        (("edgedigit", "large_rgb_peak_mb"), 67.1, "RGB PNG files"),
        (("edgedigit", "line_median_us"), 5001, "a line of five"),
        (("rapidocr", "page_median_us"), 590_000, "over rapidocr"),
    ],
)
def test_a_target_is_missed(
    result: Result, place: tuple[str, str], value: float, words: str
) -> None:
    owner, name = place
    result["contenders"][owner]["figures"][name] = [value] * 3
    missed = [name for name, is_met in verdicts(result).items() if is_met is False]
    assert len(missed) == 1
    assert words in missed[0]


def test_a_start_and_the_size_are_targets_too(result: Result) -> None:
    result["floors"]["edgedigit_s"] = [0.012] * 3
    result["contenders"]["edgedigit"]["installed_mb"] = 200.0
    missed = [name for name, is_met in verdicts(result).items() if is_met is False]
    assert ["--version" in missed[0], "installed size" in missed[1], len(missed)] == [True, True, 2]


@pytest.mark.parametrize("name", ["opencv-litert", "opencv-onnxruntime"])
def test_a_set_that_another_reads_better_is_lost(result: Result, name: str) -> None:
    accuracy = result["contenders"][name]["accuracy"]
    accuracy["nondigit_chars74k_letters28"] = 1.0
    assert lost_sets(result) == []
    accuracy["dida_single"] = 0.9901
    assert lost_sets(result) == ["dida_single"]
    assert [name for name, is_met in verdicts(result).items() if is_met is False] == [
        "sets of which either contender with OpenCV reads more"
    ]


def test_the_median_of_the_rounds_decides(result: Result) -> None:
    figures = result["contenders"]["edgedigit"]["figures"]
    name = next(name for name in verdicts(result) if name.startswith("first answer"))
    figures["first_s"] = [0.1, 0.5, 0.1]
    assert verdicts(result)[name] is True
    assert "| 1.00 | 1.00 to 5.00 | 3 | 1.00 | met |" in targets_table(result)
    figures["first_s"] = [0.1, 0.5, 0.12]
    assert verdicts(result)[name] is False


def test_what_was_not_measured_is_neither_met_nor_missed(result: Result) -> None:
    del result["contenders"]["rapidocr"]
    kept = verdicts(result)
    assert {name for name, is_met in kept.items() if is_met is None} == {
        outcome.target.name for outcome in outcomes(result) if not outcome.values
    }
    assert targets_table(result).count("not measured") == 2


def test_who_cannot_be_installed_is_named_with_the_reason(result: Result) -> None:
    missing = {"title": "tesserocr", "reads_text": True, "accuracy": {}, "figures": {}}
    missing |= {"reasons": ["cannot be installed: no wheel"], "installed_mb": None}
    result["contenders"]["tesserocr"] = missing
    rows = contenders_table(result).splitlines()
    assert rows[-1].startswith("| tesserocr (cannot be installed: no wheel) | - |")
    assert len({row.count("|") for row in rows}) == 1


def test_the_page_has_what_was_measured(result: Result) -> None:
    text = comparison(json.loads(json.dumps(result)))
    assert "| 99.00% | 99.0% | yes | 90.0% | 0.100 | 100 | 40,000 |" in text
    assert "A processor, Linux 6, Python 3.11.7, one core; medians of 3 rounds" in text
    assert "| 280 x 280, photo | 0.300 ms | 3.83 ns a pixel |" in text
    assert "| 10,000 PNG files | 0.300 s, 60.0 MB | 30.0 µs a file |" in text
    assert "| 2 threads, the largest folder | 0.400 s by the clock |" in text


def test_a_page_gets_the_tables_between_its_marks(result: Result, tmp_path: Path) -> None:
    page = tmp_path / "comparison.md"
    page.write_text(
        "Words.\n\n<!-- generated: begin -->\nof last year\n<!-- generated: end -->\n\nMore.\n"
    )
    for _ in range(2):
        update_page(page, comparison(result))
        text = page.read_text()
        assert text.startswith("Words.\n\n<!-- generated: begin -->\n\nEach in a virtual")
        assert text.endswith(" |\n\n<!-- generated: end -->\n\nMore.\n")
        assert text.count(targets_table(result)) == 1
        assert "of last year" not in text


def test_the_readme_gets_some_columns(result: Result) -> None:
    *_, header, _, ours, opencv, _, _, _ = readme_part(result).splitlines()
    assert header.count("|") == ours.count("|") == 7
    assert ours == "| edgedigit[images] | 99.00% | 99.0% | 90.0% | 100 | 150 |"
    assert opencv.startswith("| OpenCV, LiteRT int8 | 98.00% |")


def test_the_plot_shows_what_was_measured(result: Result, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the plot is drawn with matplotlib")
    from benchmarks.alternatives.plot import save_plot

    path = tmp_path / "plot.png"
    assert save_plot(result, path)
    assert path.read_bytes().startswith(b"\x89PNG")
    result["contenders"] = {}
    assert not save_plot(result, tmp_path / "nothing.png")
    assert not (tmp_path / "nothing.png").exists()


@pytest.fixture
def normalize(monkeypatch: pytest.MonkeyPatch) -> Any:
    pytest.importorskip("cv2", reason="the contender is built on OpenCV")
    monkeypatch.syspath_prepend(str(CONTENDERS))
    from opencv_ink import normalize

    return normalize


@pytest.mark.parametrize(("side", "is_photo"), [(56, False), (280, False), (400, True)])
def test_the_contender_with_opencv_finds_digits(normalize: Any, side: int, is_photo: bool) -> None:
    stroke = np.zeros((28, 28), np.uint8)
    stroke[4:24, 12:16] = 255
    rng = np.random.default_rng(0)
    for _ in range(10):
        picture = draw(stroke, (side, side), is_photo, rng)
        for shown in (picture, 255 - picture):
            ink = normalize(shown)
            assert (ink.shape, ink.dtype) == ((28, 28), np.uint8)
            # Half a pixel may go either way.
            moved = [np.roll(stroke, (y, x), (0, 1)) for y in (0, 1) for x in (0, 1)]
            assert min(np.abs(ink.astype(int) - one).mean() for one in moved) < 8
    assert not normalize(np.full((side, side), 255, np.uint8)).any()


def test_jobs_take_turns() -> None:
    order: list[str] = []

    def job(name: str) -> Job:
        def run() -> dict[str, float]:
            order.append(name)
            return {"figure": len(order)}

        return Job(name, run)

    jobs = [job("a"), job("b")]
    take_turns(jobs, 2, lambda: order.append("-"))
    assert order == ["a", "b", "-"] * 2
    assert [job.figures for job in jobs] == [{"figure": [1, 4]}, {"figure": [2, 5]}]


def test_a_job_that_fails_says_why_and_is_left_alone() -> None:
    calls = []

    def fail() -> dict[str, float]:
        calls.append(1)
        raise UnavailableError("cannot be run: no luck")

    job = Job("a", fail)
    take_turns([job], 3, lambda: None)
    assert (job.reason, job.figures, len(calls)) == ("cannot be run: no luck", {}, 1)


def test_a_program_that_fails_is_told_by_its_error() -> None:
    code = "import sys; print('noise', file=sys.stderr); raise RuntimeError('no languages')"
    with pytest.raises(UnavailableError, match=r"^cannot be run: RuntimeError: no languages$"):
        run_alone([sys.executable, "-c", code])


def test_programs_see_one_thread_and_nothing_of_the_checkout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    code = "import os; print(os.environ.get('PYTHONPATH'), os.environ['OMP_NUM_THREADS'])"
    assert run_alone([sys.executable, "-c", code]).output == "None 1\n"


def test_a_process_is_measured_by_itself() -> None:
    ballast = np.ones(40_000_000, np.uint8)
    small = measure_process([sys.executable, "-S", "-c", "print('here')"])
    large = measure_process([sys.executable, "-S", "-c", "bytearray(b'x') * 30_000_000"])
    assert (small.status, small.output) == (0, "here\n")
    assert 0 < small.peak < ballast.nbytes / 1e6
    assert small.peak + 25 < large.peak
    assert small.cpu_seconds > 0
    assert small.seconds > 0
    assert measure_process([sys.executable, "-c", "raise SystemExit(3)"]).status == 3


@pytest.mark.parametrize("name", sorted({entry.environment for entry in ENTRIES.values()}))
def test_every_environment_is_pinned(name: str) -> None:
    lines = (LISTS / f"{name}.txt").read_text("utf-8").splitlines()
    assert lines
    assert all(line.count("==") == 1 for line in lines)


def test_the_empty_script_does_nothing(tmp_path: Path) -> None:
    wheel = make_empty_wheel(tmp_path)
    first = wheel.read_bytes()
    assert make_empty_wheel(tmp_path).read_bytes() == first
    python(
        "-m", "pip", "install", "-q", "--no-index", "--target", str(tmp_path / "site"), str(wheel)
    )
    script = tmp_path / "site" / "bin" / EMPTY_SCRIPT
    variables = {"PYTHONPATH": str(tmp_path / "site")}
    done = measure_process([sys.executable, str(script), "--version"], variables)
    assert (done.status, done.output, done.errors) == (0, "", "")


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return python("-m", "benchmarks.alternatives", *arguments, status=None, variables=variables)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "--mnist"),
        (["--mnist", "x.npz", "--only", "nobody"], "invalid choice: 'nobody'"),
        (["--mnist", "x.npz", "--rounds", "0"], "must be at least 1, not 0"),
        (["--mnist", "x.npz", "--seed", "-1"], "must be from 0"),
        (["--mnist", "x.npz", "--core", "9999"], "must be one of"),
        (
            ["--mnist", "x.npz", "--docs", "SECURITY.md"],
            "SECURITY.md lacks the lines <!-- generated",
        ),
        (["--mnist", "x.npz", "--docs", "none.md"], "No such file"),
    ],
)
def test_wrong_usage(arguments: list[str], complaint: str) -> None:
    done = command(*arguments)
    assert done.returncode == 2
    assert complaint in done.stderr


def test_data_that_is_missing(tmp_path: Path) -> None:
    path = str(tmp_path / "none.npz")
    done = command("--mnist", path, "--work", str(tmp_path), "--output", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_where_nothing_can_be_installed_all_are_named(tmp_path: Path) -> None:
    for module in ("PIL", "matplotlib"):
        pytest.importorskip(module, reason=f"pictures and plot need {module}")
    rng = np.random.default_rng(0)
    arrays = {}
    for part in ("train", "test"):
        arrays[f"x_{part}"] = rng.integers(1, 256, (20, 28, 28), np.uint8)
        arrays[f"y_{part}"] = np.arange(20) % 10
    np.savez(tmp_path / "mnist.npz", **arrays)
    wheel = tmp_path / "edgedigit-0.0-py3-none-any.whl"
    wheel.write_bytes(b"no wheel")
    done = command(
        *("--mnist", str(tmp_path / "mnist.npz"), "--wheel", str(wheel), "--quick"),
        *("--work", str(tmp_path / "work"), "--output", str(tmp_path / "out")),
        *("--only", "edgedigit", "tesserocr"),
        PIP_NO_INDEX="1",
    )
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "out" / "alternatives.json").read_text("utf-8"))
    rows = (tmp_path / "out" / "alternatives.md").read_text("utf-8").splitlines()
    for name in ("edgedigit", "tesserocr"):
        (reason,) = result["contenders"][name]["reasons"]
        assert reason.startswith("cannot be installed: ")
        title = result["contenders"][name]["title"]
        assert any(row.startswith(f"| {title} ({reason}) |") for row in rows)
    assert {outcome.is_met for outcome in outcomes(result)} == {None}
