"""The options of each command: what they are called, take and mean, and which go together."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from edgedigit import __version__
from edgedigit.limits import MAX_PAGES, MAX_PIXELS, MAX_SERVED_BYTES, MAX_SERVED_PIXELS
from edgedigit.runs.formats import FORMATS, READABLE
from edgedigit.system.messages import printable

if TYPE_CHECKING:
    from edgedigit.images import Region

_DEFAULT_COLUMNS = 80
_MAX_PORT = 65535
_TOKEN_VARIABLE = "EDGEDIGIT_TOKEN"
_WRONG_USAGE_STATUS = 2
_TABLE_ENDINGS = "", "txt"
# Of another distribution, which reads what follows them.
FURTHER_COMMANDS = {
    "finetune": "teach a copy of the model your own pictures (extra train)",
    "export": "turn a trained model into the folder that --model takes (extra train)",
}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Reads a command line, and ends the program with status 2 where it is wrong.

    Args:
        arguments: What follows the program's name; None is `sys.argv`.

    Returns:
        The options of the command whose name is `command`; of `FURTHER_COMMANDS` those alone that
        follow it, `arguments`.
    """
    parser, commands = _parser()
    _complete(parser)
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] not in (*commands, "-h", "--help", "--version"):
        parser.error(_no_command(given, list(commands)))
    if given and given[0] in FURTHER_COMMANDS:
        return argparse.Namespace(command=given[0], arguments=given[1:])
    options, unknown = parser.parse_known_args(given)
    if options.command is None:
        parser.print_help(sys.stderr)
        parser.exit(_WRONG_USAGE_STATUS)
    if unknown:
        commands[options.command].error(_no_option(unknown[0], commands))
    check = _CHECKS.get(options.command)
    if check is not None:
        check(options, commands[options.command].error)
    return options


def _complete(parser: argparse.ArgumentParser) -> None:
    """Answers a shell that asks how a command line may go on, and ends the program then."""
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)


def _no_command(given: Sequence[str], commands: Sequence[str]) -> str:
    """What to say of a command line that does not begin with a command."""
    first = given[0]
    known = f"the commands are {', '.join(commands)}"
    if first.startswith("-"):
        return f"the command comes before {printable(first)}; {known}"
    if os.path.exists(first):
        return f"no command is given; did you mean: edgedigit classify {printable(first)}"
    import difflib

    close = difflib.get_close_matches(first, commands, 1)
    meant = f"; did you mean {close[0]}" if close else ""
    return f"{printable(first)!r} is no command{meant}; {known}"


def _no_option(given: str, commands: Mapping[str, argparse.ArgumentParser]) -> str:
    """What to say of an option that a command does not have."""
    name = given.partition("=")[0]
    owners = [owner for owner, parser in commands.items() if f"{name} " in parser.format_help()]
    if name.startswith("-") and owners:
        return f"{printable(name)} is an option of {', '.join(owners)}"
    return f"{printable(given)} is too much here, or no option"


class _Help(argparse.HelpFormatter):
    """Help as wide as the terminal.

    The base class is made for each option, and loads `shutil` with all that unpacks archives to
    find out how wide that is.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, formatter_class=_Help)

    def error(self, message: str) -> NoReturn:
        """Ends the program with what is wrong, not with all that would be right."""
        usage = f"usage: {self.prog} --help says what it takes"
        self.exit(_WRONG_USAGE_STATUS, f"{usage}\n{self.prog}: error: {message}\n")


def _columns() -> int:
    """The terminal's width, as `shutil.get_terminal_size` has it."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size().columns or _DEFAULT_COLUMNS
    except (ValueError, OSError):  # closed, or no terminal
        return _DEFAULT_COLUMNS


def _parser() -> tuple[_Parser, Mapping[str, argparse.ArgumentParser]]:
    parser = _Parser(
        prog="edgedigit", description="Reads handwritten digits in photos, scans and drawings."
    )
    parser.add_argument("--version", action="version", version=f"edgedigit {__version__}")
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND")
    model = _Parser(add_help=False)
    model.add_argument("--model", metavar="DIR", help="folder of another model")
    model.add_argument(
        "--provider",
        dest="providers",
        action="append",
        default=[],
        metavar="NAME",
        help="what of onnxruntime runs the networks, where it has more than the processor's own; "
        "`edgedigit info` names those it has; may be given more than once",
    )

    files = _file_options()
    status = (
        "Exit status: 0 all done, 1 some input could not be read, 2 wrong usage, "
        "130 interrupted (143 by SIGTERM)."
    )

    commands.add_parser(
        "classify",
        parents=[model, files],
        help="read one digit in each picture",
        description="Reads one digit in each picture.",
        epilog=status,
    )

    read = commands.add_parser(
        "read",
        parents=[model, files],
        help="read whole numbers",
        description="Reads the numbers in each picture, line by line: digits, the marks . , - / : "
        "and ? for every other sign and for a digit that is refused.",
        epilog=status,
    )
    read.add_argument(
        "--spaces", action="store_true", help="put a space where a gap separates numbers"
    )
    read.add_argument(
        "--length",
        type=_count,
        metavar="N",
        help="how many digits there are in each picture; one that does not hold so many is refused",
    )
    read.add_argument(
        "--no-marks",
        dest="marks",
        action="store_false",
        help="leave out the marks . , - / : between digits",
    )
    read.add_argument(
        "--annotate",
        metavar="DIR",
        help="write each picture to DIR with boxes and answers; never overwrites",
    )

    evaluate = commands.add_parser(
        "evaluate",
        parents=[model],
        help="measure how well labelled pictures are read",
        description="Measures how well the pictures of a labelled folder are read: those in 0/, "
        "1/, ... 9/, and in not-a-digit/ what shows no digit. Each may be missing.",
        epilog=status,
    )
    _add_evaluate_options(evaluate)

    serve = commands.add_parser(
        "serve",
        parents=[model],
        help="serve a page to draw on, and an HTTP API",
        description="Serves a page to draw on, and an HTTP API, until it is interrupted. All "
        "connections are plain HTTP. With --host other than 127.0.0.1, all that can reach this "
        "machine can have pictures read, see versions, limits and counts at /info and /metrics, "
        "and with --collect fill the disk: they have to bring a token, and a server with TLS "
        "should stand before it where the network is not your own.",
    )
    _add_serve_options(serve)

    info = commands.add_parser(
        "info",
        parents=[model],
        help="show versions and the model, and check that all works",
        description="Shows versions and the model, and checks that all works.",
    )
    info.add_argument(
        "--bench",
        action="store_true",
        help="measure this machine and edgedigit on it too, for some seconds or minutes",
    )
    for name, meaning in FURTHER_COMMANDS.items():
        commands.add_parser(name, add_help=False, help=meaning)
    return parser, commands.choices


def _file_options() -> _Parser:
    """The options of all commands that go over files."""
    files = _Parser(add_help=False)
    files.add_argument(
        "paths", nargs="+", metavar="PATH", help="file, folder, or - for standard input"
    )
    files.add_argument(
        "-r", "--recursive", action="store_true", help="read the folders in folders too"
    )
    files.add_argument(
        "--format",
        choices=FORMATS,
        help="what is written (default: what FILE ends in, or else table)",
    )
    files.add_argument(
        "-o", "--output", metavar="FILE", help="write to FILE, not to standard output"
    )
    files.add_argument(
        "--force", action="store_true", help="overwrite FILE, and the report, if they exist"
    )
    files.add_argument(
        "--resume",
        action="store_true",
        help="go on with FILE: what it holds is not done again, unless the file or the settings "
        "changed since",
    )
    files.add_argument(
        "--save-refused",
        metavar="DIR",
        help="copy what is refused to DIR, for labelling; never overwrites",
    )
    files.add_argument(
        "--report", metavar="FILE.html", help="write a page that shows pictures and answers"
    )
    files.add_argument(
        "--region",
        type=_region,
        metavar="L,T,R,B",
        help="look at this part of each picture: left,top,right,bottom in pixels, or in shares of "
        "its width and height where one has a point, as 0.5,0,1,1 for the right half "
        "(default: all of it)",
    )
    files.add_argument(
        "--pages",
        choices=("first", "all"),
        default="first",
        help=f"all: read the further pages or frames of a file too, up to {MAX_PAGES}, each with a "
        "row of its own (default: first)",
    )
    files.add_argument(
        "--turn",
        choices=("exif", "auto"),
        default="exif",
        help="auto: read pictures too that are turned by a quarter, or two, though their EXIF "
        "data does not say so; for pictures that all show digits, since letters and signs may be "
        "one when turned (default: exif)",
    )
    _add_reading_options(files)
    files.add_argument(
        "--quiet", action="store_true", help="no progress and no summary, errors alone"
    )
    return files


def _add_evaluate_options(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument("folder", metavar="FOLDER", help="the labelled folder")
    evaluate.add_argument(
        "--format",
        choices=("table", "json"),
        default="table",
        help="what is written (default: table)",
    )
    evaluate.add_argument(
        "--report",
        metavar="FILE.html",
        help="write a page with all figures and the pictures that were misread",
    )
    evaluate.add_argument("--force", action="store_true", help="overwrite the report if it exists")
    _add_reading_options(evaluate)
    evaluate.add_argument("--quiet", action="store_true", help="no progress, errors alone")


def _add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Options for how files are read, and what of them is given."""
    _add_min_confidence(parser)
    parser.add_argument(
        "--ink",
        choices=("auto", "dark", "light"),
        default="auto",
        help="how the ink is, compared to the paper (default: auto)",
    )
    _add_max_pixels(parser, MAX_PIXELS)
    parser.add_argument(
        "--threads",
        type=_count,
        metavar="N",
        help="threads that read and decode files ahead (default: one for each core)",
    )


def _add_serve_options(serve: argparse.ArgumentParser) -> None:
    serve.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on; 0.0.0.0 is all of this machine's (default: 127.0.0.1)",
    )
    serve.add_argument(
        "--port",
        type=_port,
        default=8000,
        metavar="N",
        help="port to listen on; 0 is any free one (default: 8000)",
    )
    _add_min_confidence(serve)
    serve.add_argument(
        "--collect",
        metavar="DIR",
        help="keep the drawings that people label, in DIR/0 to DIR/9; never overwrites",
    )
    token = serve.add_mutually_exclusive_group()
    token.add_argument(
        "--token",
        help="what each request but those for the page has to bring, as Authorization: Bearer "
        f"TOKEN (default: the environment's {_TOKEN_VARIABLE}, which other users cannot see; with "
        "--host other than 127.0.0.1 one is made up and told)",
    )
    token.add_argument(
        "--no-token", action="store_true", help="whoever reaches the server may ask without one"
    )
    serve.add_argument(
        "--cors",
        action="append",
        default=[],
        type=_origin,
        metavar="ORIGIN",
        help="pages from there may ask too, as https://example.org; * for all pages; may be given "
        "more than once",
    )
    serve.add_argument(
        "--max-bytes",
        type=_count,
        default=MAX_SERVED_BYTES,
        metavar="N",
        help=f"most bytes that a request may have (default: {MAX_SERVED_BYTES})",
    )
    _add_max_pixels(serve, MAX_SERVED_PIXELS)
    serve.add_argument(
        "--max-requests",
        type=_count,
        default=16,
        metavar="N",
        help="most requests at once, running and waiting; further ones are told to come again "
        "(default: 16)",
    )
    serve.add_argument(
        "--timeout",
        type=_count,
        default=10,
        metavar="SECONDS",
        help="most seconds for a request to arrive, and for its answer (default: 10)",
    )
    serve.add_argument(
        "--threads",
        type=_count,
        metavar="N",
        help="most pictures that are read at once, each in a process (default: one for each core)",
    )
    serve.add_argument(
        "--allow-host",
        dest="allow_hosts",
        action="append",
        default=[],
        type=_host,
        metavar="NAME",
        help="a name that requests may call the server, such as that of a proxy before it; may be "
        "given more than once",
    )
    serve.add_argument(
        "--trust-proxy",
        action="store_true",
        help="who asks is what X-Forwarded-For says; only where nobody gets past the proxy",
    )
    serve.add_argument("--quiet", action="store_true", help="errors alone, not the address")


def _add_min_confidence(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--min-confidence",
        type=_probability,
        metavar="P",
        help="smallest confidence, 0 to 1, with which a digit, or a number, is not refused "
        "(default: the model's)",
    )


def _add_max_pixels(parser: argparse.ArgumentParser, default: int) -> None:
    parser.add_argument(
        "--max-pixels",
        type=_count,
        default=default,
        metavar="N",
        help=f"most pixels that a picture may have (default: {default})",
    )


def _probability(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value


def _region(text: str) -> Region:
    from edgedigit.images.region import parse_region  # loads NumPy

    try:
        return parse_region(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _host(text: str) -> str:
    inner = text.removeprefix("[").removesuffix("]")
    signs = ":." if text == f"[{inner}]" else "._-"
    if not inner or not all((sign.isascii() and sign.isalnum()) or sign in signs for sign in inner):
        raise argparse.ArgumentTypeError(f"{text!r} is not a name without a port")
    return text


def _origin(text: str) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        is_origin = parts.port != 0 and text.lower() == f"{parts.scheme}://{parts.netloc}".lower()
    except ValueError:
        is_origin = False
    if text != "*" and not (is_origin and parts.hostname and "@" not in text):
        raise argparse.ArgumentTypeError(f"{text!r} is not like https://example.org, nor *")
    return text if text == "*" else text.lower()


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > _MAX_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, 0 to {_MAX_PORT}")
    return int(text)


def _check_token(options: argparse.Namespace, error: _Error) -> None:
    # Not the option's default, which --help might show.
    if options.token is None and not options.no_token:
        options.token = os.environ.get(_TOKEN_VARIABLE) or None
    if options.token is not None and not _is_token(options.token):
        error(f"--token and {_TOKEN_VARIABLE} are letters, digits and signs without spaces")


def _is_token(text: str) -> bool:
    """Whether it can stand in the head of a request."""
    return text != "" and all("!" <= sign <= "~" for sign in text)


def _check_report(options: argparse.Namespace, error: _Error) -> None:
    report = options.report
    if report is not None and os.path.lexists(report) and not options.force:
        error(f"{printable(report)} exists; --force overwrites it")


def _check_output(options: argparse.Namespace, error: _Error) -> None:
    """Settles the format, and ends the program where the options contradict one another."""
    output, report = options.output, options.report
    if options.format is None:
        ending = os.path.splitext(output or "")[1][1:].lower()
        if ending not in (*FORMATS, *_TABLE_ENDINGS):
            error(
                f"{printable(str(output))}: FILE ends in {', '.join(f'.{x}' for x in READABLE)}, "
                "or in .txt for a table, or --format says what is written; spreadsheets open .csv"
            )
        options.format = ending if ending in FORMATS else "table"
    if options.resume and (output is None or options.format not in READABLE):
        error(f"--resume needs -o FILE and --format {' or '.join(READABLE)}, or such an ending")
    if options.resume and options.force:
        error("--resume goes on with FILE and --force overwrites it: give one of them")
    if output is not None and report is not None and _is_same(output, report):
        error("the output and the report are the same file")
    for path in (output, report):
        if path is not None and os.path.isdir(path):
            error(f"{printable(path)} is a folder; name a file")
        if path is not None and os.path.lexists(path) and not (options.force or options.resume):
            goes_on = "--resume goes on, " if options.format in READABLE else ""
            error(f"{printable(path)} exists; {goes_on}--force overwrites it")


def _is_same(path: str, other: str) -> bool:
    return os.path.realpath(path) == os.path.realpath(other)


_Error = Callable[[str], object]

_CHECKS: dict[str, Callable[[argparse.Namespace, _Error], None]] = {
    "classify": _check_output,
    "read": _check_output,
    "evaluate": _check_report,
    "serve": _check_token,
}
