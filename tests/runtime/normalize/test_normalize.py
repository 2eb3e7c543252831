"""What the normalisation makes of pictures of the same digit on all kinds of paper."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edgedigit import Classifier
from edgedigit.images import load_grey
from edgedigit.normalize import normalize
from edgedigit.raster.morphology import dilated
from tests.support.paths import ROOT
from train.drawing.digits import DIGITS
from train.drawing.pen import Hand, draw
from train.drawing.ways import Draw

GOLDEN = ROOT / "tests" / "golden" / "normalized.png"

Picture = NDArray[np.uint8]


def drawn(seed: int = 0, size: int = 120) -> NDArray[np.uint8]:
    """Each digit once, with an ordinary pen: bright ink on 0, well inside of the square."""
    rng = np.random.default_rng(seed)
    pen = Hand(thinnest=0.08, thickest=0.12)
    ways = [next(iter(ways.values())) for ways in DIGITS]
    return np.concatenate([draw(way.strokes(Draw(rng, 1)), rng, size, pen) for way in ways])


def on_canvas(ink: Picture, side: int, top: int, left: int) -> Picture:
    canvas = np.zeros((side, side), np.uint8)
    canvas[top : top + len(ink), left : left + ink.shape[1]] = ink
    return canvas


def distance(one: Picture, other: Picture) -> float:
    """How unlike two pictures are: 0 is equal, 2 has no ink in common.

    A step of one pixel does not count: it is what a centre of mass between two pixels makes.
    """
    a, b = np.pad(one.astype(float), 1), np.pad(other.astype(float), 1)
    steps = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    apart = min(np.abs(np.roll(a, step, (0, 1)) - b).sum() for step in steps)
    return float(apart / ((a.sum() + b.sum()) / 2))


def as_photo(ink: Picture, light: NDArray[np.float64], dark: float = 0.35) -> Picture:
    """Dark ink on paper under a light of 0 to 1 at each pixel."""
    reflected = 1 - ink / 255 * (1 - dark)
    return np.rint(255 * light * reflected).astype(np.uint8)


class TestWhatMnistIs:
    def test_ink_fills_the_box_and_its_mass_lies_in_the_middle(self) -> None:
        for result in normalize(drawn()):
            rows, columns = (np.flatnonzero((result >= 64).any(axis=axis)) for axis in (1, 0))
            assert 18 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 21
            middle = np.arange(28) + 0.5
            for axis in (0, 1):
                mass = result.sum(axis=axis, dtype=float)
                assert 13.4 <= (mass * middle).sum() / mass.sum() <= 15.6

    def test_a_normalised_picture_comes_through(self) -> None:
        once = normalize(drawn())
        unlike = [distance(one, two) for one, two in zip(once, normalize(once), strict=True)]
        assert np.median(unlike) < 0.15
        assert max(unlike) < 0.25

    def test_mnist_comes_through(self, mnist_path: Path) -> None:
        with np.load(mnist_path) as data:
            pictures = data["x_train"][:500]
        distances = [distance(a, b) for a, b in zip(pictures, normalize(pictures), strict=True)]
        assert np.median(distances) < 0.02
        assert np.mean(np.array(distances) < 0.15) > 0.97

    def test_golden_pictures(self) -> None:
        # Whole numbers all the way: every platform gets the same. `python -m tests.golden.make`
        # writes them anew after a wanted change; look at them before committing.
        golden = load_grey(GOLDEN).reshape(-1, 28, 28)
        files = sorted((ROOT / "examples" / "digits").glob("*.png"))
        for file, expected in zip(files, golden, strict=True):
            np.testing.assert_array_equal(normalize(load_grey(file)[None])[0], expected, file.name)


class TestWherever:
    def test_place_and_canvas_do_not_matter(self) -> None:
        for ink in drawn():
            first = normalize(on_canvas(ink, 250, 0, 0)[None])
            for top, left in ((130, 130), (90, 3), (60, 60)):
                second = normalize(on_canvas(ink, 250, top, left)[None])
                np.testing.assert_array_equal(first, second)

    def test_size_does_not_matter(self) -> None:
        for ink in drawn(size=80):
            large = np.kron(ink, np.ones((4, 4), np.uint8))
            assert distance(normalize(ink[None])[0], normalize(large[None])[0]) < 0.25

    def test_twelve_megapixels(self) -> None:
        ink = np.kron(drawn()[5], np.ones((16, 16), np.uint8))
        page = np.zeros((3000, 4000), np.uint8)
        page[500 : 500 + len(ink), 1500 : 1500 + len(ink)] = ink
        small = normalize(drawn()[5:6])[0]
        assert distance(small, normalize(page[None])[0]) < 0.2

    def test_thin_strokes_on_a_huge_canvas_become_strokes(self) -> None:
        canvas = np.full((1000, 1000), 255, np.uint8)
        canvas[300:700, 500:503] = 0
        canvas[300:303, 380:503] = 0
        result = normalize(canvas[None])[0]
        assert result.max() > 200
        assert (result >= 128).sum() > 25

    @pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (2, 3), (5000, 2), (13, 513)])
    def test_any_shape(self, shape: tuple[int, int]) -> None:
        pictures = np.random.default_rng(0).integers(0, 256, (2, *shape), dtype=np.uint8)
        result = normalize(pictures)
        assert result.shape == (2, 28, 28)
        assert result.dtype == np.uint8


class TestWhateverPaper:
    def test_polarity_does_not_matter(self) -> None:
        pictures = drawn()
        np.testing.assert_array_equal(normalize(pictures), normalize(255 - pictures))

    @pytest.mark.parametrize("fatter", [2, 5, 6, 8])
    def test_polarity_of_digits_that_fill_their_picture(self, fatter: int) -> None:
        for ink in dilated(drawn(), fatter, fatter):
            rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
            places = [np.linspace(ends[0], ends[-1], 16).astype(int) for ends in (rows, columns)]
            full = np.where(ink[np.ix_(*places)] >= 128, 255, 0).astype(np.uint8)
            known = normalize(full[None], "light")
            np.testing.assert_array_equal(normalize(full[None]), known)
            np.testing.assert_array_equal(normalize(255 - full[None]), known)

    def test_the_caller_may_know_the_polarity(self) -> None:
        bright = drawn()
        np.testing.assert_array_equal(normalize(bright, "light"), normalize(bright))
        np.testing.assert_array_equal(normalize(255 - bright, "dark"), normalize(bright))
        assert (normalize(bright, "dark") != normalize(bright)).any(axis=(1, 2)).all()

    @pytest.mark.parametrize(("paper", "contrast"), [(90, 40), (0, 30), (200, 55), (120, 100)])
    def test_faint_ink_on_grey_paper(self, paper: int, contrast: int) -> None:
        for ink, clean in zip(drawn(), normalize(drawn()), strict=True):
            faint = (paper + ink.astype(int) * contrast // 255).astype(np.uint8)
            assert distance(normalize(faint[None])[0], clean) < 0.15

    def test_light_from_one_side(self) -> None:
        across = np.linspace(0.35, 1, 120)
        for ink, clean in zip(drawn(), normalize(drawn()), strict=True):
            for light in (across[None, :], across[::-1, None], (across[:, None] + across) / 2):
                photo = as_photo(ink, np.broadcast_to(light, ink.shape))
                assert distance(normalize(photo[None])[0], clean) < 0.35

    def test_vignette(self) -> None:
        y, x = np.mgrid[-1:1:120j, -1:1:120j]
        light = 1 - 0.2 * (x**2 + y**2)
        for ink, clean in zip(drawn(), normalize(drawn()), strict=True):
            assert distance(normalize(as_photo(ink, light)[None])[0], clean) < 0.35

    def test_soft_shadow_across_the_page(self) -> None:
        y, x = np.mgrid[-1:1:120j, -1:1:120j]
        light = 1 - 0.45 / (1 + np.exp(-(x + 0.4 * y) * 6))
        unlike = [
            distance(normalize(as_photo(ink, light)[None])[0], clean)
            for ink, clean in zip(drawn(), normalize(drawn()), strict=True)
        ]
        assert np.median(unlike) < 0.15
        # A stroke that runs along the shadow's edge may keep some of it.
        assert sum(apart < 0.5 for apart in unlike) >= 9

    def test_noise(self) -> None:
        rng = np.random.default_rng(1)
        for ink, clean in zip(drawn(), normalize(drawn()), strict=True):
            noisy = as_photo(ink, np.full(ink.shape, 0.8)) + rng.normal(0, 6, ink.shape)
            result = normalize(noisy.clip(0, 255).astype(np.uint8)[None])[0]
            assert distance(result, clean) < 0.35

    def test_faint_pencil_on_grainy_paper(self) -> None:
        rng = np.random.default_rng(1)
        unlike = []
        for ink, clean in zip(drawn(), normalize(drawn()), strict=True):
            photo = as_photo(ink, np.full(ink.shape, 0.8), dark=0.87)
            noisy = (photo + rng.normal(0, 3, ink.shape)).clip(0, 255).astype(np.uint8)
            unlike.append(distance(normalize(noisy[None])[0], clean))
        assert np.median(unlike) < 0.35


class TestWhatBelongsToTheDigit:
    def test_specks_and_what_the_border_cuts_off_are_left_out(self) -> None:
        for ink in drawn():
            page = on_canvas(ink, 200, 40, 40)
            clean = normalize(page[None])
            page[3:5, 100:102] = 255
            page[190:193, 20:22] = 200
            page[60:140, :9] = 255
            page[100:160, 194:] = 230
            np.testing.assert_array_equal(normalize(page[None]), clean)

    def test_a_bar_apart_from_its_body_is_kept(self) -> None:
        body = drawn(2, 100)[3]
        page = on_canvas(body, 160, 40, 20)
        rows, columns = np.flatnonzero(page.any(axis=1)), np.flatnonzero(page.any(axis=0))
        top = rows[0] - 10
        page[top : top + 5, columns[0] + 5 : columns[-1]] = 255
        with_bar = normalize(page[None])[0]
        page[top : top + 5] = 0
        without = normalize(page[None])[0]
        top_row = np.flatnonzero((with_bar >= 64).any(axis=1))[0]
        assert (with_bar[top_row] >= 64).sum() >= 5
        assert distance(with_bar, without) > 0.5

    def test_the_edge_of_a_table_is_left_out(self) -> None:
        for ink, clean in zip(drawn(), normalize(drawn()), strict=True):
            photo = as_photo(on_canvas(ink, 200, 40, 50), np.full((200, 200), 0.9))
            photo[:, :16] = 40
            assert distance(normalize(photo[None])[0], clean) < 0.3

    def test_two_digits_stay_two(self) -> None:
        three = drawn(2, 100)[3]
        result = normalize(np.hstack([three, three])[None])[0] >= 64
        columns = np.flatnonzero(result.any(axis=0))
        assert np.ptp(columns) + 1 >= 18


class TestWhatLiesBesideTheDigit:
    """It may stay, as long as the digit is read."""

    @staticmethod
    def read(pages: Iterable[NDArray[np.uint8]]) -> list[int | None]:
        return [answer.digit for answer in Classifier().classify_batch(pages)]

    @pytest.mark.parametrize("turns", range(4))
    def test_the_paper_s_end(self, turns: int) -> None:
        paper = np.full((100, 100), 25, np.uint8)
        paper[:, 94:] = 165
        paper = np.rot90(paper, turns)
        pages = [np.maximum(on_canvas(ink, 100, 20, 15), paper) for ink in drawn(2, 60)]
        assert self.read(pages) == [*range(10)]
        assert self.read([paper, 255 - paper]) == [None, None]

    def test_a_neighbour_of_a_digit_that_reaches_the_top(self) -> None:
        pages = [on_canvas(ink[ink.any(axis=1).argmax() :], 200, 0, 40) for ink in drawn()]
        for page in pages:
            page[20:110, :10] = 255
        assert self.read(pages) == [*range(10)]

    def test_a_full_stop(self) -> None:
        pages = [on_canvas(ink, 200, 40, 30) for ink in drawn()]
        for page in pages:
            bottom = np.flatnonzero(page.any(axis=1))[-1]
            right = np.flatnonzero(page.any(axis=0))[-1]
            page[bottom - 12 : bottom, right + 8 : right + 20] = 255
        assert self.read(pages) == [*range(10)]


class TestWhereNothingIs:
    @pytest.mark.parametrize("level", [0, 1, 128, 255])
    def test_one_tone_is_blank(self, level: int) -> None:
        assert not normalize(np.full((3, 60, 80), level, np.uint8)).any()

    @pytest.mark.parametrize("seed", range(5))
    def test_a_page_with_light_and_noise_is_blank(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[-1:1:200j, -1:1:300j]
        light = 0.8 + rng.uniform(-0.15, 0.15) * x + rng.uniform(-0.15, 0.15) * y
        page = (255 * light + rng.normal(0, 4, light.shape)).clip(0, 255).astype(np.uint8)
        assert not normalize(page[None]).any()


class TestStacks:
    def test_a_result_does_not_depend_on_its_companions(self) -> None:
        rng = np.random.default_rng(4)
        photos = np.stack(
            [
                as_photo(ink, np.linspace(rng.uniform(0.4, 1), 1, 120)[None, :])
                for ink in drawn(size=120)
            ]
        )
        mixed = np.concatenate([photos, drawn(1), 255 - drawn(2), np.zeros_like(photos[:2])])
        together = normalize(mixed)
        for index in range(len(mixed)):
            np.testing.assert_array_equal(normalize(mixed[index : index + 1])[0], together[index])

    def test_pictures_of_all_shapes_keep_their_order(self) -> None:
        pictures = [drawn()[1], drawn(size=60)[2], drawn()[3], drawn(size=60)[4]]
        together = normalize(pictures)
        for picture, result in zip(pictures, together, strict=True):
            np.testing.assert_array_equal(normalize(picture[None])[0], result)

    def test_more_pictures_than_are_worked_on_at_a_time(self) -> None:
        pictures = np.concatenate([drawn(seed) for seed in range(3)])
        separately = [normalize(picture[None])[0] for picture in pictures]
        np.testing.assert_array_equal(normalize(list(pictures)), separately)

    def test_pictures_are_not_modified(self) -> None:
        for picture in (drawn(1)[4], 255 - drawn(2, 600)[5]):
            before = picture.copy()
            picture.flags.writeable = False
            normalize([picture])
            np.testing.assert_array_equal(picture, before)

    def test_none(self) -> None:
        assert normalize([]).shape == (0, 28, 28)
