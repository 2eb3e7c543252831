"""The sample pictures in `examples/` and the script that draws them."""

import subprocess
from pathlib import Path

import pytest

from tests.support.command import python
from tests.support.paths import ROOT

IN_CHECKOUT = sorted(
    path for folder in ("digits", "photos") for path in (ROOT / "examples" / folder).iterdir()
)
NOT_DIGITS = {"blank_page.png", "letter_A.png", "scribble.png"}


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return python("-m", "train", "samples", *arguments, status=None)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("PIL", reason="drawing the samples needs Pillow")
    output = tmp_path_factory.mktemp("samples") / "new" / "folder"
    done = _run("--output", str(output))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return output


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_checkout_has_about_twenty_small_pictures() -> None:
    sizes = [path.stat().st_size for path in IN_CHECKOUT]
    assert 20 <= len(sizes) <= 30
    assert max(sizes) < 60_000
    assert sum(sizes) < 500_000


def test_checkout_shows_every_digit_and_what_is_none() -> None:
    names = [path.name for path in IN_CHECKOUT if path.suffix == ".png"]
    assert {name for name in names if not name[0].isdigit()} == NOT_DIGITS
    assert {name[0] for name in names if name[0].isdigit()} == set("0123456789")
    assert sum(path.suffix == ".jpg" for path in IN_CHECKOUT) >= 2


def test_script_draws_the_files_of_the_checkout(drawn: Path) -> None:
    expected = {f"{path.parent.name}/{path.name}" for path in IN_CHECKOUT}
    assert set(_files(drawn)) == expected


@pytest.mark.parametrize("path", IN_CHECKOUT, ids=lambda path: path.name)
def test_every_picture_opens_and_shows_something(path: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="opening the samples needs Pillow")
    with image.open(path) as picture:
        assert picture.format == ("JPEG" if path.suffix == ".jpg" else "PNG")
        assert 28 <= min(picture.size) <= max(picture.size) <= 400
        alpha = picture.convert("RGBA").getchannel("A")
        low, high = picture.convert("L").getextrema()
        assert high - low > 25 or alpha.getextrema() == (0, 255)


def test_the_same_seed_draws_the_same_bytes(drawn: Path, tmp_path: Path) -> None:
    assert _run("--output", str(tmp_path)).returncode == 0
    assert _files(tmp_path) == _files(drawn)


def test_another_seed_draws_other_pictures(drawn: Path, tmp_path: Path) -> None:
    assert _run("--output", str(tmp_path), "--seed", "5").returncode == 0
    other = _files(tmp_path)
    assert all(other[name] != content for name, content in _files(drawn).items())


def test_output_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    pytest.importorskip("PIL", reason="drawing the samples needs Pillow")
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    done = _run("--output", str(blocked))
    assert done.returncode == 1
    assert done.stderr.startswith("train: ")
    assert str(blocked) in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("seed", ["-1", "two"])
def test_wrong_seed_is_wrong_usage(seed: str) -> None:
    done = _run(f"--seed={seed}")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
