import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edgedigit import Classifier
from edgedigit.raster.components import find_components
from edgedigit.reading.best_path import Step, best_paths
from edgedigit.reading.cuts import find_cuts, part_between
from edgedigit.reading.layout import Blob
from edgedigit.reading.segmentation import Piece, extent, join, segment
from train.drawing.characters import draw_digits

Classify = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@pytest.fixture(scope="module")
def classify() -> Classify:
    return Classifier().probabilities


def blobs_of(page: NDArray[np.uint8]) -> list[Blob]:
    found = find_components((page >= 48)[None])
    boxes = found.boxes()
    blobs = []
    for one in range(len(found.first)):
        mask = found.mask(np.arange(len(found.first)) == one)[0]
        top, bottom = int(boxes.top[one]), int(boxes.bottom[one])
        left, right = int(boxes.left[one]), int(boxes.right[one])
        ink = (page * mask)[top:bottom, left:right]
        blobs.append(Blob(top, left, bottom, right, ink))
    return blobs


def side_by_side(pictures: Sequence[NDArray[np.uint8]], overlap: int) -> NDArray[np.uint8]:
    """The pictures' ink in a row, each so many pixels over the last where they meet."""
    page = np.zeros((len(pictures[0]), 0), np.uint8)
    for picture in pictures:
        columns = np.flatnonzero((picture >= 48).any(axis=0))
        ink = picture[:, columns[0] : columns[-1] + 1]
        if page.shape[1]:
            last = page.shape[1] - (page[:, ::-1] >= 48).argmax(axis=1)
            last[(page < 48).all(axis=1)] = -1000
            first = (ink >= 48).argmax(axis=1)
            first[(ink < 48).all(axis=1)] = 1000
            left = max(int((last - first).max()) - overlap, 0)
        else:
            left = 0
        wider = np.zeros((len(page), max(page.shape[1], left + ink.shape[1])), np.uint8)
        wider[:, : page.shape[1]] = page
        np.maximum(
            wider[:, left : left + ink.shape[1]], ink, out=wider[:, left : left + ink.shape[1]]
        )
        page = wider
    return page


def text(pieces: list[Piece]) -> str:
    return "".join(str(piece.probabilities[:10].argmax()) for piece in pieces)


def bars(*places: tuple[int, int, int, int], shape: tuple[int, int] = (40, 80)) -> Blob:
    ink = np.zeros(shape, np.uint8)
    for top, left, bottom, right in places:
        ink[top:bottom, left:right] = 255
    return Blob(100, 200, 100 + shape[0], 200 + shape[1], ink)


def two_rings() -> Blob:
    """Two rings of 40 pixels that a bridge of 4 x 4 pixels joins."""
    y, x = np.mgrid[:40, :84]
    radius = [np.hypot(y - 19.5, x - centre) for centre in (19.5, 63.5)]
    ink = sum(((r <= 20) & (r > 15)).astype(np.uint8) for r in radius) * np.uint8(255)
    ink[18:22, 38:46] = 255
    return Blob(7, 11, 47, 95, ink)


def test_a_thin_bridge_is_among_the_cuts() -> None:
    rings = two_rings()
    cuts = find_cuts(rings, 40)
    middle = [cut for cut in cuts[1:-1] if (abs(cut - 42) <= 4).mean() > 0.9]
    assert middle
    left, right = part_between(rings, cuts[0], middle[0]), part_between(rings, middle[0], cuts[-1])
    assert left is not None
    assert right is not None
    assert abs(left.ink.astype(int).sum() - right.ink.astype(int).sum()) < 10 * 4 * 255


def test_parts_between_cuts_hold_each_pixel_once_and_lie_where_it_lay() -> None:
    rings = two_rings()
    cuts = find_cuts(rings, 40)
    for cut in cuts[1:-1]:
        page = np.zeros((60, 120), np.int64)
        for part in (part_between(rings, cuts[0], cut), part_between(rings, cut, cuts[-1])):
            assert part is not None
            assert part.ink.shape == (part.bottom - part.top, part.right - part.left)
            page[part.top : part.bottom, part.left : part.right] += part.ink
        assert np.array_equal(page[7:47, 11:95], rings.ink)
        assert page.sum() == rings.ink.sum()


def test_cuts_go_from_left_to_right_and_stay_inside() -> None:
    rings = two_rings()
    cuts = find_cuts(rings, 40)
    assert len(cuts) >= 3
    assert cuts.min() >= 0
    assert cuts.max() <= 84
    left = [int(rings.ink[np.arange(84) < cut[:, None]].sum(dtype=np.int64)) for cut in cuts]
    assert left == sorted(left)
    assert np.array_equal(cuts[[0, -1]], [[0] * 40, [84] * 40])


@pytest.mark.parametrize("slant", [-0.2, 0.2, 0.4])
def test_cuts_follow_the_slant(slant: float) -> None:
    ink = np.zeros((60, 80), np.uint8)
    for row in range(60):
        shift = round((30 - row) * slant)
        for left in (22, 42):
            ink[row, left + shift : left + shift + 8] = 255
    ink[28:32, 22:50] = 255
    blob = Blob(0, 0, 60, 80, ink)
    cuts = find_cuts(blob, 60)
    parts = [part_between(blob, cuts[0], cut) for cut in cuts[1:-1]]
    halves = [part for part in parts if part is not None and 450 < (part.ink > 0).sum() < 570]
    assert halves


def test_crossing_cuts_and_no_ink_give_no_part() -> None:
    blob = bars((0, 0, 40, 10), (0, 70, 40, 80))
    rows = np.arange(40)
    assert part_between(blob, rows + 20, 60 - rows) is None
    assert part_between(blob, np.full(40, 20), np.full(40, 60)) is None


def test_extent_leaves_out_soft_edges() -> None:
    blob = bars((5, 10, 25, 40))
    blob.ink[:5] = 30
    assert extent(blob) == (20, 30)
    assert extent(Blob(0, 0, 3, 3, np.zeros((3, 3), np.uint8))) == (1, 1)


def test_joined_blobs_keep_their_places() -> None:
    one = Blob(10, 20, 12, 23, np.full((2, 3), 200, np.uint8))
    other = Blob(5, 22, 11, 24, np.full((6, 2), 90, np.uint8))
    both = join([one, other])
    assert both[:4] == (5, 20, 12, 24)
    assert both.ink[0].tolist() == [0, 0, 90, 90]
    assert both.ink[5].tolist() == [200, 200, 200, 90]
    assert both.ink[6].tolist() == [200, 200, 200, 0]
    assert join([one]) is one


def test_the_best_path_costs_least() -> None:
    line = [Step(0, 1, 1.0, "a"), Step(1, 2, 1.0, "b"), Step(0, 2, 1.5, "ab"), Step(2, 3, 1, "c")]
    assert best_paths([line], None) == [["ab", "c"]]
    cheap = [*line, Step(1, 2, 0.2, "B")]
    assert best_paths([cheap], None) == [["a", "B", "c"]]
    assert best_paths([[], line], None) == [[], ["ab", "c"]]


def test_the_best_path_of_a_length_may_cost_more() -> None:
    line = [Step(0, 1, 1.0, "a"), Step(1, 2, 1.0, "b"), Step(0, 2, 1.5, "ab")]
    dear = [Step(0, 1, 9.0, "c"), Step(1, 2, 9.0, "d"), Step(0, 2, 1.0, "cd")]
    assert best_paths([line, dear], 2) == [["ab"], ["cd"]]
    assert best_paths([line, dear], 3) == [["a", "b"], ["cd"]]
    assert best_paths([line, dear], 4) == [["a", "b"], ["c", "d"]]
    assert best_paths([line, dear], 5) is None
    assert best_paths([line, dear], 1) is None


@pytest.mark.parametrize("seed", range(5))
def test_the_best_path_is_that_of_all_paths(seed: int) -> None:
    rng = np.random.default_rng(seed)
    line = [Step(a, b, float(rng.normal()), (a, b)) for a in range(7) for b in range(a + 1, 8)]
    cost = {step.piece: step.cost for step in line}
    paths = []
    for chosen in range(64):
        places = [0, *(place for place in range(1, 7) if chosen >> (place - 1) & 1), 7]
        pieces = list(itertools.pairwise(places))
        paths.append((sum(cost[piece] for piece in pieces), pieces))
    assert best_paths([line], None) == [min(paths)[1]]
    for length in range(1, 8):
        best = min(path for path in paths if len(path[1]) == length)
        assert best_paths([line], length) == [best[1]]


def test_nothing_is_read_where_nothing_is(classify: Classify) -> None:
    assert segment([], classify) == []
    assert segment([[], []], classify, 3) == [[], []]


def test_touching_drawn_digits_are_cut(classify: Classify) -> None:
    rng = np.random.default_rng(5)
    right = split = 0
    for _ in range(40):
        labels = rng.integers(0, 10, 2)
        page = side_by_side(list(draw_digits(labels, rng, size=64)), 2)
        pieces = segment([blobs_of(page)], classify)[0]
        split += len(pieces) == 2
        right += text(pieces) == f"{labels[0]}{labels[1]}"
    assert split >= 32
    assert right >= 28


def test_single_drawn_digits_stay_whole(classify: Classify) -> None:
    rng = np.random.default_rng(6)
    pictures = draw_digits(np.arange(200) % 10, rng, size=72)
    whole = [len(segment([blobs_of(picture)], classify)[0]) == 1 for picture in pictures]
    assert sum(whole) >= 196


def test_a_fives_bar_that_lies_apart_is_joined(classify: Classify) -> None:
    five = bars((0, 10, 5, 34), (9, 6, 24, 11), (19, 6, 24, 30), (19, 28, 40, 33), (36, 6, 40, 33))
    apart = blobs_of(five.ink)
    assert len(apart) == 2
    pieces = segment([apart], classify)[0]
    assert text(pieces) == "5"
    assert pieces[0].blob[:4] == (0, 6, 40, 34)


def test_known_lengths_are_kept(classify: Classify) -> None:
    rng = np.random.default_rng(7)
    kept = 0
    for _ in range(20):
        labels = rng.integers(0, 10, 3)
        page = side_by_side(list(draw_digits(labels, rng, size=64)), 2)
        kept += len(segment([blobs_of(page)], classify, 3)[0]) == 3
    assert kept >= 18


def test_an_impossible_length_is_as_good_as_none(classify: Classify) -> None:
    picture = draw_digits([1], np.random.default_rng(8), size=64)[0]
    blobs = blobs_of(picture)
    assert text(segment([blobs], classify, 40)[0]) == text(segment([blobs], classify)[0])


def test_lines_are_read_each_by_itself(classify: Classify) -> None:
    rng = np.random.default_rng(9)
    pictures = draw_digits([3, 0, 7, 2], rng, size=64)
    lines = [blobs_of(side_by_side(list(pair), -12)) for pair in (pictures[:2], pictures[2:])]
    together = segment(lines, classify)
    assert [text(line) for line in together] == ["30", "72"]
    alone = [segment([line], classify)[0] for line in lines]
    assert [text(line) for line in alone] == ["30", "72"]


def test_digits_come_from_left_to_right_in_any_order_of_blobs(classify: Classify) -> None:
    pictures = draw_digits([4, 8, 6], np.random.default_rng(10), size=64)
    blobs = blobs_of(side_by_side(list(pictures), -12))
    for order in ([0, 1, 2], [2, 0, 1], [2, 1, 0]):
        assert text(segment([[blobs[one] for one in order]], classify)[0]) == "486"


def test_all_ink_of_all_lines_goes_through_the_network_twice_at_most() -> None:
    calls = []

    def classify(inks: NDArray[np.uint8]) -> NDArray[np.float32]:
        calls.append(inks.shape)
        return np.full((len(inks), 11), 1 / 11, np.float32)

    pictures = draw_digits(np.arange(8), np.random.default_rng(11), size=64)
    lines = [blobs_of(side_by_side(list(pictures[one : one + 2]), 2)) for one in range(0, 8, 2)]
    segment(lines, classify)
    assert len(calls) <= 2
    assert all(shape[1:] == (28, 28) for shape in calls)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (4, 4), (300, 4000)])
def test_any_ink_is_read(classify: Classify, shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(12).integers(0, 256, shape).astype(np.uint8)
    noise.flat[0] = 255
    for ink in (np.full(shape, 255, np.uint8), noise):
        blob = Blob(0, 0, *shape, ink)
        for length in (None, 2):
            assert segment([[blob]], classify, length)[0]


@pytest.mark.parametrize(("count", "most"), [(400, 5000), (2000, 2000)])
def test_noise_is_bounded_work(count: int, most: int) -> None:
    shapes = []

    def classify(inks: NDArray[np.uint8]) -> NDArray[np.float32]:
        shapes.append(len(inks))
        return np.full((len(inks), 11), 1 / 11, np.float32)

    rng = np.random.default_rng(13)
    line = [
        Blob(0, 40 * i, 30, 40 * i + 36, rng.integers(0, 256, (30, 36)).astype(np.uint8))
        for i in range(count)
    ]
    assert sum(map(len, segment([line], classify))) > 0
    assert sum(shapes) <= most


def test_boxes_that_lie_over_each_other_are_bounded_work() -> None:
    shapes = []

    def classify(inks: NDArray[np.uint8]) -> NDArray[np.float32]:
        shapes.append(len(inks))
        return np.full((len(inks), 11), 1 / 11, np.float32)

    ink = np.random.default_rng(15).integers(0, 256, (900, 1200)).astype(np.uint8)
    line = [Blob(0, 10 * i, 900, 10 * i + 1200, ink) for i in range(40)]
    segment([line], classify)
    assert sum(shapes) < 400


def test_touching_pairs_of_mnist(classify: Classify, mnist_path: Path) -> None:
    with np.load(mnist_path) as data:
        pictures, labels = data["x_train"][50_000:], data["y_train"][50_000:]
    rng = np.random.default_rng(14)
    right = whole = 0
    for _ in range(100):
        two = rng.integers(0, len(pictures), 2)
        large = [pictures[one].repeat(3, axis=0).repeat(3, axis=1) for one in two]
        pieces = segment([blobs_of(side_by_side(large, 3))], classify)[0]
        right += text(pieces) == "".join(str(labels[one]) for one in two)
        whole += len(segment([blobs_of(large[0])], classify)[0]) == 1
    assert right >= 75
    assert whole >= 98
