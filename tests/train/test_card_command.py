"""`python -m train card`, on sets that are drawn here."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from edgedigit import Classifier
from edgedigit.images import load_grey
from edgedigit.model import DEFAULT_MODEL
from tests.support.command import python
from tests.support.picture_files import png_file
from train.__main__ import main
from train.drawing.characters import draw_digits, draw_non_digits
from train.drawing.photographs import user_jpegs

LABELS = np.arange(60) % 10
# So small that some are read wrong.
DIGITS = draw_digits(LABELS, np.random.default_rng(3), 28)[:, ::3, ::3]
LETTERS = draw_non_digits("letters", 40, np.random.default_rng(4), 28)
CARD = "# Card\n\n<!-- evaluation -->\n\nNone yet.\n\n<!-- end of evaluation -->\n\n## Limits\n"


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sets")
    np.savez(folder / "usps_train.npz", x=DIGITS, y=LABELS)
    np.savez(folder / "semeion.npz", x=DIGITS[:20], y=(LABELS[:20] + 1) % 10)
    np.savez(folder / "nondigit_letters.npz", x=LETTERS, y=np.arange(40) % 2, names=["A", "O"])
    rows = []
    for place in range(20):
        path = folder / "natural" / str(LABELS[place]) / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png_file(255 - DIGITS[place]))
        rows.append({"file": f"{LABELS[place]}/{place}.png", "native_ge60": place < 5})
    (folder / "natural" / "manifest.json").write_text(json.dumps(rows))
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A copy of the model that ships, with a card that has a place for figures."""
    folder = Path(shutil.copytree(DEFAULT_MODEL, tmp_path / "digits-v7"))
    (folder / "README.md").write_text(CARD)
    return folder


@pytest.fixture(scope="module")
def measured(sets: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """What the command writes of the sets and the model that ships."""
    path = tmp_path_factory.mktemp("figures") / "figures.json"
    assert main(["card", "--sets", str(sets), "--output", str(path)]) == 0
    return json.loads(path.read_text())


def by_name(measured: dict) -> dict[str, dict]:
    return {row["name"]: row for row in measured["sets"]}


def error(name: str, *arguments: object, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that a command fails with."""
    capsys.readouterr()
    assert main([name, *map(str, arguments)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"train: [^\n]+\n", err), err
    return err


def test_the_counts_are_those_of_the_runtime(measured: dict) -> None:
    classifier = Classifier()
    row = by_name(measured)["usps_train"]
    answers = [classifier.classify(picture) for picture in DIGITS]
    right = [answer.best == label for answer, label in zip(answers, LABELS, strict=True)]
    given = [answer.digit is not None for answer in answers]
    assert 0 < sum(right) < 60, "no mistakes to count"
    assert row["pictures"] == 60
    assert row["right"] == sum(right)
    assert row["refused"] == 60 - sum(given)
    assert row["given_wrong"] == sum(g and not r for g, r in zip(given, right, strict=True))
    bins: dict[int, list[float]] = {}
    for answer, is_right in zip(answers, right, strict=True):
        place = min(int(answer.confidence * 15), 14)
        bins.setdefault(place, []).append(answer.confidence - is_right)
    assert row["ece"] == pytest.approx(sum(abs(sum(gaps)) for gaps in bins.values()) / 60)
    mistakes = {
        (str(label), answer.best)
        for answer, label in zip(answers, LABELS, strict=True)
        if answer.best != label
    }
    assert {(pair["label"], pair["read"]) for pair in row["confusions"]} == mistakes
    assert sum(pair["count"] for pair in row["confusions"]) == 60 - sum(right)


def test_sets_are_pooled_and_joined(measured: dict) -> None:
    rows = by_name(measured)
    assert {name: row["pictures"] for name, row in rows.items()} == {
        "natural >= 60 px": 5,
        "natural small": 15,
        "nondigit_letters": 20,
        "nondigit_letters look-alikes": 20,
        "nondigit_letters all": 40,
        "semeion": 20,
        "usps_train": 60,
        "natural": 20,
        "pool": 80,
    }
    assert rows["semeion"]["right"] < 10, "labels are shifted by one"
    for figure in ("right", "refused", "given_wrong"):
        assert rows["pool"][figure] == rows["natural"][figure] + rows["usps_train"][figure]
    letters = Classifier().classify_batch(LETTERS[::2])
    assert rows["nondigit_letters"]["refused"] == sum(p.digit is None for p in letters)
    assert rows["nondigit_letters"]["right"] is None


def test_goals_say_whether_they_are_met(measured: dict) -> None:
    rows = by_name(measured)
    (right,) = rows["usps_train"]["goals"]
    assert (right["figure"], right["bound"], right["at_least"]) == ("right", 0.9965, True)
    assert right["share"] == rows["usps_train"]["right"] / 60
    assert not right["met"]
    (refused,) = rows["natural"]["goals"]
    assert refused["met"] == (rows["natural"]["refused"] / 20 <= 0.02)
    assert [goal["figure"] for goal in rows["pool"]["goals"]] == ["wrong_of_given", "ece"]
    assert rows["nondigit_letters"]["goals"] == []


def test_the_file_says_where_the_figures_come_from(measured: dict) -> None:
    config = json.loads(Path(DEFAULT_MODEL, "config.json").read_text())
    assert measured["model"]["name"] == config["name"]
    assert measured["model"]["sha256"] == config["sha256"]
    assert measured["threshold"] == config["threshold"]
    assert (measured["seed"], measured["naive"], measured["mnist"]) == (0, False, None)
    assert measured["versions"]["numpy"] == np.__version__


def test_a_user_gets_a_table(sets: Path, drawn_mnist: Path) -> None:
    pytest.importorskip("PIL", reason="rendering needs Pillow")
    arguments = ["--sets", sets, "--mnist", drawn_mnist, "--jpegs", "30", "--sweep"]
    done = python("-m", "train", "card", *arguments)
    assert done.stderr == ""
    first, second = (part for part in done.stdout.split("\n\n") if part.startswith("| set"))
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in first.splitlines()[2:]]
    counts = {row[0]: row[1] for row in rows}
    assert (counts["mnist test"], counts["mnist test as a user's jpeg"]) == ("400", "30")
    assert counts["pool"] == "80", "MNIST is no part of the pool"
    goals = {row[0]: row[6] for row in rows}
    assert goals["usps_train"] == "right >= 99.65%: missed"
    assert re.fullmatch(r"right .*, refused <= 1%: (met|missed)", goals["mnist test"])
    assert len(second.splitlines()) == len(first.splitlines())


def test_the_seed_decides_how_users_pictures_look() -> None:
    pytest.importorskip("PIL", reason="rendering needs Pillow")
    digits = draw_digits(LABELS[:4], np.random.default_rng(6), 28)
    files = list(user_jpegs(digits, 0))
    assert all(file.startswith(b"\xff\xd8") for file in files)
    assert list(user_jpegs(digits[:2], 0)) == files[:2]
    assert not set(user_jpegs(digits, 1)) & set(files)
    shapes = {load_grey(file).shape for file in files}
    assert len(shapes) == 4
    assert all(90 <= side <= 1200 for shape in shapes for side in shape)


def test_the_naive_way_refuses_nothing_and_is_worse(tmp_path: Path) -> None:
    pytest.importorskip("PIL", reason="the naive way needs Pillow")
    folder, path = tmp_path / "sets", tmp_path / "figures.json"
    folder.mkdir()
    digits = draw_digits(LABELS, np.random.default_rng(5), 28)
    pages = 200 - np.pad(digits // 2, ((0, 0), (40, 10), (10, 60)))
    np.savez(folder / "pages.npz", x=pages, y=LABELS)
    rows = []
    for way in ([], ["--naive"]):
        assert main(["card", "--sets", str(folder), "--output", str(path), *way]) == 0
        written = json.loads(path.read_text())
        assert written["naive"] == bool(way)
        rows.append(by_name(written)["pages"])
    ours, naive = rows
    assert naive["refused"] == 0
    assert naive["right"] < 30 < 55 < ours["right"]


def test_figures_go_into_the_card_and_replace_those_that_are_there(
    sets: Path, measured: dict, model: Path
) -> None:
    arguments = ["card", "--model", str(model), "--sets", str(sets), "--card"]
    assert main(arguments) == 0
    card = (model / "README.md").read_text()
    assert card.startswith("# Card\n")
    assert card.endswith("\n\n## Limits\n")
    assert "None yet." not in card
    row = by_name(measured)["usps_train"]
    assert f"| usps_train | 60 | {row['right'] / 60:.2%} ({60 - row['right']} wrong) |" in card
    most = row["confusions"][0]
    assert f"- usps_train: {most['label']} > {most['read']} ({most['count']})" in card
    assert f"python -m train card --model {model.name} --sets {sets.name} --card" in card
    assert str(sets) not in card
    figures = Classifier(model).config["figures"]["evaluation"]
    assert {row["name"]: row["right"] for row in figures["sets"]} == {
        name: row["right"] for name, row in by_name(measured).items()
    }
    assert main(arguments) == 0
    assert (model / "README.md").read_text() == card


def test_a_card_without_a_place_is_left_alone(
    sets: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (model / "README.md").write_text("# Card\n")
    before = (model / "config.json").read_bytes()
    message = error("card", "--model", model, "--sets", sets, "--card", capsys=capsys)
    assert "has no place" in message
    assert (model / "README.md").read_text() == "# Card\n"
    assert (model / "config.json").read_bytes() == before


def test_what_is_missing_or_damaged_gives_one_line(
    sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere, empty, damaged = tmp_path / "nowhere", tmp_path / "empty", tmp_path / "damaged"
    empty.mkdir()
    (damaged / "set" / "1").mkdir(parents=True)
    (damaged / "set" / "1" / "one.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    np.savez(wrong / "set.npz", pictures=DIGITS)
    for arguments, reason in (
        (["--sets", nowhere], "nowhere is not a folder"),
        (["--sets", empty], "holds no sets"),
        (["--sets", damaged], "one.png"),
        (["--sets", wrong], "set.npz lacks x, y"),
        (["--mnist", nowhere], "cannot read"),
        (["--sets", sets, "--model", nowhere], "cannot load the model"),
        (["--sets", sets, "--output", nowhere / "figures.json"], "nowhere is not a folder"),
    ):
        assert reason in error("card", *arguments, capsys=capsys)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "pass --mnist, --sets or both"),
        (["--sets", ".", "--card", "--naive"], "--card wants the model's own figures"),
        (["--sets", ".", "--card", "--jpegs", "10"], "--card wants the model's own figures"),
        (["--mnist", "m.npz", "--jpegs", "-1"], "must be at least 0"),
        (["--mnist", "m.npz", "--jpegs", "all"], "invalid int value"),
        (["--mnist", "m.npz", "--seed", "-1"], "must be at least 0"),
        (["--sets", ".", "sets"], "unrecognized arguments: sets"),
    ],
)
def test_wrong_usage(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["card", *arguments])
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_a_model_with_ten_answers(sets: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorflow", reason="export needs TensorFlow")
    pytest.importorskip("tf2onnx", reason="export needs tf2onnx")
    from export.package import export
    from train.networks.architectures import ARCHITECTURES
    from train.networks.trained import TrainedModel

    calibration = {"calibration": {"temperature": 1.0, "threshold": 0.9}}
    folder = export(TrainedModel(ARCHITECTURES["mlp-128"](), calibration), tmp_path, "ten-v1")
    path = tmp_path / "figures.json"
    for way in ([], ["--naive"]):
        arguments = ["card", "--model", folder, "--sets", sets, "--card", "--output", path]
        if way:
            arguments.remove("--card")
        assert main([*map(str, arguments), *way]) == 0
        rows = by_name(json.loads(path.read_text()))
        # Weights by chance are sure of nothing; second looks are sure of some.
        refused = rows["pool"]["refused"]
        assert refused == 0 if way else 0 < refused <= 80
        if way:
            assert rows["pool"]["given_wrong"] == 80 - rows["pool"]["right"]
    assert "| pool | 80 |" in (folder / "README.md").read_text()
