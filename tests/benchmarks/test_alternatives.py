"""The comparison with what a user would pick instead: its tables, targets and arguments."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.alternatives.entries import ENTRIES
from benchmarks.alternatives.environments import Environment, UnavailableError
from benchmarks.alternatives.measuring import Job, take_turns
from benchmarks.alternatives.programs import run_alone
from benchmarks.alternatives.tables import contenders_table, document, targets_table, update_page
from benchmarks.alternatives.targets import Result, outcomes
from benchmarks.fresh_process import measure_process
from tests.support.command import python
from tests.support.paths import ROOT

LISTS = ROOT / "benchmarks" / "alternatives" / "requirements"


def contender(title: str, **figures: float) -> dict[str, Any]:
    return {
        "title": title,
        "share": 1,
        "reasons": [],
        "versions": {},
        "installed_mb": 100.0,
        "accuracy": {"arrays": 0.99, "jpegs": 0.5, "blank_refused": True},
        "figures": {name: [value] * 3 for name, value in figures.items()},
    }


@pytest.fixture
def result() -> Result:
    """A run in which every target is met."""
    return {
        "machine": {"processor": "A processor", "kernel": "Linux 6", "python": "3.11.7"},
        "settings": {"rounds": 3, "digits": 10_000, "cpu_time": False},
        "wheel_bytes": 500_000,
        "beyond": [],
        "contenders": {
            "edgedigit": contender(
                "edgedigit",
                first_s=0.11,
                classify_us=80,
                grey_us=1200,
                batch_per_s=50_000,
                folder_s=0.3,
                peak_mb=60,
                large_peak_mb=64,
            ),
            "edgedigit-images": contender(
                "edgedigit[images]", folder_s=0.16, photo_ms=20, peak_mb=61, large_peak_mb=62
            ),
            "litert-int8": contender("LiteRT", batch_per_s=43_000, folder_s=0.23),
            "onnx-lenet": contender("onnxruntime", model_us=30),
        },
        "floors": {
            name: [value] * 3
            for name, value in {
                "session_s": 0.105,
                "session_peak_mb": 53,
                "version_exit_s": 0.012,
                "pass_exit_s": 0.010,
                "import_exit_s": 0.013,
                "interpreter_exit_s": 0.010,
                "photo_ms": 90,
            }.items()
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
        (("contenders", "edgedigit", "figures", "first_s"), 0.12, "first answer"),
        (("floors", "version_exit_s"), 0.02, "--version"),
        (("floors", "import_exit_s"), 0.016, "`import edgedigit`"),
        (("contenders", "edgedigit", "figures", "classify_us"), 91, "28 x 28 array"),
        (("contenders", "edgedigit", "figures", "grey_us"), 1501, "1,000 x 1,000"),
        (("contenders", "edgedigit", "figures", "batch_per_s"), 42_000, "classify_batch"),
        (("contenders", "edgedigit-images", "figures", "folder_s"), 0.19, "with Pillow"),
        (("contenders", "edgedigit", "figures", "folder_s"), 0.35, "without Pillow"),
        (("contenders", "edgedigit-images", "figures", "photo_ms"), 31, "decoding it whole"),
        (("contenders", "edgedigit", "figures", "peak_mb"), 68.1, "1,000 small PNG files, beyond"),
        (("contenders", "edgedigit", "figures", "large_peak_mb"), 99, "with PNG files of 12"),
        (("contenders", "edgedigit-images", "figures", "peak_mb"), 99, "and Pillow"),
        (("contenders", "edgedigit-images", "figures", "large_peak_mb"), 99, "with JPEG files"),
    ],
)
def test_a_target_is_missed(
    result: Result, place: tuple[str, ...], value: float, words: str
) -> None:
    *path, name = place
    figures = result
    for step in path:
        figures = figures[step]
    figures[name] = [value] * 3
    missed = [name for name, is_met in verdicts(result).items() if is_met is False]
    assert len(missed) == 1
    assert words in missed[0]


def test_size_and_what_is_installed_are_targets_too(result: Result) -> None:
    result |= {"wheel_bytes": 1_300_001, "beyond": ["pillow"]}
    missed = [name for name, is_met in verdicts(result).items() if is_met is False]
    assert [name.split()[:2] for name in missed] == [["the", "wheel"], ["distributions", "beyond"]]


def test_the_median_of_the_rounds_decides(result: Result) -> None:
    figures = result["contenders"]["edgedigit"]["figures"]
    figures["first_s"] = [0.11, 0.5, 0.11]
    assert verdicts(result)[outcomes(result)[0].target.name] is True
    assert "1.05 to 4.76" in targets_table(result)
    figures["first_s"] = [0.11, 0.5, 0.12]
    assert verdicts(result)[outcomes(result)[0].target.name] is False


def test_what_was_not_measured_is_neither_met_nor_missed(result: Result) -> None:
    del result["contenders"]["litert-int8"]
    kept = verdicts(result)
    assert [name for name, is_met in kept.items() if is_met is None] == [
        name for name in kept if "LiteRT" in name or "without Pillow" in name
    ]
    assert targets_table(result).count("not measured") == 3


def test_who_cannot_be_installed_is_named_with_the_reason(result: Result) -> None:
    missing = contender("tesserocr")
    missing |= {"reasons": ["cannot be installed: no wheel"], "installed_mb": None, "accuracy": {}}
    result["contenders"]["tesserocr"] = missing
    rows = contenders_table(result).splitlines()
    assert rows[-1].startswith("| tesserocr (cannot be installed: no wheel) | - |")
    assert len({row.count("|") for row in rows}) == 1


def test_the_document_has_what_was_measured(result: Result) -> None:
    text = document(json.loads(json.dumps(result)))
    assert "| 99.00% | 50.00% | yes | - | 0.110 |" in text
    assert "50,000" in text
    assert "A processor, Linux 6, Python 3.11.7, one core; medians of 3 rounds" in text


def test_a_page_gets_the_tables_between_its_marks(result: Result, tmp_path: Path) -> None:
    page = tmp_path / "comparison.md"
    page.write_text(
        "Words.\n\n<!-- generated: begin -->\nof last year\n<!-- generated: end -->\n\nMore.\n"
    )
    for _ in range(2):
        update_page(page, result)
        text = page.read_text()
        assert text.startswith("Words.\n\n<!-- generated: begin -->\n\n|  | MNIST arrays, right |")
        assert text.endswith(" |\n\n<!-- generated: end -->\n\nMore.\n")
        assert text.count(targets_table(result)) == 1
        assert "of last year" not in text


def test_fewer_pictures_and_rounds_are_said(result: Result) -> None:
    slow = copy.deepcopy(result["contenders"]["litert-int8"])
    slow |= {"title": "slow", "share": 10, "figures": {"folder_s": [60.0]}}
    result["contenders"]["slow"] = slow
    text = document(result)
    assert "slow: accuracy of one in 10 pictures, 1,000 of each kind." in text
    assert "slow: fewer rounds where one takes many seconds." in text


def test_the_plot_shows_what_was_measured(result: Result, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the plot is drawn with matplotlib")
    from benchmarks.alternatives.plot import save_plot

    path = tmp_path / "plot.png"
    assert save_plot(result, path)
    assert path.read_bytes().startswith(b"\x89PNG")
    result["contenders"] = {}
    assert not save_plot(result, tmp_path / "nothing.png")
    assert not (tmp_path / "nothing.png").exists()


def test_jobs_take_turns_and_the_warm_up_does_not_count() -> None:
    order: list[str] = []

    def job(name: str) -> Job:
        def run() -> dict[str, float]:
            order.append(name)
            return {"figure": len(order)}

        return Job(name, run)

    jobs = [job("a"), job("b")]
    take_turns(jobs, 2, lambda line: None)
    assert order == ["a", "b"] * 3
    assert [job.figures for job in jobs] == [{"figure": [3, 5]}, {"figure": [4, 6]}]


def test_a_job_that_fails_says_why_and_is_left_alone() -> None:
    calls = []

    def fail() -> dict[str, float]:
        calls.append(1)
        raise UnavailableError("cannot be run: no luck")

    job = Job("a", fail)
    take_turns([job], 3, lambda line: None)
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


def test_what_goes_beyond_is_found(tmp_path: Path) -> None:
    environment = Environment("edgedigit", tmp_path)
    for name, needs in (("One", "two-parts>=1"), ("two_parts", ""), ("Three", "")):
        info = environment.site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
        (info / "METADATA").write_text(head + (f"Requires-Dist: {needs}\n" if needs else ""))
    assert environment.versions() == {"one": "1.0", "two-parts": "1.0", "three": "1.0"}
    assert environment.beyond("one") == ["three"]
    assert environment.beyond("one", "Three") == []


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
        (["--mnist", "x.npz", "--docs", "README.md"], "README.md lacks the lines <!-- generated"),
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
    assert {outcome.is_met for outcome in outcomes(result)} <= {None, True}
