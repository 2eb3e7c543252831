"""What several test files need: data, and trained models, made once."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import edgedigit
from tests.support.paths import ROOT
from train.drawing.characters import draw_digits


def pytest_configure() -> None:
    """With EDGEDIGIT_INSTALLED, all ends here unless the installed package is what is tested."""
    if os.environ.get("EDGEDIGIT_INSTALLED"):
        from tests.campaigns.installed import isolation

        child = [sys.executable, isolation.__file__]
        done = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=False)
        fault = isolation.fault() or done.stderr.strip()
        if fault or done.stdout.strip() != str(isolation.PACKAGE):
            raise pytest.UsageError(f"EDGEDIGIT_INSTALLED: {fault}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says which package was tested: of this checkout, or an installed one."""
    terminalreporter.write_line(f"tested: {Path(edgedigit.__file__).parent}")


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
