"""How well and how fast `edgedigit.read` reads numbers, in Markdown tables.

    python -m benchmarks.reading --mnist mnist.npz --sets DEV --failures wrong/
    OMP_THREAD_LIMIT=1 python -m benchmarks.reading --mnist mnist.npz --sets DEV \
        --fonts /usr/share/fonts --part test --count 1000 --others

Lines and pages are composed of MNIST's digits (see train/drawing/number_lines.py): of those that no
training saw to develop with (`--part validation`), of the test part for figures to be reported. DEV
is a folder of development sets: `numbers` and `strings` hold pictures of several digits and a
`labels.csv`. `--others` wants tesserocr and rapidocr installed (tesserocr finds its languages by
TESSDATA_PREFIX); what they read beside digits, and marks where there are any, is dropped, but not
of what edgedigit reads. All readers get one thread and the same pictures, in turn.
"""

import argparse
import sys
from itertools import chain
from pathlib import Path

from benchmarks.readers import edgedigit_reader, other_readers
from benchmarks.reading.failures import Failures
from benchmarks.reading.printed import find_fonts
from benchmarks.reading.sets import (
    composed_sets,
    dark_object_sets,
    other_length_sets,
    printed_sets,
    real_sets,
)
from benchmarks.reading.tables import (
    print_bad_pictures,
    print_calibration,
    print_dark_objects,
    print_lengths,
    print_numbers,
    print_singles,
    print_times,
)
from train.data.mnist import DataError, load_mnist
from train.drawing.number_lines import digits_of

_TOLD_LENGTH = 5


def main(arguments: list[str] | None = None) -> int:
    """Prints the tables; returns 0, or 1 when the data cannot be used."""
    options = _parser().parse_args(arguments)
    readers = {"edgedigit": edgedigit_reader()}
    if options.others:
        others, missing = other_readers()
        readers |= others
        print(*missing, sep="\n", end="\n" * bool(missing), file=sys.stderr)
    failures = Failures(options.failures) if options.failures else None
    count, seed = options.count, options.seed
    try:
        digits = digits_of(load_mnist(options.mnist), options.part)
        kept = print_numbers(
            chain(
                composed_sets(digits, count, seed),
                printed_sets(find_fonts(options.fonts), count, seed),
                real_sets(options.sets) if options.sets else [],
            ),
            readers,
            failures,
        )
        print_lengths(other_length_sets(digits, _TOLD_LENGTH, count, seed))
        print_dark_objects(dark_object_sets(digits, count, seed), readers)
        print_calibration(kept)
        if options.sets:
            print_singles(options.sets, failures)
    except (DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if failures:
        failures.write_sheets()
    if options.times:
        print_times(digits)
        print_bad_pictures()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reading", description="How well and how fast numbers are read."
    )
    parser.add_argument("--mnist", type=Path, required=True, metavar="FILE.npz")
    parser.add_argument("--sets", type=Path, metavar="DIR", help="folder of development sets")
    parser.add_argument("--fonts", type=Path, metavar="DIR", help="folder of .ttf and .otf files")
    parser.add_argument("--part", choices=["validation", "test"], default="validation")
    parser.add_argument("--count", type=int, default=200, help="lines of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--others", action="store_true", help="read with other programs too")
    parser.add_argument("--failures", type=Path, metavar="DIR", help="where wrong ones are drawn")
    parser.add_argument(
        "--no-times", dest="times", action="store_false", help="leave out times and bad pictures"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
