"""`edgedigit serve` under load: throughput, latency, overload, and a mix of good and bad clients.

    python benchmarks/serving.py --seconds 10 --minutes 10

Server and clients share this machine's cores; the processor time for each request is the server's
alone. Each connection asks again as soon as it has its answer.
"""

import argparse
import contextlib
import io
import os
import random
import re
import selectors
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

PHOTO_FILE = Path(__file__).resolve().parent.parent / "examples" / "photos" / "4_desk.jpg"
MAX_REQUESTS = 16
# The server waits no longer for a client of the mix.
TIMEOUT_SECONDS = 2
_ANSWER_HEAD = re.compile(
    rb"HTTP/1\.1 ([0-9]{3}) .*?\r\ncontent-length: ([0-9]+)\r\n.*?\r\n\r\n", re.S | re.I
)


def main() -> None:
    """Measures, and prints tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--photo", type=Path, default=PHOTO_FILE, help="a phone's photo")
    parser.add_argument("--seconds", type=float, default=10, help="for each line of the tables")
    parser.add_argument("--minutes", type=float, default=0, help="for the mix; 0 leaves it out")
    options = parser.parse_args()
    small = reduced(options.photo)
    photo = options.photo.read_bytes()
    pictures = {
        f"PNG, 28 x 28, {len(small):,} bytes": small,
        f"photo, {len(photo):,} bytes": photo,
    }
    print_throughput(pictures, options.seconds)
    print_overload(pictures, options.seconds)
    if options.minutes:
        print_mix(small, photo, options.minutes)


def reduced(photo: Path) -> bytes:
    """The same as a PNG file of 28 x 28."""
    from PIL import Image

    file = io.BytesIO()
    Image.open(photo).convert("L").resize((28, 28)).save(file, "PNG")
    return file.getvalue()


def print_throughput(pictures: dict[str, bytes], seconds: float) -> None:
    """Throughput and latency by the number of connections."""
    print_head("Picture", "Connections", "Answers/s", "p50, ms", "p99, ms", "CPU, ms", "not 200")
    with serving("--max-requests", "64") as server:
        for name, picture in pictures.items():
            for connections in (1, 8, 64):
                ask(server, connections, picture, seconds / 5)
                cpu = server.cpu()
                found = ask(server, connections, picture, seconds)
                cpu = server.cpu() - cpu
                count = len(found.times)
                print(
                    f"| {name} | {connections} | {count / seconds:,.0f} | {found.shown()} "
                    f"| {1000 * cpu / count:.1f} | {count - found.statuses[200]} |"
                )


def print_head(*columns: str) -> None:
    """Begins a table."""
    print(f"\n| {' | '.join(columns)} |\n|{' --- |' * len(columns)}", flush=True)


def print_overload(pictures: dict[str, bytes], seconds: float) -> None:
    """Ten times as many connections as requests are let in, and /health meanwhile."""
    print_head(
        *("Picture", "Connections", "200/s", "503/s", "p50, p99 of 200, ms"),
        *("p50, p99 of /health, ms", "others", "resident, MB"),
    )
    connections = 10 * MAX_REQUESTS
    with serving("--max-requests", str(MAX_REQUESTS)) as server:
        for name, picture in pictures.items():
            health = Answers()
            end = time.perf_counter() + seconds
            watcher = threading.Thread(target=watch_health, args=(server, end, health))
            watcher.start()
            found = ask(server, connections, picture, seconds)
            watcher.join()
            good, busy = found.statuses[200], found.statuses[503]
            others = len(found.times) - good - busy + len(health.times) - health.statuses[200]
            print(
                f"| {name} | {connections} | {good / seconds:,.0f} | {busy / seconds:,.0f} "
                f"| {found.of(200).shown(', ')} | {health.shown(', ')} | {others} "
                f"| {server.resident():.0f} |"
            )


def print_mix(small: bytes, photo: bytes, minutes: float) -> None:
    """Good and bad clients at the same time; memory, and requests that were not answered."""
    print_head(
        *("Minute", "Good, answered", "Good, told to come again", "Good, not answered"),
        *("Bad", "resident, MB"),
    )
    counts: Counter[str] = Counter()
    with serving("--max-requests", str(MAX_REQUESTS), "--timeout", str(TIMEOUT_SECONDS)) as server:
        end = time.monotonic() + 60 * minutes
        threads = [
            threading.Thread(target=be_good, args=(server, end, counts, small, photo, seed))
            for seed in range(6)
        ] + [
            threading.Thread(target=be_bad, args=(server, end, counts, small, photo, seed))
            for seed in range(10)
        ]
        for thread in threads:
            thread.start()
        start = time.monotonic()
        # The first lines show what is loaded late.
        for minute in (0.1, 0.5, *range(1, 1 + int(minutes))):
            time.sleep(max(0, start + 60 * minute - time.monotonic()))
            cells = [counts[name] for name in ("answered", "busy", "unanswered", "bad")]
            shown = " | ".join(f"{cell:,}" for cell in cells)
            print(f"| {minute} | {shown} | {server.resident():.0f} |", flush=True)
        for thread in threads:
            thread.join()
        time.sleep(2 * TIMEOUT_SECONDS)
        in_progress = server.metric("edgedigit_requests_in_progress") - 1
        print(
            f"\nafterwards: {in_progress:.0f} requests in progress, {server.files()} files open, "
            f"{server.resident():.0f} MB; not answered {counts['unanswered']}"
        )


# --- the server


@dataclass
class Server:
    """A server in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int

    def connect(self) -> socket.socket:
        """A new connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def cpu(self) -> float:
        """Seconds of processor time that it took until now."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident(self) -> float:
        """Its memory, in MB."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def files(self) -> int:
        """The number of files and connections that it has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def metric(self, name: str) -> float:
        """A figure of /metrics."""
        with self.connect() as client:
            client.sendall(request("GET", "/metrics"))
            text = read_answer(client)[1].decode()
        return float(re.search(rf"^{name} (.*)$", text, re.M)[1])


@contextlib.contextmanager
def serving(*arguments: str) -> Iterator[Server]:
    """Runs a server."""
    command = [sys.executable, "-m", "edgedigit", "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            line = process.stderr.readline().decode()
            yield Server(process, int(re.search(r":([0-9]+)/$", line)[1]))
        finally:
            process.terminate()
            said = process.stderr.read().decode()
            if said:
                print("the server says:", said, file=sys.stderr)


# --- clients


@dataclass
class Answers:
    """Times and statuses of the answers that clients got."""

    times: list[float] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    @property
    def statuses(self) -> Counter[int]:
        """The number of answers with each status."""
        return Counter(self.codes)

    def of(self, code: int) -> "Answers":
        """Those with a status alone."""
        times = [t for t, c in zip(self.times, self.codes, strict=True) if c == code]
        return Answers(times, [code] * len(times))

    def shown(self, separator: str = " | ") -> str:
        """Median and 99th percentile, in ms."""
        if len(self.times) < 2:
            return separator.join("--")
        cuts = statistics.quantiles(self.times, n=100, method="inclusive")
        return f"{1000 * cuts[49]:.1f}{separator}{1000 * cuts[98]:.1f}"


def request(method: str, path: str, body: bytes = b"", length: int | None = None) -> bytes:
    """A request; `length` is what it says of its body, where that is not the truth."""
    length = len(body) if length is None else length
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
    return head.encode() + body


def ask(server: Server, connections: int, picture: bytes, seconds: float) -> Answers:
    """Asks through so many connections, in one thread."""
    question = request("POST", "/classify", picture)
    found = Answers()
    with selectors.DefaultSelector() as selector:
        clients = [_Asking(server.connect(), question) for _ in range(connections)]
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, client)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for key, events in selector.select(1):
                key.data.go_on(selector, events, found)
        for client in clients:
            client.socket.close()
    return found


class _Asking:
    """A connection that asks again and again."""

    def __init__(self, client: socket.socket, question: bytes) -> None:
        client.setblocking(False)
        self.socket, self._question = client, question
        self._begin()

    def _begin(self) -> None:
        self._left = memoryview(self._question)
        self._answer = b""
        self._start = time.perf_counter()

    def go_on(self, selector: selectors.BaseSelector, events: int, found: Answers) -> None:
        """Sends and reads what it can."""
        if events & selectors.EVENT_WRITE:
            self._left = self._left[self.socket.send(self._left) :]
            if not self._left:
                selector.modify(self.socket, selectors.EVENT_READ, self)
        if events & selectors.EVENT_READ:
            part = self.socket.recv(1 << 16)
            if not part:
                raise ConnectionError("the server closed a connection")
            self._answer += part
            head = _ANSWER_HEAD.match(self._answer)
            # A refusal comes before all is sent; the rest is sent all the same.
            if head and len(self._answer) >= head.end() + int(head[2]) and not self._left:
                found.times.append(time.perf_counter() - self._start)
                found.codes.append(int(head[1]))
                self._begin()
                both = selectors.EVENT_READ | selectors.EVENT_WRITE
                selector.modify(self.socket, both, self)


def read_answer(client: socket.socket) -> tuple[int, bytes]:
    """Status and body of one answer; status 0 where there is none."""
    answer = b""
    with contextlib.suppress(OSError):
        while part := client.recv(1 << 16):
            answer += part
            head = _ANSWER_HEAD.match(answer)
            if head and len(answer) >= head.end() + int(head[2]):
                return int(head[1]), answer[head.end() :]
    return 0, answer


def watch_health(server: Server, end: float, found: Answers) -> None:
    """Asks for /health ten times a second, each time through a new connection."""
    while time.perf_counter() < end:
        start = time.perf_counter()
        with server.connect() as client:
            client.sendall(request("GET", "/health"))
            found.codes.append(read_answer(client)[0])
        found.times.append(time.perf_counter() - start)
        time.sleep(0.1)


def be_good(
    server: Server, end: float, counts: Counter[str], small: bytes, photo: bytes, seed: int
) -> None:
    """Asks what people ask."""
    rng = random.Random(seed)
    questions = [
        *[request("POST", "/classify?normalized=true", small)] * 6,
        request("POST", "/classify", photo),
        request("POST", "/read", photo),
        *(request("GET", path) for path in ("/", "/health", "/info", "/metrics")),
    ]
    while time.monotonic() < end:
        with contextlib.suppress(OSError), server.connect() as client:
            client.sendall(rng.choice(questions))
            status = read_answer(client)[0]
            counts["answered" if status == 200 else "busy" if status == 503 else "unanswered"] += 1
            continue
        counts["unanswered"] += 1


def be_bad(
    server: Server, end: float, counts: Counter[str], small: bytes, photo: bytes, seed: int
) -> None:
    """Does what nobody should."""
    rng = random.Random(seed)
    whole = request("POST", "/classify", photo)

    def nonsense(client: socket.socket) -> None:
        client.sendall(rng.randbytes(rng.randrange(1, 10_000)))
        read_answer(client)

    def damaged(client: socket.socket) -> None:
        body = bytearray(rng.choice((small, photo)))
        for _ in range(rng.randrange(1, 20)):
            body[rng.randrange(len(body))] = rng.randrange(256)
        client.sendall(request("POST", rng.choice(("/classify", "/read")), bytes(body)))
        read_answer(client)

    def half_sent(client: socket.socket) -> None:
        client.sendall(whole[: rng.randrange(len(whole))])
        read_answer(client)

    def gone(client: socket.socket) -> None:
        client.sendall(whole[: rng.randrange(len(whole) + 1)])

    def too_large(client: socket.socket) -> None:
        client.sendall(request("POST", "/classify", bytes(1 << 16), 1 << rng.randrange(20, 60)))
        read_answer(client)

    def slow(client: socket.socket) -> None:
        for index in range(100):
            client.sendall(whole[index : index + 1])
            time.sleep(0.1)

    def deaf(client: socket.socket) -> None:
        client.sendall(request("GET", "/openapi.json") * 500)
        time.sleep(TIMEOUT_SECONDS)

    ways: list[Callable[[socket.socket], None]]
    ways = [nonsense, damaged, damaged, damaged, half_sent, gone, gone, too_large, slow, deaf]
    while time.monotonic() < end:
        with contextlib.suppress(OSError), server.connect() as client:
            rng.choice(ways)(client)
        counts["bad"] += 1


if __name__ == "__main__":
    main()
