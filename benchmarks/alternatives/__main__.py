"""Measures edgedigit against what a user would pick instead, in one run on one core.

    python -m benchmarks.alternatives --mnist mnist.npz --sets SETS \
        --docs docs/comparison.md --readme README.md

Each contender gets a virtual environment made from its list in `requirements`, kept in --work
with the model and the pictures; so the first run takes half an hour and needs the network, and
later ones a few minutes. --output gets alternatives.json, alternatives.md and alternatives.png;
the tables go into the page of --docs, too, and some into that of --readme.

Times are the processor's, since other work on the machine changes these less; those by the clock
stand beside them. MNIST's test part and the development sets are what all are compared on, and
nothing is fitted to them. The tutorials' CNN is trained here with TensorFlow, which the checkout's
own environment has to have (`pip install -e '.[dev]'`). Tesseract finds its languages by
TESSDATA_PREFIX. Who cannot be installed or run is in the table, with the reason.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.alternatives import measuring, pictures
from benchmarks.alternatives.comparison import compare
from benchmarks.alternatives.entries import ENTRIES
from benchmarks.alternatives.environments import UnavailableError
from benchmarks.alternatives.tables import split_page
from train.commands.options import add_seed, positive
from train.data.mnist import DataError


def main(arguments: Sequence[str] | None = None) -> int:
    """Prepares, measures and writes.

    Returns:
        0 when done, 1 when data or folders cannot be used, 130 when interrupted. Wrong usage exits
        with 2.
    """
    options = parse(arguments)
    try:
        plan = measuring.QUICK_PLAN if options.quick else measuring.Plan()
        plan = plan._replace(rounds=options.rounds or plan.rounds)
        compare(
            options.only or list(ENTRIES),
            mnist=options.mnist,
            sets=options.sets,
            wheel=options.wheel,
            work=options.work,
            output=options.output,
            plan=plan,
            counts=pictures.QUICK_COUNTS if options.quick else pictures.Counts(),
            seed=options.seed,
            core=options.core,
            is_quick=options.quick,
            page=options.docs,
            readme=options.readme,
        )
    except (DataError, UnavailableError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("error: interrupted; what was prepared is kept", file=sys.stderr)
        return 130
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.alternatives",
        description="Measures edgedigit against what a user would pick instead.",
    )
    parser.add_argument("--mnist", type=Path, required=True, metavar="FILE.npz")
    parser.add_argument(
        "--sets", type=Path, metavar="FOLDER", help="development sets, read beside MNIST"
    )
    parser.add_argument(
        "--work",
        type=Path,
        default=Path("runs/alternatives/work"),
        metavar="FOLDER",
        help="environments, models and pictures, kept for the next time; default: %(default)s",
    )
    parser.add_argument(
        "--wheel", type=Path, metavar="FILE", help="default: built from the checkout"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("runs/alternatives"),
        metavar="FOLDER",
        help="where tables and plot are written; default: %(default)s",
    )
    parser.add_argument(
        "--docs", type=_page, metavar="FILE.md", help="a page to write the tables into as well"
    )
    parser.add_argument(
        "--readme", type=_page, metavar="FILE.md", help="another, for what the README shows"
    )
    parser.add_argument(
        "--only", nargs="+", choices=ENTRIES, metavar="NAME", help=f"of {', '.join(ENTRIES)}"
    )
    parser.add_argument("--rounds", type=positive, metavar="N", help="default: 5, quick 1")
    parser.add_argument(
        "--core", type=int, metavar="N", help="where all is measured; default: the last one"
    )
    parser.add_argument("--quick", action="store_true", help="few pictures, and hardly trained")
    add_seed(parser)
    options = parser.parse_args(arguments)
    cores = sorted(os.sched_getaffinity(0))
    if options.core is None:
        options.core = cores[-1]
    elif options.core not in cores:
        parser.error(f"argument --core: must be one of {', '.join(map(str, cores))}")
    return options


def _page(text: str) -> Path:
    path = Path(text)
    try:
        split_page(path)
    except (ValueError, OSError) as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return path


if __name__ == "__main__":
    sys.exit(main())
