"""Writes what `tests/golden` holds: after a wanted change, to be looked at before committing.

`normalized.png` has the example pictures as the network sees them; `scenes` a picture of each scene
of `benchmarks/digit_scenes.py`, whose names end with the digit, or "none".
"""

import numpy as np
from PIL import Image

from benchmarks.digit_scenes import SCENES, scenes
from benchmarks.scenes import answer
from benchmarks.sheets import file_name
from edgedigit.images import load_grey
from edgedigit.normalize import normalize
from tests.runtime.lines.test_lone_digit import DIGITS, DRAWN, GOLDEN_SCENES
from tests.runtime.normalize.test_normalize import GOLDEN, ROOT


def main() -> None:
    """Writes the pictures: normalised ones below each other, in the order of their files' names."""
    files = sorted((ROOT / "examples" / "digits").glob("*.png"))
    pictures = normalize([load_grey(file) for file in files])
    Image.fromarray(np.concatenate(list(pictures))).save(GOLDEN)
    GOLDEN_SCENES.mkdir(exist_ok=True)
    for name in SCENES:
        made = scenes(name, DRAWN, DIGITS, seed=5)
        # The smallest of those that are answered rightly, so that the files are small too.
        right = [scene for scene in made if answer(name, scene).digit == scene.label]
        scene = min(right, key=lambda scene: scene.picture.size)
        label = "none" if scene.label is None else scene.label
        file = GOLDEN_SCENES / f"{file_name(name)}_{label}.jpg"
        Image.fromarray(scene.picture).save(file, quality=90)


if __name__ == "__main__":
    main()
