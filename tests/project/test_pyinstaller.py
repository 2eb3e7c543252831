"""A program that PyInstaller makes holds all that edgedigit needs, by the hook in the package."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.command import python
from tests.support.paths import EXAMPLES

pytest.importorskip("PyInstaller", reason="programs are made by PyInstaller")

SOURCE = """
import sys
import edgedigit
from edgedigit.cli import main

print(edgedigit.classify(sys.argv[1]).digit, edgedigit.read(sys.argv[2]).text, flush=True)
sys.exit(main(["info"]))
"""
LIMIT_SECONDS = 550


@pytest.mark.slow
def test_a_program_of_one_folder_reads_pictures_wherever_it_is(tmp_path: Path) -> None:
    source, built, moved = tmp_path / "reads.py", tmp_path / "dist/reads", tmp_path / "moved"
    source.write_text(SOURCE)
    make = ["-m", "PyInstaller", "--onedir", "--distpath", built.parent, source]
    # tqdm and onnxruntime would bring them along where they are installed, as for the training.
    for name in "matplotlib", "pandas", "tensorflow":
        make += ["--exclude-module", name]
    python(*make, cwd=tmp_path, timeout=LIMIT_SECONDS)
    built.rename(moved)
    done = subprocess.run(
        [moved / "reads", EXAMPLES / "digits/7_crossed.png", EXAMPLES / "numbers/form.png"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, *info = done.stdout.splitlines()
    assert first == "7 3141592"
    assert not [line for line in info if line.startswith(("NumPy", "onnxr")) and "not " in line]
    [folder] = (line for line in info if line.startswith("folder"))
    assert str(moved) in folder
