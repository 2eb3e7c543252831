"""What people get wrong on the command line, and the words that tell them what to do.

`python -m tests.campaigns.mistakes` prints what is said in full.
"""

import json
import shlex
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from edgedigit.model import DEFAULT_MODEL
from tests.support.command import run
from tests.support.paths import EXAMPLES


class Mistake(NamedTuple):
    """A command line that cannot do what was meant."""

    command: str
    status: int
    words: str
    """What standard error has to hold."""


MISTAKES = [
    Mistake("", 2, "usage: edgedigit"),
    Mistake("clasify 7.png", 2, "'clasify' is no command; did you mean classify;"),
    Mistake("train 7.png", 2, "the commands are classify, read, evaluate, serve, info"),
    Mistake("7.png", 2, "did you mean: edgedigit classify 7.png"),
    Mistake("--min-confidence 0.5 classify 7.png", 2, "the command comes before --min-confidence"),
    Mistake("classify", 2, "required: PATH"),
    Mistake("classify 7.png --length 5", 2, "--length is an option of read"),
    Mistake("evaluate my-digits --recursive", 2, "--recursive is an option of classify, read"),
    Mistake("evaluate my-digits more", 2, "more is too much here"),
    Mistake("classify 7.png --colour", 2, "--colour is too much here, or no option"),
    Mistake("classify missing.png", 1, "missing.png: No such file or directory"),
    Mistake("classify '*.jpg'", 1, "file or directory; patterns are the shell's to fill in"),
    Mistake("classify empty", 1, "empty: no file in this folder\n"),
    Mistake("classify nested", 1, "--recursive reads the folders in it"),
    Mistake("classify notes.txt", 1, "notes.txt: not a picture"),
    Mistake("classify form.pdf", 1, "PDF files are not read: save as PNG"),
    Mistake("classify nothing.png", 1, "nothing.png: the file is empty"),
    Mistake("classify cut.png", 1, "truncated"),
    Mistake("classify 7.png -o out.xlsx", 2, "FILE ends in .csv, .json, .jsonl"),
    Mistake("classify 7.png --format xml", 2, "choose from"),
    Mistake("classify 7.png -o done.csv", 2, "--resume goes on, --force overwrites it"),
    Mistake("classify 7.png -o done.txt", 2, "done.txt exists; --force overwrites it"),
    Mistake("classify 7.png -o missing/out.csv", 1, "there is no folder missing"),
    Mistake("classify 7.png -o empty", 2, "empty is a folder; name a file"),
    Mistake("classify 7.png --report missing/r.html", 1, "missing: there is no such folder"),
    Mistake("classify 7.png --report notes.txt", 2, "notes.txt exists; --force overwrites it"),
    Mistake("classify 7.png --resume", 2, "--resume needs -o FILE"),
    Mistake("classify 7.png --resume -o done.csv", 1, "name another file, or move this one away"),
    Mistake("classify 7.png --save-refused notes.txt", 1, "already; take another one"),
    Mistake("classify 7.png --min-confidence 90", 2, "'90' is not a number from 0 to 1"),
    Mistake("classify 7.png --region 10,20,30", 2, "is not LEFT,TOP,RIGHT,BOTTOM"),
    Mistake("classify 7.png --region 9000,0,9001,9", 1, "lies outside of the picture, which has"),
    Mistake("classify 7.png --ink black", 2, "choose from"),
    Mistake("classify 7.png --max-pixels 10", 1, "the limit is 10 (max_pixels)"),
    Mistake("classify 7.png --threads 0", 2, "'0' is not a whole number of at least 1"),
    Mistake("classify 7.png --model missing", 1, "it is no folder; a model is one that `edgedigit"),
    Mistake("classify 7.png --model no-config", 1, "it lacks config.json; name the whole folder"),
    Mistake("classify 7.png --model no-config/model.onnx", 1, "it is no folder; a model is"),
    Mistake("classify 7.png --model other", 1, "describes; copy the folder again"),
    Mistake("classify 7.png --provider Nope", 1, "has no Nope; its providers are "),
    Mistake("read 7.png --length seven", 2, "'seven' is not a whole number of at least 1"),
    Mistake("evaluate missing", 1, "cannot read missing: No such file or directory"),
    Mistake("evaluate 7.png", 1, "7.png is no folder; the folders for the labels are 0, 1, 2"),
    Mistake("evaluate empty", 1, "empty holds no folders of pictures; the folders for the labels"),
    Mistake("evaluate words", 1, "words/seven is no label; the folders for the labels are"),
    Mistake("evaluate mixed", 0, "mixed: left out, since no folder says their label: 2 pict"),
    Mistake("info --model missing", 1, "it is no folder"),
    Mistake("finetune my-digits -o mine-v1", 1, 'or in a checkout ".[train]" ./edgedigit-train'),
    Mistake("serve --cors example.org", 2, "'example.org' is not like https://example.org, nor *"),
    Mistake("serve --cors https://example.org/page", 2, "is not like https://example.org, nor *"),
    Mistake("serve --token secret --no-token", 2, "not allowed with argument --token"),
    Mistake("serve --port 99999", 2, "'99999' is not a port, 0 to 65535"),
]


def fill(folder: Path) -> None:
    """Puts what the commands name into a folder."""
    seven = (EXAMPLES / "digits" / "7_crossed.png").read_bytes()
    for name in "empty", "nested/0", "my-digits/7", "words/seven", "mixed/7", "no-config", "other":
        (folder / name).mkdir(parents=True)
    for place in "", "nested/0", "my-digits/7", "words/seven", "mixed/7", "mixed":
        (folder / place / "7.png").write_bytes(seven)
    (folder / "mixed" / "8.png").write_bytes(seven)
    (folder / "nothing.png").touch()
    (folder / "cut.png").write_bytes(seven[: len(seven) // 2])
    (folder / "notes.txt").write_text("buy milk\n")
    (folder / "done.txt").write_text("done\n")
    (folder / "done.csv").write_text("name,amount\n")
    (folder / "form.pdf").write_bytes(b"%PDF-1.4\n1 0 obj\n")
    shutil.copy(Path(DEFAULT_MODEL) / "model.onnx", folder / "no-config")
    shutil.copy(Path(DEFAULT_MODEL) / "config.json", folder / "other")
    (folder / "other" / "model.onnx").write_bytes(b"another model")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    fill(folder)
    return folder


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.command or "nothing")
def test_what_is_said_tells_what_to_do(desk: Path, mistake: Mistake) -> None:
    before = sorted(desk.rglob("*"))
    done = run(*shlex.split(mistake.command), status=mistake.status, cwd=desk)
    assert mistake.words in done.stderr
    assert "Errno" not in done.stderr
    assert len(done.stderr.splitlines()) <= 3 or not mistake.command
    assert sorted(desk.rglob("*")) == before


def test_files_beside_the_labels_are_no_part_of_the_figures(desk: Path) -> None:
    done = run("evaluate", "mixed", "--format", "json", cwd=desk)
    assert json.loads(done.stdout)["digits"] == 1
