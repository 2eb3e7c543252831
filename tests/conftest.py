"""What several test files need: signals as usual, and data made once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import edgedigit
from tests.support.paths import ROOT


def pytest_configure() -> None:
    """With EDGEDIGIT_INSTALLED, all ends here unless the installed package is what is tested."""
    if os.environ.get("EDGEDIGIT_INSTALLED"):
        from tests.campaigns.installed import isolation

        child = [sys.executable, isolation.__file__]
        done = subprocess.run(
            child, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
        )
        fault = isolation.fault() or done.stderr.strip()
        if fault or done.stdout.strip() != str(isolation.PACKAGE):
            raise pytest.UsageError(f"EDGEDIGIT_INSTALLED: {fault}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Each process takes tests that follow one another, so that it makes few fixtures anew."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says which package was tested: of this checkout, or an installed one."""
    terminalreporter.write_line(f"tested: {Path(edgedigit.__file__).parent}")


@pytest.fixture(scope="session", autouse=True)
def _no_signal_is_ignored() -> Iterator[None]:
    """What this process ignores, as a script's background jobs do, its children would too."""
    before = {}
    for name in "SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT":
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            is_interrupt = number == signal.SIGINT
            handler = signal.default_int_handler if is_interrupt else lambda *_: None
            before[number] = signal.signal(number, handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def mnist_path() -> Path:
    """MNIST as Keras stores it, for tests that check real figures."""
    path = Path(os.environ.get("EDGEDIGIT_MNIST", ROOT.parent / "shared" / "data" / "mnist.npz"))
    if not path.is_file():
        pytest.skip("needs MNIST: set EDGEDIGIT_MNIST to the path of Keras' mnist.npz")
    return path


@pytest.fixture(scope="session")
def drawn_mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Digits drawn by our own script, in Keras' MNIST format: 2,400 to train, 400 to test."""
    import numpy as np

    from train.drawing.characters import draw_digits

    rng = np.random.default_rng(7)
    labels = np.arange(2800) % 10
    pictures = draw_digits(labels, rng, size=28)
    path = tmp_path_factory.mktemp("data") / "drawn.npz"
    np.savez_compressed(
        path,
        x_train=pictures[:2400],
        y_train=labels[:2400].astype(np.uint8),
        x_test=pictures[2400:],
        y_test=labels[2400:].astype(np.uint8),
    )
    return path


@pytest.fixture(scope="session")
def trained_run(drawn_mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small network that `python -m train` has trained for two epochs."""
    pytest.importorskip("tensorflow", reason="training needs TensorFlow")
    pytest.importorskip("matplotlib", reason="training needs matplotlib")
    from train.__main__ import main

    folder = tmp_path_factory.mktemp("runs") / "tiny"
    settings = ["--model", "mlp-128", "--epochs", "2", "--batch-size", "64"]
    assert main([*settings, "--data", str(drawn_mnist), "--output", str(folder)]) == 0
    return folder
