import numpy as np

from edgedigit.raster.bit_masks import bit_masks
from edgedigit.raster.components import find_components
from edgedigit.raster.morphology import dilated

DICE = np.random.default_rng(8)


def stacks():
    for _ in range(60):
        shape = DICE.integers(1, [9, 12, 40])
        yield DICE.random(shape) < DICE.choice([0, 0.03, 0.3, 0.6, 0.9, 1])


def test_what_is_proven_whole_has_no_second_component():
    proofs = 0
    for masks in stacks():
        found = np.bincount(find_components(masks).picture, minlength=len(masks))
        whole = bit_masks(masks, 1).are_whole()
        assert (found[whole] <= 1).all()
        proofs += np.count_nonzero(whole & (found == 1))
        alone = [bit_masks(mask[None], 1).are_whole()[0] for mask in masks]
        assert alone == whole.tolist()
    assert proofs > 20


def test_strokes_are_proven_whole():
    masks = np.zeros((5, 12, 9), np.bool_)
    masks[0, 2:9, 4] = True
    masks[1, 3, 1:] = True
    masks[2, range(9), range(9)] = True
    masks[3, 2:9, 2:7], masks[3, 4:7, 4] = True, False
    masks[4, 2, 2] = masks[4, 8, 8] = True
    assert bit_masks(masks, 2).are_whole().tolist() == [True, True, True, True, False]


def test_reach_is_that_of_squares():
    answers = set()
    for masks in stacks():
        other = masks.copy()
        other[tuple(DICE.integers(masks.shape))] = True
        for pixels in (1, 3):
            found = bit_masks(masks, pixels).reach(bit_masks(other, pixels), pixels)
            assert found == (not (other & ~dilated(masks, pixels, pixels)).any())
            answers.add(found)
    assert answers == {True, False}
