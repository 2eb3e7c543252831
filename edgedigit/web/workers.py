"""Processes that read pictures; the one that takes too long is ended, and another one takes over.

Whose pictures have taken least time lately comes first. A picture that takes long holds nobody up:
one more process than usual is started then, for those who have used far less. Where one of them
waits all the same, the picture of the address that has used most is given up.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import math
import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from multiprocessing.process import BaseProcess
from typing import Any

from starlette.requests import ClientDisconnect, Request

from edgedigit.errors import ModelError
from edgedigit.files.classifying import checked_threads
from edgedigit.results import Status
from edgedigit.system.allocator import give_back_pages
from edgedigit.system.interrupts import END_SIGNALS
from edgedigit.web.answers import Failed, Job, ModelFacts, answer_jobs
from edgedigit.web.clients import RecentUse, Ticket
from edgedigit.web.errors import RequestError, busy, picture_error
from edgedigit.web.uploads import Upload

# What takes longer is in the way of others.
_SLOW_SECONDS = 0.5
# So many processes more than usual there are, when those that there are work at slow pictures.
_EXTRA_PROCESSES = 1
# They are for those who have used no more than this share of what somebody else has.
_LIGHT_SHARE = 0.5
_IDLE_SECONDS = 30.0
_START_SECONDS = 60.0
# Of the 108 of a socket's path, what Python's own names in it leave.
_MAX_TEMPORARY_PATH_BYTES = 70
_SIGKILL = getattr(signal, "SIGKILL", 9)  # which Windows lacks
# Loaded once, and shared by all processes where they can be forked.
_PRELOADED = ["edgedigit.web.answers", "onnxruntime", "PIL.Image"]


class Workers:
    """Processes, a thread for each, which are started as they are needed."""

    def __init__(self, classifier: dict[str, Any], threads: int | None, timeout: int) -> None:
        """Starts the first process, and waits until it has loaded the model.

        Args:
            classifier: The arguments of `Classifier`.
            threads: The most pictures that are read at once; None is one for each core.
            timeout: Seconds that an answer may take, from the moment on at which it is asked for.

        Raises:
            ModelError: The model cannot be loaded.
        """
        self._new_process = functools.partial(_Process, classifier)
        self._most = checked_threads(threads)
        self._timeout = timeout
        self._changed = threading.Condition()
        self._waiting: list[_Task] = []
        self._running: list[_Task] = []
        self._used = RecentUse()
        self._processes: set[_Process] = set()
        self._threads = self._round = 0
        first = self._new_process()
        self.model = first.wait_until_ready()
        self._spare: _Process | None = first
        self._processes.add(first)
        atexit.register(self.close)

    async def run(self, request: Request, ticket: Ticket, job: Job, upload: Upload) -> Any:
        """Has a job done for a request whose body has been read.

        Args:
            request: Who asks.
            ticket: Is given back when the job has ended, whoever still waits for it.
            job: What is done.
            upload: The request's body, which is let go as soon as a process has it.

        Raises:
            RequestError: It takes too long, or cannot be done.
            ClientDisconnect: The client went away.
        """
        task = _Task(job, upload, ticket, time.monotonic() + self._timeout)
        task.future.add_done_callback(lambda _: ticket.leave())
        with self._changed:
            self._waiting.append(task)
            self._make_room()
        try:
            return await self._awaited(request, task.future)
        finally:
            self._give_up(task)

    async def _awaited(self, request: Request, future: Future[Any]) -> Any:
        answer = asyncio.wrap_future(future)
        gone = asyncio.ensure_future(_disconnect(request))
        try:
            await asyncio.wait(
                (answer, gone), timeout=self._timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if answer.done():
                return answer.result()
            if gone.done():
                raise ClientDisconnect
            raise busy("no answer was found in time")
        finally:
            gone.cancel()
            answer.cancel()

    def close(self) -> None:
        """Ends all processes at once. New work starts new ones."""
        atexit.unregister(self.close)
        with self._changed:
            self._round += 1
            self._threads = 0
            ended, self._processes, self._spare = self._processes, set(), None
            waiting, self._waiting = self._waiting, []
            for task in self._running:
                task.error = busy("the server is about to end")
            self._changed.notify_all()
        for task in waiting:
            task.fail(busy("the server is about to end"))
        for process in ended:
            process.kill()

    def _give_up(self, task: _Task) -> None:
        """Nobody waits for a task any more; it ends soon, where it has not ended yet."""
        with self._changed:
            task.is_given_up = True
            if task in self._waiting:
                self._waiting.remove(task)
            elif task in self._running and task.is_slow():
                task.end(busy("nobody waits for the answer"))
        task.future.cancel()

    # --- who comes next; all of this holds the lock

    def _make_room(self) -> None:
        """Sees to it that somebody takes what waits."""
        self._changed.notify_all()
        if not self._waiting or self._threads > len(self._running):
            return
        slow = [task for task in self._running if task.is_slow()]
        if self._threads < self._most + min(len(slow), _EXTRA_PROCESSES):
            self._threads += 1
            threading.Thread(target=self._work, args=(self._round,), daemon=True).start()
        elif slow and all(task.error is None for task in self._running):
            # A process costs more to start than those wait who are next.
            late = [task for task in self._waiting if task.waits_long()]
            heaviest = max(slow, key=self._load_of)
            if self._load_of(heaviest) > min(map(self._load_of, late), default=math.inf):
                heaviest.end(busy("others wait, and this picture takes long"))

    def _load_of(self, task: _Task) -> float:
        """Seconds that its address has used lately, those of its tasks that run with them."""
        address = task.ticket.address
        tasks = [other for other in self._running if other.ticket.address == address]
        return self._used.of(address) + sum(other.seconds() for other in tasks)

    def _choose(self) -> _Task | None:
        """What is to be done next, if a thread may do it."""
        task = min(self._waiting, key=self._load_of, default=None)
        if task is not None and len(self._running) >= self._most:
            most = max(map(self._load_of, self._running))
            if self._load_of(task) > _LIGHT_SHARE * most:
                return None
        return task

    def _next(self, number: int) -> _Task | None:
        """Waits for a task; None where the thread is not needed any more."""
        end = time.monotonic() + _IDLE_SECONDS
        with self._changed:
            while number == self._round:
                task = self._choose()
                if task is not None:
                    self._waiting.remove(task)
                    if task.future.set_running_or_notify_cancel():
                        task.ticket.is_running = True
                        self._running.append(task)
                        return task
                    continue
                left = end - time.monotonic()
                if left <= 0:
                    give_back_pages()
                    if self._threads > 1:
                        self._threads -= 1
                        return None
                    end = left = math.inf  # once, until there has been something to do
                self._changed.wait(None if math.isinf(left) else left)
        return None

    def _done(self, task: _Task) -> None:
        with self._changed:
            self._running.remove(task)
            self._used.add(task.ticket.address, task.seconds())
            self._make_room()

    # --- what the threads do

    def _work(self, number: int) -> None:
        process: _Process | None = None
        while (task := self._next(number)) is not None:
            try:
                if process is not None and not process.is_idle():  # the system may end any
                    self._end(process)
                    process = None
                process = process or self._started(number)
                answer = self._answer(task, process)
            except Exception as error:
                answer = task.error or _failure(process, error)
                task.error = busy("the process is about to end")
            # Where it was ended, or failed, nobody knows how it stands.
            if process is not None and task.error is not None:
                self._end(process)
                process = None
            self._done(task)
            task.finish(answer)
        if process is not None:
            self._end(process)

    def _started(self, number: int) -> _Process:
        """The process that waits since the beginning, or a new one; raises as it does."""
        with self._changed:
            process, self._spare = self._spare, None
        process = process or self._new_process()
        with self._changed:
            self._processes.add(process)
            is_over = number != self._round
        if is_over:
            process.kill()
        try:
            process.wait_until_ready()
        except BaseException:
            self._end(process)
            raise
        return process

    def _end(self, process: _Process) -> None:
        with self._changed:
            self._processes.discard(process)
        process.kill()

    def _answer(self, task: _Task, process: _Process) -> Any:
        """What a process says; raises EOFError or OSError where it ends before that."""
        channel = process.channel
        with self._changed:
            task.begin(process)
        channel.send((task.job, task.upload.form_type, self._timeout))
        channel.send_bytes(task.upload.taken_body())
        while not channel.poll(_SLOW_SECONDS):
            with self._changed:
                if task.is_given_up:
                    task.end(busy("nobody waits for the answer"))
                elif time.monotonic() >= task.deadline:
                    task.end(busy("no answer was found in time"))
                self._make_room()
        return channel.recv()


class _Task:
    """A job, who waits for it, and how it stands."""

    def __init__(self, job: Job, upload: Upload, ticket: Ticket, deadline: float) -> None:
        self.job, self.upload, self.ticket, self.deadline = job, upload, ticket, deadline
        self.future: Future[Any] = Future()
        self.error: RequestError | None = None
        self.is_given_up = False
        self._process: _Process | None = None
        self._came = time.monotonic()
        self._started: float | None = None

    def waits_long(self) -> bool:
        """Whether it came so long ago, and has not begun."""
        return time.monotonic() - self._came >= _SLOW_SECONDS

    def begin(self, process: _Process) -> None:
        self._process, self._started = process, time.monotonic()

    def seconds(self) -> float:
        """How long it has run."""
        return 0.0 if self._started is None else time.monotonic() - self._started

    def is_slow(self) -> bool:
        return self.seconds() >= _SLOW_SECONDS

    def end(self, error: RequestError) -> None:
        """Ends the process that does it."""
        if self._process is not None and self.error is None:
            self.error = error
            self._process.kill()

    def finish(self, answer: Any) -> None:
        """Passes on what the process said."""
        if isinstance(answer, Failed):
            answer = RuntimeError(answer.reason)
        if isinstance(answer, Exception):
            self.future.set_exception(answer)
        else:
            self.future.set_result(answer)

    def fail(self, error: RequestError) -> None:
        """Ends it before it has begun."""
        if self.future.set_running_or_notify_cancel():
            self.future.set_exception(error)


class _Process:
    """A process that has loaded the model, and the channel to it."""

    def __init__(self, classifier: dict[str, Any]) -> None:
        context = _context()
        self.channel, its_end = context.Pipe()
        self._process: BaseProcess = context.Process(target=answer_jobs, args=(its_end, classifier))
        with _end_signals_blocked():
            self._process.start()
        its_end.close()
        self._model: ModelFacts | None = None

    def wait_until_ready(self) -> ModelFacts:
        """What it says of the model.

        Raises:
            ModelError: It cannot load it.
            EOFError: It has ended.
        """
        if self._model is None:
            if not self.channel.poll(_START_SECONDS):
                self.kill()
                raise ModelError(f"the model was not loaded in {_START_SECONDS:.0f} s")
            said = self.channel.recv()
            if isinstance(said, ModelError):
                self.kill()
                raise said
            self._model = said
        return self._model

    def is_idle(self) -> bool:
        """Whether it waits for a job: it says nothing then, and its end closes the channel."""
        return not self.channel.poll()

    def exit_status(self) -> int | None:
        """As `Process.exitcode`, of a process that is about to end."""
        self._process.join(_SLOW_SECONDS)
        return self._process.exitcode

    def kill(self) -> None:
        with contextlib.suppress(AttributeError, OSError):  # it never was, or is gone
            self._process.kill()


@contextlib.contextmanager
def _end_signals_blocked() -> Iterator[None]:
    """Keeps from processes started within it, from their first moment on, what is the server's."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _context() -> Any:
    """How processes are started: forked from one that has loaded all, where that can be done."""
    # The fork server's socket lies in the folder of temporary files, and its path has a limit.
    is_too_long = len(os.fsencode(tempfile.gettempdir())) > _MAX_TEMPORARY_PATH_BYTES
    if is_too_long or "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    from multiprocessing import resource_tracker  # not on Windows

    with _end_signals_blocked():  # first, for it lets signals through again
        resource_tracker.ensure_running()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _failure(process: _Process | None, error: Exception) -> Exception:
    """What is answered where a process has ended by itself."""
    if process is None or not isinstance(error, EOFError | OSError):
        return error
    # 0 where the job had no room in memory; Linux kills where memory is short.
    if process.exit_status() in (0, -_SIGKILL, None):
        return busy("the process that read it was ended; there may not be enough memory")
    return picture_error(Status.DAMAGED, "the process that read it did not survive it")


async def _disconnect(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
