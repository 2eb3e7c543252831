"""What is built to be installed: the same bytes wherever it is built, and nothing but ours."""

import email
import os
import re
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.support.command import python
from tests.support.paths import ROOT

pytest.importorskip("build", reason="building needs build")
pytest.importorskip("hatchling", reason="building needs hatchling")


def build(source: Path, umask: int) -> dict[str, Path]:
    """Builds a checkout's sdist, and from that the wheel; the files by what they end in."""
    output = source.with_name(f"{source.name} built")
    python("-m", "build", "--no-isolation", "--outdir", output, source, umask=umask)
    return {path.suffix: path for path in output.iterdir()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("build")


@pytest.fixture(scope="module")
def checkout(folder: Path) -> Path:
    """A copy of what is in the checkout, without what its tools left there."""
    return Path(shutil.copytree(ROOT, folder / "first", ignore=left_by_tools))


def left_by_tools(folder: str, names: list[str]) -> set[str]:
    """The names in a folder of the checkout that are no part of it."""
    hidden = shutil.ignore_patterns(".[!g]*", ".git", "__pycache__", "node_modules")(folder, names)
    made = {"build", "dist", "runs", "site"} if Path(folder) == ROOT else set()
    return hidden | made


@pytest.fixture(scope="module")
def built(checkout: Path) -> dict[str, Path]:
    return build(checkout, 0o022)


def test_the_same_bytes_from_another_folder_time_and_umask(
    folder: Path, checkout: Path, built: dict[str, Path]
) -> None:
    other = folder / "elsewhere" / "another name"
    shutil.copytree(checkout, other)
    for path in other.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)
        os.utime(path, (1_000_000_000, 1_000_000_000))
    again = build(other, 0o077)
    assert sorted(again) == sorted(built) == [".gz", ".whl"]
    for suffix, path in built.items():
        assert again[suffix].name == path.name
        assert again[suffix].read_bytes() == path.read_bytes()


def test_the_wheel_holds_the_package_alone(checkout: Path, built: dict[str, Path]) -> None:
    with zipfile.ZipFile(built[".whl"]) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    files = [path for path in (checkout / "edgedigit").rglob("*") if path.is_file()]
    assert names == {path.relative_to(checkout).as_posix() for path in files}
    assert any(name.endswith("model.onnx") for name in names)
    assert "edgedigit/py.typed" in names


def test_what_trains_is_a_wheel_of_its_own(
    checkout: Path, built: dict[str, Path], tmp_path: Path
) -> None:
    source = checkout / "edgedigit-train"
    python("-m", "build", "--no-isolation", "--wheel", "--outdir", tmp_path, source)
    [path] = tmp_path.iterdir()
    with zipfile.ZipFile(path) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
        [about] = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(wheel.read(about))
        wheel.extractall(tmp_path / "installed")
    packages = "edgedigit_train/packages"
    files = {
        f"{packages}/{path.relative_to(checkout).as_posix()}"
        for part in ("train", "export")
        for path in (checkout / part).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == files | {"edgedigit_train/__init__.py", "edgedigit_train/LICENSE"}
    version = metadata["Version"]
    assert built[".whl"].name.startswith(f"edgedigit-{version}-")
    assert metadata.get_all("Requires-Dist") == [f"edgedigit[training]=={version}"]
    variables = {"PYTHONPATH": os.pathsep.join([str(tmp_path / "installed"), str(checkout)])}
    for command in "finetune", "export":
        call = ["-m", "edgedigit", command, "--help"]
        shown = python(*call, cwd=tmp_path, variables=variables).stdout
        assert shown.startswith(f"usage: edgedigit {command} ")


def test_the_description_links_to_what_the_repository_holds(built: dict[str, Path]) -> None:
    with zipfile.ZipFile(built[".whl"]) as wheel:
        [name] = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(wheel.read(name))
    urls = dict(value.split(", ") for value in metadata.get_all("Project-URL"))
    assert metadata["Description-Content-Type"] == "text/markdown"
    links = re.findall(r"(!?)\[[^]]*\]\(([^)]+)\)", metadata.get_payload())
    assert len(links) == len(re.findall(r"\]\(", (ROOT / "README.md").read_text("utf-8")))
    for picture, target in links:
        kind = "raw" if picture else "blob"
        start = f"{urls['Repository']}/{kind}/v{metadata['Version']}/"
        assert target.startswith(start)
        assert (ROOT / target.removeprefix(start).partition("#")[0]).is_file(), target


def test_pip_leaves_the_numpy_of_debian_bookworm_alone(
    built: dict[str, Path], tmp_path: Path
) -> None:
    pytest.importorskip("pip", reason="the environment has no pip")
    for name, version in ("numpy", "1.24.2"), ("onnxruntime", "1.16.2"):
        metadata = tmp_path / f"{name}-{version}.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    install = ["-m", "pip", "install", "--no-index", "--dry-run", built[".whl"]]
    done = python(*install, variables={"PYTHONPATH": str(tmp_path)})
    assert f"numpy>=1.24.2 in {tmp_path}" in " ".join(done.stdout.split())
    assert "Would install edgedigit-" in done.stdout
    assert "numpy" not in done.stdout.partition("Would install")[2]


def test_the_wheel_is_small(built: dict[str, Path]) -> None:
    assert built[".whl"].stat().st_size <= 1_300_000


def test_the_sdist_holds_what_the_tests_need(checkout: Path, built: dict[str, Path]) -> None:
    with tarfile.open(built[".gz"]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    for part in "edgedigit", "train", "export", "tests", "examples", "benchmarks", "docs":
        files = [path for path in (checkout / part).rglob("*") if path.is_file()]
        assert files
        assert {path.relative_to(checkout).as_posix() for path in files} <= names
    assert {"pyproject.toml", "README.md", "LICENSE", "CONTRIBUTING.md", "mkdocs.yml"} <= names
    assert {"hatch_build.py", "CITATION.cff"} <= names


def test_what_python_leaves_behind_is_not_built(
    folder: Path, checkout: Path, built: dict[str, Path]
) -> None:
    used = folder / "used"
    shutil.copytree(checkout, used)
    for place in "edgedigit", "tests":
        left = used / place / "__pycache__" / "left.cpython-311.pyc"
        left.parent.mkdir()
        left.write_bytes(b"left behind")
    (used / ".hypothesis").mkdir()
    (used / ".hypothesis" / "left").write_bytes(b"left behind")
    again = build(used, 0o022)
    for suffix, path in built.items():
        assert again[suffix].read_bytes() == path.read_bytes()
