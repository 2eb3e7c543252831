"""Writes `tests/golden/normalized.png`: the example pictures as the network sees them."""

import numpy as np
from PIL import Image

from edgedigit.images import load_grey
from edgedigit.normalize import normalize
from tests.runtime.normalize.test_normalize import GOLDEN, ROOT


def main() -> None:
    """Writes the pictures one below the other, in the order of their files' names."""
    files = sorted((ROOT / "examples" / "digits").glob("*.png"))
    pictures = normalize([load_grey(file) for file in files])
    Image.fromarray(np.concatenate(list(pictures))).save(GOLDEN)


if __name__ == "__main__":
    main()
