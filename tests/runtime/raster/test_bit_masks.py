import numpy as np

from edgedigit.raster.bit_masks import BitMask, bit_masks
from edgedigit.raster.components import find_components
from edgedigit.raster.morphology import dilated

DICE = np.random.default_rng(8)


def stacks():
    for _ in range(60):
        shape = DICE.integers(1, [9, 12, 40])
        yield DICE.random(shape) < DICE.choice([0, 0.03, 0.3, 0.6, 0.9, 1])


def mask_of(pixels: np.ndarray, margin: int = 1) -> BitMask:
    ((mask,),) = bit_masks(pixels[None].astype(np.uint8), (1,), margin)
    return mask


def test_what_is_proven_whole_has_no_second_component():
    small = large = 0
    for masks in stacks():
        found = np.bincount(find_components(masks).picture, minlength=len(masks))
        for mask, components in zip(masks, found, strict=True):
            # In small masks all is found out.
            assert mask_of(mask).is_whole() == (components <= 1)
            tall = np.pad(mask, ((0, 300), (0, 0)))
            is_whole = mask_of(tall).is_whole()
            assert components <= 1 or not is_whole
            small += components == 1
            large += components == 1 and is_whole
    assert small > large > 20


def test_strokes_are_whole():
    masks = np.zeros((5, 12, 9), np.bool_)
    masks[0, 2:9, 4] = True
    masks[1, 3, 1:] = True
    masks[2, range(9), range(9)] = True
    masks[3, 2:9, 2:7], masks[3, 4:7, 4] = True, False
    masks[4, 2, 2] = masks[4, 8, 8] = True
    assert [mask_of(mask, 2).is_whole() for mask in masks] == [True, True, True, True, False]


def test_levels_boxes_and_pixels_are_those_of_the_pictures():
    for masks in stacks():
        pictures = masks * DICE.integers(1, 256, masks.shape, np.uint8)
        for picture, each in zip(pictures, bit_masks(pictures, (1, 48, 128), 1), strict=True):
            for level, mask in zip((1, 48, 128), each, strict=True):
                assert (mask.array() == (picture >= level)).all()
                rows, columns = (np.flatnonzero((picture >= level).any(axis=x)) for x in (1, 0))
                wanted = (
                    (rows[0], columns[0], rows[-1] + 1, columns[-1] + 1) if len(rows) else 4 * (0,)
                )
                assert mask.box() == wanted
        assert (
            BitMask.joined([mask_of(mask) for mask in masks]).array() == masks.any(axis=0)
        ).all()


def test_strokes_are_as_wide_as_they_have_few_edges():
    for masks in stacks():
        for mask in masks:
            edges = (mask[1:] != mask[:-1]).sum() + (mask[:, 1:] != mask[:, :-1]).sum()
            wanted = mask.sum() * (8 / np.pi) / max(edges, 1)
            assert mask_of(mask).stroke_width() == wanted
            inside = np.pad(mask, 1)
            assert mask_of(inside).stroke_width(is_cut=False) == mask_of(inside).stroke_width()


def test_dilation_is_that_of_squares():
    answers = set()
    for masks in stacks():
        other = masks.copy()
        other[tuple(DICE.integers(masks.shape))] = True
        for pixels in (1, 2, 3, 6):
            for mask, more, grown in zip(masks, other, dilated(masks, pixels, pixels), strict=True):
                found = mask_of(mask, pixels)
                assert (found.dilated(pixels).array() == grown).all()
                reaches = found.reaches(mask_of(more, pixels), pixels)
                assert reaches == (not (more & ~grown).any())
                answers.add(reaches)
    assert answers == {True, False}
