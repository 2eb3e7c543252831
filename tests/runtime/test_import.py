"""What importing and starting costs, and what is left behind: each in a Python of its own."""

import os
import platform
import threading

import numpy as np
import pytest

import edgedigit
from tests.support.command import python
from tests.support.picture_files import png_file
from train.drawing.characters import draw_digits

HEAVY = {"numpy", "onnxruntime", "PIL", "tqdm", "starlette", "uvicorn"}


def imported(*arguments, status=0):
    """All modules that a run of Python imports."""
    lines = python("-X", "importtime", *arguments, status=status).stderr.splitlines()
    names = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    assert "edgedigit" in names
    return names


def loaded(*arguments, status=0):
    """The packages among `HEAVY` that a run of Python imports."""
    return HEAVY & imported(*arguments, status=status)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "seven.png"
    path.write_bytes(png_file(draw_digits([7], np.random.default_rng(1))[0]))
    return path


def test_importing_the_package_loads_nothing_heavy():
    assert loaded("-c", "import edgedigit; dir(edgedigit); edgedigit.ImageError") == set()


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--version"], 0),
        (["--help"], 0),
        (["classify", "--help"], 0),
        (["read", "--help"], 0),
        (["serve", "--help"], 0),
        (["info", "--help"], 0),
        ([], 2),
        (["guess"], 2),
        (["classify"], 2),
        (["read"], 2),
        (["serve", "--port", "x"], 2),
        (["serve", "--token", "two words"], 2),
        (["classify", "x", "--format", "xml"], 2),
        (["classify", "x", "-o", __file__], 2),
    ],
)
def test_the_command_answers_without_loading_anything_heavy(arguments, status):
    assert loaded("-m", "edgedigit", *arguments, status=status) == set()


@pytest.mark.parametrize(
    "script", ["import edgedigit", "from edgedigit.cli import main; main(['--version'])"]
)
def test_the_package_and_its_version_need_nothing_that_python_has_not_loaded(script):
    others = imported("-c", script) - imported("-c", "import edgedigit.errors")
    assert others <= {"edgedigit.cli"}


def test_classifying_loads_what_it_needs(picture):
    assert {"numpy", "onnxruntime"} <= loaded("-m", "edgedigit", "classify", picture)


def test_small_png_files_do_not_load_pillow(picture):
    script = f"import edgedigit; edgedigit.classify({str(picture)!r})"
    theirs = imported("-c", "import edgedigit, numpy, onnxruntime")  # old ones load some
    for arguments in (["-c", script], ["-m", "edgedigit", "classify", picture.parent]):
        names = imported(*arguments)
        assert "onnxruntime" in names
        names -= theirs
        # OpenSSL's hashes, and what unpacks archives, are slow to load too.
        assert not {"PIL", "PIL.Image", "_hashlib", "shutil", "pathlib"} & names


@pytest.mark.parametrize("name", edgedigit.__all__)
def test_every_public_name_is_there(name):
    assert getattr(edgedigit, name) is not None
    assert name in dir(edgedigit)


def test_an_unknown_name_raises():
    with pytest.raises(AttributeError, match="'edgedigit' has no attribute 'clasify'"):
        _ = edgedigit.clasify
    with pytest.raises(ImportError, match="clasify"):
        exec("from edgedigit import clasify")


def test_classifying_leaves_no_file_in_the_home(picture, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    places = ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR", "USERPROFILE")
    environment = dict.fromkeys(places, str(home))
    python("-m", "edgedigit", "classify", picture, variables=environment)
    python("-c", f"import edgedigit; edgedigit.classify({str(picture)!r})", variables=environment)
    assert list(home.rglob("*")) == []


@pytest.mark.skipif(platform.system() != "Linux", reason="counts threads in /proc")
def test_classifying_starts_no_thread(picture):
    script = f"""
import os
import numpy  # which may start threads for its own products
before = len(os.listdir("/proc/self/task"))
import edgedigit
edgedigit.classify({str(picture)!r})
edgedigit.classify_batch([{str(picture)!r}] * 40)
print(len(os.listdir("/proc/self/task")) - before)
"""
    assert python("-c", script).stdout == "0\n"


def test_a_folder_leaves_no_thread(picture):
    for _ in edgedigit.classify_folder(picture.parent, threads=3):
        pass
    assert [thread for thread in threading.enumerate() if thread.name == "edgedigit"] == []


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="cannot choose its cores")
def test_a_folder_on_a_single_core_starts_no_thread(picture):
    script = f"""
import os, threading
os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}})
import edgedigit
for result in edgedigit.classify_folder({str(picture.parent)!r}):
    print(result.prediction.digit, threading.active_count())
"""
    assert python("-c", script).stdout == "7 1\n"
