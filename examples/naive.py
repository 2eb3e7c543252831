"""Shows the tutorials' way with real pictures beside edgedigit's: what each network sees and says.

    python -m train --model cnn
    python examples/naive.py runs/cnn/model.keras -o examples/naive.png

The tutorials squeeze a picture to 28 x 28 and invert it where it is mostly bright; their network
is right in 99 % of MNIST. Wrong answers are red: pictures of digits have names that begin with the
digit, others have not. Runs in a checkout with: pip install -e '.[training]'
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import edgedigit
from edgedigit.images import load_grey
from edgedigit.normalize import normalize

ROOT = Path(__file__).resolve().parent.parent
# Training is no part of the installed package.
sys.path.insert(0, str(ROOT))

PICTURES = (
    "digits/5_shadow.png",
    "digits/1_long_flag.png",
    "digits/0_canvas.png",
    "digits/8_transparent.png",
    "photos/2_lamp.jpg",
    "digits/6_frame.png",
    "digits/letter_A.png",
    "digits/blank_page.png",
)
CELL, MARGIN, LINE, TITLES = 112, 8, 26, 112


def main() -> None:
    """Writes a picture with a column for each of the pictures on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, metavar="MODEL.keras")
    examples = [ROOT / "examples" / name for name in PICTURES]
    parser.add_argument("pictures", nargs="*", type=Path, metavar="PICTURE", default=examples)
    parser.add_argument("-o", "--output", type=Path, default=Path("naive.png"))
    options = parser.parse_args()
    drawn = sheet(options.pictures, Tutorial(options.model), edgedigit.classify)
    # Makes the file several times smaller.
    drawn.quantize(256).save(options.output, optimize=True)


class Tutorial:
    """A network that was trained on MNIST's pictures as they are."""

    def __init__(self, path: Path) -> None:
        """Loads a .keras file."""
        from train.tensorflow_import import import_tensorflow

        import_tensorflow()
        import keras

        self.network = keras.saving.load_model(path, compile=False)

    def read(self, path: Path) -> tuple[Image.Image, str]:
        """What the network sees of a picture, and its answer."""
        from train.data.tutorial_way import naive_pictures

        seen = naive_pictures([path])
        probabilities = self.network.predict(seen, verbose=0)[0]
        return Image.fromarray(seen[0]), f"{probabilities.argmax()}   {probabilities.max():.0%}"


def sheet(
    pictures: Sequence[Path], tutorial: Tutorial, classify: Callable[[Path], edgedigit.Prediction]
) -> Image.Image:
    """A column for each picture, and what the rows are; at least one picture."""
    columns = [column(path, tutorial, classify) for path in pictures]
    width = TITLES + len(columns) * (CELL + MARGIN)
    result = Image.new("RGB", (width, columns[0].height + 2 * MARGIN), "white")
    titles = ("a picture", "squeezed, as in\na tutorial", "its ink, to\nedgedigit")
    for row, title in enumerate(titles):
        write(result, (MARGIN, MARGIN + row * (CELL + LINE) + CELL // 3), title, "la")
    for index, one in enumerate(columns):
        result.paste(one, (TITLES + index * (CELL + MARGIN), MARGIN))
    return result


def column(
    path: Path, tutorial: Tutorial, classify: Callable[[Path], edgedigit.Prediction]
) -> Image.Image:
    """One picture; below it what is seen and said in both ways."""
    result = Image.new("RGB", (CELL, 3 * CELL + 2 * LINE + LINE), "white")
    with Image.open(path) as picture:
        shown = Image.new("RGBA", picture.size, "white")
        shown.alpha_composite(picture.convert("RGBA"))
    result.paste(shown.resize((CELL, CELL)), (0, 0))
    ImageDraw.Draw(result).rectangle((0, 0, CELL - 1, CELL - 1), outline="silver")
    answer = classify(path)
    ours = Image.fromarray(normalize(load_grey(path)[None])[0])
    text = f"{answer.digit}   {answer.confidence:.0%}"
    if answer.refusal is not None:
        text = answer.refusal.replace("_", " ")
    for row, (seen, said) in enumerate((tutorial.read(path), (ours, text)), 1):
        top = row * (CELL + LINE)
        result.paste(seen.resize((CELL, CELL), Image.Resampling.NEAREST), (0, top))
        wrong = said[0].isdigit() and said[0] != path.name[0]
        write(result, (CELL // 2, top + CELL + 4), said, "ma", "red" if wrong else "black")
    return result


def write(
    onto: Image.Image, at: tuple[int, int], text: str, anchor: str, colour: str = "black"
) -> None:
    """Writes text into a picture."""
    ImageDraw.Draw(onto).text(at, text, colour, ImageFont.load_default(size=15), anchor=anchor)


if __name__ == "__main__":
    main()
