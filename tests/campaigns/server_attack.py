"""Attacks a server in all ways at once, while good clients ask for answers.

    python -m tests.campaigns.server_attack --seconds 300 --threads 2

Each kind of attack comes from a loopback address of its own, without a pause, and so do ten good
clients, who send a digit, wait a moment, and send the next one. They and the attackers are threads
of two processes, so that Python's lock does not make the ones wait for the others. Measured are the
good answers: the share within a second, from the opening of the connection on; and the memory of
the server and all its processes. Their peak is how large bodies and pictures met by chance, so what
has to stay is the median, from the second fifth of the time to the last; and what is held after a
rest is compared with what was held by the good clients alone. Then the attack goes on, and SIGTERM
has to end the server all the same.
"""

import argparse
import contextlib
import multiprocessing
import os
import random
import re
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from multiprocessing.connection import Connection
from typing import NamedTuple

import numpy as np

from tests.support.picture_files import png_file
from tests.support.serving import serving
from train.drawing.characters import draw_digits

GOOD_CLIENTS = 10
PAUSE_SECONDS = 0.25
IN_TIME_SECONDS = 1.0
MEMORY_EVERY_SECONDS = 0.5
MAX_GROWTH_BYTES = 20 << 20
WARM_UP_SECONDS = 5
# Processes that have nothing to do are ended after 30 s.
REST_SECONDS = 40
TIMEOUT = 15
HEAD = b"POST /classify HTTP/1.1\r\nHost: localhost\r\n"
SEVEN = png_file(draw_digits([7], np.random.default_rng(4))[0])


class Attack(NamedTuple):
    """A way to hold a server up."""

    connections: int
    """At once."""
    go: Callable[[socket.socket, random.Random], None]
    """What is done with each; ends with an OSError where the server closes it."""


def hold_head(client: socket.socket, chance: random.Random) -> None:
    """A head, and no body."""
    client.sendall(HEAD + b"Content-Length: 30000000\r\n\r\n")
    client.recv(1000)


def drip_body(client: socket.socket, chance: random.Random) -> None:
    """A body, a few bytes now and then."""
    client.sendall(HEAD + b"Content-Length: 30000000\r\n\r\n")
    for _ in range(200):
        client.sendall(bytes(5000))
        time.sleep(0.05)


def send_small_chunks(client: socket.socket, chance: random.Random) -> None:
    """Chunks of a byte."""
    client.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(200):
        client.sendall(b"1\r\nx\r\n" * 10_000)


def stay_idle(client: socket.socket, chance: random.Random) -> None:
    """Nothing at all."""
    client.recv(1000)


def drip_head(client: socket.socket, chance: random.Random) -> None:
    """A head without an end."""
    client.sendall(HEAD)
    for _ in range(200):
        client.sendall(b"X-%d: y\r\n" % chance.randrange(10**6))
        time.sleep(0.1)


def send_large_head(client: socket.socket, chance: random.Random) -> None:
    """A head of a megabyte."""
    client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + b"a: b\r\n" * 200_000 + b"\r\n")
    client.recv(1000)


def smuggle(client: socket.socket, chance: random.Random) -> None:
    """A request behind a body of two lengths."""
    inner = b"0\r\n\r\nGET /info HTTP/1.1\r\nHost: localhost\r\n\r\n"
    client.sendall(HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + inner)
    client.recv(1000)


def send_noise(client: socket.socket, chance: random.Random) -> None:
    """No HTTP."""
    client.sendall(chance.randbytes(chance.randrange(1, 5000)) + b"\r\n\r\n")
    client.recv(1000)


def read_nothing(client: socket.socket, chance: random.Random) -> None:
    """Questions, whose answers are not read."""
    client.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 10_000)
    for _ in range(100):
        time.sleep(0.1)
        client.sendall(b"\r\n")


def send_largest(client: socket.socket, chance: random.Random) -> None:
    """A body of the largest size, which is no picture."""
    client.sendall(HEAD + b"Content-Length: 33554432\r\n\r\n")
    for _ in range(512):
        client.sendall(bytes(1 << 16))
    client.recv(1000)


def flood(client: socket.socket, chance: random.Random) -> None:
    """Small pictures, without a pause."""
    for _ in range(50):
        client.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(SEVEN) + SEVEN)
        if not client.recv(10_000):
            return


def send_bomb(client: socket.socket, chance: random.Random) -> None:
    """A small file of many pixels, many times in a form: far more work than the time allows."""
    body = b"".join(
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n' + BOMB + b"\r\n"
        for _ in range(32)
    )
    body += b"--b--\r\n"
    client.sendall(
        HEAD.replace(b"/classify", chance.choice([b"/classify", b"/read"]))
        + b"Content-Type: multipart/form-data; boundary=b\r\n"
        + b"Content-Length: %d\r\n\r\n" % len(body)
        + body
    )
    client.recv(1000)


def go_away(client: socket.socket, chance: random.Random) -> None:
    """A bomb, whose answer nobody waits for."""
    client.settimeout(0.1)
    with contextlib.suppress(TimeoutError):
        send_bomb(client, chance)


def _bomb() -> bytes:
    """A PNG file of 45 million pixels and 50 kB."""
    return png_file(np.full((5000, 9000), 200, np.uint8), level=9)


BOMB = _bomb()
ATTACKS = {
    "heads without a body": Attack(32, hold_head),
    "bodies byte by byte": Attack(16, drip_body),
    "chunks of one byte": Attack(4, send_small_chunks),
    "idle connections": Attack(300, stay_idle),
    "heads without an end": Attack(16, drip_head),
    "heads of a megabyte": Attack(2, send_large_head),
    "requests in requests": Attack(2, smuggle),
    "no HTTP": Attack(2, send_noise),
    "answers that are not read": Attack(4, read_nothing),
    "largest bodies": Attack(4, send_largest),
    "floods": Attack(4, flood),
    "bombs": Attack(4, send_bomb),
    "bombs of those who go away": Attack(2, go_away),
}


class Outcome(NamedTuple):
    """What became of the good clients, and of the server."""

    seconds: list[float]
    """Of each good answer."""
    failures: Counter[str]
    """What the others got in place of an answer."""
    connections: Counter[str]
    """Of each attack."""
    memory: list[int]
    """Bytes during the attack, up to twice a second."""
    memory_before: int
    """Bytes, of the good clients alone."""
    memory_after: int
    """Bytes, after all clients were gone for a while."""
    own_seconds: float
    """Of the processor, that the server itself used."""
    processor_seconds: float
    """The same, of the server and the processes that live at the end."""
    shutdown_seconds: float

    @property
    def asked(self) -> int:
        """Good requests."""
        return len(self.seconds) + self.failures.total()

    @property
    def share_in_time(self) -> float:
        """Of the good requests, those with an answer within a second."""
        return sum(seconds <= IN_TIME_SECONDS for seconds in self.seconds) / max(self.asked, 1)

    @property
    def memory_by_fifths(self) -> list[int]:
        """Bytes, the median of each fifth of the time."""
        return [int(np.median(part)) for part in np.array_split(self.memory, 5)]

    @property
    def memory_growth(self) -> int:
        """Bytes that the last fifth's median is above the second's.

        In the first, all of the largest bodies are on their way at once, and none is whole.
        """
        return self.memory_by_fifths[-1] - self.memory_by_fifths[1]

    @property
    def memory_kept(self) -> int:
        """Bytes that are held after the rest, and were not before the attack."""
        return self.memory_after - self.memory_before


def attack(
    seconds: float,
    arguments: tuple[str, ...] = (),
    seed: int = 0,
    kinds: Collection[str] = tuple(ATTACKS),
) -> Outcome:
    """Attacks a server for so many seconds; the arguments are those of its command."""
    failures: Counter[str] = Counter()
    times: list[float] = []
    memory: list[int] = []
    is_good_over = threading.Event()

    def be_good(source: str) -> None:
        while not is_good_over.is_set():
            start = time.monotonic()
            try:
                with _connected(server.port, source) as client:
                    client.sendall(HEAD + b"Connection: close\r\n")
                    client.sendall(b"Content-Length: %d\r\n\r\n" % len(SEVEN) + SEVEN)
                    answer = b"".join(_received(client))
            except OSError as error:
                answer = type(error).__name__.encode()
            if is_good_over.is_set():
                return
            if b'"digit":7' in answer:
                times.append(time.monotonic() - start)
            else:
                line = answer.partition(b"\r\n")[0].decode("latin-1")
                reason = re.search(rb'"error":"([^"]*)"', answer)
                failures[line + (f" {reason[1].decode()}" if reason else "")] += 1
            is_good_over.wait(PAUSE_SECONDS)

    def family_memory() -> int:
        return sum(map(_memory_of, _family(server.process.pid)))

    with serving(*arguments, status=143) as server:
        threads = [
            threading.Thread(target=be_good, args=(f"127.0.2.{number}",), daemon=True)
            for number in range(1, GOOD_CLIENTS + 1)
        ]
        for thread in threads:
            thread.start()
        time.sleep(WARM_UP_SECONDS)
        memory_before = family_memory()
        times.clear()
        failures.clear()
        with _attackers(server.port, seed, kinds) as connections:
            end = time.monotonic() + seconds
            while time.monotonic() < end:  # to look takes long where the machine is busy
                memory.append(family_memory())
                is_good_over.wait(MEMORY_EVERY_SECONDS)
            is_good_over.set()
            processor_seconds = sum(map(_processor_seconds, _family(server.process.pid)))
            own_seconds = _processor_seconds(server.process.pid)
        time.sleep(REST_SECONDS)
        memory_after = family_memory()
        with _attackers(server.port, seed, kinds):
            time.sleep(WARM_UP_SECONDS)
            started = time.monotonic()
            server.process.terminate()
            server.process.wait(60)
            shutdown_seconds = time.monotonic() - started
        for thread in threads:
            thread.join(TIMEOUT)
    return Outcome(
        times,
        failures,
        connections,
        memory,
        memory_before,
        memory_after,
        own_seconds,
        processor_seconds,
        shutdown_seconds,
    )


@contextlib.contextmanager
def _attackers(port: int, seed: int, kinds: Collection[str]) -> Iterator[Counter[str]]:
    """Attacks from a process of its own; how often each connected is known in the end."""
    context = multiprocessing.get_context("spawn")
    channel, its_end = context.Pipe()
    attackers = context.Process(
        target=_attack_until_told, args=(its_end, port, seed, tuple(kinds)), daemon=True
    )
    attackers.start()
    channel.recv()
    connections: Counter[str] = Counter()
    try:
        yield connections
    finally:
        channel.send("enough")
        connections.update(channel.recv())
        attackers.kill()


def _attack_until_told(channel: Connection, port: int, seed: int, kinds: Collection[str]) -> None:
    """The attackers' process: says when they are there, and on a word how often each connected."""
    connections: Counter[str] = Counter()
    is_over = threading.Event()

    def be_bad(name: str, source: str, number: int) -> None:
        chance = random.Random(f"{seed} {name} {number}")
        while not is_over.is_set():
            with contextlib.suppress(OSError), _connected(port, source) as client:
                connections[name] += 1
                ATTACKS[name].go(client, chance)
            is_over.wait(0.01)

    for kind, name in enumerate(kinds, 1):
        for number in range(ATTACKS[name].connections):
            arguments = name, f"127.0.1.{kind}", number
            threading.Thread(target=be_bad, args=arguments, daemon=True).start()
    channel.send("all are there")
    channel.recv()
    is_over.set()
    channel.send(connections)


def _connected(port: int, source: str) -> socket.socket:
    return socket.create_connection(
        ("127.0.0.1", port), timeout=TIMEOUT, source_address=(source, 0)
    )


def _received(client: socket.socket) -> Iterator[bytes]:
    while data := client.recv(1 << 16):
        yield data


def _family(pid: int) -> Iterator[int]:
    """A process, and all that come from it."""
    yield pid
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                for child in file.read().split():
                    yield from _family(int(child))


def _memory_of(pid: int) -> int:
    """Bytes; what processes share is shared out among them."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup") as file:
        found = re.search(r"^Pss: +([0-9]+) kB", file.read(), re.MULTILINE)
        return int(found[1]) << 10 if found else 0
    return 0


def _processor_seconds(pid: int) -> float:
    with contextlib.suppress(OSError), open(f"/proc/{pid}/stat") as file:
        ticks = file.read().rpartition(")")[2].split()[11:13]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    return 0.0


def main() -> int:
    """Runs the command line that the module's text shows."""
    parser = argparse.ArgumentParser(
        prog="tests.campaigns.server_attack", description="Attacks a server in all ways at once."
    )
    parser.add_argument("--seconds", type=float, default=300, help="how long")
    parser.add_argument("--kinds", nargs="*", default=list(ATTACKS), help="names of attacks")
    parser.add_argument("--threads", help="as for the server")
    parser.add_argument("--seed", type=int, default=0, help="of all chance")
    options = parser.parse_args()
    arguments = () if options.threads is None else ("--threads", options.threads)
    outcome = attack(options.seconds, arguments, options.seed, options.kinds)
    ordered = sorted(outcome.seconds)
    for share in (0.5, 0.9, 0.99):
        if ordered:
            print(f"p{100 * share:.0f}: {1000 * ordered[int(share * (len(ordered) - 1))]:.0f} ms")
    print(
        f"{outcome.asked:,} good requests, {outcome.share_in_time:.1%} answered within "
        f"{IN_TIME_SECONDS:.0f} s"
    )
    for failure, number in outcome.failures.most_common():
        print(f"    {number:,} x {failure}")
    for name, number in outcome.connections.items():
        print(f"    {number:,} connections: {name}")
    print(
        f"memory: {outcome.memory_before >> 20} MB before, {max(outcome.memory) >> 20} at most, "
        f"{outcome.memory_after >> 20} after a rest; medians by fifths of the time "
        + ", ".join(str(value >> 20) for value in outcome.memory_by_fifths)
    )
    print(
        f"processor: {outcome.own_seconds:.1f} s for the server itself, "
        f"{outcome.processor_seconds:.1f} s with the processes that read"
    )
    print(f"SIGTERM ended it in {outcome.shutdown_seconds:.1f} s")
    is_flat = max(outcome.memory_growth, outcome.memory_kept) <= MAX_GROWTH_BYTES
    return 0 if outcome.share_in_time >= 0.9 and is_flat else 1


if __name__ == "__main__":
    sys.exit(main())
