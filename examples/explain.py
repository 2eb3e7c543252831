"""Shows what edgedigit makes of pictures: each one, what the network sees of it, and the answer.

    python examples/explain.py examples/digits/*.png -o explained.png

Needs Pillow: pip install "edgedigit[images]"
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import edgedigit
from edgedigit.images import load_grey
from edgedigit.normalize import normalize

CELL = 112
MARGIN = 6
LINE = 20


def main() -> None:
    """Reads the pictures named on the command line, and writes one picture that explains them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    parser.add_argument("-o", "--output", type=Path, default=Path("explained.png"))
    parser.add_argument("--columns", type=int, default=8)
    options = parser.parse_args()
    sheet(options.pictures, edgedigit.classify, options.columns).save(options.output)


def sheet(
    pictures: Sequence[Path], classify: Callable[[object], edgedigit.Prediction], columns: int = 8
) -> Image.Image:
    """All pictures, explained, in rows of so many; at least one picture."""
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    width, height = CELL + MARGIN, 2 * CELL + LINE + 2 * MARGIN
    result = Image.new("RGB", (columns * width + MARGIN, rows * height + MARGIN), "white")
    for index, path in enumerate(pictures):
        left, top = MARGIN + index % columns * width, MARGIN + index // columns * height
        result.paste(explained(path, classify), (left, top))
    return result


def explained(path: Path, classify: Callable[[object], edgedigit.Prediction]) -> Image.Image:
    """One picture above what the network sees of it, and the answer below."""
    # As edgedigit sees it: turned upright, transparency laid on paper.
    grey = load_grey(path)
    answer = classify(grey)
    result = Image.new("RGB", (CELL, 2 * CELL + LINE), "white")
    picture = Image.fromarray(grey)
    picture.thumbnail((CELL, CELL))
    result.paste(picture, ((CELL - picture.width) // 2, (CELL - picture.height) // 2))
    seen = Image.fromarray(normalize(grey[None])[0])
    result.paste(seen.resize((CELL, CELL), Image.Resampling.NEAREST), (0, CELL + 2))
    text = f"{answer.digit}   {answer.confidence:.1%}"
    if answer.refusal is not None:
        text = answer.refusal.replace("_", " ")
    font = ImageFont.load_default(size=14)
    ImageDraw.Draw(result).text((CELL // 2, 2 * CELL + 5), text, "black", font, anchor="mt")
    return result


if __name__ == "__main__":
    main()
