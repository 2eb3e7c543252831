"""The command itself: how it starts, what it says, and how it ends."""

import contextlib
import os
import pty
import re
import select
import signal
import socket
import time

import numpy as np
import pytest

from tests.support.command import ENVIRONMENT, python, run, start
from tests.support.marks import posix_only, slow_but
from tests.support.picture_files import png_file
from tests.support.serving import (
    TIMEOUT,
    first_line,
    is_closed,
    last_answer,
    needs_extra,
    read_answer,
    serving,
)
from tests.support.waiting import wait_until
from train.drawing.characters import draw_digits

SEVEN = png_file(draw_digits([7], np.random.default_rng(4))[0])
every_signal = pytest.mark.parametrize(
    ("name", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)]
)


# --- what needs nothing


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
        ("--allow-host", "two words"),
        ("--allow-host", "name:8000"),
        ("--allow-host", ""),
        ("--threads", "0"),
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
    hidden = "import sys; sys.modules['uvicorn'] = None"
    script = f"{hidden}; from edgedigit.cli import main; sys.exit(main())"
    done = python("-c", script, "serve", status=1, env=ENVIRONMENT)
    assert done.stdout == ""
    assert done.stderr.endswith(' is missing: pip install "edgedigit[serve]"\n')
    assert done.stderr.count("\n") == 1


# --- how it starts


@needs_extra
def test_it_answers_where_it_says():
    with serving() as server:
        assert server.ask("POST", "/classify", SEVEN).json["digit"] == 7
        with pytest.raises(OSError, match="refused"):  # of all addresses only this one
            socket.create_connection(("127.0.0.2", server.port), timeout=TIMEOUT)


@needs_extra
def test_quiet():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with start("serve", "--port", str(port), "--quiet") as process:
        wait_until(lambda: is_listening(port), "the server to listen", TIMEOUT)
        process.terminate()
        assert process.communicate(timeout=TIMEOUT) == (None, b"")


@needs_extra
def test_ipv6():
    if not socket.has_ipv6:
        pytest.skip("needs IPv6")
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("needs IPv6")
    with start("serve", "--port", "0", "--host", "::1") as process:
        line = first_line(process)
        address = line.removeprefix("edgedigit: listening on http://[::1]:")
        port = int(address.removesuffix("/\n"))
        with socket.create_connection(("::1", port), timeout=TIMEOUT) as client:
            client.sendall(f"GET /health HTTP/1.1\r\nHost: [::1]:{port}\r\n\r\n".encode())
            assert read_answer(client).status == 200
        process.terminate()


@needs_extra
def test_the_token_may_come_from_the_environment():
    with serving(env={**ENVIRONMENT, "EDGEDIGIT_TOKEN": "secret"}) as server:
        assert server.ask("GET", "/info").status == 401
        headers = {"Authorization": "Bearer secret"}
        assert server.ask("GET", "/info", headers=headers).status == 200
    environment = {**ENVIRONMENT, "EDGEDIGIT_TOKEN": "secret"}
    with serving("--token", "other", env=environment) as server:
        headers = {"Authorization": "Bearer other"}
        assert server.ask("GET", "/info", headers=headers).status == 200


@needs_extra
def test_others_in_the_network_get_an_address_and_a_token_that_is_made_up():
    tokens = set()
    for _ in range(2):
        with serving("--host", "0.0.0.0") as server:
            said = re.fullmatch(
                r"edgedigit: here, or on a phone in this network, open "
                rf"http://([^/:]+):{server.port}/#token=([\w-]{{16}})\n",
                server.invitation,
            )
            assert said, server.invitation
            assert said[1] != "0.0.0.0"
            assert server.ask("GET", "/info").status == 401
            headers = {"Authorization": f"Bearer {said[2]}"}
            assert server.ask("GET", "/info", headers=headers).status == 200
            tokens.add(said[2])
    assert len(tokens) == 2


@needs_extra
def test_a_token_that_was_given_is_not_said():
    with serving("--host", "0.0.0.0", "--token", "secret") as server:
        assert server.invitation.endswith(f":{server.port}/\n")
        assert server.ask("GET", "/info").status == 401
    with serving("--host", "0.0.0.0", "--no-token") as server:
        assert server.invitation.endswith(f":{server.port}/\n")
        assert server.ask("GET", "/info").status == 200


@needs_extra
@posix_only
def test_a_terminal_shows_the_address_as_a_qr_code():
    pytest.importorskip("segno", reason="draws QR codes")
    ours, theirs = pty.openpty()
    with start("serve", "--host", "0.0.0.0", "--port", "0", stderr=theirs) as process:
        os.close(theirs)
        said = b""
        while sum(map(said.count, map(str.encode, "\u2580\u2584\u2588"))) < 100:
            assert select.select([ours], [], [], TIMEOUT)[0], said.decode()
            said += os.read(ours, 1 << 16)
        process.terminate()
    os.close(ours)


def fails(*arguments):
    """The one line that is said of what cannot be started."""
    done = run("serve", "--port", "0", *arguments, status=1)
    assert done.stdout == ""
    assert done.stderr.startswith("edgedigit: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


@needs_extra
def test_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = fails("--port", port)
    assert f"cannot listen on 127.0.0.1, port {port}: " in said
    assert said.endswith("; --port takes another one, and 0 any that is free\n")


@needs_extra
@pytest.mark.parametrize("host", ["192.0.2.1", "name.invalid", "a" * 300, "ä" * 80])
def test_an_address_that_is_not_this_machines(host):
    assert "cannot listen on" in fails("--host", host)


@needs_extra
def test_a_model_that_is_not_there(tmp_path):
    assert str(tmp_path) in fails("--model", str(tmp_path))


@needs_extra
def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    assert "cannot write" in fails("--collect", str(tmp_path / "file" / "folder"))


# --- how it ends


def is_listening(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT).close()
    except ConnectionError:
        return False
    return True


@needs_extra
@posix_only
@every_signal
def test_a_signal_ends_it(name, status):
    with serving(status=status) as server, server.connect() as idle, server.connect() as begun:
        begun.sendall(b"GET /hea")
        assert server.ask("GET", "/health").status == 200
        server.process.send_signal(getattr(signal, name))
        assert is_closed(idle)
        assert is_closed(begun)


@needs_extra
@posix_only
@pytest.mark.parametrize("delay", slow_but(1, [0.4, *np.arange(1, 20) / 10]))
@every_signal
def test_a_signal_to_all_of_its_processes_ends_it_while_it_starts(name, status, delay):
    """As the end of a service sends it, Ctrl-C, and the end of a terminal."""
    # What is read while an import is interrupted is left to the garbage collector.
    environment = {**ENVIRONMENT, "PYTHONWARNINGS": "error,ignore::ResourceWarning"}
    with start("serve", "--port", "0", start_new_session=True, env=environment) as process:
        time.sleep(delay)
        os.killpg(process.pid, number := getattr(signal, name))
        said = process.communicate(timeout=TIMEOUT)[1]
    assert process.returncode in (status, -number)  # the latter before anything is loaded
    assert b"Traceback" not in said or process.returncode == -number


@needs_extra
@posix_only
@every_signal
def test_requests_that_run_are_answered_first(name, status):
    # Within two seconds: a machine may be too busy for that now and then.
    for _ in range(5):
        with serving(status=status) as server, server.begin_upload(len(SEVEN)) as client:
            server.process.send_signal(getattr(signal, name))
            wait_until(lambda: not is_listening(server.port), "the server to let nobody else in")
            with contextlib.suppress(ConnectionError):
                client.sendall(SEVEN)
            answer = last_answer(client)
            assert is_closed(client)
        if answer is not None and answer.status == 200:
            break
    assert answer.json["digit"] == 7


@needs_extra
@posix_only
def test_requests_that_do_not_end_are_not_waited_for():
    with serving("--timeout", "1", status=143) as server, server.begin_upload(9) as client:
        server.process.terminate()
        answer = last_answer(client)
        assert answer is None or answer.status in (408, 503)
        assert is_closed(client)


@needs_extra
@posix_only
def test_nohup_is_heeded():
    def ignore():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with serving(preexec_fn=ignore) as server:
        server.process.send_signal(signal.SIGHUP)
        assert server.ask("GET", "/health").status == 200
