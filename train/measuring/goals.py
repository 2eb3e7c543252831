"""What is asked of the model that ships, by set, and what the sets are."""

from typing import Literal, NamedTuple

Figure = Literal["right", "refused", "wrong_of_given", "ece"]

MNIST, MNIST_JPEG = "mnist test", "mnist test as a user's jpeg"
NATURAL, POOL = "natural", "pool"
# Ends the name of a set together with its look-alikes.
ALL = " all"
# Too hard or too odd to tell what a user meets: they would outweigh all else.
NOT_POOLED = ("dida_single", "semeion")


class Goal(NamedTuple):
    """A bound for one figure of a set.

    Attributes:
        figure: Which one, a share of 0 to 1; `right` is that of `best`, `wrong_of_given` that of
            the answers that were not refused, `ece` the expected calibration error.
        bound: The smallest or the largest share that is good enough.
        at_least: Whether it is the smallest.
    """

    figure: Figure
    bound: float
    at_least: bool

    def is_met(self, share: float) -> bool:
        """Whether a share is good enough."""
        return share >= self.bound if self.at_least else share <= self.bound

    def __str__(self) -> str:
        """Such as "right >= 99.75%"."""
        figure = self.figure.replace("_", " ")
        return f"{figure} {'>=' if self.at_least else '<='} {100 * self.bound:.4g}%"


class Known(NamedTuple):
    """What is known about a set: what it holds, and the goals."""

    about: str
    goals: tuple[Goal, ...] = ()


def _right(share: float) -> Goal:
    return Goal("right", share, at_least=True)


def _refused(share: float) -> Goal:
    return Goal("refused", share, at_least=True)


KNOWN = {
    MNIST: Known(
        "US census workers and high-school students, 28 px",
        (_right(0.9975), Goal("refused", 0.01, at_least=False)),
    ),
    MNIST_JPEG: Known(
        "the same, rendered on larger canvases with colours, light and noise, as JPEG files",
        (_right(0.997),),
    ),
    "usps_train": Known("US mail, 16 px", (_right(0.9965),)),
    "optdigits32_training": Known("43 Turkish writers, 32 px, two tones", (_right(0.992),)),
    "semeion": Known(
        "Italian writers, 16 px, two tones, stretched to fill a square", (_right(0.95),)
    ),
    "kvenkman_drawn": Known("drawn on a screen, 28 px", (_right(0.988),)),
    "holeduy_drawn": Known("drawn with a mouse, 28 to 579 px, white on black", (_right(0.996),)),
    "natural >= 60 px": Known("46 people's phone photos, scans and canvases", (_right(1.0),)),
    "natural small": Known("the same people's small drawings", (_right(0.994),)),
    "dida_single": Known(
        "Swedish church records of the 19th century, neighbours in the picture", (_right(0.90),)
    ),
    NATURAL: Known("both parts of natural", (Goal("refused", 0.02, at_least=False),)),
    POOL: Known(
        f"all digits but MNIST's, {NOT_POOLED[0]} and {NOT_POOLED[1]}",
        (Goal("wrong_of_given", 0.003, at_least=False), Goal("ece", 0.01, at_least=False)),
    ),
    "nondigit_chars74k_letters28": Known("letters", (_refused(0.90),)),
    "nondigit_chars74k_letters28 look-alikes": Known("O o I i l S s Z z B g q b D j J"),
    "nondigit_omniglot": Known("Korean and Latin letters", (_refused(0.90),)),
    "nondigit_mdas": Known("plus, times and division signs", (_refused(0.80),)),
    "nondigit_mdas look-alikes": Known("slash and minus"),
    "nondigit_mdas all": Known("all of these operators"),
}
