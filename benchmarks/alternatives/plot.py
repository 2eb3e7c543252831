"""A run's result as one picture: a row for each contender, and how often right beside how slow."""

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.alternatives.entries import ENTRIES, OURS, OURS_IMAGES
from benchmarks.alternatives.tables import Contender, middle, number
from benchmarks.alternatives.targets import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OUR_COLOUR, _OTHER_COLOUR, _SPINE_COLOUR = "#c8102e", "#1f5fa8", "#666666"

_COST_TITLES = (
    ("first_s", "First answer of a fresh\nprocess, s (log scale)"),
    ("folder_s", "1,000 PNG files,\ns (log scale)"),
    ("installed_mb", "Installed,\nMB (log scale)"),
)


def save_plot(result: Result, path: Path) -> bool:
    """Draws how often each contender is right on a user's JPEG files, and what that takes.

    Args:
        result: A run's result.
        path: The PNG file to write.

    Returns:
        Whether there was anything to draw; otherwise nothing is written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = [
        contender
        for contender in result["contenders"].values()
        if "jpegs" in contender["accuracy"] and "folder_s" in contender["figures"]
    ]
    if not rows:
        return False
    # The best at the top; matplotlib counts from below.
    rows.sort(key=lambda contender: contender["accuracy"]["jpegs"])
    figure = Figure((10, 1.6 + 0.36 * len(rows)), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    accuracy, *costs = figure.subplots(
        1, 1 + len(_COST_TITLES), width_ratios=[1.5, 1, 1, 1], sharey=True
    )
    places = range(len(rows))
    shares = [100 * contender["accuracy"]["jpegs"] for contender in rows]
    bars = accuracy.barh(places, shares, 0.62, color=[_colour(contender) for contender in rows])
    accuracy.bar_label(bars, [f"{share:.1f}" for share in shares], padding=4, fontsize=9)
    accuracy.set_xlim(0, 119)
    _head(accuracy, "Right on MNIST's test digits\nas a user's JPEG files, %")
    accuracy.set_yticks(places, [contender["title"] for contender in rows])
    for label, contender in zip(accuracy.get_yticklabels(), rows, strict=True):
        label.set_color(_colour(contender))
        label.set_fontweight("bold" if _is_ours(contender) else "normal")
    for axes, (name, title) in zip(costs, _COST_TITLES, strict=True):
        _draw_cost(axes, rows, [_cost(contender, name) for contender in rows])
        _head(axes, title)
    figure.savefig(path)
    return True


def _draw_cost(axes: "Axes", rows: list[Contender], values: list[float | None]) -> None:
    known = [value for value in values if value is not None]
    axes.set_xscale("log")
    # Room for the figures behind the dots.
    axes.set_xlim(min(known) / 1.5, max(known) * (max(known) / min(known)) ** 0.45 * 1.3)
    for place, (contender, value) in enumerate(zip(rows, values, strict=True)):
        if value is not None:
            axes.hlines(place, axes.get_xlim()[0], value, color=_colour(contender), alpha=0.35)
            axes.plot(value, place, "o", color=_colour(contender), markersize=7)
            axes.annotate(
                number(value), (value, place), (8, 0), textcoords="offset points",
                va="center", fontsize=9,
            )  # fmt: skip


def _head(axes: "Axes", title: str) -> None:
    axes.set_title(title, fontsize=10, loc="left")
    # The figures beside the marks say it all.
    axes.tick_params(length=0, which="both", labelbottom=False)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color(_SPINE_COLOUR)


def _cost(contender: Contender, name: str) -> float | None:
    return contender[name] if name in contender else middle(contender, name)


def _is_ours(contender: Contender) -> bool:
    return contender["title"] in (ENTRIES[OURS].title, ENTRIES[OURS_IMAGES].title)


def _colour(contender: Contender) -> str:
    return _OUR_COLOUR if _is_ours(contender) else _OTHER_COLOUR
