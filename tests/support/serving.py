"""A server as users start it, in a process of its own, and clients of all kinds."""

import contextlib
import functools
import http.client
import importlib.util
import json
import re
import socket
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.support.command import start
from tests.support.picture_files import png_file

# Of a machine that is busy with other things.
TIMEOUT = 60
LOOPBACK = "127.0.0.1"

_EXTRA = ("starlette", "uvicorn", "python_multipart", "prometheus_client")
has_extra = all(importlib.util.find_spec(name) for name in _EXTRA)
needs_extra = pytest.mark.skipif(not has_extra, reason="needs the extra serve")


PART = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'
"""What stands before a file in a form with the boundary b."""


@functools.cache
def slow_body():
    """A form of 50 pictures, 1.9 MB, far more than any machine looks at in some seconds.

    Of all that a PNG file may have, colours with this filter take longest for their bytes: a
    picture takes a quarter of a second on a quick machine.
    """
    slow = png_file(np.full((2800, 2800, 4), 200, np.uint8), colour=6, filters=(4,), level=9)
    return b"\r\n".join([PART + slow] * 50) + b"\r\n--b--\r\n"


@functools.cache
def slow_form():
    """The request with this body.

    To make it takes a second or two: it has to be there before a connection is opened, which the
    server closes where nothing comes.
    """
    head = b"POST /classify HTTP/1.1\r\nHost: localhost\r\n"
    head += b"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n"
    return head % len(slow_body()) + slow_body()


@dataclass
class Answer:
    """What a server said."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@dataclass
class Server:
    """A server that runs.

    Attributes:
        process: Its own.
        port: The port.
        invitation: What it says to others in the network, where they can reach it.
    """

    process: subprocess.Popen
    port: int
    invitation: str = ""

    @property
    def address(self):
        """Of its page."""
        return f"http://{LOOPBACK}:{self.port}/"

    def ask(self, method, path, body=None, headers=(), **options):
        """One request in a connection of its own."""
        client = http.client.HTTPConnection(LOOPBACK, self.port, timeout=TIMEOUT)
        with contextlib.closing(client):
            client.request(method, path, body, dict(headers), **options)
            return answer_of(client.getresponse())

    def connect(self, source=LOOPBACK):
        """A connection; Linux has many loopback addresses that it may come from."""
        return socket.create_connection(
            (LOOPBACK, self.port), timeout=TIMEOUT, source_address=(source, 0)
        )

    def readers(self):
        """The processes that read pictures."""
        return [reader for child in children(self.process.pid) for reader in children(child)]

    def begin_upload(self, size, path="/classify", source=LOOPBACK):
        """Sends a head, and returns once the server waits for the body."""
        client = self.connect(source)
        client.sendall(
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n"
            "Expect: 100-continue\r\n\r\n".encode()
        )
        assert client.recv(1000) == CONTINUE
        return client


def children(pid):
    """The processes that a process has started, as Linux knows them."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def answer_of(response):
    return Answer(response.status, response.headers, response.read())


def read_answer(client):
    """The next answer that comes through a socket."""
    response = http.client.HTTPResponse(client)
    response.begin()
    return answer_of(response)


def last_answer(client):
    """What a server that ends says; None where its time was over before that."""
    with contextlib.suppress(ConnectionError):
        return read_answer(client)


def is_closed(client):
    """Waits until the server says something more, or has closed the connection."""
    try:
        return client.recv(1) == b""
    except ConnectionError:
        return True


def first_line(process):
    """What a server says when it is ready, or why it cannot be."""
    late = threading.Timer(TIMEOUT, process.kill)
    late.start()
    line = process.stderr.readline().decode()
    late.cancel()
    assert line, f"it said nothing in {TIMEOUT} s"
    return line


@contextlib.contextmanager
def serving(*arguments, status=None, **options):
    """Runs a server on a free port, which has to say its address and nothing else.

    Args:
        arguments: What the command is given besides.
        status: Its exit status, where the test itself ends it.
        options: As for `start`.
    """
    # As long as the tests of a module take, of which many may share it.
    with start("serve", "--port", "0", *arguments, limit=900, **options) as process:
        try:
            line = first_line(process)
            host = arguments[arguments.index("--host") + 1] if "--host" in arguments else LOOPBACK
            found = re.fullmatch(rf"edgedigit: listening on http://{host}:([0-9]+)/\n", line)
            assert found, line
            invitation = "" if host == LOOPBACK else first_line(process)
            yield Server(process, int(found[1]), invitation)
            if status is None:
                process.terminate()
            ended = process.wait(TIMEOUT)
            assert ended == (143 if status is None else status), ended
            said = process.stderr.read().decode()
            assert said == "", said
        finally:
            process.kill()
