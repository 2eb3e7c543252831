"""A run's result as one picture: how often right, and how edgedigit's cost grows."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.alternatives.entries import ENTRIES, OURS
from benchmarks.alternatives.targets import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OUR_COLOUR, _OTHER_COLOUR, _LINE_COLOUR = "#c8102e", "#1f5fa8", "#999999"


def save_plot(result: Result, path: Path) -> bool:
    """Draws how often each contender is right on a user's JPEG files, and edgedigit's growth.

    Args:
        result: A run's result.
        path: The PNG file to write.

    Returns:
        Whether there was anything to draw; otherwise nothing is written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = [c for c in result["contenders"].values() if "jpegs" in c["accuracy"]]
    growth = result["growth"]
    if not rows or not growth:
        return False
    figure = Figure((11, 6.4), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    (accuracy, sizes), (folders, threads) = figure.subplots(2, 2)
    _draw_accuracy(accuracy, rows)
    for kind, points in growth["sizes"].items():
        pixels = [int(side) ** 2 for side in points]
        colour = _OUR_COLOUR if kind == "photo" else _OTHER_COLOUR
        _draw_growth(sizes, pixels, [us / 1000 for us in points.values()], colour, kind)
    _head(sizes, "One picture: ms over pixels; grey is linear")
    sizes.legend(frameon=False, fontsize=9)
    counts = [int(count) for count in growth["folders"]]
    seconds = [run["cpu_s"] for run in growth["folders"].values()]
    _draw_growth(folders, counts, seconds, _OUR_COLOUR, "PNG files")
    _head(folders, "A folder: processor seconds over PNG files; grey is linear")
    names = [f"{name} thread{'s' * (name != '1')}" for name in growth["threads"]]
    spans = [run["wall_s"] for run in growth["threads"].values()]
    bars = threads.barh(names[::-1], spans[::-1], 0.5, color=_OUR_COLOUR)
    threads.bar_label(bars, [f"{span:.2f}" for span in spans[::-1]], padding=4, fontsize=9)
    threads.margins(x=0.15)
    _head(threads, f"{counts[-1]:,} PNG files: seconds by the clock")
    figure.savefig(path)
    return True


def _draw_accuracy(axes: "Axes", rows: list[dict[str, Any]]) -> None:
    # The best at the top; matplotlib counts from below.
    rows = sorted(rows, key=lambda contender: contender["accuracy"]["jpegs"])
    shares = [100 * contender["accuracy"]["jpegs"] for contender in rows]
    titles = [contender["title"] for contender in rows]
    ours = ENTRIES[OURS].title
    colours = [_OUR_COLOUR if title == ours else _OTHER_COLOUR for title in titles]
    bars = axes.barh(titles, shares, 0.62, color=colours)
    axes.bar_label(bars, [f"{share:.1f}" for share in shares], padding=4, fontsize=9)
    axes.set_xlim(0, 115)
    _head(axes, "Right on MNIST's test digits as a user's JPEG files, %")


def _draw_growth(
    axes: "Axes", sizes: list[int], costs: list[float], colour: str, label: str
) -> None:
    linear = [costs[-1] * size / sizes[-1] for size in sizes]
    axes.plot(sizes, linear, "--", color=_LINE_COLOUR, linewidth=1)
    axes.plot(sizes, costs, "o-", color=colour, markersize=4, label=label)
    axes.set_xscale("log")
    axes.set_yscale("log")


def _head(axes: "Axes", title: str) -> None:
    axes.set_title(title, fontsize=10, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
