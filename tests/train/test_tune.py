"""`python -m train tune`: short studies, interrupted ones, and what is refused."""

import json
import re
import sqlite3

import numpy as np
import pytest

from tests.support.command import python, start_python

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
pytest.importorskip("tf2onnx", reason="the size is checked by the export's gate")
pytest.importorskip("matplotlib", reason="training needs matplotlib")
pytest.importorskip("optuna", reason="tuning needs Optuna")

import optuna

from train.__main__ import main
from train.data.mnist import load_mnist
from train.drawing.mixture import epoch, validation
from train.networks.architectures import ARCHITECTURES
from train.recipes import RECIPES, Mixture, read_recipe


@pytest.fixture(scope="module")
def few_digits(drawn_mnist, tmp_path_factory):
    """A file of 600 digits to train with; its test part must not matter."""
    path = tmp_path_factory.mktemp("few") / "few.npz"
    with np.load(drawn_mnist) as data:
        parts = {name: data[name][:600] for name in data}
    np.savez(path, **parts)
    return path


def arguments(data, storage, trials, *more):
    settings = ["--data", data, "--storage", storage, "--trials", trials, *more]
    budget = ["--model", "mlp-128", "--epochs", 2, "--share", 0.3]
    return ["tune", *map(str, [*budget, *settings])]


def outcome(storage):
    """What a study's trials were and came to, without the time they took."""
    rows = json.loads((folder_of(storage) / "trials.json").read_text())["trials"]
    return [{key: row[key] for key in row if key != "seconds"} for row in rows]


def folder_of(storage):
    return storage.with_name(f"{storage.stem}-study")


@pytest.fixture(scope="module")
def study(few_digits, tmp_path_factory):
    """A study of three trials in one go, and what was printed."""
    storage = tmp_path_factory.mktemp("study") / "tune.sqlite"
    return storage, python("-m", "train", *arguments(few_digits, storage, 3)).stdout


@pytest.mark.slow
def test_the_first_trial_has_the_recipes_own_settings(study):
    first = outcome(study[0])[0]
    own = {"learning_rate": 1e-3, "width": 1.0, "depth": 0, "strength": 1.0}
    assert {key: first[key] for key in own} == own


@pytest.mark.slow
def test_the_best_trial_is_printed_and_written_as_a_recipe(study):
    storage, printed = study
    complete = [row for row in outcome(storage) if row["state"] == "complete"]
    best = max(complete, key=lambda row: row["accuracies"][-1])
    assert f"Best: trial {best['trial']} of 3" in printed
    assert f"{best['accuracies'][-1]:.2%} right on validation" in printed
    recipe = read_recipe(folder_of(storage) / "best.toml")
    assert recipe.learning_rate == float(f"{best['learning_rate']:.3g}")
    assert (recipe.width, recipe.depth) == (best["width"], best["depth"])
    assert recipe.mixture.strength == best["strength"]
    # All else is the model's own: the epochs are not those of a trial.
    assert recipe.epochs == RECIPES["mlp-128"].epochs
    assert (folder_of(storage) / "study.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_best_recipe_trains_as_it_is(study, few_digits, tmp_path):
    recipe = folder_of(study[0]) / "best.toml"
    command = ["--recipe", str(recipe), "--data", str(few_digits), "--epochs", "1"]
    assert main([*command, "--output", str(tmp_path / "run")]) == 0
    settings = json.loads((tmp_path / "run" / "settings.json").read_text())
    assert settings["width"] == read_recipe(recipe).width


@pytest.mark.slow
def test_the_same_command_does_not_train_again(study, few_digits, capsys):
    storage, _ = study
    before = outcome(storage)
    assert main(arguments(few_digits, storage, 3)) == 0
    printed = capsys.readouterr().out
    assert "Epoch" not in printed
    assert "Best: trial" in printed
    assert outcome(storage) == before


@pytest.mark.slow
def test_a_killed_study_goes_on_and_ends_as_an_undisturbed_one(study, few_digits, tmp_path):
    storage = tmp_path / "killed.sqlite"
    with start_python("-m", "train", *arguments(few_digits, storage, 3)) as process:
        assert any(line.startswith("Trial 2 of 3") for line in process.stdout)
        process.kill()
    assert process.returncode != 0, "finished before it could be killed"
    assert main(arguments(few_digits, storage, 3)) == 0
    assert outcome(storage) == outcome(study[0])
    states = [trial.state.name for trial in optuna_study(storage).trials]
    assert states.count("FAIL") == 1
    assert len(states) == 4


def optuna_study(storage):
    return optuna.load_study(study_name=None, storage=f"sqlite:///{storage}")


@pytest.mark.slow
def test_a_larger_number_adds_trials(study, few_digits, tmp_path, capsys):
    storage = tmp_path / "more.sqlite"
    with sqlite3.connect(study[0]) as source, sqlite3.connect(storage) as copy:
        source.backup(copy)
    assert main(arguments(few_digits, storage, 4)) == 0
    assert outcome(storage)[:3] == outcome(study[0])
    assert len(outcome(storage)) == 4
    assert "Trial 1 of" not in capsys.readouterr().out


@pytest.mark.slow
def test_no_trial_begins_after_the_timeout(few_digits, tmp_path, capsys):
    storage = tmp_path / "short.sqlite"
    assert main(arguments(few_digits, storage, 1000, "--timeout", 1)) == 0
    said = re.search(r"Time is up after (\d+) of 1000 trials", capsys.readouterr().out)
    assert len(outcome(storage)) == int(said[1]) >= 1


@pytest.mark.slow
def test_pictures_of_a_study_that_was_thrown_away_are_not_used(few_digits, tmp_path):
    storage = tmp_path / "tune.sqlite"
    stale = folder_of(storage) / "pictures" / "validation"
    stale.mkdir(parents=True)
    (stale / "000.npz").write_bytes(b"stale")
    assert main(arguments(few_digits, storage, 1)) == 0
    assert outcome(storage)[0]["accuracies"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--seed", "5"], "seed 0"),
        (["--epochs", "3"], "epochs 2"),
        (["--share", "0.5"], r"share 0\.3"),
        (["--model", "mlp-128-64"], "model mlp-128, recipe"),
    ],
)
def test_a_study_of_other_settings_is_refused(study, few_digits, capsys, change, message):
    before = study[0].read_bytes()
    assert main([*arguments(few_digits, study[0], 3), *change]) == 1
    assert re.fullmatch(
        rf"train: .*tune\.sqlite holds a study of other settings \({message}\); .*--storage\n",
        capsys.readouterr().err,
    )
    assert study[0].read_bytes() == before


def test_studies_of_other_programs_are_refused(few_digits, tmp_path, capsys):
    storage = tmp_path / "others.sqlite"
    optuna.create_study(storage=f"sqlite:///{storage}", study_name="theirs")
    assert main(arguments(few_digits, storage, 1)) == 1
    assert re.fullmatch(
        r"train: .*others\.sqlite holds studies of another program \(theirs\)\n",
        capsys.readouterr().err,
    )


def test_a_file_that_is_no_storage_is_refused_and_left_alone(few_digits, tmp_path, capsys):
    storage = tmp_path / "notes.txt"
    storage.write_text("not a database, but long enough for a header of one\n" * 20)
    before = storage.read_bytes()
    assert main(arguments(few_digits, storage, 1)) == 1
    assert re.fullmatch(r"train: .*notes\.txt cannot be used .*\n", capsys.readouterr().err)
    assert storage.read_bytes() == before


@pytest.mark.slow
def test_a_study_that_is_at_work_is_refused(few_digits, tmp_path, capsys):
    storage = tmp_path / "busy.sqlite"
    with start_python("-m", "train", *arguments(few_digits, storage, 1000)) as process:
        assert any(line.startswith("Trial 1 of") for line in process.stdout)
        assert main(arguments(few_digits, storage, 1)) == 1
        process.kill()
    assert re.fullmatch(
        r"train: .*busy-study is in use by another process\n", capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--trials", "0"], "must be at least 1, not 0"),
        (["--share", "0"], "must be above 0 and at most 1"),
        (["--share", "nan"], "must be above 0 and at most 1"),
        (["--share", "half"], "invalid number value"),
        (["--timeout", "-1"], "must be at least 1"),
        (["--model", "vgg"], "invalid choice"),
    ],
)
def test_wrong_usage(few_digits, tmp_path, capsys, change, message):
    with pytest.raises(SystemExit) as caught:
        main([*arguments(few_digits, tmp_path / "x.sqlite", 1), *change])
    assert caught.value.code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "x.sqlite").exists()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_width_and_depth_change_the_size_of_every_network(name):
    def size(width, depth):
        network = ARCHITECTURES[name](width, depth)
        assert network.output_shape == own.output_shape
        assert network.get_layer("logits")
        return network.count_params()

    own = ARCHITECTURES[name](1.0, 0)
    assert size(0.5, 0) < size(0.75, 0) < own.count_params() < size(1.25, 0)
    assert own.count_params() < size(1.0, 1) < size(1.0, 2)


def test_strength_changes_what_is_trained_with_and_not_what_is_watched(drawn_mnist):
    training, watched = load_mnist(drawn_mnist).split()
    mixtures = [Mixture(distinct=1, distorted=0.2, strength=strength) for strength in (0, 1, 2)]
    drawn = [epoch(*training, mixture, 0, 3)[0] for mixture in mixtures]
    assert not np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[1], drawn[2])
    shown = [validation(*watched, mixture, 3)[0] for mixture in mixtures]
    np.testing.assert_array_equal(shown[0], shown[1])
    np.testing.assert_array_equal(shown[1], shown[2])
