"""Clients that are slow, many, large, rude, or gone; through real connections."""

import contextlib
import os
import select
import signal
import socket
import threading
import time

import numpy as np
import pytest

from tests.support.marks import linux_only, posix_only
from tests.support.picture_files import png_file
from tests.support.serving import (
    PART,
    TIMEOUT,
    is_closed,
    last_answer,
    needs_extra,
    read_answer,
    serving,
    slow_body,
    slow_form,
)
from tests.support.waiting import wait_until
from train.drawing.characters import draw_digits

pytestmark = needs_extra

SEVEN = png_file(draw_digits([7], np.random.default_rng(4))[0])
OTHER = "127.0.0.3"
SLOW_FORM = slow_form()
HEAD = b"POST /classify HTTP/1.1\r\nHost: localhost\r\n"


LIMITS = ("--max-requests", "2", "--max-bytes", "2000000")


@pytest.fixture(scope="module")
def server():
    """Two requests at once, each of which may take as long as a busy machine needs."""
    with serving(*LIMITS, "--timeout", "100") as running:
        yield running


@pytest.fixture(scope="module")
def impatient():
    """A server that waits for a second."""
    with serving(*LIMITS, "--timeout", "1") as running:
        yield running


def ask_until_free(server):
    """The answer for a 7, once the server has the time and the room for it."""

    def answer():
        found = server.ask("POST", "/classify", SEVEN)
        return found if found.status not in (408, 503) else None

    return wait_until(answer, "the server to be free", pause=0.05)


@pytest.fixture(autouse=True)
def _serves_on(request):
    """Whatever was done to it, the server serves the next one."""
    yield
    for name in ("server", "impatient"):
        if name in request.fixturenames:
            # What a client that went away held is given back a moment later.
            assert ask_until_free(request.getfixturevalue(name)).json["digit"] == 7


# --- too many


def test_beyond_the_limit_clients_are_told_to_come_again():
    arguments = ("--max-requests", "2", "--threads", "1", "--timeout", "100")
    with serving(*arguments) as server, contextlib.ExitStack() as opened:
        clients = [opened.enter_context(server.connect()) for _ in range(3)]
        for client in clients:
            client.sendall(SLOW_FORM)
        for path in ("/health", "/", "/info", "/metrics"):
            assert server.ask("GET", path).status == 200
        # The body that is there last.
        (told,), _, _ = select.select(clients, (), (), TIMEOUT)
        answer = read_answer(told)
        assert (answer.status, answer.json["status"]) == (503, "busy")
        assert answer.headers["Retry-After"] == "1"


def test_who_has_sent_no_body_holds_nothing(server):
    with contextlib.ExitStack() as opened:
        for _ in range(20):
            opened.enter_context(server.begin_upload(len(SEVEN)))
        assert server.ask("POST", "/classify", SEVEN).json["digit"] == 7


def test_who_goes_away_makes_room(server):
    for _ in range(4):
        for client in [server.begin_upload(len(SEVEN)) for _ in range(2)]:
            client.sendall(SEVEN[:50])
            client.close()
        assert ask_until_free(server).json["digit"] == 7


def test_the_connection_that_has_waited_longest_makes_room(server):
    # 16 for each request at once.
    with contextlib.ExitStack() as opened:
        clients = [opened.enter_context(server.connect()) for _ in range(40)]
        assert server.ask("GET", "/health").status == 200
        closed, _, _ = select.select(clients, (), (), TIMEOUT)
        assert clients[0] in closed
        assert is_closed(clients[0])


@linux_only
@pytest.mark.parametrize("kind", ["idle", "uploads"])
def test_one_address_does_not_take_all_connections(kind):
    with serving("--max-requests", "2") as server, contextlib.ExitStack() as opened:
        begin = server.begin_upload if kind == "uploads" else server.connect
        arguments = {"size": 30_000} if kind == "uploads" else {}
        good = opened.enter_context(server.connect())
        for _ in range(40):
            with contextlib.suppress(ConnectionError, AssertionError):
                opened.enter_context(begin(source=OTHER, **arguments))
        good.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert read_answer(good).status == 200
        for _ in range(5):
            assert server.ask("POST", "/classify", SEVEN).json["digit"] == 7


@linux_only
def test_pictures_that_take_long_hold_nobody_else_up():
    arguments = ("--timeout", "6", "--threads", "1", "--max-requests", "4")
    with serving(*arguments) as server, contextlib.ExitStack() as opened:
        slow = [opened.enter_context(server.connect(OTHER)) for _ in range(4)]
        for client in slow:
            client.sendall(SLOW_FORM)
        # All four are there, and no process has more than one of them.
        time.sleep(1)
        for _ in range(3):
            assert server.ask("POST", "/classify", SEVEN).json["digit"] == 7
        assert len(server.readers()) <= 2
        assert [read_answer(client).status for client in slow] == [503] * 4
        assert server.ask("POST", "/classify", SEVEN).json["digit"] == 7


@linux_only
def test_a_process_that_dies_is_replaced(server):
    with server.connect() as client:
        client.sendall(SLOW_FORM)
        time.sleep(0.3)
        killed = server.readers()
        for reader in killed:
            os.kill(reader, signal.SIGSEGV)
        answer = read_answer(client)
        assert (answer.status, answer.json["status"]) in ((422, "damaged"), (503, "busy"))
    wait_until(lambda: not any(map(is_alive, killed)), "the processes to end", TIMEOUT)
    assert ask_until_free(server).json["digit"] == 7


@linux_only
def test_the_end_does_not_wait_for_a_picture():
    with serving("--timeout", "100", status=143) as server, server.connect() as client:
        client.sendall(SLOW_FORM)
        time.sleep(0.3)
        readers = server.readers()
        assert readers
        for reader in readers:
            # However quick the machine is, this picture has no end.
            os.kill(reader, signal.SIGSTOP)
        started = time.monotonic()
        server.process.terminate()
        answer = last_answer(client)
        assert answer is None or answer.status == 503
        server.process.wait(TIMEOUT)
        # 3 seconds, where the machine has nothing else to do.
        assert time.monotonic() - started < 15
        wait_until(lambda: not any(map(is_alive, readers)), "the processes to end", TIMEOUT)


def is_alive(pid):
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0] != "Z"
    return False


# --- too large


def test_a_body_that_is_too_large_by_its_own_word_is_not_read(server):
    with server.connect() as client:
        client.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 2000001\r\n\r\n")
        answer = read_answer(client)  # no 100 before it
        assert (answer.status, answer.json["status"]) == (413, "too_large")
    with server.connect() as client:
        client.sendall(HEAD + b"Content-Length: " + b"9" * 100 + b"\r\n\r\n")
        assert read_answer(client).status in (400, 413)


def send_for(client, seconds):
    """Sends pieces of a chunked body as fast as they are taken."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        client.sendall(b"10000\r\n" + bytes(0x10000) + b"\r\n")


@pytest.mark.parametrize("kind", ["image/png", "multipart/form-data; boundary=b"])
def test_a_body_without_an_end_is_cut_off(impatient, kind):
    with impatient.connect() as client:
        client.sendall(
            HEAD + f"Content-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        client.sendall(b"%x\r\n%s\r\n" % (len(PART), PART))
        with pytest.raises((ConnectionError, TimeoutError)):
            send_for(client, seconds=30)


def test_a_client_that_sends_all_before_it_listens_gets_its_answer(server):
    answer = server.ask("POST", "/classify", bytes(2_000_001))
    assert (answer.status, answer.json["status"]) == (413, "too_large")


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def test_a_body_of_many_small_chunks(server):
    with server.connect() as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(CHUNKED + b"1\r\nx\r\n" * 100_000)
        with contextlib.suppress(ConnectionError):  # the rest may be in the way of the answer
            answer = read_answer(client)
            assert (answer.status, answer.json["status"]) == (400, "bad_request")
            assert "chunks" in answer.json["error"]
        assert is_closed(client)


def test_a_picture_in_chunks(server):
    parts = [SEVEN[start : start + 3] for start in range(0, len(SEVEN), 3)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    with server.connect() as client:
        client.sendall(CHUNKED + chunks + b"0\r\n\r\n")
        assert read_answer(client).json["digit"] == 7


@pytest.mark.parametrize(
    "head",
    [b"a: b\r\n" * 101, b"a: " + b"b" * 17_000 + b"\r\n", b"a: " + b"b" * 100_000 + b"\r\n"],
    ids=["many", "long", "very long"],
)
def test_heads_have_limits(server, head):
    with server.connect() as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n")
        answer = read_answer(client)
        assert answer.status in (400, 431)
        assert is_closed(client)


def test_heads_behind_a_chunked_body_have_limits(server):
    with server.connect() as client:
        client.sendall(CHUNKED + b"1\r\nx\r\n0\r\n" + b"a: b\r\n" * 101 + b"\r\n")
        assert read_answer(client).status == 431
        assert is_closed(client)


def test_a_head_that_is_too_large(server):
    with server.connect() as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(HEAD + b"X: " + b"y" * 1_000_000)
        with contextlib.suppress(ConnectionError):  # the rest may be in the way of the answer
            assert read_answer(client).status in (400, 431)
        assert is_closed(client)


# --- too slow


def drip(client, data):
    """Sends a byte now and then, until the server has had enough."""
    with contextlib.suppress(OSError):
        for index in range(len(data)):
            client.sendall(data[index : index + 1])
            time.sleep(0.05)


@contextlib.contextmanager
def dripping(client, data):
    thread = threading.Thread(target=drip, args=(client, data), daemon=True)
    thread.start()
    try:
        yield
    finally:
        client.close()
        thread.join(TIMEOUT)


def test_a_head_that_does_not_end(impatient):
    with impatient.connect() as client:
        client.sendall(HEAD)
        answer = read_answer(client)
        assert (answer.status, answer.json["status"]) == (408, "timeout")
        assert is_closed(client)


def test_a_head_that_comes_byte_by_byte(impatient):
    with impatient.connect() as client, dripping(client, HEAD + b"X: " + b"y" * 1000):
        assert read_answer(client).status == 408
        assert is_closed(client)


def test_a_connection_on_which_nothing_comes(impatient):
    with impatient.connect() as client:
        assert is_closed(client)


def test_a_connection_on_which_nothing_comes_any_more(impatient):
    with impatient.connect() as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert read_answer(client).status == 200
        assert is_closed(client)


@pytest.mark.parametrize(
    ("kind", "start"),
    [("image/png", SEVEN[:100]), ("multipart/form-data; boundary=b", PART)],
    ids=["picture", "form"],
)
def test_a_body_that_does_not_end(impatient, kind, start):
    with impatient.connect() as client:
        head = f"Content-Type: {kind}\r\nContent-Length: 1000\r\n\r\n"
        client.sendall(HEAD + head.encode() + start)
        answer = read_answer(client)
        assert (answer.status, answer.json["status"]) == (408, "timeout")
        assert is_closed(client)


def test_a_body_that_comes_byte_by_byte(impatient):
    with impatient.connect() as client:
        client.sendall(HEAD + f"Content-Length: {len(SEVEN)}\r\n\r\n".encode())
        with dripping(client, SEVEN):
            assert read_answer(client).status == 408
            assert is_closed(client)


@pytest.mark.parametrize(
    ("path", "status"), [("/x", 404), ("/health", 200), ("/classify?x=y", 422), ("/info", 200)]
)
def test_a_body_that_nobody_wants_does_not_hold_the_connection(impatient, path, status):
    method = "GET" if status == 200 else "POST"
    with impatient.connect() as client:
        client.sendall(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n".encode())
        client.sendall(b"Content-Length: 1000000\r\n\r\nabc")
        assert read_answer(client).status == status
        with dripping(client, bytes(1000)):
            assert is_closed(client)


@posix_only
def test_a_client_that_does_not_read_its_answers(impatient):
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(30)
        client.connect(("127.0.0.1", impatient.port))
        # Answers of far more than the system keeps for it.
        question = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with contextlib.suppress(ConnectionError):
            for _ in range(5000):
                client.sendall(question)
        closed = select.poll()
        closed.register(client, 0)  # tells of the end alone, not of what may be read
        assert closed.poll(1000 * TIMEOUT)
        count = 0
        with contextlib.suppress(ConnectionError):
            while part := client.recv(1 << 20):
                count += part.count(b"HTTP/1.1 200")
        assert count < 5000


# --- what is no HTTP, and what is unusual

SMUGGLED = b"GET /info HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n\r\n\r\nnonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS
        b"GET / HTTP/1.1\r\n\r\n",  # without a Host
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        HEAD + b"Content-Length: x\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        HEAD + b"Transfer-Encoding: gzip\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
        HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n" + SMUGGLED,
        b"GET /health HTTP/3.7\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_is_no_http(server, data):
    with server.connect() as client:
        client.sendall(data)
        answer = read_answer(client)
        assert answer.status in (400, 501, 505)
        assert answer.json["status"] == "bad_request"
        assert is_closed(client)


def test_what_is_no_http_after_the_answer(server):
    with server.connect() as client:
        client.sendall(b"POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert read_answer(client).status == 404
        client.sendall(b"xyz\r\n")
        assert is_closed(client)


@pytest.mark.parametrize(
    "line",
    [
        *("OPTIONS * HTTP/1.1", "CONNECT localhost:80 HTTP/1.1"),
        *("GET /%00%ff HTTP/1.1", "GET //// HTTP/1.1", "TRACE / HTTP/1.1"),
    ],
)
def test_unusual_requests(server, line):
    with server.connect() as client:
        client.sendall(f"{line}\r\nHost: localhost\r\n\r\n".encode())
        answer = read_answer(client)
        assert 400 <= answer.status < 500
        assert answer.json["status"] in ("not_found", "method_not_allowed", "bad_request")


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://localhost/health", 200),
        ("HTTP://LOCALHOST:{port}/health", 200),
        ("http://localhost", 200),
        ("http://localhost?x=y", 200),
        ("http://elsewhere.example/health", 403),
        ("http://localhost@elsewhere.example/health", 403),
        ("ftp://localhost/health", 404),
    ],
)
def test_targets_with_the_name_of_the_server(server, target, status):
    with server.connect() as client:
        line = f"GET {target.format(port=server.port)} HTTP/1.1\r\n"
        client.sendall(line.encode() + b"Host: localhost\r\n\r\n")
        assert read_answer(client).status == status


def test_http_1_0(server):
    with server.connect() as client:
        client.sendall(b"GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert read_answer(client).status == 200
        assert is_closed(client)


def test_an_upgrade_is_not_taken(server):
    with server.connect() as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n")
        client.sendall(b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
        client.sendall(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        assert read_answer(client).status == 200


def test_requests_sent_at_once_are_answered_one_after_the_other(server):
    one = HEAD + f"Content-Length: {len(SEVEN)}\r\n\r\n".encode() + SEVEN
    with server.connect() as client:
        client.sendall(one * 20)
        stream = client.makefile("rb")

        class Same:
            """The one stream of all answers; `HTTPResponse` would make one for each."""

            def makefile(self, mode):
                return _Unclosed(stream)

        assert [read_answer(Same()).json["digit"] for _ in range(20)] == [7] * 20


class _Unclosed:
    def __init__(self, stream):
        self._stream = stream

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def close(self):
        pass


def test_an_answer_that_takes_too_long(tmp_path):
    # Each takes a while, all together far more than the second.
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    arguments = ("--timeout", "1", "--max-requests", "1", "--threads", "1")
    with serving(*arguments) as server:
        for path in ("/classify", "/read"):
            answer = server.ask("POST", path, slow_body(), headers)
            assert (answer.status, answer.json["status"]) == (503, "busy")
            assert answer.headers["Retry-After"] == "1"
            # The rest of the pictures is not looked at, so that the next one has its turn.
            assert ask_until_free(server).json["digit"] == 7


@linux_only
def test_a_picture_for_which_the_memory_is_not_enough():
    import resource

    large = png_file(np.full((6000, 8000), 200, np.uint8), level=1)
    with serving("--threads", "1") as server:
        assert server.ask("POST", "/classify", SEVEN).status == 200
        (pid,) = server.readers()
        limit = memory_of(pid, 0) + (30 << 20)
        resource.prlimit(pid, resource.RLIMIT_AS, (limit, limit))
        for path in ("/classify", "/read"):
            answer = server.ask("POST", path, large)
            assert (answer.status, answer.json["status"]) == (503, "busy")
            assert "not enough memory" in answer.json["error"]
            assert server.ask("POST", "/classify", SEVEN).json["digit"] == 7


@linux_only
def test_bodies_that_wait_hold_no_more_memory_than_is_allowed():
    arguments = ("--max-bytes", str(8 << 20), "--max-requests", "16", "--timeout", "100")
    with serving(*arguments) as server:
        server.ask("POST", "/classify", SEVEN)
        before = memory_of(server.process.pid, 1)
        with contextlib.ExitStack() as opened:
            clients = [opened.enter_context(server.begin_upload(8 << 20)) for _ in range(12)]
            for client in clients:
                with contextlib.suppress(ConnectionError):
                    client.sendall(bytes((8 << 20) - 1))

            def told():
                return select.select(clients, (), (), 0)[0]

            # Four of the largest bodies are held, and what the connections hold.
            wait_until(lambda: len(told()) >= 8, "eight to be told", TIMEOUT)
            grown = memory_of(server.process.pid, 1) - before
            assert {read_answer(client).status for client in told()} == {503}
        assert grown < 60 << 20


@linux_only
def test_memory_of_large_bodies_is_given_back():
    """What is still needed of the memory between them does not keep them."""
    with serving() as server, contextlib.ExitStack() as opened:
        server.ask("POST", "/classify", SEVEN)
        before = memory_of(server.process.pid, 1)
        for size in (300_000, 1 << 20, 30 << 20, 500_000, 24 << 20, 2 << 20) * 3:
            assert server.ask("POST", "/classify", bytes(size)).status == 415
            opened.enter_context(server.begin_upload(8)).sendall(b"1234")
        kept = memory_of(server.process.pid, 1) - before
    assert kept < 10 << 20


def memory_of(pid, column):
    """Bytes; column 0 is all that it may use, 1 what it does use."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[column]) * os.sysconf("SC_PAGE_SIZE")
