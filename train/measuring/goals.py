"""The goals of the model that ships, set by set, and what the sets are."""

from typing import Literal, NamedTuple

Figure = Literal["right", "refused", "wrong_of_given", "ece"]

MNIST_TEST, MNIST_TEST_JPEGS = "mnist test", "mnist test as a user's jpeg"
NATURAL, POOL = "natural", "pool"
WITH_LOOK_ALIKES_SUFFIX = " all"
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

    def is_met(self, share: float | None) -> bool:
        """Whether a share, if there is any, is good enough."""
        if share is None:
            return False
        return share >= self.bound if self.at_least else share <= self.bound

    def __str__(self) -> str:
        """Such as "right >= 99.75%"."""
        figure = self.figure.replace("_", " ")
        return f"{figure} {'>=' if self.at_least else '<='} {100 * self.bound:.4g}%"


class KnownSet(NamedTuple):
    """A set that a model is measured on: what it holds, and the goals."""

    about: str
    goals: tuple[Goal, ...] = ()


def _right(share: float) -> Goal:
    return Goal("right", share, at_least=True)


def _refused(share: float) -> Goal:
    return Goal("refused", share, at_least=True)


KNOWN_SETS = {
    MNIST_TEST: KnownSet(
        "US census workers and high-school students, 28 px",
        (_right(0.9975), Goal("refused", 0.01, at_least=False)),
    ),
    MNIST_TEST_JPEGS: KnownSet(
        "the same, rendered on larger canvases with colours, light and noise, as JPEG files",
        (_right(0.997),),
    ),
    "usps_train": KnownSet("US mail, 16 px", (_right(0.9965),)),
    "optdigits32_training": KnownSet("43 Turkish writers, 32 px, two tones", (_right(0.992),)),
    "semeion": KnownSet(
        "Italian writers, 16 px, two tones, stretched to fill a square", (_right(0.95),)
    ),
    "kvenkman_drawn": KnownSet("drawn on a screen, 28 px", (_right(0.988),)),
    "holeduy_drawn": KnownSet("drawn with a mouse, 28 to 579 px, white on black", (_right(0.996),)),
    "natural >= 60 px": KnownSet("46 people's phone photos, scans and canvases", (_right(1.0),)),
    "natural small": KnownSet("the same people's small drawings", (_right(0.994),)),
    "dida_single": KnownSet(
        "Swedish church records of the 19th century, neighbours in the picture", (_right(0.90),)
    ),
    NATURAL: KnownSet("both parts of natural", (Goal("refused", 0.02, at_least=False),)),
    POOL: KnownSet(
        f"all digits but MNIST's, {NOT_POOLED[0]} and {NOT_POOLED[1]}",
        (Goal("wrong_of_given", 0.003, at_least=False), Goal("ece", 0.01, at_least=False)),
    ),
    "nondigit_chars74k_letters28": KnownSet("letters", (_refused(0.90),)),
    "nondigit_chars74k_letters28 look-alikes": KnownSet("O o I i l S s Z z B g q b D j J"),
    "nondigit_omniglot": KnownSet("Korean and Latin letters", (_refused(0.90),)),
    "nondigit_mdas": KnownSet("plus, times and division signs", (_refused(0.80),)),
    "nondigit_mdas look-alikes": KnownSet("slash and minus"),
    "nondigit_mdas all": KnownSet("all of these operators"),
}


def goals_of(name: str) -> tuple[Goal, ...]:
    """The goals of a set; none where it is not known."""
    return KNOWN_SETS[name].goals if name in KNOWN_SETS else ()
