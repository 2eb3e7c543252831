"""The example that needs a checkout."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.command import python
from tests.support.paths import EXAMPLES

pytest.importorskip("tensorflow", reason="the tutorials' network is a Keras model")
pytest.importorskip("PIL", reason="drawing needs Pillow")

from PIL import Image

from train.networks.architectures import ARCHITECTURES


@pytest.mark.slow
def test_the_naive_way_and_ours_are_drawn_side_by_side(tmp_path: Path) -> None:
    ARCHITECTURES["mlp-128"]().save(tmp_path / "model.keras")
    pictures = [EXAMPLES / "digits" / name for name in ("3_photo.png", "blank_page.png")]
    arguments = ["model.keras", *pictures, "-o", "naive.png"]
    python(EXAMPLES / "naive.py", *arguments, cwd=tmp_path)
    with Image.open(tmp_path / "naive.png") as drawn:
        assert drawn.width < drawn.height, "two columns of three pictures"
        colours = np.asarray(drawn.convert("RGB")).reshape(-1, 3)
    # Untrained, it still gives the blank page a digit, which is written in red.
    assert ((colours[:, 0] > 200) & (colours[:, 1:].max(axis=1) < 60)).any()


def test_the_picture_of_the_readme_is_small() -> None:
    with Image.open(EXAMPLES / "naive.png") as picture:
        assert picture.width > picture.height
    assert (EXAMPLES / "naive.png").stat().st_size < 200_000
