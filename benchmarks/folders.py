"""Folders of many files: peak memory and files a second of `edgedigit classify`.

    python benchmarks/folders.py --data mnist.npz --files 1000 200000 --photos 40

Each folder is read by a process of its own, as a user starts it. The pictures are MNIST's test
digits as PNG files, and photos of 12 megapixels as JPEG files (with Pillow).
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# The other benchmarks are no part of the installed package.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.fresh_process import measure_process

PHOTO_SHAPE = 3000, 4000


def main() -> None:
    """Makes the folders, measures, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", required=True, type=Path, help="Keras' mnist.npz")
    parser.add_argument("--files", type=int, nargs="+", default=[1000, 20_000])
    parser.add_argument("--photos", type=int, default=20, help="how many photos")
    options = parser.parse_args()
    with np.load(options.data) as data:
        digits = data["x_test"]
    print("| Folder | Threads | Seconds | Files a second | Peak memory, MB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for count in options.files:
            path = Path(folder, str(count))
            make_scans(path, digits, count)
            print_row(f"{count:,} PNG files of 28 x 28", path, count)
        path = Path(folder, "photos")
        make_photos(path, digits, options.photos)
        print_row(f"{options.photos} JPEG files of 12 megapixels", path, options.photos)


def make_scans(folder: Path, digits: NDArray[np.uint8], count: int) -> None:
    """Writes digits, dark on light, as PNG files."""
    from PIL import Image

    folder.mkdir()
    for index in range(count):
        picture = Image.fromarray(255 - digits[index % len(digits)])
        picture.save(folder / f"scan{index}.png")


def make_photos(folder: Path, digits: NDArray[np.uint8], count: int) -> None:
    """Writes digits on grey, noisy paper as JPEG files of a phone's size."""
    from PIL import Image

    folder.mkdir()
    height, width = PHOTO_SHAPE
    rng = np.random.default_rng(0)
    paper = rng.normal(200, 4, PHOTO_SHAPE)
    for index in range(count):
        ink = Image.fromarray(digits[index]).resize(
            (width // 4, height // 4), Image.Resampling.BICUBIC
        )
        page = paper.copy()
        page[height // 3 :, width // 3 :][: height // 4, : width // 4] -= 0.6 * np.asarray(ink)
        grey = page.clip(0, 255).astype(np.uint8)
        colour = np.stack([grey, grey, (grey * 0.9).astype(np.uint8)], axis=2)
        Image.fromarray(colour).save(folder / f"photo{index}.jpg", quality=90)


def print_row(name: str, folder: Path, count: int) -> None:
    """Reads a folder with one thread and with one for each core, and prints what that took."""
    for threads in dict.fromkeys((1, len(os.sched_getaffinity(0)))):
        command = [sys.executable, "-m", "edgedigit", "classify", str(folder), "--quiet"]
        command += ["--threads", str(threads), "--format", "csv", "-o", os.devnull, "--force"]
        done = measure_process(command)
        if done.status:
            sys.exit(done.errors)
        rate = count / done.seconds
        print(f"| {name} | {threads} | {done.seconds:.1f} | {rate:,.0f} | {done.peak:.0f} |")


if __name__ == "__main__":
    main()
