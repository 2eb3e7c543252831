"""One's own labelled pictures: which of them can be used, and for what."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edgedigit.results import DIGIT_COUNT, NOT_A_DIGIT
from train.data.labelled import load_labelled, prepare, warn_unreadable
from train.data.mnist import DataError, Labelled

# With fewer, one picture of those held out would decide whether the model is better or worse.
_MIN_PICTURES = 20
_HELD_OUT_SHARE = 0.3
# Enough to choose by one half and to check with the other.
_MIN_HALVED_PICTURES = 60
_MAX_FILES_NAMED = 5


@dataclass(frozen=True, eq=False)
class Own:
    """One's own pictures, normalised, in parts; no picture is in two of them.

    Attributes:
        name: Of the folder or file.
        training: What is trained with.
        choosing: What the best epoch is chosen by.
        checking: What nothing is chosen by; `choosing` itself where there are few pictures.
        left_out: How many were not used, for each reason.
    """

    name: str
    training: Labelled
    choosing: Labelled
    checking: Labelled
    left_out: dict[str, int]

    @property
    def held_out(self) -> Labelled:
        """The pictures that are not trained with."""
        if self.checking is self.choosing:
            return self.choosing
        inks, labels = zip(self.choosing, self.checking, strict=True)
        return np.concatenate(inks), np.concatenate(labels)


def load_own(path: Path, answers: int, seed: int) -> Own:
    """Reads pictures, leaves out what nothing can be learnt from, and splits the others.

    What is left out is named on standard error: what cannot be read, blank pictures and those of
    several digits, both of which the runtime refuses without asking the model, pictures that are
    there twice, and what is no digit where the model has no answer for it.

    Args:
        path: What `train.data.labelled` reads.
        answers: Number of the model's answers, 10 or 11.
        seed: Of the split.

    Raises:
        DataError: The folder or file, or all but fewer than 20 of its pictures, cannot be used.
    """
    labelled = load_labelled(path, "train")
    found = prepare(labelled)
    warn_unreadable(found.unreadable)
    inks, labels = found.prepared.inks, labelled.labels[found.places]
    reasons = {
        "nothing is on them": ~inks.any(axis=(1, 2)),
        "several digits are on them": found.prepared.several,
        "the model has no answer for what is no digit": labels >= answers,
    }
    usable = np.ones(len(labels), bool)
    left_out = {"they cannot be read": len(found.unreadable)} if found.unreadable else {}

    def leave_out(reason: str, places: NDArray[np.intp]) -> None:
        usable[places] = False
        if len(places):
            left_out[reason] = len(places)
            _warn(reason, (labelled.picture_name(found.places[place]) for place in places))

    for reason, is_so in reasons.items():
        leave_out(reason, np.flatnonzero(is_so & usable))
    again, contradicting = _repeated(inks, labels, np.flatnonzero(usable))
    leave_out("they are there with another label too", contradicting)
    leave_out("the same is there already", again)
    inks, labels = inks[usable], labels[usable]
    if len(labels) < _MIN_PICTURES:
        raise DataError(
            f"{len(labels)} of the {len(labelled.labels)} pictures of {path} can be used, and "
            f"{_MIN_PICTURES} are needed: of fewer, too few could be held out to tell a better "
            "model from a worse one"
        )
    return Own(labelled.name, *_split(inks, labels, seed), left_out)


def warn_of_missing(own: Own) -> None:
    """Says on standard error which labels are missing among the pictures to train with."""
    there = set(own.training[1].tolist()) - {NOT_A_DIGIT}
    missing = sorted(set(range(DIGIT_COUNT)) - there)
    if missing:
        print(
            f"train: {own.name} has no pictures to train with of {', '.join(map(str, missing))}; "
            "these are replayed from MNIST and learn nothing new",
            file=sys.stderr,
        )


def _repeated(
    inks: NDArray[np.uint8], labels: NDArray[np.int64], places: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of pictures that were there before, and of those whose copies have other labels."""
    same: dict[bytes, list[int]] = {}
    for place in places:
        same.setdefault(inks[place].tobytes(), []).append(int(place))
    again: list[int] = []
    contradicting: list[int] = []
    for group in same.values():
        if len(set(labels[group].tolist())) > 1:
            contradicting += group
        else:
            again += group[1:]
    return np.array(again, np.intp), np.array(contradicting, np.intp)


def _split(
    inks: NDArray[np.uint8], labels: NDArray[np.int64], seed: int
) -> tuple[Labelled, Labelled, Labelled]:
    """Parts to train with, to choose by and to check with, each with its share of each label."""
    rng = np.random.default_rng([seed, len(labels)])
    held_out: list[int] = []
    for label in np.unique(labels):
        of_label = rng.permutation(np.flatnonzero(labels == label))
        count = round(_HELD_OUT_SHARE * len(of_label)) or (len(of_label) > 1)
        held_out += of_label[:count].tolist()
    trains = np.ones(len(labels), bool)
    trains[held_out] = False
    enough = len(held_out) >= _MIN_HALVED_PICTURES
    choosing = held_out[::2] if enough else held_out
    parts = [np.flatnonzero(trains), np.sort(choosing)]
    training, chosen = ((inks[part], labels[part]) for part in parts)
    if not enough:
        return training, chosen, chosen
    checking = np.sort(held_out[1::2])
    return training, chosen, (inks[checking], labels[checking])


def _warn(reason: str, names: Iterable[str]) -> None:
    every = list(names)
    named = ", ".join(every[:_MAX_FILES_NAMED])
    more = f" and {len(every) - _MAX_FILES_NAMED} more" if len(every) > _MAX_FILES_NAMED else ""
    print(f"train: left out, because {reason}: {named}{more}", file=sys.stderr)
