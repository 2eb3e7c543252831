"""The tutorials' way with a picture."""

from pathlib import Path

import numpy as np
import pytest

from train.drawing.characters import draw_digits

pytest.importorskip("PIL", reason="the naive way needs Pillow")

from PIL import Image

from train.data.tutorial_way import naive_pictures

DIGIT = draw_digits([4], np.random.default_rng(1), 28)[0]


def test_bright_ink_of_mnists_size_stays_as_it_is():
    np.testing.assert_array_equal(naive_pictures([DIGIT])[0], DIGIT)


def test_dark_ink_is_inverted():
    np.testing.assert_array_equal(naive_pictures([255 - DIGIT])[0], DIGIT)


def test_a_wide_picture_is_squeezed_and_its_paper_stays_grey():
    page = np.full((60, 240), 200, np.uint8)
    page[20:40, 100:140] = 30
    (seen,) = naive_pictures([page])
    assert seen.shape == (28, 28)
    assert seen[0, 0] == 55
    rows, columns = np.nonzero(seen > 200)
    # What was twice as wide as high.
    assert np.ptp(rows) > np.ptp(columns)


def test_files_arrays_and_contents_are_seen_alike(tmp_path: Path):
    path = tmp_path / "page.png"
    page = np.random.default_rng(2).integers(0, 90, (50, 70, 3), np.uint8)
    Image.fromarray(page).save(path)
    seen = naive_pictures([path, path.read_bytes(), page])
    assert seen.dtype == np.uint8
    np.testing.assert_array_equal(seen[0], seen[1])
    np.testing.assert_array_equal(seen[0], seen[2])


def test_no_pictures():
    assert naive_pictures([]).shape == (0, 28, 28)


def test_what_is_no_picture(tmp_path: Path):
    (tmp_path / "page.png").write_text("text")
    with pytest.raises(OSError, match=r"page\.png"):
        naive_pictures([tmp_path / "page.png"])
