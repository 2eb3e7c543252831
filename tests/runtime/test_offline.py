"""Nothing reaches for the network, and nothing is written but what was asked for.

onnxruntime's telemetry, where it is not prevented, starts a thread and writes a database in the
user's home; it is native code, so that what the system is asked for counts, not what Python sees.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.support.command import COMMAND, ENVIRONMENT, python
from tests.support.picture_files import png_file
from tests.support.serving import needs_extra
from train.drawing.characters import draw_digits

SEVEN = png_file(draw_digits([7], np.random.default_rng(1))[0])

# Ends the process where Python makes a socket or looks a name up.
WITHOUT_SOCKETS = """
import os, sys
sys.path.insert(0, os.environ["PYTHONPATH"])
def refuse(event, arguments):
    if event.startswith("socket."):
        os.write(2, event.encode())
        os._exit(9)
sys.addaudithook(refuse)
from edgedigit.cli import main
sys.exit(main(sys.argv[1:]))
"""
COMMANDS = [["classify", "."], ["read", "."], ["classify", ".", "-o", "out.csv"], ["info"]]

# What a process asks of Linux that is seen outside, but reading.
CALLS = "trace=%network,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the command runs: a picture, beside a home in which nothing is."""
    folder = tmp_path / "scans"
    folder.mkdir()
    (tmp_path / "home").mkdir()
    (folder / "seven.png").write_bytes(SEVEN)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """That of a user who has nothing set, with the home beside the folder."""
    home = str(folder.parent / "home")
    places = "HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "TMPDIR", "USERPROFILE"
    kept = {name: value for name, value in ENVIRONMENT.items() if not name.startswith("ORT_")}
    return {**kept, **dict.fromkeys(places, home), "PYTHONDONTWRITEBYTECODE": "1"}


@pytest.fixture(scope="module")
def strace() -> str:
    """A strace that may trace."""
    program = shutil.which("strace")
    if program is None:
        pytest.skip("needs strace")
    done = subprocess.run([program, "true"], capture_output=True, check=False, timeout=60)
    if done.returncode:
        pytest.skip("strace may not trace here")
    return program


def trace(strace: str, folder: Path, command: list[str]) -> list[str]:
    """What all processes and threads of a command ask the system for, one call a line."""
    log = folder.parent / "trace"
    done = subprocess.run(
        [strace, "-f", "-qq", "-e", "signal=none", "-e", CALLS, "-o", str(log), *command],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return log.read_text("utf-8", "replace").splitlines()


def written(calls: list[str]) -> set[str]:
    """The names of files and folders that calls make, change or remove."""
    changes = [
        call
        for call in calls
        if re.search(r"O_WRONLY|O_RDWR|O_CREAT| (creat|mkdir|rename|unlink)", call)
    ]
    return {name for call in changes for name in re.findall(r'"([^"]*)"', call)} - {"/dev/null"}


def sockets(calls: list[str]) -> list[str]:
    """The calls that have to do with the network, whether they succeed or not."""
    names = r"socket|socketpair|connect|bind|listen|accept4?|send(to|msg|mmsg)|recv(from|msg|mmsg)"
    return [call for call in calls if re.match(rf"\d+ +({names})\(", call)]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_python_opens_no_socket(folder: Path, command: list[str]) -> None:
    python("-c", WITHOUT_SOCKETS, *command, cwd=folder, env=environment(folder))
    assert list((folder.parent / "home").iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_system_is_asked_for_no_socket(strace: str, folder: Path, command: list[str]) -> None:
    calls = trace(strace, folder, [*COMMAND, *command])
    assert any("model.onnx" in call for call in calls)
    assert sockets(calls) == []
    expected = {"out.csv", ".out.csv.rows"} if "out.csv" in command else set()
    assert {os.path.basename(name) for name in written(calls)} <= expected
    assert list((folder.parent / "home").iterdir()) == []


def test_the_trace_sees_sockets_and_files(strace: str, folder: Path) -> None:
    script = "import socket; socket.socket(); open('left', 'w'); __import__('os').mkdir('made')"
    calls = trace(strace, folder, [sys.executable, "-c", script])
    assert len(sockets(calls)) == 1
    assert {"left", "made"} <= written(calls)


@needs_extra
def test_the_server_talks_to_this_machine_alone(strace: str, folder: Path) -> None:
    # Python asks it one question and ends it, with the server as its child.
    script = f"""
import http.client, json, subprocess
server = subprocess.Popen({[*COMMAND, "serve", "--port", "0"]!r}, stderr=subprocess.PIPE, text=True)
try:
    address = server.stderr.readline().partition("http://")[2].split("/")[0]
    client = http.client.HTTPConnection(address, timeout=60)
    client.request("POST", "/classify", open("seven.png", "rb"))
    assert json.load(client.getresponse())["digit"] == 7
finally:
    server.terminate()
    server.communicate()
"""
    calls = sockets(trace(strace, folder, [sys.executable, "-c", script]))
    addresses = {
        address
        for call in calls
        for address in re.findall(r'inet_(?:addr|pton)\([^"]*"(.*?)"', call)
    }
    assert addresses == {"127.0.0.1"}
