"""What a model's folder says of its line network: in config.json, and in the card."""

from collections.abc import Mapping, Sequence
from typing import Any

from edgedigit.model import LINES_FILE, STRIP_COLUMNS_PER_ANSWER, STRIP_ROWS, STRIP_VERSION
from edgedigit.results import SIGNS
from train.measuring.tables import table

_SECTION_TEMPLATE = """\
## The line network

Reads the strip of a line: digits and the marks between them, without cutting it into signs.

| | |
|---|---|
| File | `{file}`, {kilobytes:.0f} kB, opset 15, IR 8, computed in float32 |
| SHA-256 | `{sha256}` |
| Input | `strips`, uint8 `[batch, {rows}, columns]`: bright ink on 0, columns a multiple of \
{columns_per_answer} (`edgedigit.lines.strips`, version {strips}) |
| Output | `probabilities`, float32 `[batch, columns / {columns_per_answer}, {labels}]`: \
`{signs}`, where ? is any other sign, then "nothing" |
| Calibration | softmax(logits / {temperature:.4g}), in the graph |

{training}

{figures}

The largest difference of a probability between Keras and ONNX Runtime on {gate_strips:,} composed
strips, {gate_places:,} places, is {gate_difference:.1e}. Weights are rounded to half precision, by
which the most probable label of {rounding_changed:,} of these places changes, and no probability
by more than {rounding_difference:.1e}.

{scenes}
"""

_SCENES_TEMPLATE = """\
### Second looks

What the line network adds where the network of digits is not sure of a single digit's ink, on
digits of MNIST's test part in scenes (`benchmarks/scenes.py`).

{table}
"""


def line_config(
    *,
    sha256: str,
    size: int,
    temperature: float,
    confidence: Mapping[str, float],
    figures: Mapping[str, float],
    scenes: Mapping[str, Sequence[float]],
    gate: Mapping[str, Any],
    metrics: Mapping[str, Any],
    parameters: int,
    tools: dict[str, str],
) -> dict[str, Any]:
    """What config.json says of a line network.

    Args:
        sha256: Of lines.onnx, in hexadecimal.
        size: Of lines.onnx, in bytes.
        temperature: What the logits are divided by in the graph.
        confidence: Numbers with which the reader makes its confidence.
        figures: For each kind of lines the share, 0 to 1, that is read exactly right.
        scenes: For each scene of a digit the shares given right by the ink alone and with second
            looks, then those given wrong.
        gate: What the export measured.
        metrics: What the training wrote, or empty.
        parameters: Of the network as it was trained.
        tools: Versions of what the export ran with.
    """
    training = "settings", "validation", "versions", "wall_seconds", "calibration"
    return {
        "sha256": sha256,
        "size": size,
        "signs": SIGNS,
        "strips": STRIP_VERSION,
        "temperature": temperature,
        "confidence": dict(confidence),
        "figures": dict(figures),
        "scenes": {name: list(shares) for name, shares in scenes.items()},
        "gate": dict(gate),
        "parameters": parameters,
        "training": {key: metrics[key] for key in training if key in metrics},
        "tools": tools,
    }


def line_section(lines: dict[str, Any]) -> str:
    """The section of the model card, in Markdown, out of what `line_config` gives."""
    gate = {f"gate_{key}": value for key, value in lines["gate"].items()}
    rounding = {f"rounding_{key}": value for key, value in lines["gate"]["rounding"].items()}
    section = _SECTION_TEMPLATE.format(
        file=LINES_FILE,
        rows=STRIP_ROWS,
        columns_per_answer=STRIP_COLUMNS_PER_ANSWER,
        labels=len(SIGNS) + 1,
        kilobytes=lines["size"] / 1000,
        training=_training(lines),
        figures=_figures(lines),
        scenes=_scenes(lines),
        **{key: lines[key] for key in ("sha256", "strips", "signs", "temperature")},
        **gate,
        **rounding,
    )
    return section.rstrip("\n") + "\n"


def line_commands(lines: dict[str, Any], name: str) -> list[str]:
    """The commands that make the line network of the model of this name."""
    export = f"--model edgedigit/models/{name}"
    training = lines["training"]
    if training.get("calibration", {}).get("temperature", 1.0) != lines["temperature"]:
        export += f" --temperature {lines['temperature']:.6g}"
    if "settings" not in training:
        return [f"python -m export lines LINES.keras {export}"]
    return [
        *_trainings(training["settings"], "runs/lines"),
        f"python -m export lines runs/lines {export} --data mnist.npz",
        *_calibration(name, lines),
    ]


def _trainings(settings: dict[str, Any], folder: str) -> list[str]:
    """The command that trains a network into a folder, after those for what it begins with."""
    before, start = [], ""
    if "start" in settings:
        start = "--start first-lines.keras "
        if "settings" in settings["start"]:
            before = _trainings(settings["start"]["settings"], folder + "-first")
            start = f"--start {folder}-first/model.keras "
    return [
        *before,
        f"python -m train lines --phases {settings['phases']} --strips {settings['strips']} "
        f"--seed {settings['seed']} {start}--data mnist.npz --output {folder}",
    ]


def _calibration(name: str, lines: dict[str, Any]) -> list[str]:
    """The commands that make its confidence, where it has been calibrated."""
    if "confidence" not in lines:
        return []
    model = f"--model edgedigit/models/{name}"
    return [
        f"python -m benchmarks.reading.calibrate {model} --mnist mnist.npz --sets SETS "
        "-o confidence.json",
        f"python -m benchmarks.lone_digits {model} --mnist mnist.npz --sets SETS "
        "-o confidence.json",
        f"python -m export lines {model} --confidence confidence.json",
    ]


def _training(lines: dict[str, Any]) -> str:
    text = (
        f"Convolutions alone, {lines['parameters']:,} parameters, in "
        "`train/networks/line_network.py`.\n"
    )
    settings = lines["training"].get("settings")
    if settings is None:
        return (
            text + "How it was trained is not known: it was exported from a file without its run."
        )
    return text + (
        f"Recipe: seed {settings['seed']}, phases {settings['phases']}, strips "
        f"{settings['strips']}, reuse {settings['reuse']}, batch size {settings['batch_size']}; "
        "what these mean stands in\n`train/training/line_run.py`.\n"
        "Data: lines that a program composes of MNIST's digits (its training part), drawn ones, "
        "fonts and displays\n(`train/drawing/lines/strips.py`); SHA-256 of MNIST's pictures and "
        f"labels\n`{settings['data_sha256']}`."
    )


def _scenes(lines: dict[str, Any]) -> str:
    scenes = lines.get("scenes")
    if not scenes:
        return ""
    head = "Scene | Given, right: ink alone | all | Given, wrong: ink alone | all"
    rows = ([name, *(f"{share:.1%}" for share in shares)] for name, shares in scenes.items())
    return _SCENES_TEMPLATE.format(table=table(head, rows))


def _figures(lines: dict[str, Any]) -> str:
    figures, validation = dict(lines["figures"]), lines["training"].get("validation")
    if validation is not None:
        composed = f"{validation['strips']:,} composed to validate with, in Keras"
        figures = {composed: validation["exactly_right"]} | figures
    if not figures:
        return "Not measured yet."
    rows = ([name, f"{share:.2%}"] for name, share in figures.items())
    return table("Lines | exactly right", rows)
