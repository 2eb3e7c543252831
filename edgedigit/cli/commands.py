"""The commands of `edgedigit`: a thin shell over the library.

What is slow to import is imported where it is needed, so that --help and wrong usage answer at
once.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import gc
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from edgedigit.cli.parser import FURTHER_COMMANDS, parse
from edgedigit.errors import EdgeDigitError, MissingError
from edgedigit.system.interrupts import interrupts_raise, interrupts_wait
from edgedigit.system.messages import complain, say

if TYPE_CHECKING:
    from edgedigit.classifier import Classifier
    from edgedigit.cli.evaluate import EvaluationSettings
    from edgedigit.runs.output import Output
    from edgedigit.runs.settings import NumberSettings, RunSettings
    from edgedigit.web.settings import ServerSettings

_SettingsT = TypeVar(
    "_SettingsT", "RunSettings", "NumberSettings", "EvaluationSettings", "ServerSettings"
)

_DONE_STATUS = 0
_FAILED_STATUS = 1
# 130 for Ctrl-C, 143 for `kill` and the end of a service.
_SIGNAL_STATUS_BASE = 128


def run_command(arguments: Sequence[str] | None) -> int:
    """Runs a command; arguments and exit status are those of `cli.main`."""
    try:
        with interrupts_raise():
            options = parse(arguments)
            return _COMMANDS[options.command](options)
    except KeyboardInterrupt as interrupt:
        return _SIGNAL_STATUS_BASE + getattr(interrupt, "number", signal.SIGINT)
    except BrokenPipeError:  # who reads has seen enough
        return _DONE_STATUS
    except EdgeDigitError as error:
        complain(str(error))
        return _FAILED_STATUS
    except MemoryError:
        complain("not enough memory")
        return _FAILED_STATUS
    except ImportError as error:  # a library that onnxruntime or NumPy needs, or no memory for it
        from edgedigit.info.machine import no_onnxruntime

        reason = no_onnxruntime() or "`pip install --force-reinstall` of the package named may help"
        complain(f"the installation does not work: {error}; {reason}")
        return _FAILED_STATUS


def _classify(options: argparse.Namespace) -> int:
    return _run_files(options)


def _read(options: argparse.Namespace) -> int:
    from edgedigit.runs.settings import NumberSettings

    return _run_files(options, number=_settings(NumberSettings, options))


def _run_files(options: argparse.Namespace, number: NumberSettings | None = None) -> int:
    with _loading():
        from edgedigit.runs.run import Run
        from edgedigit.runs.settings import RunSettings

        run = Run(_settings(RunSettings, options, number=number))
    with contextlib.closing(run):
        return _DONE_STATUS if run.do() else _FAILED_STATUS


def _settings(kind: type[_SettingsT], options: argparse.Namespace, **more: Any) -> _SettingsT:
    """Settings of a kind, each field from the option of its name where there is one."""
    names = {field.name for field in dataclasses.fields(kind)}
    given: dict[str, Any] = {name: x for name, x in vars(options).items() if name in names}
    return kind(**given, **more)


@contextlib.contextmanager
def _loading() -> Iterator[None]:
    """Has NumPy, onnxruntime and the model loaded undisturbed.

    Interrupts wait, for what is interrupted raises ImportError, or prints of what it ignores.
    Looking for garbage in what is being loaded takes a fifteenth of the time, and finds none.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        with interrupts_wait():
            yield
    finally:
        if was_on:
            gc.enable()


def _evaluate(options: argparse.Namespace) -> int:
    with _loading():
        from edgedigit.cli.evaluate import EvaluationSettings, evaluate

    return _DONE_STATUS if evaluate(_settings(EvaluationSettings, options)) else _FAILED_STATUS


def _serve(options: argparse.Namespace) -> int:
    try:
        from edgedigit.web.server import serve
    except ModuleNotFoundError as error:
        raise MissingError(f'{error.name} is missing: pip install "edgedigit[serve]"') from error
    from edgedigit.web.settings import ServerSettings

    serve(_settings(ServerSettings, options))
    return _DONE_STATUS


def _info(options: argparse.Namespace) -> int:
    from edgedigit.runs.output import Output

    output = Output()
    with _loading():
        from edgedigit.classifier import Classifier
        from edgedigit.info.installation import model_lines, package_lines, self_check

        output.write(package_lines())
        classifier = Classifier(options.model, providers=options.providers)
    output.write(model_lines(classifier))
    fault = self_check(classifier)
    output.write(f"{'self-check':12} {fault or 'passed'}\n")
    if fault is not None:
        complain(f"the self-check failed: {fault}")
        return _FAILED_STATUS
    if options.bench:
        _bench(output, classifier)
    return _DONE_STATUS


def _bench(output: Output, classifier: Classifier) -> None:
    from edgedigit.info.bench import bench_lines
    from edgedigit.info.installation import machine_lines, temperature_line

    output.write(machine_lines())
    say("measuring, which takes some two minutes on a Raspberry Pi 3 ...")
    output.write(bench_lines(classifier) + temperature_line())


def _further(options: argparse.Namespace) -> int:
    """Runs a command of another distribution, which says by an entry point that it has it."""
    from importlib.metadata import entry_points

    for entry in entry_points(group="edgedigit.commands", name=options.command):
        status: int = entry.load()(options.arguments)
        return status
    raise MissingError(
        f'{options.command} is not installed: pip install "edgedigit[train]", or in a checkout '
        '".[train]" ./edgedigit-train'
    )


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "classify": _classify,
    "read": _read,
    "evaluate": _evaluate,
    "serve": _serve,
    "info": _info,
    **dict.fromkeys(FURTHER_COMMANDS, _further),
}
