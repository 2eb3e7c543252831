"""Teaches a trained model one's own pictures, without letting it forget what it knows.

Each epoch mixes one's own pictures, distorted anew, with a replay of what the model was trained
with, and learns to answer that as it did before: Li and Hoiem, "Learning without forgetting", 2016.
The replay is made of MNIST and of what the project draws, so nothing else is needed.
"""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import keras
import numpy as np
from numpy.typing import NDArray

from edgedigit.results import DIGIT_COUNT
from train.data.mnist import Labelled
from train.drawing import mixture
from train.drawing.distortion import augment
from train.measuring.scored import score_probabilities
from train.networks import distillation
from train.networks.cascade import stages
from train.networks.compact import halved
from train.networks.predict import accuracy, predict
from train.recipes import Mixture
from train.run_files import RunError
from train.training.fit import History, prefetched

# MNIST's pictures in the replay of an epoch.
REPLAYED_DIGITS = 3500
# More is no digit than in the recipe, because one's own digits mean fewer refusals.
REPLAY_MIXTURE = Mixture(
    1,
    plain=0.5,
    distorted=0.5,
    drawn=0.3,
    letters=0.35,
    characters=0.25,
    scribbles=0.08,
    joined=0.06,
    blots=0.03,
    surfaces=0.03,
)
# For a network of ten answers, which knows nothing but MNIST.
DIGITS_ONLY_MIXTURE = Mixture(1, plain=1.0)
BATCH_SIZE = 128
# One's own pictures of each label in an epoch, as a share of its replay.
_LABEL_SHARE = 0.03
# Few pictures would else be learnt by heart.
_MAX_COPIES = 30
_UNDISTORTED_SHARE, _DISTORTION_STRENGTH = 0.3, 1.0
_DISTILLATION_TEMPERATURE, _DISTILLATION_WEIGHT = 2.0, 0.9
# Of the way from the base's weights to the last ones; the best is taken.
_INTERPOLATION_SHARES = (1.0, 0.85, 0.7, 0.55, 0.4, 0.25, 0.1)
_MAX_LOST_SHARES = {"own": 0.0, "best": 0.0, "digits": 0.001, "accepted": 0.01, "others": 0.01}
_SCORE_TITLES = {
    "own": "right answers to own pictures held out",
    "best": "right digits in own pictures held out",
    "digits": "right digits in MNIST's validation part",
    "accepted": "pictures in MNIST's validation part that are taken for digits",
    "others": "refusals of what is no digit",
}


class ValidationSets(NamedTuple):
    """Pictures that the weights are chosen by; none of them is trained with.

    Attributes:
        own: One's own pictures.
        digits: MNIST's.
        others: What is no digit; None where the model has no answer for it.
    """

    own: Labelled
    digits: Labelled
    others: Labelled | None


class Scores(NamedTuple):
    """Shares of pictures, 0 to 1, that a model gets right; higher is better.

    Attributes:
        own: One's own pictures whose most probable answer is their label.
        best: One's own whose most probable digit is their label; of what is no digit as `own`.
        digits: MNIST's whose most probable digit is their label.
        accepted: MNIST's that are not taken for what is no digit.
        others: Pictures of what is no digit that are taken for it; None where the model has no
            answer for it.
    """

    own: float
    best: float
    digits: float
    accepted: float
    others: float | None

    def problem(self, before: "Scores") -> str | None:
        """The first share that is lower than before by more than it may, in words, or None."""
        for name, most in _MAX_LOST_SHARES.items():
            now, then = getattr(self, name), getattr(before, name)
            # Rounding is no loss.
            if now is not None and now < then - most - 1e-9:
                return f"{_SCORE_TITLES[name]}: {now:.2%}, {then:.2%} before"
        return None


class Interpolation(NamedTuple):
    """Weights on the way from the base to where the training ended.

    Attributes:
        share: Of the way, 0 to 1.
        scores: What they get right.
    """

    share: float
    scores: Scores


@dataclass(frozen=True)
class FinetuneSettings:
    """The settings of a fine-tuning: how long and how fast, and the seed of all chance."""

    epochs: int
    learning_rate: float
    seed: int


def replay_for(answers: int) -> Mixture:
    """The mixture that is replayed to a network with ten or eleven answers."""
    return REPLAY_MIXTURE if answers > DIGIT_COUNT else DIGITS_ONLY_MIXTURE


def score(model: keras.Model, watched: ValidationSets) -> Scores:
    """The shares that a model gets right."""
    own, best = score_own(model, watched.own)
    digits, others = predict(model, watched.digits[0]), watched.others
    return Scores(
        own=own,
        best=best,
        digits=accuracy(digits[:, :DIGIT_COUNT], watched.digits[1]),
        accepted=float((digits.argmax(axis=1) < DIGIT_COUNT).mean()),
        others=None if others is None else accuracy(predict(model, others[0]), others[1]),
    )


def score_own(model: keras.Model, own: Labelled) -> tuple[float, float]:
    """`own` and `best` of `Scores`."""
    probabilities = predict(model, own[0])
    scored = score_probabilities("own", probabilities, own[1])
    return accuracy(probabilities, own[1]), float(scored.right.mean())


def worse(problem: str) -> RunError:
    """The error of a model that became worse."""
    return RunError(
        f"the model became worse, and is not kept: {problem}; are the labels right? More pictures, "
        "or a smaller --learning-rate, may help"
    )


def finetune(
    model: keras.Model,
    base: keras.Model,
    own: Labelled,
    digits: Labelled,
    watched: ValidationSets,
    settings: FinetuneSettings,
    tell: Callable[[dict[str, float]], None],
) -> tuple[History, list[Interpolation], Interpolation]:
    """Trains a model, and leaves it with the best weights on the way that made nothing worse.

    Args:
        model: The model, which is changed.
        base: The same as it was, for its answers.
        own: One's own pictures to train with, normalised; uint8 (n, 28, 28), labels 0 to 10.
        digits: MNIST's pictures to train with, not normalised.
        watched: What the weights are chosen by.
        settings: How.
        tell: Gets each epoch's figures, as the history has them.

    Returns:
        The history: for each epoch its number, `loss` and `accuracy` of the (last) network,
        `val_loss` and `val_accuracy` of the watched own pictures, and `seconds`; the steps back
        that were tried; and the one that was taken.

    Raises:
        RunError: Each of them made something worse.
    """
    answers = model.output_shape[-1]
    networks: list[keras.Model] = []
    history: History = []
    draw = functools.partial(_drawn, own, digits, replay_for(answers), settings.seed)
    started = time.perf_counter()
    for epoch, (x, y, replayed) in prefetched(draw, 0, settings.epochs):
        teacher = np.eye(answers, dtype=np.float32)[y]
        teacher[:replayed] = predict(base, x[:replayed])
        lessons = distillation.targets(y, teacher, answers)
        steps = settings.epochs * -(-len(y) // BATCH_SIZE)
        networks = networks or _compiled(model, settings.learning_rate, steps)
        keras.utils.set_random_seed(settings.seed + epoch)
        for network in networks:
            figures = network.fit(x, lessons, batch_size=BATCH_SIZE, verbose=0).history
        probabilities = predict(model, watched.own[0])
        record: dict[str, float] = {"epoch": epoch + 1}
        record |= {name: figures[name][-1] for name in ("loss", "accuracy")}
        record["val_loss"] = _loss(probabilities, watched.own[1])
        record["val_accuracy"] = accuracy(probabilities, watched.own[1])
        now = time.perf_counter()
        record["seconds"] = round(now - started, 1)
        started = now
        history.append(record)
        tell(record)
    return history, *_step_back(model, base, watched)


def _step_back(
    model: keras.Model, base: keras.Model, watched: ValidationSets
) -> tuple[list[Interpolation], Interpolation]:
    """Moves the weights back towards the base's, to where they are best.

    Wortsman et al., "Robust fine-tuning of zero-shot models", 2022: between the weights before and
    after lie such that have most of what was learnt and lost little of what was known.
    """
    was, became = base.get_weights(), model.get_weights()
    # What is stored in half precision stays so.
    stored = halved if all((halved(weight) == weight).all() for weight in was) else np.asarray

    def move(share: float) -> None:
        between = zip(was, became, strict=True)
        model.set_weights([stored((1 - share) * a + share * b) for a, b in between])

    before = score(base, watched)
    steps = []
    for share in _INTERPOLATION_SHARES:
        move(share)
        steps.append(Interpolation(share, score(model, watched)))
    good = [step for step in steps if step.scores.problem(before) is None]
    if not good:
        raise worse(str(steps[-1].scores.problem(before)))
    # Of equal ones the one that is nearest to the base.
    best = max(good, key=lambda step: (step.scores.own, -step.share))
    move(best.share)
    return steps, best


def _loss(probabilities: NDArray[np.floating], labels: NDArray[np.integer]) -> float:
    of_labels = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(of_labels.clip(1e-7)).mean())


def _compiled(model: keras.Model, learning_rate: float, steps: int) -> list[keras.Model]:
    """A network to train for each stage, which shares its weights with the model."""
    networks = []
    for stage in stages(model):
        for layer in stage.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                # Its averages are those of many more pictures than there are now.
                layer.trainable = False
        network = keras.Model(stage.inputs, keras.layers.Softmax()(stage.outputs[0]))
        rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
        network.compile(
            optimizer=keras.optimizers.Adam(rate),
            loss=distillation.Distillation(_DISTILLATION_TEMPERATURE, _DISTILLATION_WEIGHT),
            metrics=[distillation.accuracy],
            jit_compile=False,
        )
        networks.append(network)
    return networks


def _drawn(
    own: Labelled, digits: Labelled, replay: Mixture, seed: int, epoch: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64], int]:
    """The pictures of an epoch, their labels, and how many of them, the first, are the replay."""
    rng = np.random.default_rng([seed, epoch])
    chosen = rng.permutation(len(digits[1]))[:REPLAYED_DIGITS]
    x, y = mixture.replay(digits[0][chosen], digits[1][chosen], replay, epoch, seed)
    places = []
    for label in np.unique(own[1]):
        of_label = np.flatnonzero(own[1] == label)
        count = min(round(_LABEL_SHARE * len(y)), _MAX_COPIES * len(of_label))
        places.append(np.resize(rng.permutation(of_label), count))
    shown = rng.permutation(np.concatenate(places))
    plain = round(_UNDISTORTED_SHARE * len(shown))
    distorted = augment(own[0][shown[plain:]], rng, _DISTORTION_STRENGTH)
    seen = distorted.any(axis=(1, 2))
    return (
        np.concatenate([x, own[0][shown[:plain]], distorted[seen]]),
        np.concatenate([y, own[1][shown[:plain]], own[1][shown[plain:]][seen]]),
        len(y),
    )
