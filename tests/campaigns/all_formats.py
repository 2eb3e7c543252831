"""Feeds mutated files of every format that is read to `load_grey`, as anybody would pass them.

    python -m tests.campaigns.all_formats --count 500000 --seed 0

Each has to give a picture or raise ImageError, and stay within bounds of CPU time and memory; where
both the built-in decoders and Pillow read it, they have to agree. What breaks is written below
--output. `python -m tests.campaigns.fuzz` goes deeper into PNG and netpbm.
"""

import argparse
import faulthandler
import functools
import io
import itertools
import random
import resource
import struct
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from edgedigit.errors import ImageError
from edgedigit.images import load_grey, pillow_setup
from tests.campaigns.picture_mutations import change_bytes, netpbm_seeds
from tests.support.picture_files import SIGNATURE, chunk, load_without_pillow

# Little, so that a file which asks for much is far above what its pixels are worth.
MAX_PIXELS = 1_000_000
_REDUCED_SIDES = (None, None, 512, 64)
_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "F", "I;16")
_FORMATS = ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "AVIF", "BMP", "PPM", "JPEG2000")
_BILEVEL_COMPRESSIONS = ("group3", "group4", "tiff_ccitt")
_TIFF_COMPRESSIONS = (
    *("tiff_lzw", "tiff_deflate", "packbits", "jpeg", *_BILEVEL_COMPRESSIONS),
    *("tiff_adobe_deflate", "zstd", "lzma"),
)
# The names under which Pillow keeps what it knows of a picture.
_KEYS = (
    *(b"exif", b"transparency", b"xmp", b"XML:com.adobe.xmp", b"Raw profile type exif"),
    *(b"interlace", b"icc_profile", b"gamma", b"dpi", b"background", b"loop", b"duration"),
)
_INTEGERS = (
    *(0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 511, 512, 4095, 65_535),
    *(1 << 16, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 2, (1 << 32) - 1),
)
_PROGRESS = 20_000


class Seed(NamedTuple):
    """A valid file."""

    name: str
    data: bytes


@functools.cache
def seeds() -> list[Seed]:
    """Small valid files of each format that is read, in each mode that it can be written in."""
    rng = np.random.default_rng(1)
    grey = np.full((40, 44), 220, np.uint8)
    grey[6:10, 8:34] = 30
    grey[10:34, 26:31] = 30
    grey -= rng.integers(0, 25, grey.shape, np.uint8)
    found = [Seed("PPM", data) for data in netpbm_seeds()[::5]]
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "x" * 50
    for form in _FORMATS:
        for mode in _MODES:
            found += _saved(grey, form, mode)
        found += _saved(grey, form, "RGB", exif=exif, icc_profile=b"x" * 200, comment=b"hello")
    for mode in ("L", "RGB", "CMYK"):
        found += _saved(grey, "JPEG", mode, progressive=True, quality=95, subsampling=0)
    for mode, compression in itertools.product(("1", "L", "RGB"), _TIFF_COMPRESSIONS):
        # Pillow 12.3 dies where it is to write what libtiff refuses.
        if compression not in (("jpeg",) if mode == "1" else _BILEVEL_COMPRESSIONS):
            found += _saved(grey, "TIFF", mode, compression=compression)
    found += _saved(grey, "GIF", "P", save_all=True, append_images=[Image.fromarray(255 - grey)])
    found += _saved(grey, "PNG", "P", transparency=3)
    found += _saved(grey, "PNG", "RGB", transparency=(1, 2, 3))
    found += _saved(grey, "WEBP", "RGB", lossless=True)
    texts = PngImagePlugin.PngInfo()
    texts.add_text("exif", "hello", zip=True)
    texts.add_itxt("XML:com.adobe.xmp", 'tiff:Orientation="6"', zip=True)
    texts.add_text("Raw profile type exif", "\n\n\n4949")
    return found + _saved(grey, "PNG", "L", pnginfo=texts)


def _saved(grey: NDArray[np.uint8], form: str, mode: str, **options: object) -> list[Seed]:
    """The file, or none where the format cannot hold such a picture."""
    file = io.BytesIO()
    try:
        if mode == "I;16":
            image = Image.fromarray(grey.astype(np.uint16) * 257)
        else:
            image = Image.fromarray(grey).convert(mode)
        image.save(file, form, **options)
    except (OSError, ValueError, KeyError):
        return []
    return [Seed(form, file.getvalue())]


def inputs(count: int, seed: int) -> Iterator[Seed]:
    """Mutants of all formats; number i is the same whatever the count."""
    valid = seeds()
    for i in range(count):
        dice = random.Random(f"{seed} {i}")
        name, data = dice.choice(valid)
        for _ in range(dice.choice((1, 1, 1, 2, 3, 6))):
            change = dice.choices(_CHANGES, _WEIGHTS)[0]
            data = change(data, dice.choice(valid).data, dice)
        if data.startswith(SIGNATURE) and dice.random() < 0.8:
            data = _with_checksums(data)
        yield Seed(name, data)


def _place(data: bytes, dice: random.Random) -> int:
    return dice.randrange(min(len(data), dice.choice((64, 256, 1 << 20))) or 1)


def _change_some(data: bytes, _: bytes, dice: random.Random) -> bytes:
    return change_bytes(data, dice)


def _set_integer(data: bytes, _: bytes, dice: random.Random) -> bytes:
    at, size = _place(data, dice), dice.choice((1, 2, 4))
    value = dice.choice(_INTEGERS) & ((1 << 8 * size) - 1)
    return data[:at] + value.to_bytes(size, dice.choice(("little", "big"))) + data[at + size :]


def _flip(data: bytes, _: bytes, dice: random.Random) -> bytes:
    at = _place(data, dice)
    return data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :] if data else data


def _cut(data: bytes, _: bytes, dice: random.Random) -> bytes:
    at = _place(data, dice)
    return data[:at] + data[at + dice.choice((1, 2, 30, len(data))) :]


def _splice(data: bytes, other: bytes, dice: random.Random) -> bytes:
    at, place, size = _place(data, dice), _place(other, dice), dice.choice((4, 16, 64, 1 << 20))
    return data[:at] + other[place : place + size] + data[at + dice.choice((0, size)) :]


def _name(data: bytes, _: bytes, dice: random.Random) -> bytes:
    at, key = _place(data, dice), dice.choice(_KEYS)
    return data[:at] + key + data[at + len(key) :]


def _add_text(data: bytes, _: bytes, dice: random.Random) -> bytes:
    """A text in a PNG file; elsewhere, what could be one."""
    value = dice.choice((b"hello", b"1", b"", b"\xff" * 9, b'tiff:Orientation="6"'))
    text = dice.choice(
        (
            chunk(b"tEXt", dice.choice(_KEYS) + b"\0" + value),
            chunk(b"zTXt", dice.choice(_KEYS) + b"\0\0" + zlib.compress(value)),
            chunk(b"iTXt", dice.choice(_KEYS) + b"\0\0\0\0\0" + value),
        )
    )
    return data[:33] + text + data[33:]


def _repeat(data: bytes, _: bytes, dice: random.Random) -> bytes:
    """A part many times over: what is gone through one by one may have no end."""
    at, size = _place(data, dice), dice.choice((1, 2, 4, 12, 40, 100))
    times = dice.choice((2, 30, 1000, 20_000))
    return data[:at] + data[at : at + size] * times + data[at:]


_CHANGES = (_change_some, _set_integer, _flip, _cut, _splice, _name, _add_text, _repeat)
_WEIGHTS = (4, 5, 3, 1, 2, 1, 1, 1)


def _with_checksums(data: bytes) -> bytes:
    """A PNG file with the right checksums, as far as its chunks are whole."""
    whole, position = bytearray(SIGNATURE), len(SIGNATURE)
    while position + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        body = data[position + 8 : position + 8 + length]
        if len(body) < length:
            break
        whole += chunk(name, body)
        position += 12 + length
    return bytes(whole) + data[position:]


class Tally:
    """What became of the inputs: outcomes by format, and the worst of time."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.compared = 0
        self.slowest = 0.0


def find_fault(mutant: Seed, tally: Tally, max_seconds: float, side: int | None) -> str | None:
    """Reads one input, and says what is wrong with what came of it; None when all is well."""
    start = time.process_time()
    try:
        outcome: object = load_grey(mutant.data, MAX_PIXELS, side)
    except Exception as error:
        outcome = error
    seconds = time.process_time() - start
    tally.slowest = max(tally.slowest, seconds)
    is_read = isinstance(outcome, np.ndarray)
    tally.outcomes[mutant.name, "read" if is_read else type(outcome).__name__] += 1
    if seconds > max_seconds:
        return f"takes {seconds:.1f} s"
    if not isinstance(outcome, np.ndarray | ImageError):
        return f"raises {type(outcome).__name__}: {outcome}"
    if is_read and not (outcome.dtype == np.uint8 and outcome.ndim == 2 and outcome.size):
        return f"gives {outcome.dtype} of shape {outcome.shape}"
    if is_read and mutant.name in ("PNG", "PPM"):
        try:
            other = load_without_pillow(mutant.data, max_pixels=MAX_PIXELS)
        except ImageError:
            return None
        tally.compared += 1
        if not np.array_equal(outcome, other):
            return "differs without Pillow"
    return None


def main(arguments: list[str] | None = None) -> int:
    """Runs the campaign; 0 when nothing broke, otherwise 1."""
    options = _parse(arguments)
    # A request above it is a MemoryError, and that a fault; a decoder that never ends is shown.
    if options.max_megabytes:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limit = used + options.max_megabytes * 1_000_000
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
    pillow_setup.keep_quiet()
    tally, faults, start = Tally(), Counter[str](), time.monotonic()
    for i, mutant in enumerate(inputs(options.count, options.seed)):
        if i % _PROGRESS == 0:
            faulthandler.dump_traceback_later(_PROGRESS, exit=True)
            print(f"{i:,} inputs, {faults.total():,} faults", file=sys.stderr)
        fault = find_fault(mutant, tally, options.max_seconds, _REDUCED_SIDES[i % 4])
        if fault is not None:
            faults[fault[:60]] += 1
            print(f"input {i}, {mutant.name}: {fault}", file=sys.stderr)
            if options.output is not None:
                options.output.mkdir(parents=True, exist_ok=True)
                name = f"{options.seed}-{i}-{sha256(mutant.data).hexdigest()[:8]}"
                (options.output / name).write_bytes(mutant.data)
    faulthandler.cancel_dump_traceback_later()
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{options.count:,} inputs in {time.monotonic() - start:.0f} s; {tally.compared:,} compared"
    )
    print(f"slowest {tally.slowest:.2f} s of CPU, most memory of the process {most} MiB")
    for (form, outcome), number in sorted(tally.outcomes.items()):
        print(f"{number:9,}  {form:9} {outcome}")
    print(f"FAULTS: {faults.total():,}")
    for fault, number in faults.most_common():
        print(f"{number:9,}  {fault}")
    return 1 if faults else 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.campaigns.all_formats", description=__doc__
    )
    parser.add_argument("--count", type=int, default=100_000, help="inputs (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="other inputs (%(default)s)")
    parser.add_argument("--output", type=Path, help="folder for what breaks")
    parser.add_argument("--max-seconds", type=float, default=2.0, help="of CPU (%(default)s)")
    parser.add_argument(
        "--max-megabytes", type=int, default=400, help="of memory, 0 for any (%(default)s)"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
