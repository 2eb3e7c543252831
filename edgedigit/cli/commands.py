"""The commands of `edgedigit`: a thin shell over the library.

What is slow to import is imported where it is needed, so that --help and wrong usage answer at
once.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from edgedigit.cli.parser import parse
from edgedigit.errors import EdgeDigitError
from edgedigit.system.interrupts import interrupts_raise, interrupts_wait
from edgedigit.system.messages import complain, say

if TYPE_CHECKING:
    from edgedigit.classifier import Classifier
    from edgedigit.runs.output import Output

_DONE = 0
_FAILED = 1
# Plus the number of the signal: 130 for Ctrl-C, 143 for `kill` and the end of a service.
_SIGNALLED = 128


def run(arguments: Sequence[str] | None) -> int:
    """Runs a command; arguments and exit status are those of `cli.main`."""
    try:
        with interrupts_raise():
            options = parse(arguments)
            return _COMMANDS[options.command](options)
    except KeyboardInterrupt as interrupt:
        return _SIGNALLED + getattr(interrupt, "number", signal.SIGINT)
    except BrokenPipeError:  # who reads has seen enough
        return _DONE
    except EdgeDigitError as error:
        complain(str(error))
        return _FAILED
    except MemoryError:
        complain("not enough memory")
        return _FAILED
    except ImportError as error:  # a library that onnxruntime or NumPy needs, or no memory for it
        complain(f"the installation does not work: {error}")
        return _FAILED


def _classify(options: argparse.Namespace) -> int:
    return _run_files(options, report=options.report)


def _read(options: argparse.Namespace) -> int:
    from edgedigit.runs.settings import NumberSettings

    number = NumberSettings(spaces=options.spaces, length=options.length, annotate=options.annotate)
    return _run_files(options, number=number)


def _run_files(options: argparse.Namespace, **more: Any) -> int:
    with _loading():
        from edgedigit.runs.run import Run
        from edgedigit.runs.settings import RunSettings

        settings = RunSettings(
            paths=tuple(options.paths),
            recursive=options.recursive,
            format=options.format,
            output=options.output,
            force=options.force,
            resume=options.resume,
            save_refused=options.save_refused,
            **_answer_settings(options),
            **more,
        )
        run = Run(settings)
    with contextlib.closing(run):
        return _DONE if run.do() else _FAILED


def _answer_settings(options: argparse.Namespace) -> dict[str, Any]:
    names = "model", "min_confidence", "max_pixels", "ink", "threads", "quiet"
    return {name: getattr(options, name) for name in names}


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
        from edgedigit.cli.evaluate import evaluate
        from edgedigit.runs.settings import EvaluationSettings

    settings = EvaluationSettings(
        folder=options.folder,
        format=options.format,
        report=options.report,
        **_answer_settings(options),
    )
    return _DONE if evaluate(settings) else _FAILED


def _serve(options: argparse.Namespace) -> int:
    from edgedigit.web.command import run
    from edgedigit.web.settings import Settings

    settings = Settings(
        host=options.host,
        port=options.port,
        model=options.model,
        min_confidence=options.min_confidence,
        collect=options.collect,
        token=options.token,
        max_bytes=options.max_bytes,
        max_pixels=options.max_pixels,
        max_requests=options.max_requests,
        timeout=options.timeout,
        threads=options.threads,
    )
    run(settings, options.quiet)
    return _DONE


def _info(options: argparse.Namespace) -> int:
    from edgedigit.runs.output import Output

    output = Output()
    with _loading():
        from edgedigit.classifier import Classifier
        from edgedigit.info.installation import model_lines, package_lines, self_check

        output.write(package_lines())
        classifier = Classifier(options.model)
    output.write(model_lines(classifier))
    fault = self_check(classifier)
    output.write(f"{'self-check':12} {fault or 'passed'}\n")
    if fault is not None:
        complain(f"the self-check failed: {fault}")
        return _FAILED
    if options.bench:
        _bench(output, classifier)
    return _DONE


def _bench(output: Output, classifier: Classifier) -> None:
    from edgedigit.info.bench import bench_lines
    from edgedigit.info.installation import machine_lines, temperature_line

    output.write(machine_lines())
    say("measuring, which takes some two minutes on a Raspberry Pi 3 ...")
    output.write(bench_lines(classifier) + temperature_line())


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "classify": _classify,
    "read": _read,
    "evaluate": _evaluate,
    "serve": _serve,
    "info": _info,
}
