"""Looks for the pictures that take longest: every format and mode, each with several contents.

    python -m tests.campaigns.slowest_pictures --megapixels 12 --seconds 2

Each is a valid file of that many pixels, or of as many as are read of its kind, and goes through
`classify` and `read` in a process of its own. Shown are the CPU seconds of both, and the memory at
most, the slowest first. One that takes longer than --seconds is a fault.
"""

import argparse
import io
import itertools
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import edgedigit
from edgedigit.errors import ImageError, TooLargeError
from tests.support.picture_files import netpbm_file, png_file

CONTENTS = ("strokes", "noise", "stripes")
LIMIT_SECONDS = 600
_STROKE_SIDE = 40
_LEFT_SHARE = 0.9  # of the side, from one try to the next
_LOADED = ["edgedigit.classifier", "onnxruntime", "PIL.Image"]


class Kind(NamedTuple):
    """A way to write pictures."""

    name: str
    write: Callable[[NDArray[np.uint8]], bytes]
    """Of grey levels, H x W."""


def picture(content: str, side: int, seed: int) -> NDArray[np.uint8]:
    """A picture of so many pixels a side that is hard in one of three ways."""
    rng = np.random.default_rng(seed)
    if content == "noise":
        return rng.integers(0, 256, (side, side), np.uint8)
    if content == "stripes":
        return np.tile(np.array([0, 255], np.uint8), (side, -(-side // 2)))[:, :side]
    paper = np.full((side, side), 210, np.uint8)
    for x, y in rng.integers(0, side - _STROKE_SIDE, (500, 2)):
        paper[y : y + 4, x : x + _STROKE_SIDE] = 30
    return paper


def kinds() -> Iterator[Kind]:
    """All formats and modes that are read."""
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        yield _by_pillow("PNG", mode, compress_level=1)
    for colour, depth, interlace in itertools.product((0, 2, 4, 6), (8, 16), (False, True)):
        yield _by_png_writer(colour, depth, interlace)
    for mode in ("L", "RGB", "CMYK"):
        yield _by_pillow("JPEG", mode, quality=100, subsampling=0)
        yield _by_pillow("JPEG", mode, quality=100, subsampling=0, progressive=True)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F"):
        for compression in (None, "tiff_lzw", "tiff_adobe_deflate", "packbits", "lzma", "zstd"):
            yield _by_pillow("TIFF", mode, compression=compression)
    for compression in ("group3", "group4"):
        yield _by_pillow("TIFF", "1", compression=compression)
    for compression in ("jpeg", "webp"):
        yield _by_pillow("TIFF", "RGB", compression=compression)
    yield _by_pillow("GIF", "L")
    for mode in ("RGB", "RGBA"):
        yield _by_pillow("WEBP", mode, quality=90)
        yield _by_pillow("WEBP", mode, lossless=True, quality=10, method=0)
        yield _by_pillow("AVIF", mode, quality=90, speed=10)
        yield _by_pillow("JPEG2000", mode)
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        yield _by_pillow("BMP", mode)
    for kind in range(1, 7):
        yield _by_netpbm(kind)


def _by_pillow(form: str, mode: str, **options: object) -> Kind:
    def write(grey: NDArray[np.uint8]) -> bytes:
        if mode == "I;16":
            image = Image.fromarray(grey.astype(np.uint16) * 257)
        else:
            image = Image.fromarray(grey).convert(mode)
        if mode.endswith("A"):
            image.putalpha(Image.fromarray(255 - grey // 2))
        file = io.BytesIO()
        image.save(file, form, **options)
        return file.getvalue()

    what = [
        f"{key} {value}" for key, value in options.items() if key in ("compression", "lossless")
    ]
    what += ["progressive"] if "progressive" in options else []
    return Kind(" ".join([form, mode, *what]), write)


def _by_png_writer(colour: int, depth: int, interlace: bool) -> Kind:
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[colour]

    def write(grey: NDArray[np.uint8]) -> bytes:
        samples = np.repeat(grey[..., None], channels, axis=2).astype(np.uint16)
        samples *= 257 if depth == 16 else 1
        return png_file(samples, depth, colour, interlace=interlace, filters=(4,), level=1)

    return Kind(f"PNG colour {colour} depth {depth}{' interlaced' * interlace}", write)


def _by_netpbm(kind: int) -> Kind:
    def write(grey: NDArray[np.uint8]) -> bytes:
        values = grey // 128 if kind in (1, 4) else grey
        if kind in (3, 6):
            values = np.repeat(grey[..., None], 3, axis=2)
        return netpbm_file(kind, values, None if kind in (1, 4) else 255)

    return Kind(f"netpbm P{kind}", write)


class Measured(NamedTuple):
    """What a picture takes."""

    seconds: float
    """CPU, of `classify` or `read`, whichever takes longer."""
    megabytes: int
    """The most memory of the process."""
    megapixels: float
    name: str


def measure(kind: Kind, content: str, side: int, seed: int, has_pillow: bool) -> Measured | None:
    """Measures the largest picture of a kind that is read, of at most so many pixels a side."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "picture")
        while side > 2 * _STROKE_SIDE:
            try:
                Path(path).write_bytes(kind.write(picture(content, side, seed)))
            except (OSError, ValueError, KeyError):  # the format has no such pictures
                return None
            with ProcessPoolExecutor(1, context) as pool:
                said, megabytes = pool.submit(_measured, path, has_pillow).result(LIMIT_SECONDS)
            if isinstance(said, float):
                name = f"{kind.name}, {content}{'' if has_pillow else ', without Pillow'}"
                return Measured(said, megabytes, side * side / 1e6, name)
            if said != TooLargeError.__name__:
                return None
            side = int(side * _LEFT_SHARE)
    return None


def _measured(path: str, has_pillow: bool) -> tuple[float | str, int]:
    """The seconds, or the name of what is raised, and the peak of this process in MiB."""
    if not has_pillow:
        sys.modules["PIL"] = None  # type: ignore[assignment]
    slowest, calls = 0.0, (edgedigit.classify, edgedigit.read)
    for call in calls:
        call(b"P5 8 8 255 " + bytes(64))  # loads what it needs
    try:
        for call in calls:
            start = time.process_time()
            call(path)
            slowest = max(slowest, time.process_time() - start)
    except ImageError as error:
        return type(error).__name__, 0
    return slowest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def main(arguments: list[str] | None = None) -> int:
    """Runs the campaign; 0 when nothing took too long, otherwise 1."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.campaigns.slowest_pictures", description=__doc__
    )
    parser.add_argument("--megapixels", type=float, default=12, help="of each (%(default)s)")
    parser.add_argument("--seconds", type=float, default=2, help="of CPU, at most (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="other contents (%(default)s)")
    parser.add_argument("--kinds", default="", help="only those whose names have this in them")
    options = parser.parse_args(arguments)
    side = int((options.megapixels * 1e6) ** 0.5)
    found = []
    for kind in kinds():
        if options.kinds not in kind.name:
            continue
        ways = (True, False) if kind.name.startswith(("PNG", "netpbm")) else (True,)
        for content, has_pillow in itertools.product(CONTENTS, ways):
            one = measure(kind, content, side, options.seed, has_pillow)
            if one is not None:
                found.append(one)
                print(one, file=sys.stderr, flush=True)
    found.sort(reverse=True)
    for one in found:
        print(f"{one.seconds:6.2f} s {one.megabytes:6} MiB {one.megapixels:6.1f} MP  {one.name}")
    slow = sum(one.seconds > options.seconds for one in found)
    print(f"{slow} of {len(found)} took longer than {options.seconds:g} s")
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
