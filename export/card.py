"""The description in a model's folder: config.json for programs, README.md for people."""

import argparse
import hashlib
import re
from typing import Any

from edgedigit import normalize
from edgedigit.model import FIRST_KEY, LINES_KEY, Model
from edgedigit.results import DIGIT_COUNT
from export.line_card import line_commands, line_section
from train.measuring.tables import CARD_END_LINE, CARD_START_LINE, comparison_table
from train.recipes import RECIPES

_NAME_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]*-v(\d+(?:\.\d+)*)")

_CARD_TEMPLATE = """\
# {name}

Reads one handwritten digit, 0 to 9, in a normalised picture. Made for `edgedigit`, which
normalises what it is given; any other program with ONNX Runtime can use it too.

| | |
|---|---|
| File | `model.onnx`, {kilobytes:.0f} kB, opset 15, IR 8, float32 |
| SHA-256 | `{sha256}` |{first}
| Input | `image`, uint8 `[batch, 28, 28]`: bright ink on 0, in a box of 20 x 20 pixels, its \
centre of mass in the middle (`edgedigit.normalize`, version {normalization}) |
| Output | `probabilities`, float32 `[batch, {columns}]`: {labels} |
| Calibration | softmax(logits / {temperature:.4g}), in the graph |
| Threshold | answers with less than {threshold:.4g} are refused unless the caller says otherwise |

## Training

{training}

## Figures

{figures}

### On real pictures

{start}

Not measured yet.

{end}

{lines}## Limits

- One digit in a picture, Arabic numerals 0 to 9, upright. Letters, several digits at once and
  digits in print are not what it was made for{not_a_digit}.
- Hands: {hands}
- The figures are those of the pictures that they name. Other pens, papers, cameras and countries
  give others.

## Making it again

{commands}

Made with {tools}.
"""

_FIRST_TEMPLATE = """
| Asked first | `first.onnx`, {size:,} bytes, with the same input and output, and `confidence`, \
float32 `[batch]`: where that is below {sure:g}, `model.onnx` answers, which is a whole classifier \
by itself |
| SHA-256 of that | `{sha256}` |"""

_MNIST_HANDS = "those of MNIST, US census workers and high-school students, and no others."
_DRAWN_HANDS = (
    "those of MNIST, US census workers and high-school students; and digits drawn by a program in\n"
    "  ways that MNIST lacks (European, Asian and school hands), which nobody wrote."
)


def version_of(name: str) -> str:
    """The version that a model's name ends in: "1" of "digits-v1".

    Raises:
        ValueError: The name is not of this form, in small letters, digits and hyphens.
    """
    match = _NAME_PATTERN.fullmatch(name)
    if match is None:
        raise ValueError(f'a model\'s name must be like "digits-v1", not "{name}"')
    return match[1]


def model_name(text: str) -> str:
    """A model's name, for argparse."""
    try:
        version_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def labels(columns: int) -> list[str]:
    """The labels of a model's answers: ten digits, and "not a digit" where there are eleven."""
    return [*map(str, range(DIGIT_COUNT)), "not a digit"][:columns]


def config(
    *,
    name: str,
    model: Model,
    temperature: float,
    threshold: float,
    figures: dict[str, Any],
    metrics: dict[str, Any],
    tools: dict[str, str],
) -> dict[str, Any]:
    """The content of config.json.

    Args:
        name: Name of the model, such as "digits-v1".
        model: Its networks; of its configuration no more than the labels is used.
        temperature: What the logits are divided by in the graph.
        threshold: Smallest confidence, 0 to 1, with which the runtime gives a digit.
        figures: What the export measured.
        metrics: What the training wrote, or empty.
        tools: Versions of what the export ran with.
    """
    training = (
        "model",
        "parameters",
        "settings",
        "data",
        "versions",
        "wall_seconds",
        "teacher",
        "finetuning",
        "calibration",
    )
    first = {}
    if model.first is not None:
        first[FIRST_KEY] = {"sure": model.first.sure} | _file(model.first.content)
    return {
        "name": name,
        "version": version_of(name),
        "labels": model.config["labels"],
        "threshold": threshold,
        "normalization": normalize.VERSION,
        **_file(model.content),
        **first,
        "temperature": temperature,
        "figures": _keras_figures(metrics) | figures,
        "training": {key: metrics[key] for key in training if key in metrics},
        "tools": tools,
    }


def _file(content: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def card(config: dict[str, Any]) -> str:
    """The model card, in Markdown, out of what `config` gives."""
    names = config["labels"]
    eleven = len(names) > DIGIT_COUNT
    return _CARD_TEMPLATE.format(
        name=config["name"],
        sha256=config["sha256"],
        first=_FIRST_TEMPLATE.format(**config[FIRST_KEY]) if FIRST_KEY in config else "",
        normalization=config["normalization"],
        temperature=config["temperature"],
        threshold=config["threshold"],
        kilobytes=config["size"] / 1000,
        columns=len(names),
        labels='the ten digits, then "not a digit"' if eleven else "the ten digits",
        not_a_digit=(
            '; many of them are answered "not a digit", not all'
            if eleven
            else ", and it has no answer that says so: something that is no digit gets one"
        ),
        training=_training(config["training"]),
        figures=_figures(config),
        start=CARD_START_LINE,
        end=CARD_END_LINE,
        lines=f"{line_section(config[LINES_KEY])}\n" if LINES_KEY in config else "",
        hands=_hands(config),
        commands=_commands(config),
        tools=", ".join(f"{tool} {version}" for tool, version in config["tools"].items()),
    )


def _keras_figures(metrics: dict[str, Any]) -> dict[str, Any]:
    figures = {}
    for part in ("validation", "test"):
        if "accuracy" in metrics.get(part, {}):
            figures[f"keras_{part}_accuracy"] = metrics[part]["accuracy"]
    return figures


def _training(training: dict[str, Any]) -> str:
    if "settings" not in training:
        return "Not known: the model was exported from a file without its run."
    settings, data = training["settings"], training["data"]
    text = (
        f"Architecture `{settings['architecture']}`, {training['parameters']:,} parameters, in "
        f"`train/networks/architectures.py`.\n"
        f"Recipe: {_recipe(settings)}; what these mean stands in `train/recipes`.\n"
        f"Data: `{data['file']}`, {data['train']:,} pictures to train and "
        f"{data['validation']:,} to validate with, SHA-256 of pictures and labels\n"
        f"`{data['sha256']}`."
    )
    if "finetuning" in training:
        text += "\n" + _finetuning(settings, training["finetuning"]["own"])
    if "sets" in training.get("calibration", {}):
        text += "\n" + _calibration(training["calibration"])
    return text


def _finetuning(settings: dict[str, Any], own: dict[str, Any]) -> str:
    return (
        f"Fine-tuned: `{settings['base']}` learnt {own['train']:,} pictures of `{own['name']}`, "
        f"and {own['held_out']:,} were held out;\n"
        "what stands above was replayed beside them (`train/training/finetune.py`)."
    )


def _recipe(settings: dict[str, Any]) -> str:
    """Settings in words: those that are set, and in brackets what some of them consist of."""
    words = []
    for key, value in settings.items():
        if value is None or key in ("model", "architecture", "start") or key.endswith("sha256"):
            continue
        shown = f"({_recipe(value)})" if isinstance(value, dict) else value
        words.append(f"{key.replace('_', ' ')} {shown}")
    return ", ".join(words)


def _calibration(calibration: dict[str, Any]) -> str:
    rows = {row["name"]: row for row in calibration["figures"]}
    checked = rows["checked digits"]
    given = checked["pictures"] - checked["refused"]
    return (
        f"Calibration: temperature and threshold were fitted on the validation part and "
        f"{rows['fitted digits']['pictures']:,} pictures of\n"
        f"{', '.join(calibration['sets'])}.\n"
        f"Of {checked['pictures']:,} other digits of these sets, {checked['refused']:,} are "
        f"refused and {checked['given_wrong']:,} of the {given:,} that are given are wrong; "
        f"the\ncalibration error (ECE) there is {checked['ece']:.2%}."
    )


def _figures(config: dict[str, Any]) -> str:
    figures = config["figures"]
    validation = "Validation part"
    if _has_mixture(config):
        validation += ", distorted and with what is no digit"
    rows = [
        (f"{validation}, Keras", "keras_validation_accuracy"),
        ("Test part, Keras", "keras_test_accuracy"),
        ("Test part, ONNX Runtime", "onnxruntime_test_accuracy"),
    ]
    lines = [f"| {row} | {figures[key]:.2%} |" for row, key in rows if key in figures]
    finetuning = config["training"].get("finetuning")
    accuracy = "Accuracy"
    if len(config["labels"]) > DIGIT_COUNT:
        accuracy += ', "not a digit" counted as wrong'
    table = "\n".join([f"| Part of the data | {accuracy} |", "|---|---|", *lines])
    difference = (
        f"The largest difference of a probability between Keras and ONNX Runtime on "
        f"{figures['gate_pictures']:,}\n{figures['gate_source']} is "
        f"{figures['gate_difference']:.1e}."
    )
    parts = [table] if lines else []
    if finetuning:
        parts.append(comparison_table(finetuning["figures"]))
    return "\n\n".join([*parts, difference])


def _hands(config: dict[str, Any]) -> str:
    hands = _DRAWN_HANDS if _has_mixture(config) else _MNIST_HANDS
    finetuning = config["training"].get("finetuning")
    return f"{hands[:-1]}; and those of `{finetuning['own']['name']}`." if finetuning else hands


def _has_mixture(config: dict[str, Any]) -> bool:
    return config["training"].get("settings", {}).get("mixture") is not None


def _commands(config: dict[str, Any]) -> str:
    """The commands that make this model, each in a line of its own."""
    commands = _digit_commands(config)
    if LINES_KEY in config:
        commands += line_commands(config[LINES_KEY], config["name"])
    return "\n".join(f"    {command}" for command in commands)


def _digit_commands(config: dict[str, Any]) -> list[str]:
    training, name = config["training"], config["name"]
    calibration = training.get("calibration", {})
    export = f"--name {name}"
    if calibration.get("threshold") != config["threshold"]:
        export += f" --threshold {config['threshold']:.4g}"
    if "settings" not in training:
        return [f"python -m export MODEL.keras {export}"]
    settings, data = training["settings"], f"--data {training['data']['file']}"
    run = f"runs/{settings['model']}"
    if "base" in settings:
        commands = [
            f"python -m train finetune --base {settings['base']} --data {settings['own']} --mnist "
            f"{training['data']['file']} --epochs {settings['epochs']} --learning-rate "
            f"{settings['learning_rate']} --seed {settings['seed']} --output {run}"
        ]
    else:
        commands = _training_commands(settings, data, run)
    if "sets" in calibration:
        commands.append(f"python -m train calibrate {run} {data} --sets SETS")
    return [*commands, f"python -m export {run} {export} {data}"]


def _training_commands(settings: dict[str, Any], data: str, run: str) -> list[str]:
    """The command of a run, after that of the one that it begins with."""
    before, start = [], ""
    if "start" in settings:
        start = f"--start {run}-first "
        if "settings" in settings["start"]:
            before = _training_commands(settings["start"]["settings"], data, f"{run}-first")
    return [
        *before,
        f"python -m train {_recipe_option(settings['model'])} --epochs {settings['epochs']} "
        f"--batch-size {settings['batch_size']} --seed {settings['seed']} {start}{data} "
        f"--output {run}",
    ]


def _recipe_option(name: str) -> str:
    """How `python -m train` is told a recipe: by name, or the file where it is the user's own."""
    return f"--model {name}" if name in RECIPES else f"--recipe {name}.toml"
