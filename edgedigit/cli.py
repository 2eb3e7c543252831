"""The command `edgedigit`: a thin shell over the library.

What is slow to import is imported where it is needed, so that --version, --help and wrong usage
answer at once.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from edgedigit import __version__
from edgedigit.errors import EdgeDigitError
from edgedigit.formats import FORMATS, Format, printable
from edgedigit.interrupts import interrupts_wait
from edgedigit.output import Output
from edgedigit.prediction import FileResult, Status
from edgedigit.walk import find_files

if TYPE_CHECKING:
    from edgedigit.folder import Source

_DONE = 0
_FAILED = 1
_WRONG_USAGE = 2
_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: What follows the command's name; None is `sys.argv`.

    Returns:
        The exit status: 0 all done, 1 something could not be read, written or loaded, 2 wrong
        usage, 130 interrupted.
    """
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:  # who reads has seen enough
        return _DONE
    except EdgeDigitError as error:
        _complain(str(error))
        return _FAILED
    finally:
        _flush_standard_output()


def _run(arguments: Sequence[str] | None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help(sys.stderr)
        return _WRONG_USAGE
    status: int = options.run(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="edgedigit", description="Reads handwritten digits in photos, scans and drawings."
    )
    parser.add_argument("--version", action="version", version=f"edgedigit {__version__}")
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND")
    model = argparse.ArgumentParser(add_help=False)
    model.add_argument("--model", metavar="DIR", help="folder of another model")

    classify = commands.add_parser(
        "classify",
        parents=[model],
        help="read one digit in each picture",
        description="Reads one digit in each picture.",
        epilog="Exit status: 0 all done, 1 some input could not be read, 2 wrong usage, "
        "130 interrupted.",
    )
    classify.add_argument(
        "paths", nargs="+", metavar="PATH", help="file, folder, or - for standard input"
    )
    classify.add_argument(
        "-r", "--recursive", action="store_true", help="read the folders in folders too"
    )
    classify.add_argument(
        "--format", choices=FORMATS, default="table", help="what is written (default: table)"
    )
    classify.add_argument(
        "-o", "--output", metavar="FILE", help="write to FILE, not to standard output"
    )
    classify.add_argument("--force", action="store_true", help="overwrite FILE if it exists")
    classify.add_argument(
        "--min-confidence",
        type=_probability,
        metavar="P",
        help="smallest confidence, 0 to 1, with which a digit is given (default: the model's)",
    )
    classify.add_argument(
        "--ink",
        choices=("auto", "dark", "light"),
        default="auto",
        help="how the ink is, compared to the paper (default: auto)",
    )
    classify.add_argument(
        "--quiet", action="store_true", help="no progress and no summary, errors alone"
    )
    classify.set_defaults(run=_classify, error=classify.error)

    info = commands.add_parser(
        "info",
        parents=[model],
        help="show versions and the model, and check that all works",
        description="Shows versions and the model, and checks that all works.",
    )
    info.set_defaults(run=_info)
    return parser


def _probability(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def _info(options: argparse.Namespace) -> int:
    from edgedigit.classifier import Classifier
    from edgedigit.info import model_lines, package_lines, self_check

    output = Output()
    output.write(package_lines())
    classifier = Classifier(options.model)
    output.write(model_lines(classifier))
    fault = self_check(classifier)
    output.write(f"{'self-check':12} {fault or 'passed'}\n")
    if fault is None:
        return _DONE
    _complain(f"the self-check failed: {fault}")
    return _FAILED


def _classify(options: argparse.Namespace) -> int:
    if options.output is not None and not options.force and os.path.lexists(options.output):
        options.error(f"{printable(options.output)} exists; --force overwrites it")
    start = time.monotonic()
    with interrupts_wait():  # onnxruntime, interrupted while it is loaded, raises an ImportError
        from edgedigit.classifier import Classifier
        from edgedigit.folder import classify_blocks

        classifier = Classifier(options.model, min_confidence=options.min_confidence)
    empty: list[str] = []
    blocks = classify_blocks(_files(options, empty), classifier, options.ink)
    counts: Counter[Status] = Counter()
    with (
        contextlib.closing(Output(options.output, options.force)) as output,
        _progress(options) as bar,
    ):

        def finish(block: list[FileResult]) -> None:
            counts.update(result.status for result in block)
            for result in block:
                if result.error is not None:
                    _complain(f"{result.path}: {result.error}", bar)
            if bar is not None:
                bar.update(len(block))

        _write(blocks, output, FORMATS[options.format](), finish)
    for folder in empty:
        hint = "" if options.recursive else "; --recursive reads the folders in it"
        _complain(f"{folder}: no file in this folder{hint}")
    if not options.quiet:
        _say(_summary(counts, time.monotonic() - start))
    return _FAILED if empty or set(counts) - {Status.OK, Status.REFUSED} else _DONE


def _files(options: argparse.Namespace, empty: list[str]) -> Iterator[str | Source | FileResult]:
    """What the paths on the command line stand for; adds to `empty` the folders without files."""
    for path in options.paths:
        if path == "-":
            yield _standard_input()
            continue
        is_empty = True
        for file in find_files(path, options.recursive):
            if not _is_output(file, options.output):
                is_empty = False
                yield file
        if is_empty:
            empty.append(path)


def _standard_input() -> Source | FileResult:
    from edgedigit.folder import Source

    if sys.stdin is None:
        return FileResult("-", Status.UNREADABLE, None, "standard input is closed")
    return Source("-", sys.stdin.buffer)


def _is_output(file: str | FileResult, output: str | None) -> bool:
    """Whether a file is the one being written, which may lie in the folder being read."""
    if output is None or isinstance(file, FileResult):
        return False
    is_same_name = os.path.basename(file) == os.path.basename(output)
    return is_same_name and os.path.realpath(file) == os.path.realpath(output)


def _write(
    blocks: Iterator[list[FileResult]],
    output: Output,
    form: Format,
    finish: Callable[[list[FileResult]], None],
) -> None:
    """Writes each block and then has it finished; what an interrupt leaves is valid."""
    try:
        output.write(form.head())
        for block in blocks:
            output.write(form.rows(block))
            finish(block)
    except KeyboardInterrupt:
        output.write(form.tail())
        raise
    output.write(form.tail())


def _progress(options: argparse.Namespace) -> contextlib.AbstractContextManager[Any]:
    """A progress bar on standard error, or None where nobody would see it, or see it torn."""
    is_seen = sys.stderr is not None and sys.stderr.isatty()
    is_torn = options.output is None and sys.stdout.isatty()
    if options.quiet or not is_seen or is_torn:
        return contextlib.nullcontext()
    try:
        from tqdm import tqdm
    except ImportError:
        return contextlib.nullcontext()
    bar: contextlib.AbstractContextManager[Any] = tqdm(
        unit=" files", file=sys.stderr, leave=False, dynamic_ncols=True
    )
    return bar


def _summary(counts: Counter[Status], seconds: float) -> str:
    files, digits, refused = counts.total(), counts[Status.OK], counts[Status.REFUSED]
    return (
        f"{files:,} file{'s' * (files != 1)}: {digits:,} digit{'s' * (digits != 1)}, "
        f"{refused:,} refused, {files - digits - refused:,} not read; {seconds:.1f} s"
    )


def _complain(message: str, bar: Any = None) -> None:
    _say(f"edgedigit: {printable(message)}", bar)


def _say(line: str, bar: Any = None) -> None:
    """Writes a line to standard error, where there is one, above the progress bar."""
    if bar is not None:
        bar.write(line, file=sys.stderr)
    elif sys.stderr is not None:
        with contextlib.suppress(OSError):  # nobody listens, but the results are still wanted
            print(line, file=sys.stderr)


def _flush_standard_output() -> None:
    """Writes what argparse printed while a closed pipe can still be met quietly."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
