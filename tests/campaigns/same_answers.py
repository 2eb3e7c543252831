"""Shows that two states of the checkout answer alike, to the bit.

    python -m tests.campaigns.same_answers 321f697 HEAD --pictures SETS --mnist mnist.npz

asks both for normalised pictures, predictions, readings, and the rows of folder runs in csv and
json (but for the stamp, which depends on the version), of the example pictures and of all
pictures below --pictures. Exit status: 0 all equal, 1 something differs.
"""

import argparse
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.support.paths import ROOT

_TIMEOUT_SECONDS = 3600
# The first argument of a process that answers.
_ASKED = "ask"
_ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".gif"}
_BLOCK_PICTURES = 100
_MNIST_PICTURES = 10_000


def main() -> int:
    """Compares two states, and prints a line for each kind of answer."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.campaigns.same_answers", description="Compares two states' answers."
    )
    parser.add_argument("before", help="a revision of the checkout")
    parser.add_argument("after", help="another one, or - for the files as they lie there")
    parser.add_argument("--pictures", type=Path, help="folder of picture files and .npz files")
    parser.add_argument("--mnist", type=Path, metavar="FILE.npz", help="its training part too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="edgedigit-same-") as folder:
        found = []
        for place, revision in (("before", options.before), ("after", options.after)):
            checkout = ROOT if revision == "-" else _checkout(revision, Path(folder) / place)
            found.append(_answers(checkout, options.pictures, options.mnist))
    before, after = found
    for kind in before:
        differ = sorted(
            {name for name, value in before[kind].items() if after[kind].get(name) != value}
            | (set(after[kind]) - set(before[kind]))
        )
        print(f"{kind}: {len(before[kind]):,} compared, {len(differ):,} differ", *differ[:5])
    return int(before != after)


def _checkout(revision: str, folder: Path) -> Path:
    archive = subprocess.run(
        ["git", "archive", revision, "edgedigit"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        timeout=_TIMEOUT_SECONDS,
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return folder


def _answers(
    checkout: Path, pictures: Path | None, mnist: Path | None
) -> dict[str, dict[str, str]]:
    """What the package of a checkout answers, by kind and picture, asked in its own process."""
    paths = [str(path.resolve()) if path else "" for path in (pictures, mnist)]
    search = os.pathsep.join([str(checkout), str(ROOT)])  # its own package before this one
    done = subprocess.run(
        [sys.executable, "-P", __file__, _ASKED, *paths],
        env={**os.environ, "PYTHONPATH": search, "PYTHONSAFEPATH": "1"},
        cwd=ROOT / "examples",
        stdout=subprocess.PIPE,
        check=True,
        timeout=_TIMEOUT_SECONDS,
    )
    answers: dict[str, dict[str, str]] = json.loads(done.stdout)
    return answers


def _ask(pictures: str, mnist: str) -> dict[str, dict[str, str]]:
    """All answers of the package that is found, as hashes; public names alone are used."""
    import edgedigit
    from edgedigit.images import load_grey
    from edgedigit.normalize import normalize

    folders = [Path("."), *([Path(pictures)] if pictures else [])]
    files = {str(path): load_grey(path) for folder in folders for path in _pictures(folder)}
    named = [*files.items(), *_arrays(pictures, mnist)]
    found: dict[str, dict[str, str]] = {}

    def note(kind: str, name: str, *values: object) -> None:
        content = b"|".join(x if isinstance(x, bytes) else repr(x).encode() for x in values)
        found.setdefault(kind, {})[name] = hashlib.sha256(content).hexdigest()

    for start in range(0, len(named), _BLOCK_PICTURES):
        names, some = zip(*named[start : start + _BLOCK_PICTURES], strict=True)
        for name, ink in zip(names, normalize(some), strict=True):
            note("normalised pictures", name, ink.tobytes())
        for name, answer in zip(names, edgedigit.classify_batch(some), strict=True):
            said = answer.digit, answer.best, answer.confidence, answer.refusal
            note("predictions", name, *said, answer.probabilities.tobytes())
    for name, grey in files.items():
        note("grey pictures", name, grey.shape, grey.tobytes())
        for length in (None, 5):
            reading = edgedigit.read(grey, spaces=True, length=length)
            note("readings", f"{name} {length}", reading.text, reading)
    for folder in folders:
        for command in "classify", "read":
            for form in "csv", "json":
                note(f"runs in {form}", f"{command} {folder.name}", _rows(command, folder, form))
    return found


def _pictures(folder: Path) -> list[Path]:
    files = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in _ENDINGS)
    return [path for path in files if "node_modules" not in path.parts]


def _arrays(pictures: str, mnist: str) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    for path in sorted(Path(pictures).rglob("*.npz")) if pictures else []:
        with np.load(path) as data:
            yield from (
                (f"{path.name} {index}", picture) for index, picture in enumerate(data["x"])
            )
    if mnist:
        with np.load(mnist) as data:
            some = data["x_train"][:_MNIST_PICTURES]
        yield from ((f"mnist {index}", picture) for index, picture in enumerate(some))


def _rows(command: str, folder: Path, form: str) -> str:
    """What a run over a folder writes, but for the stamps."""
    arguments = command, "-r", str(folder), "--format", form, "--quiet"
    done = subprocess.run(
        [sys.executable, "-m", "edgedigit", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # names files that are no pictures
        check=False,
        timeout=_TIMEOUT_SECONDS,
    )
    if form == "json":
        rows = json.loads(done.stdout)
    else:
        rows = list(csv.DictReader(io.StringIO(done.stdout.decode("utf-8", "surrogateescape"))))
    return repr([row | {"stamp": None} for row in rows])


if __name__ == "__main__":
    if sys.argv[1:2] == [_ASKED]:
        print(json.dumps(_ask(*sys.argv[2:])))
    else:
        sys.exit(main())
