"""Feeds the built-in decoders mutated files.

    python -m tests.campaigns.fuzz --count 1000000 --seed 0

Each has to give a picture or raise ImageError, warn of nothing, and stay within bounds of time and
memory; with --pillow, what Pillow reads too has to have the same pixels. What breaks is written
below --output, to be kept in tests/corpus when it is mended.
"""

import argparse
import random
import re
import sys
import time
import tracemalloc
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np

from edgedigit.errors import ImageError
from tests.campaigns.picture_mutations import mutant, netpbm_seeds, png_seeds
from tests.support.picture_files import (
    SIGNATURE,
    load_in_bands,
    load_with_pillow,
    load_without_pillow,
)

# The largest pictures among the mutants are a little larger.
MAX_PIXELS = 1_000_000

_EXAMPLES = 3
_PROGRESS = 50_000
# CPU seconds from which on an input's memory is measured, which takes several times as long.
_LONG = 0.01


@dataclass
class Tally:
    """What became of the inputs.

    Attributes:
        inputs: How many there were.
        ours: Outcomes of the built-in decoders: "decoded", or an error's class.
        both: How many Pillow read too.
        only_ours: Of those that only the built-in decoders read, how many per reason of Pillow's.
        only_pillow: Of those that only Pillow read, how many per reason of ours.
        warnings: Warnings of Pillow's.
        examples: The first inputs of each reason.
        slowest: Longest time that the built-in decoder took, in CPU seconds.
        peak: Most memory that it took of those that take time, in MB.
    """

    inputs: int = 0
    ours: Counter[str] = field(default_factory=Counter)
    both: int = 0
    only_ours: Counter[str] = field(default_factory=Counter)
    only_pillow: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[bytes]] = field(default_factory=dict)
    slowest: float = 0.0
    peak: float = 0.0


class Limits(NamedTuple):
    """What one input may take."""

    seconds: float
    """CPU time."""
    megabytes: int | None = None
    """Memory; None where there is no limit, since only Linux can hold a process to one."""


def inputs(count: int, seed: int) -> Iterator[bytes]:
    """Mutants of PNG and netpbm files by turns; number i is the same whatever the count."""
    seeds = png_seeds(), netpbm_seeds()
    for i in range(count):
        yield mutant(seeds[i % 2], random.Random(f"{seed} {i}"))


def find_fault(data: bytes, tally: Tally, pillow: bool, limits: Limits) -> str | None:
    """Decodes one input, and says what is wrong with what the decoder made of it.

    Args:
        data: The input.
        tally: Counts what becomes of it.
        pillow: Whether to read it with Pillow as well, and to compare.
        limits: What the built-in decoder may take.

    Returns:
        None when all is well.
    """
    tally.inputs += 1
    start = time.process_time()
    with _memory_limit(limits.megabytes) if limits.megabytes else nullcontext():
        ours, warned = _outcome(load_without_pillow, data)
    seconds = time.process_time() - start
    tally.slowest = max(tally.slowest, seconds)
    if seconds > _LONG:
        tally.peak = max(tally.peak, _megabytes(data))
    tally.ours["decoded" if isinstance(ours, np.ndarray) else type(ours).__name__] += 1
    if seconds > limits.seconds:
        return f"takes {seconds:.2f} s"
    if warned:
        return f"warns: {warned[0]}"
    if data.startswith(SIGNATURE) and isinstance(ours, np.ndarray):
        in_bands, _ = _outcome(load_in_bands, data)
        if not isinstance(in_bands, np.ndarray) or not np.array_equal(ours, in_bands):
            return "differs in bands"
    return _fault_of(ours) or (_compare(data, ours, tally) if pillow else None)


def _outcome(load: Callable[..., object], data: bytes) -> tuple[object, list[str]]:
    """What it gives, or raises, and its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            outcome = load(data, max_pixels=MAX_PIXELS)
        except Exception as error:  # any but ImageError is what is looked for
            outcome = error
    return outcome, [str(warning.message) for warning in caught]


def _fault_of(outcome: object) -> str | None:
    if isinstance(outcome, ImageError):
        return None
    if not isinstance(outcome, np.ndarray):
        return f"raises {outcome!r}"
    if outcome.dtype != np.uint8 or outcome.ndim != 2 or not 0 < outcome.size <= MAX_PIXELS:
        return f"gives {outcome.dtype} of shape {outcome.shape}"
    return None


def _compare(data: bytes, ours: object, tally: Tally) -> str | None:
    theirs, warned = _outcome(load_with_pillow, data)
    tally.warnings.update(map(_kind, warned))
    read = [isinstance(outcome, np.ndarray) for outcome in (ours, theirs)]
    if all(read):
        tally.both += 1
        return None if np.array_equal(ours, theirs) else "differs from Pillow's pixels"
    if any(read):
        only, reason = (tally.only_ours, theirs) if read[0] else (tally.only_pillow, ours)
        kind = _kind(reason)
        only[kind] += 1
        examples = tally.examples.setdefault(kind, [])
        examples += [data] if len(examples) < _EXAMPLES else []
    fault = _fault_of(theirs)
    return fault and f"{fault} with Pillow"


def _kind(message: object) -> str:
    """A message without what differs from file to file."""
    text = str(message).removeprefix("the bytes: ")
    return re.sub(r"b?(['\"]).*?\1|\b[\d,]+\b", "_", text)[:90]


def main(arguments: list[str] | None = None) -> int:
    """Runs the fuzzer.

    Returns:
        0 when nothing broke, otherwise 1.
    """
    options = _parse(arguments)
    limits = Limits(options.max_seconds, options.max_megabytes)
    tally, faults = Tally(), Counter[str]()
    start = time.monotonic()
    for i, data in enumerate(inputs(options.count, options.seed)):
        if i and i % _PROGRESS == 0:
            print(f"{i:,} inputs, {faults.total():,} faults", file=sys.stderr)
        fault = find_fault(data, tally, options.pillow, limits)
        if fault is not None:
            faults[_kind(fault)] += 1
            if faults[_kind(fault)] <= options.keep:
                _write(options.output, f"{options.seed}-{i}", data)
                print(f"input {i}: {fault}", file=sys.stderr)
    for kind, examples in tally.examples.items():
        for data in examples:
            _write(options.output, "only-" + re.sub(r"\W+", "-", kind), data)
    _print_report(tally, faults, time.monotonic() - start)
    return 1 if faults else 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.campaigns.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="inputs (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="other inputs (%(default)s)")
    parser.add_argument("--output", type=Path, help="folder for what breaks and for examples")
    parser.add_argument("--keep", type=int, default=5, help="inputs per fault (%(default)s)")
    parser.add_argument("--pillow", action="store_true", help="compare with Pillow")
    parser.add_argument("--max-seconds", type=float, default=5.0, help="of CPU (%(default)s)")
    parser.add_argument("--max-megabytes", type=int, default=128, help="of memory (%(default)s)")
    return parser.parse_args(arguments)


@contextmanager
def _memory_limit(megabytes: int) -> Iterator[None]:
    """Makes any larger request of memory a MemoryError, whether it would be used or not."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + megabytes * 1_000_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _megabytes(data: bytes) -> float:
    tracemalloc.start()
    with suppress(ImageError):
        load_without_pillow(data, max_pixels=MAX_PIXELS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def _write(folder: Path | None, name: str, data: bytes) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}-{sha256(data).hexdigest()[:8]}").write_bytes(data)


def _print_report(tally: Tally, faults: Counter[str], seconds: float) -> None:
    print(f"{tally.inputs:,} inputs in {seconds:.0f} s")
    print(f"slowest {tally.slowest:.3f} s of CPU, peak {tally.peak:.0f} MB")
    _print_counts("built-in decoders", tally.ours)
    if tally.both:
        print(f"both read {tally.both:,}")
        _print_counts("only the built-in decoders read", tally.only_ours)
        _print_counts("only Pillow reads", tally.only_pillow)
        _print_counts("Pillow warns", tally.warnings)
    _print_counts("FAULTS", faults)


def _print_counts(title: str, counts: Counter[str]) -> None:
    print(f"{title}: {counts.total():,}")
    for kind, count in counts.most_common():
        print(f"  {count:9,}  {kind}")


if __name__ == "__main__":
    sys.exit(main())
