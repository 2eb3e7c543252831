"""`Classifier`: answers to pictures, by the networks of a model."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from edgedigit import normalize
from edgedigit.errors import ImageError
from edgedigit.images import (
    Again,
    Corners,
    ImageLike,
    Region,
    again,
    as_grey,
    brightened,
    checked_region,
    is_even,
    load_unreduced,
)
from edgedigit.images.loading import FromHere
from edgedigit.images.pixels import FAINT_LEVEL
from edgedigit.limits import MAX_PIXELS
from edgedigit.model import (
    DEFAULT_MODEL,
    STRIP_COLUMNS_PER_ANSWER,
    STRIP_ROWS,
    SURE_CONFIDENCE,
    LineModel,
    Networks,
    ProcessSession,
    load_lines,
    load_model,
)
from edgedigit.normalize import Ink, Turn
from edgedigit.normalize.light import without_shadow
from edgedigit.normalize.pipeline import reduce
from edgedigit.normalize.quarter_turns import SURE_UPRIGHT_CONFIDENCE, turn_weights, turned_inks
from edgedigit.prediction import DIGIT_COUNT, SIGNS, Prediction, Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from edgedigit.lines.lone_digit import LoneDigit

_INKS, _TURNS = get_args(Ink), get_args(Turn)

Whole = Callable[[int], NDArray[np.uint8] | None]
"""Reads a picture, by its place, that was read at reduced size; None where it was not."""

# Of a batch, in what may have to be read again.
_MAX_HELD_BYTES = 1 << 25
_MIN_STROKE_INK = 128
# Of the 28 x 28 pixels; no digit of the development sets has as much.
_MIN_CARD_INK_SHARE = 0.35
# An answer to which a second look gives less is refused.
_MIN_SUPPORT = 0.02


class Classifier:
    """Reads handwritten digits; may be shared by threads, pickled, and used after a fork.

    Args:
        model: Folder with `model.onnx` and `config.json`, and with the smaller network
            `first.onnx` where that is to be asked first; None is the model of the package. Where
            it has no `lines.onnx`, whole numbers are read with the package's own.
        threads: Threads that one run of the network may use, at least 1. For a network of this
            size more than one costs CPU time and wins nothing.
        min_confidence: Smallest confidence, 0 to 1, with which a digit is given; 0 never refuses
            for being unsure. None is the threshold of the model's own configuration.
        max_pixels: The most pixels, width x height, that a picture may have, at least 1. A
            larger one raises TooLargeError before memory is taken for it.
        providers: Names of onnxruntime's execution providers, such as "XnnpackExecutionProvider",
            which run what they can of the networks, the first before the others, for an
            onnxruntime that has more than the processor's own. Answers may differ in the last
            decimals then.

    Raises:
        TypeError: An argument is of the wrong type.
        ValueError: `threads`, `min_confidence` or `max_pixels` is out of range.
        ModelError: The model is missing, damaged or made for another version of the package, or
            onnxruntime lacks one of `providers`.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        threads: int = 1,
        min_confidence: float | None = None,
        max_pixels: int = MAX_PIXELS,
        providers: Sequence[str] = (),
    ) -> None:
        """Loads the model; the class says what the arguments are."""
        check_count(threads, "threads")
        check_count(max_pixels, "max_pixels")
        self._max_pixels = max_pixels
        self._folder = DEFAULT_MODEL if model is None else os.fspath(model)
        self._threads = threads
        self._providers = _checked_names(providers, "providers")
        self._model = load_model(self._folder)
        # As it was given: the two networks have thresholds of their own.
        self._given_confidence = min_confidence
        if min_confidence is None:
            min_confidence = self._model.config["threshold"]
        self._min_confidence = _checked_probability(min_confidence, "min_confidence")
        self._networks = Networks(self._model, threads, self._providers)
        self._lines: tuple[LineModel, ProcessSession] | None = None

    @property
    def config(self) -> dict[str, Any]:
        """The model's configuration, as its `config.json` holds it; a copy."""
        return json.loads(json.dumps(self._model.config))  # type: ignore[no-any-return]

    @property
    def folder(self) -> Path:
        """The folder that the model was loaded from."""
        from pathlib import Path  # takes longer to import than a picture to be read

        return Path(self._folder)

    @property
    def min_confidence(self) -> float:
        """The smallest confidence, 0 to 1, with which a digit is given."""
        return self._min_confidence

    @property
    def max_pixels(self) -> int:
        """The most pixels that a picture may have."""
        return self._max_pixels

    def classify(
        self,
        image: ImageLike,
        ink: Ink = "auto",
        region: Corners | None = None,
        turn: Turn = "exif",
    ) -> Prediction:
        """Reads the digit in one picture.

        Args:
            image: A path, bytes, a binary file object, a data URL, a NumPy array or anything that
                offers `__array__` (2-D grey or H x W x 1/2/3/4; bool, integers up to 16 bit,
                floats in 0..1 or 0..255; 784 values in a row are 28 x 28), or a PIL image.
            ink: Whether the ink is darker or lighter than the paper; "auto" finds out.
            region: The part of the picture that is looked at, as (left, top, right, bottom) of
                the picture as it is seen: four ints are pixels, of which those beyond the border
                are left out; four floats from 0 to 1 are shares of its width and height. None is
                all of it.
            turn: "exif" takes a picture as it stands, after it was turned as its EXIF data says,
                if it has any. "auto" reads one that is turned by a further quarter or two too,
                where it is read much more surely then than as it stands. Of a 6 and a 9 on their
                sides nobody knows which is which; letters and signs often are a digit turned.

        Raises:
            TypeError: `image` is of none of these types, or `region` is not four numbers.
            FileNotFoundError: The path does not exist.
            ImageError: What was passed cannot be read as a picture; DamagedError,
                UnsupportedError, TooLargeError and OutsideError, its subclasses, say why.
            ValueError: `ink` or `turn` is none of those, or `region` is none.
        """
        part = _checked_look(ink, region, turn)
        whole = self._whole([again(image)], part)
        grey = as_grey(image, self._max_pixels, normalize.MAX_SIDE, part)
        return self.classify_greys([grey], ink, turn, whole)[0][0]

    def classify_batch(
        self,
        images: Iterable[ImageLike],
        ink: Ink = "auto",
        region: Corners | None = None,
        turn: Turn = "exif",
    ) -> list[Prediction]:
        """Reads one digit in each picture; the same answers, in the same order, as one by one.

        Args:
            images: Pictures in any form that `classify` takes; an array of shape (n, H, W),
                (n, H, W, channels) or (n, 784) is n pictures.
            ink: As for `classify`, for all of them; so are `region` and `turn`.
            region: See there.
            turn: See there.

        Raises:
            TypeError: `images` is one picture, or one of them is of none of these types.
            FileNotFoundError, ImageError: As for `classify`, for the first that cannot be read,
                whose index they name.
            ValueError: As for `classify`.
        """
        if isinstance(images, str | bytes | os.PathLike):
            raise TypeError(
                f"images must be an iterable of pictures, not one {type(images).__name__}; "
                "use classify for one picture and classify_folder for a folder"
            )
        part = _checked_look(ink, region, turn)
        answers: list[Prediction] = []
        greys: list[NDArray[np.uint8]] = []
        files: list[Again | None] = []
        held_bytes = 0

        def answer_held() -> None:
            whole = self._whole(files, part)
            answers.extend(said for said, _ in self.classify_greys(greys, ink, turn, whole))
            greys.clear()
            files.clear()

        for index, image in enumerate(images):
            try:
                files.append(again(image))
                greys.append(as_grey(image, self._max_pixels, normalize.MAX_SIDE, part))
            except (TypeError, ImageError) as error:
                raise type(error)(f"images[{index}]: {error}") from error
            except OSError as error:
                error.add_note(f"images[{index}] of classify_batch")
                raise
            held_bytes += _held_bytes(files[-1])
            if held_bytes > _MAX_HELD_BYTES:
                answer_held()
                held_bytes = 0
        answer_held()
        return answers

    def _whole(self, files: Sequence[Again | None], region: Region | None) -> Whole | None:
        """What reads files again that were read at reduced size; with a region none is."""
        if region is not None:
            return None
        return lambda place: load_unreduced(files[place], self._max_pixels)

    def classify_greys(
        self,
        greys: Sequence[NDArray[np.uint8]],
        ink: Ink,
        turn: Turn,
        whole: Whole | None = None,
    ) -> list[tuple[Prediction, NDArray[np.uint8]]]:
        """Reads one digit in each grey picture.

        The network of digits sees the picture's ink. Of what it is not sure, the network of lines
        is asked too, which sees the grey picture.

        Args:
            greys: Pictures, each uint8 of shape (height, width), C-contiguous.
            ink: As for `classify`.
            turn: As for `classify`.
            whole: Gives the picture at a place where `greys` has one at reduced size, else None: a
                second look sees small digits on large pages.

        Returns:
            The answers, and the ink that the first network saw, uint8 of shape (28, 28).

        Raises:
            ModelError: The line network is missing, damaged or made for another version.
        """
        greys = [brightened(grey) for grey in greys]
        answers, inks = self.answers_by_ink(greys, ink, turn)
        for place, answer in enumerate(answers):
            if (is_doubtful := not is_sure(answer)) or answer.digit == 0:
                surrounds = may_surround(inks[place], answer)
                if is_doubtful or surrounds:
                    grey = whole(place) if whole is not None else None
                    grey = greys[place] if grey is None else brightened(grey)
                    answers[place] = self._looked_at_again(grey, ink, turn, answer, surrounds)
        return list(zip(answers, inks, strict=True))

    def classify_reduced(self, grey: NDArray[np.uint8], ink: Ink, turn: Turn) -> Prediction | None:
        """What `classify_greys` answers to a picture of which there is only what `reduce` leaves.

        Returns:
            None where the whole picture has to be seen.
        """
        if int(grey.max()) <= FAINT_LEVEL:  # the whole one may have to be brightened
            return None
        [answer], [seen] = self.answers_by_ink([grey], ink, turn)
        is_enough = is_sure(answer) and not (answer.digit == 0 and may_surround(seen, answer))
        return answer if is_enough else None

    def answers_by_ink(
        self, greys: Sequence[NDArray[np.uint8]], ink: Ink, turn: Turn
    ) -> tuple[list[Prediction], NDArray[np.uint8]]:
        """What the network of digits answers, and the ink that it saw, of shape (n, 28, 28).

        Where it is in doubt, the edge of a shadow is divided out, if there is one.
        """
        answers, inks = self._answers_by_ink(greys, ink, turn)
        for place, answer in enumerate(answers):
            if ink == "light" or is_sure(answer) or answer.refusal is Refusal.BLANK:
                continue
            lit = without_shadow(reduce(greys[place][None])[0])
            if lit is not None:
                [again], [seen] = self._answers_by_ink([lit], "light", turn)
                if is_sure(again):
                    answers[place], inks[place] = again, seen
        return answers, inks

    def _answers_by_ink(
        self, greys: Sequence[NDArray[np.uint8]], ink: Ink, turn: Turn
    ) -> tuple[list[Prediction], NDArray[np.uint8]]:
        prepared = normalize.prepare_all(greys, ink)
        blank = np.maximum.reduce(prepared.inks.reshape(-1, normalize.SIDE**2), axis=1) == 0
        rows = self.probabilities(prepared.inks)
        if turn == "auto":
            self._try_turns(prepared.inks, rows)
        answers = decide(rows, blank, prepared.several, self._min_confidence)
        return answers, prepared.inks

    def load_all(self) -> None:
        """Loads now what only some pictures need, before threads that share the classifier start.

        A process that is forked while a thread loads it would wait for that for ever.

        Raises:
            ModelError: A network that is loaded now is missing, damaged or made for another
                version.
        """
        import edgedigit.lines.lone_digit  # noqa: F401

        self._networks.load_all()
        self._own_lines()[1].get()

    def _looked_at_again(
        self, grey: NDArray[np.uint8], ink: Ink, turn: Turn, first: Prediction, surrounds: bool
    ) -> Prediction:
        """The answer of the line network where that is sure, and surer or the ink may surround it.

        Else the first; one that the line network denies, or where it sees several, is refused.
        """
        if is_even(grey):
            return first
        # Takes as long to import as a picture to be read, and most pictures do without.
        from edgedigit.lines.lone_digit import Calibration, find_lone_digit

        weights = self._line_confidence
        names = [f"lone_{name}" for name in ("threshold", *Calibration._fields)]
        if not weights.keys() >= set(names):  # a model that was made without
            return first
        threshold, *numbers = (weights[name] for name in names)
        calibration = Calibration(*numbers)
        of_ink = opinion(first, surrounds)
        turns = range(4) if turn == "auto" and first.digit is None else range(1)
        found = [
            find_lone_digit(
                np.ascontiguousarray(np.rot90(grey, -quarters)),
                ink,
                self,
                calibration,
                of_ink,
                None if surrounds else first.digit,
            )
            for quarters in turns
        ]
        second = found[0] if len(found) == 1 else _of_surest_turn(found)
        if second is None:
            return first
        if second.is_one_of_several and self._min_confidence > 0:
            return dataclasses.replace(first, digit=None, refusal=Refusal.SEVERAL)
        if second.digit == first.digit:
            return first
        is_sure = second.confidence >= max(threshold, self._min_confidence)
        is_surer = second.confidence > first.confidence
        if first.digit is not None and not (is_sure and (is_surer or surrounds)):
            is_denied = second.probabilities[first.best] < _MIN_SUPPORT and turn == "exif"
            if is_denied and not surrounds and self._min_confidence > 0:
                return dataclasses.replace(first, digit=None, refusal=Refusal.UNSURE)
            return first
        if not is_sure and (first.refusal is Refusal.BLANK or not is_surer):
            return first
        digit, refusal = (second.digit, None) if is_sure else (None, first.refusal)
        return Prediction(digit, second.confidence, second.probabilities, second.digit, refusal)

    def probabilities(self, inks: NDArray[np.uint8], first: bool = True) -> NDArray[np.float32]:
        """The probability of each label for normalised pictures.

        Args:
            inks: uint8 array of shape (n, 28, 28), bright ink on 0.
            first: Whether the small network, if the model has one, answers what it is sure of, and
                doubtful pictures are seen shifted too; else the other network answers all at once.

        Returns:
            float32 array of shape (n, labels): the ten digits, then "not a digit" where the
            model knows it. Each row sums to 1.

        Raises:
            ModelError: onnxruntime cannot load or run a network, or its answers are no finite
                numbers.
        """
        if first:
            return self._networks.settled_probabilities(inks)
        return self._networks.probabilities(inks, first=False)

    def _try_turns(self, inks: NDArray[np.uint8], rows: NDArray[np.float32]) -> None:
        """Puts in place of what is not read surely the mean over all turns."""
        unsure = np.flatnonzero(rows[:, :DIGIT_COUNT].max(axis=1) < SURE_UPRIGHT_CONFIDENCE)
        ways = np.stack(
            [rows[unsure]]
            + [self.probabilities(turned_inks(inks[unsure], quarters)) for quarters in (1, 2, 3)]
        )
        weights = turn_weights(ways[:, :, :DIGIT_COUNT].max(axis=2))
        rows[unsure] = (weights[:, :, None] * ways).sum(axis=0)

    @property
    def lines_config(self) -> dict[str, Any]:
        """What the model's configuration says of the line network; a copy.

        Raises:
            ModelError: The line network is missing, damaged or made for another version.
        """
        return json.loads(json.dumps(self._own_lines()[0].config))  # type: ignore[no-any-return]

    @property
    def line_calibration(self) -> tuple[float, float]:
        """Slope and offset with which the reader makes its confidence of a text's probability.

        Raises:
            ModelError: As for `lines_config`.
        """
        confidence = self._line_confidence
        return confidence.get("slope", 1.0), confidence.get("offset", 0.0)

    @property
    def line_threshold(self) -> float:
        """The smallest confidence, 0 to 1, with which a line of a number is given whole.

        `min_confidence` where it was set, else that of the line network's configuration.

        Raises:
            ModelError: As for `lines_config`.
        """
        own = self._line_confidence.get("threshold", self._min_confidence)
        return own if self._given_confidence is None else self._min_confidence

    def line_probabilities(self, strips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The probability of each sign for each four columns of strips of lines.

        The first call loads the line network, which `classify` does without where it is sure.

        Args:
            strips: uint8 array of shape (n, 40, columns), as `edgedigit.lines.strips` cuts them;
                columns a multiple of 4, at least 4.

        Returns:
            float32 array of shape (n, columns / 4, 17): the signs, in the order of
            `edgedigit.results.SIGNS`, then "nothing". Each of these places sums to 1.

        Raises:
            TypeError: `strips` are not of this dtype.
            ValueError: They are not of this shape.
            ModelError: The line network is missing, damaged or made for another version, or its
                answers are no finite numbers.
        """
        if strips.dtype != np.uint8:
            raise TypeError(f"strips must be uint8, not {strips.dtype}")
        answers, left = divmod(strips.shape[-1], STRIP_COLUMNS_PER_ANSWER)
        if strips.shape[1:-1] != (STRIP_ROWS,) or left or not answers:
            raise ValueError(
                f"strips must be of shape (n, {STRIP_ROWS}, columns), columns a multiple of "
                f"{STRIP_COLUMNS_PER_ANSWER}, not {strips.shape}"
            )
        if not len(strips):
            return np.empty((0, answers, len(SIGNS) + 1), np.float32)
        return self._own_lines()[1].run(strips)[0]

    @property
    def _line_confidence(self) -> dict[str, float]:
        """The numbers with which the line network's answers become confidences."""
        numbers: dict[str, float] = self._own_lines()[0].config.get("confidence", {})
        return numbers

    def _own_lines(self) -> tuple[LineModel, ProcessSession]:
        """Loaded at the first call; threads that make it at once may load it once each."""
        if self._lines is None:
            model = load_lines(self._folder)
            self._lines = model, ProcessSession(model, self._threads, self._providers)
        return self._lines

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles what the classifier was made from: a session cannot be pickled."""
        return Classifier, (
            self._folder,
            self._threads,
            self._given_confidence,
            self._max_pixels,
            self._providers,
        )


def _held_bytes(file: Again | None) -> int:
    """How much memory is held by what may be read again."""
    if isinstance(file, FromHere):
        return int(file.file.tell()) - file.start
    return len(file) if isinstance(file, bytes | bytearray) else 0


def decide(
    probabilities: NDArray[np.float32],
    blank: NDArray[np.bool_],
    several: NDArray[np.bool_],
    threshold: float,
) -> list[Prediction]:
    """The answers for n pictures, by the probabilities that a network gives them.

    The first of these that is so refuses a picture: it is blank; it shows several digits; "not a
    digit" is more probable than any digit; the confidence is below the threshold.

    Args:
        probabilities: float32 of shape (n, 10 or 11): the ten digits, then "not a digit" where
            the model knows it.
        blank: bool of shape (n,): whether a picture is empty.
        several: bool of shape (n,): whether it shows several digits.
        threshold: The smallest confidence, 0 to 1, with which a digit is given.
    """
    of_digits = probabilities[:, :DIGIT_COUNT].copy()
    blanks = blank.tolist()
    if True in blanks:
        of_digits[blank] = 0
    of_digits.setflags(write=False)
    answers = []
    # Python finds the best of ten sooner than NumPy begins to.
    for row, values, is_blank, is_several in zip(
        of_digits, probabilities.tolist(), blanks, several.tolist(), strict=True
    ):
        digits = [0.0] * DIGIT_COUNT if is_blank else values[:DIGIT_COUNT]
        confidence = max(digits)
        best, refusal = digits.index(confidence), None
        if is_blank:
            refusal = Refusal.BLANK
        elif is_several:
            refusal = Refusal.SEVERAL
        elif max(values) > confidence:
            refusal = Refusal.NOT_A_DIGIT
        elif confidence < threshold:
            refusal = Refusal.UNSURE
        digit = best if refusal is None else None
        answers.append(Prediction(digit, confidence, row, best, refusal))
    return answers


def _of_surest_turn(found: Sequence[LoneDigit | None]) -> LoneDigit | None:
    """What is found at the most probable turn, as sure as it is that the digit is this one.

    Where several digits stand upright, these are.
    """
    if found[0] is not None and found[0].is_one_of_several:
        return found[0]
    confidences = np.array([[0.0 if digit is None else digit.confidence] for digit in found])
    weights = turn_weights(confidences)[:, 0]
    surest = found[int(weights.argmax())]
    if surest is None:
        return None
    is_same = [digit is not None and digit.digit == surest.digit for digit in found]
    share = float(weights[is_same].sum())
    probabilities = np.float32(share) * surest.probabilities
    probabilities.flags.writeable = False
    return surest._replace(confidence=share * surest.confidence, probabilities=probabilities)


def is_sure(answer: Prediction) -> bool:
    """Whether nothing more is asked about a picture."""
    return answer.digit is not None and answer.confidence >= SURE_CONFIDENCE


def opinion(answer: Prediction, surrounds: bool) -> NDArray[np.floating]:
    """What an answer of the network of digits says of a digit alone, for a second look.

    Args:
        answer: What it said.
        surrounds: Whether the ink `may_surround` the digit that is meant.

    Returns:
        The probability of each digit, of shape (10,); zeros where it was said of a ring or a card,
        or of one of several.
    """
    counts = not surrounds and answer.refusal is not Refusal.SEVERAL
    return answer.probabilities if counts else np.zeros(DIGIT_COUNT)


def may_surround(ink: NDArray[np.uint8], answer: Prediction) -> bool:
    """Whether the ink may be a card or a ring with the digit on it that is meant.

    A card is filled; of a ring, and of a slashed 0, the middle rows cross three strokes.

    Args:
        ink: What the network of digits saw: uint8 of shape (28, 28), bright ink on 0.
        answer: What it said.
    """
    is_card = bool(ink.sum() / ink.size >= 255 * _MIN_CARD_INK_SHARE)
    if is_card or answer.digit != 0:
        return is_card
    middle = len(ink) // 2
    rows = ink[middle - 1 : middle + 1] > _MIN_STROKE_INK
    strokes = [(b"\0" + row.tobytes()).count(b"\0\1") for row in rows]
    return bool(min(strokes) > 2)


def _checked_look(ink: object, region: Corners | None, turn: object) -> Region | None:
    """The region as such; raises TypeError or ValueError where one of the three is wrong."""
    check_ink(ink)
    check_turn(turn)
    return checked_region(region)


def check_ink(ink: object) -> None:
    """Raises ValueError unless `ink` is "auto", "dark" or "light"."""
    if ink not in _INKS:
        raise ValueError(f"ink must be 'auto', 'dark' or 'light', not {ink!r}")


def check_turn(turn: object) -> None:
    """Raises ValueError unless `turn` is "exif" or "auto"."""
    if turn not in _TURNS:
        raise ValueError(f"turn must be 'exif' or 'auto', not {turn!r}")


def check_count(value: int, name: str) -> None:
    """Raises TypeError or ValueError unless a value is an int of at least 1."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, not {value}")


def _checked_probability(value: float, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.floating | np.integer):
        raise TypeError(f"{name} must be a number from 0 to 1, not {type(value).__name__}")
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be from 0 to 1, not {value}")
    return float(value)


def _checked_names(names: Sequence[str], name: str) -> tuple[str, ...]:
    is_sequence = isinstance(names, Sequence) and not isinstance(names, str)
    if not is_sequence or not all(isinstance(each, str) for each in names):
        raise TypeError(f"{name} must be a sequence of names, not {names!r}")
    return tuple(names)


@functools.cache
def default_classifier() -> Classifier:
    """The classifier with the package's own model and settings, made once in a process."""
    # Without a lock: threads that come first together may each make one, of which one is kept.
    # A child forked while one of them holds a lock would wait for it for ever.
    return Classifier()


def checked_classifier(classifier: Classifier | None) -> Classifier:
    """The classifier, or the default one for None; raises TypeError for all else."""
    if classifier is None:
        return default_classifier()
    if not isinstance(classifier, Classifier):
        raise TypeError(f"classifier must be a Classifier, not {type(classifier).__name__}")
    return classifier


def classify(
    image: ImageLike, ink: Ink = "auto", region: Corners | None = None, turn: Turn = "exif"
) -> Prediction:
    """Reads the digit in one picture with the default `Classifier`; see `Classifier.classify`."""
    return default_classifier().classify(image, ink, region, turn)


def classify_batch(
    images: Iterable[ImageLike],
    ink: Ink = "auto",
    region: Corners | None = None,
    turn: Turn = "exif",
) -> list[Prediction]:
    """Reads one digit in each picture with the default `Classifier`, in the same order.

    See `Classifier.classify_batch`.
    """
    return default_classifier().classify_batch(images, ink, region, turn)
