"""The command itself: how it starts, what it says, and how it ends."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tests.command import ENVIRONMENT, run
from tests.picture_files import png_file
from train.strokes import draw_digits

SEVEN = png_file(draw_digits([7], np.random.default_rng(4))[0])
posix_only = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "65536"),
        ("--port", "-1"),
        ("--port", "http"),
        ("--token", ""),
        ("--token", "two words"),
        ("--token", "ümlaut"),
        ("--timeout", "0"),
        ("--max-requests", "0"),
        ("--max-bytes", "many"),
        ("--min-confidence", "2"),
        ("x",),
    ],
)
def test_wrong_usage(arguments):
    done = run("serve", *arguments, status=2)
    assert done.stdout == ""
    assert done.stderr.startswith("usage: ")


def test_a_wrong_token_in_the_environment():
    environment = {**ENVIRONMENT, "EDGEDIGIT_TOKEN": "two words"}
    assert "EDGEDIGIT_TOKEN" in run("serve", status=2, env=environment).stderr


def test_the_help_says_what_is_exposed():
    text = " ".join(run("serve", "--help").stdout.split())
    assert "With --host other than 127.0.0.1, all that can reach this machine can" in text


def test_without_the_extra():
    script = "import sys; sys.modules['uvicorn'] = None; from edgedigit.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", f"{script.replace('main()', 'sys.exit(main())')}", "serve"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == 'edgedigit: uvicorn is missing: pip install "edgedigit[serve]"\n'


@pytest.fixture(autouse=True, scope="module")
def _needs_the_extra(request):
    """Applies to what starts a server."""


class TestServing:
    """What needs the extra."""

    @pytest.fixture(autouse=True)
    def _extra(self):
        for name in ("uvicorn", "starlette", "prometheus_client", "python_multipart"):
            pytest.importorskip(name, reason="needs the extra serve")
