"""Who asks, what all may hold together, whose turn it is, and who makes room for others."""

import asyncio
import contextlib
import select

import numpy as np
import pytest

from tests.support.marks import linux_only
from tests.support.picture_files import png_file
from tests.support.serving import TIMEOUT, has_extra, needs_extra, serving
from tests.support.waiting import wait_until
from train.drawing.characters import draw_digits

if not has_extra:
    pytest.skip("needs the extra serve", allow_module_level=True)

from edgedigit.web.clients import Admission, RecentUse, client_address, network_of
from edgedigit.web.errors import RequestError
from edgedigit.web.turns import Turns

SEVEN = png_file(draw_digits([7], np.random.default_rng(4))[0])
FORWARDED = "X-Forwarded-For"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:1234", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:80", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unknown", ""),
        ("1.2.3", ""),
        ("[", ""),
    ],
)
def test_addresses(address, network):
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("forwarded", "trusted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("10.0.0.1, 192.0.2.7", "192.0.2.7"),  # a client may send the first itself
        ("192.0.2.7, made up", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_a_proxy_says_who_asks_where_it_is_trusted(forwarded, trusted):
    headers = [(FORWARDED.lower().encode(), forwarded.encode())]
    scope = {"type": "http", "client": ("127.0.0.1", 4711), "headers": headers}
    assert client_address(scope, trust_proxy=True) == trusted
    assert client_address(scope, trust_proxy=False) == "127.0.0.1"


async def waiting(admission, address, size=0):
    """A request that holds something, and waits: the task, and its ticket."""
    entered = asyncio.get_running_loop().create_future()

    async def request():
        ticket = admission.enter(address)
        try:
            ticket.hold(size)
            ticket.count()
        except RequestError as error:
            ticket.leave()
            entered.set_exception(error)
            return
        entered.set_result(ticket)
        await asyncio.sleep(60)

    task = asyncio.create_task(request())
    try:
        return task, await entered
    except RequestError:
        await task
        raise


def test_an_address_alone_may_have_all_until_others_come():
    async def scene():
        admission = Admission(max_requests=4, max_bytes=1000)
        first = [await waiting(admission, "a") for _ in range(4)]
        with pytest.raises(RequestError, match="too many requests"):
            await waiting(admission, "a")
        for address in ("b", "c"):
            await waiting(admission, address)
        await asyncio.sleep(0)
        ended = [task for task, ticket in first if ticket.is_gone]
        assert len(ended) == 2
        await asyncio.sleep(0.01)
        assert all(task.cancelled() for task in ended)
        # Now "a" has two of four.
        await waiting(admission, "d")
        with pytest.raises(RequestError, match="too many requests"):
            await waiting(admission, "e")
        with pytest.raises(RequestError, match="too many requests"):
            await waiting(admission, "a")

    asyncio.run(scene())


def test_requests_that_are_worked_for_do_not_make_room():
    async def scene():
        admission = Admission(max_requests=2, max_bytes=1000)
        for _ in range(2):
            _, ticket = await waiting(admission, "a")
            ticket.is_running = True
        with pytest.raises(RequestError, match="too many requests"):
            await waiting(admission, "b")
        ticket.leave()
        await waiting(admission, "b")

    asyncio.run(scene())


def test_the_largest_bodies_make_room_for_small_ones():
    async def scene():
        admission = Admission(max_requests=100, max_bytes=1000)
        large = [await waiting(admission, "a", size) for size in (900, 1000, 1000, 1000)]
        with pytest.raises(RequestError, match="too many bytes"):
            await waiting(admission, "a", 200)
        await waiting(admission, "b", 200)
        assert [ticket.is_gone for _, ticket in large].count(True) == 1
        assert not large[0][1].is_gone
        gone = next(ticket for _, ticket in large if ticket.is_gone)
        with pytest.raises(RequestError, match="others wait"):
            gone.hold(1)

    asyncio.run(scene())


def test_those_who_used_least_are_forgotten_first():
    used = RecentUse()
    for number in range(5000):
        used.add(f"10.0.{number >> 8}.{number & 255}", 1 if number else 100)
    assert used.of("10.0.0.0") > 90
    assert used.of("10.0.0.1") == 0
    assert used.of("10.0.19.135") > 0.9


class Clock:
    """Time that passes where a client takes it alone, and not where the machine is busy."""

    def __init__(self):
        self.now = 0.0

    def perf_counter(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("edgedigit.web.turns.time", clock)
    return clock


class Busy:
    """A client with so many bytes to be looked at, each of which takes a while."""

    def __init__(self, clock, turns, address, count, seconds, done):
        self.address, self._turns, self._left = address, turns, count
        self._clock, self._seconds, self._done = clock, seconds, done
        turns.wait(self)

    def take_turn(self):
        self._done.append(self.address)
        self._clock.now += self._seconds
        self._left -= 1
        if self._left:
            self._turns.wait(self)
        return False


def order(clock, *clients):
    """The addresses in whose turns something was done; each client as its arguments."""

    async def scene():
        done = []
        turns = Turns(asyncio.get_running_loop())
        for arguments in clients:
            Busy(clock, turns, *arguments, done)
        while len(done) < sum(count for _, count, _ in clients):
            await asyncio.sleep(0)
        return done

    return asyncio.run(asyncio.wait_for(scene(), TIMEOUT))


def test_who_has_little_to_look_at_does_not_wait_for_who_has_much(clock):
    turns = order(clock, ("much", 50, 0.002), ("little", 3, 0), ("none", 1, 0))
    assert set(turns[:6]) == {"much", "little", "none"}
    assert turns[6:] == ["much"] * 48


def test_clients_of_one_address_have_one_share(clock):
    many = [("many", 5, 0.004)] * 20
    turns = order(clock, *many, ("one", 10, 0.004))
    assert turns.index("one") < 5
    last = max(index for index, address in enumerate(turns) if address == "one")
    assert last < 40


def test_a_turn_that_fails_is_the_last_of_nobody_else(clock):
    class Failing:
        address = "failing"

        def take_turn(self):
            raise RuntimeError("a fault")

    async def scene():
        loop = asyncio.get_running_loop()
        faults, done = [], []
        loop.set_exception_handler(lambda _, fault: faults.append(fault["exception"]))
        turns = Turns(loop)
        turns.wait(Failing())
        gone = Busy(clock, turns, "gone", 1, 0, done)
        Busy(clock, turns, "good", 2, 0, done)
        turns.forget(gone)
        while len(done) < 2:
            await asyncio.sleep(0)
        assert done == ["good", "good"]
        assert [str(fault) for fault in faults] == ["a fault"]

    asyncio.run(asyncio.wait_for(scene(), TIMEOUT))


@linux_only
def test_who_opens_connections_without_an_end_is_let_in_no_more():
    # 16 connections at once, and none is closed because nothing comes.
    arguments = ("--max-requests", "1", "--timeout", "100")
    with serving(*arguments) as server, contextlib.ExitStack() as opened:
        rude = [opened.enter_context(server.connect("127.0.0.3")) for _ in range(600)]

        # Closed are the oldest of those that were let in, and all that were not.
        def refused():
            return rude[-1] in select.select(rude[-1:], (), (), 0)[0]

        wait_until(refused, "the last one to be closed", TIMEOUT)
        assert server.ask("POST", "/classify", SEVEN).json["digit"] == 7


@needs_extra
def test_behind_a_proxy():
    with serving("--allow-host", "digits.example", "--trust-proxy") as server:
        for name in ("digits.example", "Digits.Example:443", "localhost"):
            answer = server.ask("GET", "/info", headers={"Host": name, FORWARDED: "192.0.2.7"})
            assert answer.status == 200, name
        headers = {"Host": "digits.example", FORWARDED: "192.0.2.7"}
        assert server.ask("POST", "/classify", SEVEN, headers).json["digit"] == 7
        assert server.ask("GET", "/info", headers={"Host": "other.example"}).status == 403


@needs_extra
def test_names_are_checked_where_some_are_given():
    with serving("--host", "0.0.0.0", "--no-token", "--allow-host", "digits.example") as server:
        for name, status in (("digits.example", 200), ("localhost", 200), ("x.example", 403)):
            assert server.ask("GET", "/info", headers={"Host": name}).status == status
