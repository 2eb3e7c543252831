"""The systemd unit that serves the page: read as systemd does, and its command run as it stands."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command import ENVIRONMENT, python
from tests.support.marks import posix_only
from tests.support.paths import EXAMPLES
from tests.support.serving import serving

UNIT = EXAMPLES / "edgedigit.service"
PROGRAM = "/opt/edgedigit/bin/edgedigit"

Settings = dict[tuple[str, str], list[str]]


def settings() -> Settings:
    """All values of each key of each section: systemd allows a key several times."""
    found: Settings = {}
    section = None
    for line in UNIT.read_text().replace("\\\n", " ").splitlines():
        if not line or line.startswith(("#", ";")):
            continue
        if header := re.fullmatch(r"\[(\w+)\]", line):
            section = header[1]
            continue
        assert section is not None, f"before any section: {line}"
        key, equals, value = line.partition("=")
        assert equals, line
        assert re.fullmatch("[A-Z][A-Za-z]+", key), line
        found.setdefault((section, key), []).append(value)
    return found


def command() -> list[str]:
    """What systemd runs, behind the program's name."""
    (line,) = settings()["Service", "ExecStart"]
    program, *arguments = shlex.split(line)
    assert program == PROGRAM
    return arguments


@pytest.fixture(scope="module")
def serve_help() -> str:
    """What `edgedigit serve --help` prints."""
    done = python("-m", "edgedigit", "serve", "--help", status=None)
    if done.returncode == 2:
        pytest.skip("this edgedigit has no serve")
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def analyze(tmp_path: Path) -> Path:
    """The unit, with a program that is there, for systemd-analyze."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace(PROGRAM, os.path.realpath(sys.executable)))
    return unit


def test_nothing_is_set_twice_but_what_adds_up():
    several = {key for key, values in settings().items() if len(values) > 1}
    assert several == {("Service", "SystemCallFilter")}


def test_every_option_exists(serve_help):
    options = [argument for argument in command() if argument.startswith("--")]
    assert command()[0] == "serve"
    assert "--host" in options
    known = set(re.findall(r"--[a-z][a-z-]*", serve_help))
    assert set(options) <= known


def test_it_serves_this_machine_alone_and_wants_a_token():
    arguments = command()
    assert arguments[arguments.index("--host") + 1] == "127.0.0.1"
    assert settings()["Service", "IPAddressDeny"] == ["any"]
    assert settings()["Service", "IPAddressAllow"] == ["localhost"]
    # A file that has to be there has no - before its name.
    assert settings()["Service", "EnvironmentFile"] == ["/etc/edgedigit.env"]
    assert "EDGEDIGIT_TOKEN=" in UNIT.read_text()


@posix_only
def test_it_starts_wants_the_token_and_ends_as_the_unit_expects(serve_help, tmp_path):
    for name in "starlette", "uvicorn", "python_multipart", "prometheus_client":
        pytest.importorskip(name, reason="serve needs its extra")
    (tmp_path / "edgedigit").mkdir()  # by StateDirectory=
    assert settings()["Service", "StateDirectory"] == ["edgedigit"]
    (status,) = settings()["Service", "SuccessExitStatus"]
    # The unit's command, on a free port and with a folder that is there.
    arguments = [argument.replace("%S", str(tmp_path)) for argument in command()]
    arguments[arguments.index("--port") + 1] = "0"
    environment = {**ENVIRONMENT, "EDGEDIGIT_TOKEN": "secret"}
    with serving(*arguments[1:], status=int(status), env=environment) as server:
        assert server.ask("GET", "/health").status == 200
        assert server.ask("GET", "/info").status == 401
        server.process.send_signal(signal.SIGTERM)


def test_systemd_finds_nothing_wrong(analyze):
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", analyze],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_little_is_exposed(analyze):
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", analyze],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze looks at units only while they are loaded")
    assert done.returncode == 0, done.stdout + done.stderr
