"""The training of the line network: what it leaves, and that it goes on where it was."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="training needs TensorFlow")
pytest.importorskip("matplotlib", reason="lines are composed of its fonts too")

from tests.support.command import start_python
from tests.support.waiting import wait_until
from train.data.mnist import load_mnist
from train.networks.trained import load_trained
from train.run_files import RunError
from train.training import line_run
from train.training.line_run import LineRecipe, run_line_training

RECIPE = LineRecipe(phases=3, strips=16, reuse=2, batch_size=8)


@pytest.fixture(scope="module", autouse=True)
def _few_strips():
    """Strips of few hands, composed by a thread: another process knows nothing of the changes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_run, "_DRAWN_PER_DIGIT", 20)
        patch.setattr(line_run, "_OTHER_SIGNS", 300)
        patch.setattr(line_run, "_VALIDATION_STRIPS", 8)
        patch.setattr(line_run, "_WARM_UP_STEPS", 2)
        patch.setattr(
            line_run, "ProcessPoolExecutor", lambda count, *_, **__: ThreadPoolExecutor(count)
        )
        line_run._hands.cache_clear()
        yield
    line_run._hands.cache_clear()


def train(path: Path, folder: Path, recipe: LineRecipe = RECIPE, **options):
    return run_line_training(recipe, load_mnist(path), path, seed=5, folder=folder, **options)


@pytest.fixture(scope="module")
def run(drawn_mnist, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lines") / "run"
    assert train(drawn_mnist, folder) is not None
    return folder


@pytest.mark.slow
def test_a_finished_run(run, drawn_mnist):
    names = {path.name for path in run.iterdir()}
    assert names == {"settings.json", "history.json", "metrics.json", "model.keras"}
    history = json.loads((run / "history.json").read_text())
    # Two batches of each phase's own strips, and as many of the phase before.
    assert [record["steps"] for record in history] == [2, 6, 10]
    assert all(np.isfinite(record["loss"]) for record in history)
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["settings"]["phases"] == 3
    assert metrics["validation"]["strips"] == 8
    assert 0 <= metrics["validation"]["exactly_right"] <= 1
    network = load_trained(run).model
    assert network(np.zeros((2, 40, 64), np.uint8), training=False).shape == (2, 16, 17)
    assert train(drawn_mnist, run) is None


@pytest.mark.slow
def test_an_interrupted_run_ends_as_one_that_was_left_alone(
    run, drawn_mnist, tmp_path, monkeypatch
):
    write = line_run.write_atomically

    def interrupted(path: Path, save: object) -> None:
        write(path, save)
        if path.name == "averaged.keras":
            raise KeyboardInterrupt

    # After each phase, once before the checkpoint that belongs to what is written already.
    monkeypatch.setattr(line_run, "write_atomically", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(drawn_mnist, tmp_path)
    monkeypatch.setattr(line_run, "write_atomically", write)
    steps = line_run._training_step

    def few_steps(network, averaged):
        step, done = steps(network, averaged), iter(range(5))

        def limited(*batch):
            if next(done, None) is None:
                raise KeyboardInterrupt
            return step(*batch)

        return limited

    # In the midst of the second phase, and of the third.
    monkeypatch.setattr(line_run, "_training_step", few_steps)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            train(drawn_mnist, tmp_path)
        assert (tmp_path / "checkpoint.keras").exists()
    monkeypatch.setattr(line_run, "_training_step", steps)
    assert train(drawn_mnist, tmp_path) is not None

    expected, found = (load_trained(folder).model.get_weights() for folder in (run, tmp_path))
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)
    histories = [json.loads((folder / "history.json").read_text()) for folder in (run, tmp_path)]
    for one, other in zip(*histories, strict=True):
        assert one["loss"] == pytest.approx(other["loss"], rel=1e-4)


@pytest.mark.slow
def test_a_trained_network_can_be_begun_with(run, drawn_mnist, tmp_path):
    start = run / "model.keras"
    metrics = train(drawn_mnist, tmp_path / "on", RECIPE._replace(phases=1), start=start)
    assert metrics is not None
    assert metrics["settings"]["start"]["settings"] == json.loads(
        (run / "settings.json").read_text()
    )
    # Two steps of a small rate change little.
    before, after = (load_trained(folder).model for folder in (run, tmp_path / "on"))
    kernels = before.trainable_variables[0], after.trainable_variables[0]
    np.testing.assert_allclose(*map(np.asarray, kernels), rtol=0, atol=0.01)
    start.with_name("other.keras").write_bytes(b"no network")
    with pytest.raises(line_run.RunError, match="no line network"):
        train(drawn_mnist, tmp_path / "bad", start=start.with_name("other.keras"))
    with pytest.raises(line_run.RunError, match="other settings"):
        train(drawn_mnist, tmp_path / "on")


@pytest.mark.slow
def test_other_settings_and_damage_are_refused(run, drawn_mnist, tmp_path):
    with pytest.raises(RunError, match=r"other settings \(strips 16\)"):
        train(drawn_mnist, run, RECIPE._replace(strips=24))
    (tmp_path / "settings.json").write_bytes((run / "settings.json").read_bytes())
    (tmp_path / "checkpoint.keras").write_bytes(b"damaged")
    with pytest.raises(RunError, match=r"cannot be resumed .* --force starts over"):
        train(drawn_mnist, tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")
def test_a_killed_run_leaves_no_process(drawn_mnist, tmp_path):
    with start_python("-m", "train", "lines", "--data", drawn_mnist, "--output", tmp_path) as run:
        children = Path(f"/proc/{run.pid}/task/{run.pid}/children")
        wait_until(lambda: len(children.read_text().split()) > 1, "a composing process", 120)
        pids = children.read_text().split()
        run.kill()
    wait_until(lambda: not any(Path("/proc", pid).exists() for pid in pids), "their end")
