"""Recipes from files: what is read, what is refused, and what is written."""

import json
import re
from dataclasses import replace

import pytest

from train.recipes import RECIPES, Recipe, RecipeError, read_recipe, write_recipe

SMALL = 'architecture = "mlp-128"\nepochs = 1\nbatch_size = 500\n'


def written(path, text):
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_read_as_it_was_written(tmp_path, name):
    write_recipe(tmp_path / "one.toml", RECIPES[name], "whatever")
    assert read_recipe(tmp_path / "one.toml") == RECIPES[name]


def test_width_depth_and_strength_are_kept(tmp_path):
    mixture = replace(RECIPES["edge"].mixture, strength=0.25)
    recipe = replace(RECIPES["edge"], width=0.75, depth=2, learning_rate=1.5e-5, mixture=mixture)
    write_recipe(tmp_path / "one.toml", recipe, "whatever")
    assert read_recipe(tmp_path / "one.toml") == recipe


def test_what_is_left_out_is_as_by_default(tmp_path):
    recipe = read_recipe(written(tmp_path / "small.toml", SMALL))
    assert recipe == Recipe("mlp-128", 1, 500)
    assert (recipe.width, recipe.depth) == (1.0, 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SMALL + "widht = 1.5",
            r"the recipe has no key widht; it may have .*width.*",
        ),
        (SMALL + "[mixture]\ndistinct = 1\nspots = 1.0", r"\[mixture\] has no key spots; .*"),
        (SMALL + "[mixture]\nplain = 1.0", r"\[mixture\] lacks distinct"),
        ("epochs = 1", r"the recipe lacks architecture, batch_size"),
        ("", r"the recipe lacks architecture, epochs, batch_size"),
        (SMALL.replace("= 1\n", '= "one"\n'), r"epochs must be a whole number, not 'one'"),
        (SMALL.replace("= 1\n", "= 1.0\n"), r"epochs must be a whole number, not 1\.0"),
        (SMALL.replace("= 1\n", "= true\n"), r"epochs must be a whole number, not True"),
        (SMALL.replace("= 1\n", "= 0\n"), r"epochs must be from 1 to .*, not 0"),
        (SMALL + "learning_rate = nan", r"learning_rate must be from .*, not nan"),
        (SMALL + "learning_rate = -1", r"learning_rate must be from .*, not -1"),
        (SMALL + "learning_rate = [1]", r"learning_rate must be a number, not \[1\]"),
        (SMALL + "width = inf", r"width must be from .*, not inf"),
        (SMALL + "depth = -1", r"depth must be from 0 to 100, not -1"),
        (SMALL + 'schedule = "linear"', r"schedule must be one of constant, cosine, not 'linear'"),
        (SMALL + "schedule = []", r"schedule must be one of constant, cosine, not \[\]"),
        (SMALL.replace('"mlp-128"', "128"), r"architecture must be text, not 128"),
        (SMALL + "mixture = 3", r"mixture must be a table, not 3"),
        (SMALL + "[mixture]\ndistinct = 1\nstrength = 3", r"strength must be from 0 to 2, not 3"),
        (
            SMALL + "[mixture]\ndistinct = 1\nplain = -0.1",
            r"plain must be from 0 to 100, not .*",
        ),
        (
            SMALL + '[teacher]\narchitecture = "cnn"\nepochs = 1\ntemperature = 2\nweight = 0.5',
            r"a recipe with a teacher needs a mixture",
        ),
        ("architecture = ", r".*at end of document.*"),
        ("{}", r".*line 1.*"),
    ],
)
def test_what_is_no_recipe_is_refused_in_one_line(tmp_path, text, message):
    with pytest.raises(RecipeError) as caught:
        read_recipe(written(tmp_path / "bad.toml", text))
    assert re.fullmatch(rf".*bad\.toml: {message}", str(caught.value)), str(caught.value)


def test_files_that_are_none_are_refused(tmp_path):
    with pytest.raises(RecipeError, match=r"cannot read .*missing\.toml: No such file"):
        read_recipe(tmp_path / "missing.toml")
    with pytest.raises(RecipeError, match="cannot read"):
        read_recipe(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match=r"binary\.toml: "):
        read_recipe(tmp_path / "binary.toml")


class TestCommand:
    """`python -m train --recipe`."""

    @pytest.fixture(autouse=True)
    def _needs_tensorflow(self):
        pytest.importorskip("tensorflow", reason="training needs TensorFlow")
        pytest.importorskip("matplotlib", reason="training needs matplotlib")

    def test_a_recipe_of_ones_own_is_trained(self, drawn_mnist, tmp_path, monkeypatch, capsys):
        from train.__main__ import main

        monkeypatch.chdir(tmp_path)
        path = written(tmp_path / "my.toml", SMALL + "width = 0.5\ndepth = 1\n")
        assert main(["--recipe", str(path), "--data", str(drawn_mnist)]) == 0
        metrics = json.loads((tmp_path / "runs" / "my" / "metrics.json").read_text())
        assert metrics["model"] == "my"
        assert metrics["parameters"] == 784 * 64 + 64 + 64 * 64 + 64 + 64 * 10 + 10
        assert "my: " in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (SMALL + "epoch = 3", r".*my\.toml: the recipe has no key epoch; .*"),
            (SMALL.replace("mlp-128", "vgg"), r"there is no network vgg, only mlp-128, .*"),
            (
                SMALL + "[mixture]\ndistinct = 1\nplain = 1\nletters = 0.1",
                r"mlp-128 has no answer for what is no digit in its mixture",
            ),
            (
                SMALL + "[mixture]\ndistinct = 1\nplain = 1\n"
                '[teacher]\narchitecture = "edge"\nepochs = 1\ntemperature = 2\nweight = 0.5',
                r"mlp-128 and edge have different numbers of answers",
            ),
            (SMALL + "[mixture]\ndistinct = 1", r"the shares of the mixture make no picture .*"),
        ],
    )
    def test_a_recipe_that_cannot_be_trained_gives_one_line(
        self, drawn_mnist, tmp_path, capsys, text, message
    ):
        from train.__main__ import main

        path = written(tmp_path / "my.toml", text)
        command = ["--recipe", str(path), "--data", str(drawn_mnist)]
        assert main([*command, "--output", str(tmp_path / "run")]) == 1
        assert re.fullmatch(rf"train: {message}\n", capsys.readouterr().err)

    def test_one_recipe_at_a_time(self, capsys):
        from train.__main__ import main

        with pytest.raises(SystemExit) as caught:
            main(["--recipe", "my.toml", "--model", "cnn"])
        assert caught.value.code == 2
        assert "not allowed with" in capsys.readouterr().err
