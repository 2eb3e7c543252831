"""The ten digits as strokes: a module each, with the ways in which people write it."""

from train.drawing.digits import eight, five, four, nine, one, seven, six, three, two, zero

# The ways of each digit by name; shares of a digit sum to 1.
DIGITS = tuple(digit.WAYS for digit in (zero, one, two, three, four, five, six, seven, eight, nine))
