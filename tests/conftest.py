"""What several test files need: data, and trained models, made once."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def mnist_path() -> Path:
    """MNIST as Keras stores it, for tests that check real figures."""
    path = Path(os.environ.get("EDGEDIGIT_MNIST", ROOT.parent / "shared" / "data" / "mnist.npz"))
    if not path.is_file():
        pytest.skip("needs MNIST: set EDGEDIGIT_MNIST to the path of Keras' mnist.npz")
    return path
