"""`python -m train reproduce` on a few digits: what it writes, and that it goes on."""

import json
import re
import tomllib

import numpy as np
import pytest

from tests.support.paths import ROOT

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
pytest.importorskip("tf2onnx", reason="the export needs tf2onnx")
pytest.importorskip("matplotlib", reason="training needs matplotlib")

from train.__main__ import main

NETWORKS = ["mlp-128", "mlp-128-64", "mlp-128-128", "cnn"]


@pytest.fixture(scope="module")
def few_digits(drawn_mnist, tmp_path_factory):
    """A file of 240 digits to train with, and 40 to test."""
    path = tmp_path_factory.mktemp("few") / "few.npz"
    with np.load(drawn_mnist) as data:
        shares = {name: data[name][: 240 if "train" in name else 40] for name in data}
    np.savez(path, **shares)
    return path


@pytest.fixture(scope="module")
def folder(few_digits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "new"
    assert main(["reproduce", "--data", str(few_digits), "--output", str(folder)]) == 0
    return folder


@pytest.mark.slow
def test_the_table_has_what_was_stated_beside_what_came(folder):
    lines = (folder / "table.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    assert [row[0].strip("`") for row in cells] == NETWORKS
    # In brackets what the projects leave open.
    assert [row[1] for row in cells] == ["6", "(10)", "3", "(10)"]
    figures = json.loads((folder / "figures.json").read_text())["networks"]
    for row, network in zip(cells, figures, strict=True):
        metrics = json.loads((folder / network["name"] / "metrics.json").read_text())
        assert row[2] == "97 to 98"
        assert network["keras"] == metrics["test"]["accuracy"]
        assert row[3] == f"{100 * network['keras']:.2f}"
        # The gate compares each answer.
        assert row[4] == f"{100 * network['onnxruntime']:.2f}" == row[3]
        assert network["parameters"] == metrics["parameters"]
        assert network["bytes"] > 4 * network["parameters"]


@pytest.mark.slow
def test_the_recipes_are_those_of_the_projects(folder):
    for name in NETWORKS:
        settings = json.loads((folder / name / "settings.json").read_text())
        assert settings["architecture"] == name
        # Adam as it is by default.
        assert (settings["learning_rate"], settings["schedule"]) == (1e-3, "constant")
        assert settings["mixture"] is settings["teacher"] is None
    projects = tomllib.loads((ROOT / "export" / "projects.toml").read_text("utf-8"))
    assert set(projects) == {"accuracy", *NETWORKS}


@pytest.mark.slow
def test_each_run_has_its_pictures_and_all_have_one(folder):
    pictures = ["comparison.png", *(f"{name}/{kind}.png" for name in NETWORKS for kind in KINDS)]
    for picture in pictures:
        assert (folder / picture).read_bytes().startswith(b"\x89PNG")


KINDS = ("curves", "confusion", "predictions")


@pytest.mark.slow
def test_finished_runs_are_kept_and_a_missing_one_is_made_up_for(folder, few_digits, capsys):
    before = (folder / "table.md").read_text()
    kept = (folder / "cnn" / "model.keras").read_bytes()
    (folder / "mlp-128" / "metrics.json").unlink()
    capsys.readouterr()
    assert main(["reproduce", "--data", str(few_digits), "--output", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert (folder / "cnn" / "model.keras").read_bytes() == kept
    assert "Epoch" in printed
    after = (folder / "table.md").read_text()
    assert after in printed
    # All but the time.
    assert [line.rsplit("|", 2)[0] for line in after.splitlines()] == [
        line.rsplit("|", 2)[0] for line in before.splitlines()
    ]


@pytest.mark.slow
def test_runs_of_another_seed_are_refused(folder, few_digits, capsys):
    command = ["reproduce", "--data", str(few_digits), "--output", str(folder), "--seed", "1"]
    capsys.readouterr()
    assert main(command) == 1
    assert re.fullmatch(
        r"train: .*mlp-128 holds a run of other settings \(seed 0\); .*\n", capsys.readouterr().err
    )


def test_missing_data_gives_one_line(tmp_path, capsys):
    assert main(["reproduce", "--data", str(tmp_path / "no.npz")]) == 1
    assert re.fullmatch(r"train: cannot read .*no\.npz: .*\n", capsys.readouterr().err)
