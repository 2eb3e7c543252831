import numpy as np
from numpy.typing import NDArray

from edgedigit.reading.segmentation import join_cost, part_cost, piece_cost


def row_of(digit: int, probability: float) -> NDArray[np.float32]:
    row = np.full(11, (1 - probability) / 10, np.float32)
    row[digit] = probability
    return row


def test_a_sure_digit_costs_less_than_a_doubtful_one() -> None:
    costs = [piece_cost(row_of(3, p), 1, 0.8) for p in (1.0, 0.99, 0.8, 0.4, 0.15)]
    assert costs == sorted(costs)
    assert costs[0] < costs[-1] - 2


def test_what_is_too_wide_for_its_digit_costs_more() -> None:
    for digit in range(10):
        narrow, wide = (piece_cost(row_of(digit, 0.99), 1, width) for width in (0.3, 1.6))
        assert wide > narrow
    # A 1 is narrower than a 0.
    one, zero = (
        piece_cost(row_of(digit, 0.99), 1, 1.0) - piece_cost(row_of(digit, 0.99), 1, 0.2)
        for digit in (1, 0)
    )
    assert one > zero


def test_what_is_higher_or_lower_than_its_line_costs_more() -> None:
    even, low, high = (piece_cost(row_of(5, 0.99), h, 0.7 * h) for h in (1.0, 0.5, 2.0))
    assert even < low
    assert abs(low - high) < 1e-6


def test_a_cut_and_a_join_cost_something() -> None:
    row = row_of(2, 0.9)
    assert part_cost(row, is_cut=True) > part_cost(row, is_cut=False)
    assert join_cost([]) == 0
    assert 0 < join_cost([0.0]) < join_cost([0.2]) < join_cost([0.2, 0.1])


def test_any_answer_of_the_network_has_a_finite_cost() -> None:
    for row in (np.eye(11, dtype=np.float32)[10], row_of(0, 1.0), np.full(10, 0.1, np.float32)):
        for high, wide in ((1.0, 1.0), (0.01, 30.0), (5.0, 0.01)):
            assert np.isfinite(piece_cost(row, high, wide))
