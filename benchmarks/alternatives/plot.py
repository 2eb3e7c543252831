"""A run's result as one picture: how often right, against how long it takes."""

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.alternatives.entries import OURS_IMAGES
from benchmarks.alternatives.tables import middle
from benchmarks.alternatives.targets import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OURS, _OTHERS = "#c8102e", "#1f5fa8"
_GREY = "#666666"


def save_plot(result: Result, path: Path) -> bool:
    """Draws accuracy on a user's JPEGs against the time of a folder, and of a first answer.

    Args:
        result: A run's result.
        path: The PNG file to write.

    Returns:
        Whether there was anything to draw; otherwise nothing is written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    named = {
        name: contender
        for name, contender in result["contenders"].items()
        if "jpegs" in contender["accuracy"]
    }
    if not named:
        return False
    figure = Figure((10, 4.6), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, name, title in (
        (left, "first_s", "Seconds from nothing to the first answer"),
        (right, "folder_s", "Seconds for a folder of 1,000 PNG files"),
    ):
        points = {
            key: (seconds, 100 * contender["accuracy"]["jpegs"])
            for key, contender in named.items()
            if (seconds := middle(contender, name)) is not None
        }
        _draw(axes, points, {key: contender["title"] for key, contender in named.items()})
        axes.set_xlabel(title)
    left.set_ylabel("Right on a user's JPEG files, %")
    left.set_ylim(0, 105)
    figure.suptitle("Digits as a user has them: higher is better, further left is faster")
    figure.savefig(path)
    return True


def _draw(axes: "Axes", points: dict[str, tuple[float, float]], titles: dict[str, str]) -> None:
    axes.set_xscale("log")
    # From the lowest up, a label moves up where it would lie on the one before.
    for key, (x, y) in points.items():
        colour = _OURS if key == OURS_IMAGES else _OTHERS
        axes.plot(x, y, "o", color=colour, markersize=10 if key == OURS_IMAGES else 7)
        axes.annotate(titles[key], (x, y), (7, 0), textcoords="offset points", va="center",
                      color=colour, fontsize=9)  # fmt: skip
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
