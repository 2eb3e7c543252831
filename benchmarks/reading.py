"""How well and how fast `edgedigit.read` reads numbers, in Markdown tables.

    python benchmarks/reading.py --mnist mnist.npz --sets DEV --part validation --failures wrong/
    OMP_THREAD_LIMIT=1 python benchmarks/reading.py --mnist mnist.npz --part test --others

Lines and pages are composed of MNIST's digits (see train/drawing/number_lines.py): of those that no
training saw to develop with (`--part validation`), of the test part for figures to be reported. DEV
is a folder of development sets; its subfolder `strings` holds pictures of several digits and a
`labels.csv` with the columns file and label. `--others` wants tesserocr and rapidocr installed
(tesserocr finds its languages by TESSDATA_PREFIX); what they read beside digits is dropped. All
readers get one thread and the same pictures, in turn.
"""

import argparse
import csv
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Training and the other benchmarks are no part of the installed package.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import edgedigit
from benchmarks.bad_pictures import bad_pictures
from benchmarks.readers import Reader, edgedigit_reader, other_readers
from edgedigit.images import load_grey
from train.data.labelled import load_sets
from train.data.mnist import DataError, load_mnist
from train.drawing.number_lines import (
    LineKind,
    SingleDigits,
    compose,
    digits_of,
    number_pictures,
)

# On average.
_PAGE_LINES = 8
_SINGLE_DIGIT_SETS = "natural", "holeduy_drawn", "kvenkman_drawn"
_TIMED_PAGES, _TIMED_LINES = 5, 50
# Of the part of a bad picture that is read by itself.
_CORNER_SIDE_PIXELS = 800


class NumberSet(NamedTuple):
    """Pictures of numbers and their texts.

    Attributes:
        name: What the table calls them.
        pictures: A picture, uint8 of shape (H, W), and its text, one by one.
        is_page: Whether they have several lines.
        length: How many digits each has, where a reader may be told.
    """

    name: str
    pictures: Iterable[tuple[NDArray[np.uint8], str]]
    is_page: bool = False
    length: int | None = None


@dataclass
class ReaderScore:
    """The figures of one reader on one set.

    Attributes:
        right: Lines that are exactly right.
        unnoticed: Lines that are read wrong, and have no "?" to tell.
        lines: Of all pictures.
        edits: Signs to replace, add and leave out to put answers right.
        digits: Of all pictures, and line ends between them.
        seconds: For each picture.
    """

    right: int = 0
    unnoticed: int = 0
    lines: int = 0
    edits: int = 0
    digits: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, text: str, answer: str, seconds: float) -> None:
        """Counts an answer to a picture."""
        lines, answers = text.split("\n"), answer.split("\n")
        same = SequenceMatcher(None, lines, answers, autojunk=False).get_matching_blocks()
        matched = {block.b + place for block in same for place in range(block.size)}
        # A line too many is as wrong as one that is missing.
        self.right += max(0, len(matched) - max(0, len(answers) - len(lines)))
        others = [line for place, line in enumerate(answers) if place not in matched]
        self.unnoticed += sum(line != "" and "?" not in line for line in others)
        self.lines += len(lines)
        self.edits += edits(text, answer)
        self.digits += len(text)
        self.seconds.append(seconds)


def main() -> int:
    """Prints the tables; returns 0, or 1 when the data cannot be used."""
    parser = argparse.ArgumentParser(description="How well and how fast numbers are read.")
    parser.add_argument("--mnist", type=Path, required=True, metavar="FILE.npz")
    parser.add_argument("--sets", type=Path, metavar="DIR", help="folder of development sets")
    parser.add_argument("--part", choices=["validation", "test"], default="validation")
    parser.add_argument("--count", type=int, default=200, help="lines of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--others", action="store_true", help="read with other programs too")
    parser.add_argument("--failures", type=Path, metavar="DIR", help="where wrong ones are drawn")
    options = parser.parse_args()
    readers = {"edgedigit": edgedigit_reader()}
    if options.others:
        others, missing = other_readers()
        readers |= others
        print(*missing, sep="\n", end="\n" * bool(missing), file=sys.stderr)
    try:
        digits = digits_of(load_mnist(options.mnist), options.part)
        sets = list(composed_sets(digits, options.count, options.seed))
        if options.sets:
            sets.append(strings_set(options.sets / "strings"))
        print_numbers(sets, readers, options.failures)
        if options.sets:
            print_singles(options.sets, options.failures)
    except (DataError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print_times(digits)
    print_bad_pictures()
    return 0


def composed_sets(digits: SingleDigits, count: int, seed: int) -> Iterator[NumberSet]:
    """Lines and pages of all kinds."""

    def of(kind: LineKind, length: int | None = None) -> Iterator[tuple[NDArray[np.uint8], str]]:
        pictures = -(-count // _PAGE_LINES) if kind == "pages" else count
        for sample in number_pictures(kind, digits, pictures, seed, length):
            yield sample.picture, sample.text

    yield NumberSet("apart, 1 to 10 digits", of("apart"))
    yield NumberSet("apart, 5 digits", of("apart", 5), length=5)
    yield NumberSet("touching, 2 digits", of("touching", 2), length=2)
    yield NumberSet("touching, 2 to 10 digits", of("touching"))
    yield NumberSet("on ruled paper", of("ruled"))
    yield NumberSet("on squared paper", of("squared"))
    yield NumberSet("in cells", of("cells"))
    yield NumberSet("lines of pages", of("pages"), is_page=True)


def strings_set(folder: Path) -> NumberSet:
    """Other people's pictures of several digits.

    Raises:
        DataError: The folder's labels.csv lacks a column.
        OSError: A file is missing or cannot be read.
    """
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    try:
        pictures = [(load_grey(folder / row["file"]), row["label"]) for row in rows]
    except KeyError as error:
        raise DataError(f"{folder / 'labels.csv'} lacks the column {error}") from error
    return NumberSet("other people's", pictures)


def print_numbers(sets: list[NumberSet], readers: dict[str, Reader], failures: Path | None) -> None:
    """Reads all sets with all readers and prints a table."""
    print(
        "| Numbers | Lines | Reader | Exactly right | Wrong, no ? | Digits right | ms a picture |\n"
        "| --- | ---: | --- | ---: | ---: | ---: | ---: |"
    )
    for numbers in sets:
        called = dict(readers)
        if numbers.length is not None:
            called[f"edgedigit, length={numbers.length}"] = edgedigit_reader(numbers.length)
        scores = {name: ReaderScore() for name in called}
        for place, (picture, text) in enumerate(numbers.pictures):
            for name, read in called.items():
                started = time.perf_counter()
                answer = read(picture, numbers.is_page).replace(" ", "")
                scores[name].add(text, answer, time.perf_counter() - started)
                if failures and name == "edgedigit" and answer != text:
                    annotate(picture, text, failures, f"{numbers.name} {place}")
        for name, score in scores.items():
            print(
                f"| {numbers.name} | {score.lines} | {name} | {score.right / score.lines:.1%} "
                f"| {score.unnoticed / score.lines:.1%} "
                f"| {1 - score.edits / score.digits:.2%} "
                f"| {1000 * statistics.median(score.seconds):.1f} |",
                flush=True,
            )


def print_singles(folder: Path, failures: Path | None) -> None:
    """Reads pictures of a single digit as numbers and prints a table."""
    print("\n| Single digits | Pictures | One digit is read | It is right |")
    print("| --- | ---: | ---: | ---: |")
    for part in load_sets(folder):
        if not part.name.startswith(_SINGLE_DIGIT_SETS):
            continue
        single = right = 0
        for place, (picture, label) in enumerate(zip(part.pictures, part.label_names, strict=True)):
            reading = edgedigit.read(picture)
            single += len(reading.digits) == 1
            right += reading.text == label
            if failures and len(reading.digits) != 1:
                annotate(load_grey(picture), label, failures, f"{part.name} {place}")
        count = len(part.label_names)
        print(f"| {part.name} | {count} | {single / count:.1%} | {right / count:.1%} |", flush=True)


def print_times(digits: SingleDigits) -> None:
    """Times a large page and a line, and prints a table."""
    rng = np.random.default_rng(0)
    line = compose("apart", digits, rng, length=5, height=120, shape=(200, 1000))
    page = compose("pages", digits, rng, length=10, lines=20, height=80, shape=(4000, 3000))
    print("\n| Picture | Digits read | ms |")
    print("| --- | ---: | ---: |")
    for name, sample, times in (
        ("5 digits, 1,000 x 200", line, _TIMED_LINES),
        ("200 digits, 12 megapixels", page, _TIMED_PAGES),
    ):
        seconds = []
        for _ in range(times):
            started = time.perf_counter()
            reading = edgedigit.read(sample.picture)
            seconds.append(time.perf_counter() - started)
        print(f"| {name} | {len(reading.digits)} | {1000 * statistics.median(seconds):.1f} |")


def print_bad_pictures() -> None:
    """Reads pictures without a number, and a corner of each, and prints a table."""
    print("\n| No number | Pixels | Digits | Refused | Seconds |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, whole in bad_pictures(np.random.default_rng(0)).items():
        for picture in (whole, whole[:_CORNER_SIDE_PIXELS, :_CORNER_SIDE_PIXELS]):
            started = time.perf_counter()
            reading = edgedigit.read(picture)
            seconds = time.perf_counter() - started
            refused = reading.text.count("?")
            digits = len(reading.digits) - refused
            print(
                f"| {name} | {picture.size / 1e6:.1f} M | {digits} | {refused} | {seconds:.2f} |",
                flush=True,
            )


def annotate(picture: NDArray[np.uint8], text: str, folder: Path, name: str) -> None:
    """Writes a picture with the boxes and digits that were read, below what it says.

    Args:
        picture: uint8 of shape (H, W).
        text: What it says.
        folder: Where to write a PNG file; made if it is missing.
        name: The file's, without its suffix; all but letters and digits become "_".
    """
    from PIL import Image, ImageDraw, ImageFont

    reading = edgedigit.read(picture)
    scale = max(1, 600 // max(picture.shape))
    page = Image.fromarray(picture).convert("RGB")
    page = page.resize((page.width * scale, page.height * scale), Image.Resampling.NEAREST)
    size = max(14, page.width // 60)
    font = ImageFont.load_default(size)
    lines, answers = text.split("\n"), reading.text.split("\n")
    missed = "/".join(line for line in lines if line not in answers) or "nothing more"
    surplus = "/".join(line for line in answers if line not in lines) or "nothing"
    title = f"{name}: {missed} read as {surplus}"
    strip = int(1.5 * size)
    drawn = Image.new("RGB", (max(page.width, int(font.getlength(title)) + 8), page.height + strip))
    drawn.paste(page, (0, strip))
    draw = ImageDraw.Draw(drawn)
    draw.text((4, 2), title, "white", font)
    for digit, sign in zip(reading.digits, reading.text.replace("\n", ""), strict=True):
        left, top, right, bottom = (scale * side for side in digit.box)
        colour = "red" if digit.prediction.refusal else "lime"
        draw.rectangle((left, strip + top, right - 1, strip + bottom - 1), outline=colour)
        mark = f"{sign} {digit.prediction.confidence:.0%}"
        draw.text((left, strip + bottom), mark, "magenta", font)
    folder.mkdir(parents=True, exist_ok=True)
    drawn.save(folder / ("".join(c if c.isalnum() else "_" for c in name) + ".png"))


def edits(text: str, answer: str) -> int:
    """The fewest signs to replace, add and leave out that make one text of the other."""
    before = list(range(len(answer) + 1))
    for row, sign in enumerate(text, 1):
        now = [row]
        for column, other in enumerate(answer, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (sign != other)))
        before = now
    return before[-1]


if __name__ == "__main__":
    sys.exit(main())
