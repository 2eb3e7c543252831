"""`python -m train card`: a model's figures on MNIST's test part and on other sets."""

import argparse
import contextlib
import platform
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import edgedigit
from edgedigit import Classifier
from edgedigit.model import CONFIG_FILE
from train.commands.options import show_progress
from train.data.labelled import LOOK_ALIKES_SUFFIX, LabelledSet, load_sets
from train.data.mnist import Mnist, load_mnist
from train.drawing.photographs import user_jpegs
from train.measuring import goals
from train.measuring.scored import ScoredSet, figures, join, naive_reader, score
from train.measuring.tables import card_part, card_table, sweep_table, with_card_part
from train.run_files import write_atomically, write_json

_CARD_FILE = "README.md"


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Reads the command line; wrong usage exits with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m train card",
        description="Measures an exported model through the runtime, on pictures that it was not "
        "trained on, and says which goals it meets.",
    )
    parser.add_argument(
        "--model", type=Path, metavar="DIR", help="folder of the model; default: the package's own"
    )
    parser.add_argument(
        "--mnist", type=Path, metavar="FILE.npz", help="MNIST, whose test part is measured on"
    )
    parser.add_argument(
        "--sets",
        type=Path,
        metavar="FOLDER",
        help="folder of other sets; see train/data/labelled.py",
    )
    parser.add_argument(
        "--jpegs",
        type=int,
        metavar="N",
        help="render so many of MNIST's test pictures as a user's JPEG files, 0 for none; "
        "default: all",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="of this rendering; default: 0"
    )
    parser.add_argument(
        "--naive",
        action="store_true",
        help="the tutorials' way instead of the runtime's: squeezed to 28 x 28, nothing refused",
    )
    parser.add_argument(
        "--sweep", action="store_true", help="show what other thresholds would refuse"
    )
    parser.add_argument("--output", type=Path, metavar="FILE.json", help="write all counts there")
    parser.add_argument(
        "--card", action="store_true", help="write the figures into the model's card and config"
    )
    options = parser.parse_args(arguments)
    if options.mnist is None and options.sets is None:
        parser.error("nothing to measure on: pass --mnist, --sets or both")
    if options.card and (options.naive or options.jpegs is not None):
        parser.error("--card wants the model's own figures, without --naive and --jpegs")
    if options.seed < 0 or (options.jpegs or 0) < 0:
        parser.error("--seed and --jpegs must be at least 0")
    return options


def execute(options: argparse.Namespace) -> None:
    """Measures, prints a Markdown table, and writes what was asked for.

    Raises:
        DataError: MNIST or a set is missing or damaged.
        EdgeDigitError: The model cannot be loaded, a picture cannot be read, or the model's card
            has no place for the figures.
        OSError: A file cannot be read or written.
    """
    classifier = Classifier(options.model)
    # Before minutes of work.
    card = _card(classifier.folder) if options.card else ""
    if options.output and not options.output.parent.is_dir():
        raise FileNotFoundError(f"{options.output.parent} is not a folder")
    mnist = None if options.mnist is None else load_mnist(options.mnist)
    sets = [] if options.sets is None else load_sets(options.sets)
    read = naive_reader(classifier) if options.naive else classifier.classify_batch
    scored = []
    for labelled in [*_mnist_sets(mnist, options.jpegs, options.seed), *sets]:
        show_progress(labelled.name)
        scored.append(score(labelled, read))
    show_progress("")
    scored = _with_joined(scored)
    threshold = 0.0 if options.naive else classifier.min_confidence
    config = classifier.config
    way = "the naive way, nothing refused" if options.naive else f"threshold {threshold:g}"
    print(f"{config.get('name', classifier.folder.name)}, {way}\n\n{card_table(scored)}")
    if options.sweep:
        print(f"\nRefused / wrong of given at other thresholds\n\n{sweep_table(scored)}")
    evaluation = {
        "threshold": threshold,
        "naive": options.naive,
        "seed": options.seed,
        "mnist": None if mnist is None else {"file": mnist.source, "sha256": mnist.sha256},
        "versions": _versions(),
        "sets": [_as_json(part) for part in scored],
    }
    if options.output:
        model = {key: config.get(key) for key in ("name", "sha256", "normalization")}
        write_json(options.output, {"model": model} | evaluation)
    if options.card:
        card = with_card_part(card, card_part(scored, threshold, _command(options)))
        _write_figures(classifier.folder, card, config, evaluation)


def _mnist_sets(mnist: Mnist | None, jpegs: int | None, seed: int) -> Iterator[LabelledSet]:
    if mnist is None:
        return
    digits = [str(digit) for digit in mnist.y_test]
    yield LabelledSet(goals.MNIST_TEST, mnist.x_test, digits)
    if jpegs != 0:
        pictures = user_jpegs(mnist.x_test[:jpegs], seed)
        yield LabelledSet(goals.MNIST_TEST_JPEGS, pictures, digits[:jpegs])


def _with_joined(scored: list[ScoredSet]) -> list[ScoredSet]:
    """Adds what is told of several sets together."""
    by_name = {part.name: part for part in scored}
    result = []
    for part in scored:
        result.append(part)
        name = part.name.removesuffix(LOOK_ALIKES_SUFFIX)
        if part.kind == "look-alikes" and name in by_name:
            result.append(join(name + goals.WITH_LOOK_ALIKES_SUFFIX, [by_name[name], part]))
    digits = [
        part
        for part in scored
        if part.kind == "digits" and part.name not in (goals.MNIST_TEST, goals.MNIST_TEST_JPEGS)
    ]
    natural = [part for part in digits if part.name.startswith(f"{goals.NATURAL} ")]
    if natural:
        result.append(join(goals.NATURAL, natural))
    pool = [part for part in digits if part.name not in goals.NOT_POOLED]
    if pool:
        result.append(join(goals.POOL, pool))
    return result


def _as_json(scored: ScoredSet) -> dict[str, Any]:
    """All counts of a set, and the goals that it has."""
    return figures(scored) | {
        "confusions": [
            {"label": label, "read": read, "count": count}
            for label, read, count in scored.confusions
        ],
        "goals": [
            goal._asdict() | {"share": share, "met": goal.is_met(share)}
            for goal in goals.goals_of(scored.name)
            for share in [scored.share(goal.figure)]
        ],
    }


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "edgedigit": edgedigit.__version__}
    for library in ("numpy", "onnxruntime", "pillow"):
        # Without Pillow, PNG files and arrays are read all the same.
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[library] = metadata.version(library)
    return found


def _command(options: argparse.Namespace) -> str:
    """The command that gives these figures, with the files' names alone."""
    words = ["python -m train card"]
    if options.model:
        words.append(f"--model {options.model.name}")
    if options.mnist:
        words.append(f"--mnist {options.mnist.name} --seed {options.seed}")
    if options.sets:
        words.append(f"--sets {options.sets.name}")
    return " ".join([*words, "--card"])


def _card(folder: Path) -> str:
    """The model's card, which has a place for the figures."""
    card = (folder / _CARD_FILE).read_text("utf-8")
    with_card_part(card, "")
    return card


def _write_figures(
    folder: Path, card: str, config: dict[str, Any], evaluation: dict[str, Any]
) -> None:
    """Writes the card, and the figures without the confusions into config.json."""
    short = [{key: row[key] for key in row if key != "confusions"} for row in evaluation["sets"]]
    evaluated = {"evaluation": evaluation | {"sets": short}}
    write_json(folder / CONFIG_FILE, config | {"figures": config.get("figures", {}) | evaluated})
    write_atomically(folder / _CARD_FILE, lambda path: path.write_text(card, "utf-8"))
