"""The pictures of a run, of a data set and of an evaluation."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from train.data.mnist import Mnist
from train.measuring.scored import ScoredSet, risk_and_coverage

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle

_BLUE, _ORANGE, _RED, _GREY = "#1f5fa8", "#e07b00", "#c8102e", "#777777"
_MAX_NAME_CHARACTERS = 40
_RUN_COLOURS = (_BLUE, _ORANGE, "#2a8c4a", "#8a3fa8", _RED, _GREY)


def save_curves(path: Path, history: list[dict[str, float]]) -> None:
    """Draws loss and accuracy, for training and validation, along the epochs.

    Args:
        path: The PNG file to write.
        history: What `train.training.fit.fit` returns.
    """
    figure = _figure(10, 4)
    epochs = [record["epoch"] for record in history]
    for axes, name, scale in zip(
        figure.subplots(1, 2), ("loss", "accuracy"), (1, 100), strict=True
    ):
        for key, label, colour in (
            (name, "training", _BLUE),
            (f"val_{name}", "validation", _ORANGE),
        ):
            values = [scale * record[key] for record in history]
            axes.plot(epochs, values, "o-", color=colour, label=label, markersize=4)
        axes.set_title("Loss (cross-entropy)" if name == "loss" else "Accuracy (%)")
        axes.set_xlabel("epoch")
        _tidy(axes)
        axes.legend()
    figure.savefig(path)


def save_confusion(path: Path, matrix: NDArray[np.integer]) -> None:
    """Draws a confusion matrix with its counts; mistakes are shaded by how frequent they are.

    Refusals of digits are not: there are many more of them, and they mislead nobody.

    Args:
        path: The PNG file to write.
        matrix: Shape (labels, answers), 10 or 11 each; rows are labels, columns are answers. The
            eleventh is "not a digit".
    """
    figure = _figure(7.4, 7)
    axes = figure.subplots()
    _show_confusion(axes, matrix)
    figure.savefig(path)


def save_comparison(
    path: Path, runs: dict[str, tuple[list[dict[str, float]], list[list[int]]]]
) -> None:
    """Draws the curves of several runs in the same axes, and their confusion matrices.

    Args:
        path: The PNG file to write.
        runs: By name, what `train.training.fit.fit` returns, and the rows of a confusion matrix.
    """
    figure = _figure(5 * len(runs), 10)
    above, below = figure.subfigures(2, 1)
    for axes, name, scale in zip(above.subplots(1, 2), ("loss", "accuracy"), (1, 100), strict=True):
        for (run, (history, _)), colour in zip(runs.items(), _RUN_COLOURS, strict=False):
            epochs = [record["epoch"] for record in history]
            values = [scale * record[f"val_{name}"] for record in history]
            axes.plot(epochs, values, "o-", color=colour, label=run, markersize=4)
            values = [scale * record[name] for record in history]
            axes.plot(epochs, values, ":", color=colour)
        title = "Loss (cross-entropy)" if name == "loss" else "Accuracy (%)"
        axes.set_title(f"{title}: validation, and training dotted")
        axes.set_xlabel("epoch")
        _tidy(axes)
        axes.legend()
    for axes, (run, (_, matrix)) in zip(below.subplots(1, len(runs)), runs.items(), strict=True):
        _show_confusion(axes, np.array(matrix), size=8)
        axes.set_title(f"{run}: {axes.get_title()}")
    figure.savefig(path)


def save_study(path: Path, trials: list[dict[str, Any]], importances: dict[str, float]) -> None:
    """Draws what came of a study's trials: one after the other, and by each setting.

    Args:
        path: The PNG file to write.
        trials: For each its number, `trial`, its settings by name, its `state`, "complete" or
            "pruned", and the `accuracies` after its epochs, 0 to 1; none where it was not trained.
        importances: Of each setting, in shares of 1; empty where there are too few trials.
    """
    trained = [trial for trial in trials if trial["accuracies"]]
    errors = [100 * (1 - trial["accuracies"][-1]) for trial in trained]
    complete = [trial["state"] == "complete" for trial in trained]
    figure = _figure(13, 8)
    above, below = figure.subfigures(2, 1)
    history, bars = above.subplots(1, 2, width_ratios=[2.2, 1])
    numbers = [trial["trial"] for trial in trained]
    _show_trials(history, numbers, errors, complete)
    lowest = np.minimum.accumulate(np.where(complete, errors, np.inf))
    history.step(numbers, lowest, where="post", color=_BLUE, alpha=0.5, label="best so far")
    history.set_title("Wrong on validation (%) after the last epoch of each trial")
    history.set_xlabel("trial; the first has the recipe's own settings")
    _tidy(history)
    history.legend()
    if importances:
        bars.barh(
            [name.replace("_", " ") for name in importances], [*importances.values()], color=_BLUE
        )
        bars.invert_yaxis()
        bars.spines[["top", "right"]].set_visible(False)
        bars.set_title("Importance")
    else:
        bars.set_axis_off()
        bars.set_title("Too few complete trials to tell\nhow important each setting is")
    settings = ("learning_rate", "width", "depth", "strength")
    for axes, name in zip(below.subplots(1, 4, sharey=True), settings, strict=True):
        _show_trials(axes, [trial[name] for trial in trained], errors, complete)
        axes.set_xlabel(name.replace("_", " "))
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        if name == "learning_rate":
            axes.set_xscale("log")
            axes.set_ylabel("wrong on validation (%)")
        if name == "depth":
            axes.set_xticks(sorted({trial[name] for trial in trained}))
    figure.savefig(path)


def _show_trials(axes: "Axes", x: list[float], errors: list[float], complete: list[bool]) -> None:
    for state, marker, colour in ((True, "o", _BLUE), (False, "x", _ORANGE)):
        shown = np.flatnonzero(np.array(complete, bool) == state)
        label = "complete" if state else "pruned"
        axes.plot(np.take(x, shown), np.take(errors, shown), marker, color=colour, label=label)
    axes.set_yscale("log")
    for axis in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
        axis("{x:g}")


def _show_confusion(axes: "Axes", matrix: NDArray[np.integer], size: float = 10) -> None:
    mistakes = np.where(np.eye(*matrix.shape, dtype=bool), 0, matrix)
    mistakes[:, 10:] = 0
    axes.imshow(mistakes, cmap="Reds", vmax=max(1, 1.4 * mistakes.max()))
    for (row, column), count in np.ndenumerate(matrix):
        right = row == column
        axes.text(
            column,
            row,
            str(count) if count else "·",
            ha="center",
            va="center",
            color="black" if count else _GREY,
            weight="bold" if right else "normal",
            fontsize=size,
        )
        if right:
            axes.add_patch(_square(row, column))
    names = [*map(str, range(10)), "none"]
    axes.set_xticks(range(matrix.shape[1]), names[: matrix.shape[1]])
    axes.set_yticks(range(len(matrix)), names[: len(matrix)])
    axes.tick_params(length=0)
    axes.set_xlabel("answer")
    axes.set_ylabel("digit" if len(matrix) == 10 else "label")
    right, total = int(matrix.diagonal().sum()), int(matrix.sum())
    refused = f", {matrix[:10, 10].sum():,} refused" if matrix.shape[1] > 10 else ""
    axes.set_title(f"{right:,} of {total:,} right ({right / total:.2%}){refused}")


def save_predictions(
    path: Path,
    x: NDArray[np.uint8],
    digits: NDArray[np.integer],
    probabilities: NDArray[np.floating],
) -> None:
    """Draws forty pictures with their answers: up to twenty wrong ones in red, then right ones.

    Args:
        path: The PNG file to write.
        x: uint8 pictures of shape (n, 28, 28).
        digits: What they show, shape (n,).
        probabilities: What the model says of them, shape (n, answers).
    """
    answers = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    # The worst mistakes first: those that the model is most sure of.
    order = np.argsort(-confidence, kind="stable")
    wrong = order[answers[order] != digits[order]]
    right = np.flatnonzero(answers == digits)
    shown = [*wrong[:20], *right][:40]
    figure = _figure(10, 7.4)
    for axes in (grid := figure.subplots(5, 8)).flat:
        axes.set_axis_off()
    for axes, i in zip(grid.flat, shown, strict=False):
        _show(axes, x[i])
        answer = "none" if answers[i] == 10 else str(answers[i])
        mistake = answers[i] != digits[i]
        text = f"{digits[i]} read as {answer}" if mistake else answer
        axes.set_title(f"{text}\n{confidence[i]:.1%}", fontsize=9, color=_RED if mistake else _GREY)
    figure.suptitle(
        f"{len(wrong):,} of {len(x):,} wrong: the {min(20, len(wrong))} surest of them in red, "
        "then right ones in grey",
        fontsize=11,
    )
    figure.savefig(path)


def sample_sheet(x: NDArray[np.uint8], labels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Puts a row of samples of each label into one picture: the first fourteen of each.

    Args:
        x: uint8 pictures of shape (n, 28, 28).
        labels: Of each picture, from 0, shape (n,); n at least 1.

    Returns:
        uint8 picture with 30 rows for each label up to the largest, and 420 columns.
    """
    rows = [x[labels == label][:14] for label in range(labels.max() + 1)]
    sheet = np.zeros((len(rows) * 30, 14 * 30), np.uint8)
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            sheet[30 * row + 1 : 30 * row + 29, 30 * column + 1 : 30 * column + 29] = picture
    return sheet


def save_samples(path: Path, data: Mnist) -> None:
    """Draws a row of samples of each digit, and how often each occurs.

    Args:
        path: The PNG file to write.
        data: The data set.
    """
    figure = _figure(12, 6.4)
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1])
    _show(left, sample_sheet(data.x_train, data.y_train))
    left.set_axis_on()
    left.set_xticks([])
    left.set_yticks(np.arange(10) * 30 + 14.5, range(10))
    left.tick_params(length=0)
    left.set_title("The first of each digit in the training part")
    for labels, name, colour, offset in (
        (data.y_train, "training", _BLUE, -0.2),
        (data.y_test, "test", _ORANGE, 0.2),
    ):
        counts = np.bincount(labels, minlength=10)
        bars = right.barh(
            np.arange(10) + offset, counts, 0.4, color=colour, label=f"{name}: {len(labels):,}"
        )
        right.bar_label(bars, [f"{count:,}" for count in counts], padding=3, fontsize=8)
    right.set_yticks(range(10))
    right.invert_yaxis()
    right.margins(x=0.12)
    right.set_title("Pictures of each digit")
    right.legend(loc="upper center", bbox_to_anchor=(0.5, -0.04), ncols=2, frameon=False)
    right.spines[["top", "right"]].set_visible(False)
    figure.savefig(path)


def save_calibration(path: Path, scored: ScoredSet, threshold: float) -> None:
    """Draws how often answers of each confidence are right, and what each threshold would cost.

    Args:
        path: The PNG file to write.
        scored: The answers to a set.
        threshold: The one that they were given at, 0 to 1.
    """
    figure = _figure(11, 5)
    left, right = figure.subplots(1, 2)
    _draw_reliability(left, scored)
    _draw_risk(right, scored, threshold)
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"{scored.name}: {len(scored.labels):,} pictures", fontsize=11)
    figure.savefig(path)


def _draw_reliability(axes: "Axes", scored: ScoredSet) -> None:
    bins = scored.reliability
    edges = np.linspace(0, 100, len(bins.counts) + 1)
    width = edges[1]
    has = bins.counts > 0
    axes.plot([0, 100], [0, 100], "--", color=_GREY, linewidth=1, label="as it should be")
    # How much stands behind a bar is told by its number; a bar of few answers proves little.
    bars = axes.bar(
        edges[:-1][has] + width / 2, 100 * bins.accuracy[has], 0.9 * width, color=_BLUE, alpha=0.35
    )
    axes.bar_label(bars, [f"{count:,}" for count in bins.counts[has]], fontsize=7, padding=4)
    axes.plot(
        100 * bins.confidence[has],
        100 * bins.accuracy[has],
        "o",
        color=_BLUE,
        markersize=5,
        label="right of the answers in the bin",
    )
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 108)
    axes.set_xlabel("confidence in the most probable digit (%)")
    axes.set_ylabel("right (%)")
    axes.set_title(f"Reliability: expected calibration error {bins.error:.2%}", fontsize=10)
    axes.legend(loc="upper left", frameon=False, fontsize=8)


def _draw_risk(axes: "Axes", scored: ScoredSet, threshold: float) -> None:
    _, coverage, risk = risk_and_coverage(scored)
    axes.plot(100 * coverage, 100 * risk, color=_BLUE, drawstyle="steps-post")
    given = scored.given
    if given.any():
        wrong = scored.given_wrong.sum() / given.sum()
        axes.plot(
            100 * given.mean(),
            100 * wrong,
            "o",
            color=_ORANGE,
            label=f"threshold {threshold:.3g}: {given.mean():.1%} get a digit, "
            f"{wrong:.2%} of these wrong",
        )
        axes.legend(loc="upper left", frameon=False, fontsize=8)
    axes.set_xlim(0, 101)
    axes.set_ylim(0, max(1.0, 130 * risk.max(initial=0)))
    axes.set_xlabel("pictures that get a digit (%)")
    axes.set_ylabel("wrong of these digits (%)")
    axes.set_title("Risk and coverage, from the highest threshold to none", fontsize=10)


class Mistake(NamedTuple):
    """A picture that was misread.

    Attributes:
        name: What the picture is called.
        raw: The picture, uint8 of shape (height, width), or None where it cannot be read again.
        ink: What the network saw of it, uint8 of shape (28, 28).
        label: What it shows.
        best: The most probable digit, 0 to 9.
        confidence: The probability of the most probable digit, 0 to 1.
        is_given: Whether that digit was given, and not refused.
    """

    name: str
    raw: NDArray[np.uint8] | None
    ink: NDArray[np.uint8]
    label: str
    best: int
    confidence: float
    is_given: bool

    @property
    def is_best_right(self) -> bool:
        """Whether it would be right if nothing was refused."""
        return str(self.best) == self.label


def save_mistakes(path: Path, title: str, mistakes: Sequence[Mistake]) -> None:
    """Draws misread pictures, each beside what the network saw of it.

    Args:
        path: The PNG file to write.
        title: Stands above them.
        mistakes: In their order; wrong answers become red, refusals grey.
    """
    columns = 4
    rows = max(1, -(-len(mistakes) // columns))
    figure = _figure(2.75 * columns, 0.6 + 1.7 * rows)
    parts = figure.subfigures(rows, columns, squeeze=False)
    for part, mistake in zip(parts.flat, mistakes, strict=False):
        left, right = part.subplots(1, 2)
        if mistake.raw is not None:
            left.imshow(mistake.raw, cmap="gray", vmin=0, vmax=255)
        _show(right, mistake.ink)
        for axes in (left, right):
            axes.set_xticks([])
            axes.set_yticks([])
            axes.spines[:].set_color("#cccccc")
        said = f"read as {mistake.best}," if mistake.is_given else f"refused, {mistake.best}?"
        part.suptitle(
            f"{mistake.label.replace('-', ' ')} {said} {mistake.confidence:.1%}",
            fontsize=9,
            color=_RED if mistake.is_given else _GREY,
        )
        name = mistake.name
        if len(name) > _MAX_NAME_CHARACTERS:
            name = f"...{name[-_MAX_NAME_CHARACTERS:]}"
        part.supxlabel(name, fontsize=6, color=_GREY, parse_math=False)
    figure.suptitle(title, fontsize=11)
    figure.savefig(path)


def _figure(width: float, height: float) -> "Figure":
    """An empty figure, in inches, that needs no screen."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((width, height), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _tidy(axes: "Axes") -> None:
    """For axes whose places along x are whole numbers."""
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _show(axes: "Axes", picture: NDArray[np.uint8]) -> None:
    axes.imshow(picture, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")


def _square(row: int, column: int) -> "Rectangle":
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor="#e4efe4", zorder=0.5)
