"""Programs that share, copy and fork classifiers; each runs in a Python of its own.

    python -m tests.support.concurrent_programs NAME FOLDER ANSWERS [ARGUMENT...]

A program returns lists of predictions, each of the files of FOLDER in their order; they are
pickled into ANSWERS.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import multiprocessing
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import islice

import edgedigit

Answers = list[edgedigit.Prediction | None]

# A worker process's own, as an initialiser leaves it.
own: edgedigit.Classifier
# What is still suspended when the interpreter ends.
suspended: list[Iterator[edgedigit.FileResult]] = []


def read_folder(folder: str, classifier: edgedigit.Classifier | None = None) -> Answers:
    """Through the iterator of a folder."""
    return [result.prediction for result in edgedigit.classify_folder(folder, True, classifier)]


def read_files(folder: str, classifier: edgedigit.Classifier) -> Answers:
    """One by one."""
    return [classifier.classify(path) for path in paths(folder)]


def read_batch(folder: str, classifier: edgedigit.Classifier) -> Answers:
    """All in one call."""
    return list(classifier.classify_batch(paths(folder)))


def paths(folder: str) -> list[str]:
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def at_once(count: int, read: Callable[[int], Answers]) -> list[Answers]:
    """What `read` returns in each of so many threads that start together."""
    start = threading.Barrier(count)

    def work(index: int) -> Answers:
        start.wait()
        return read(index)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(work, range(count)))


# --- threads


def first_moment(folder: str) -> list[Answers]:
    """Threads that all come first to a package of which nothing is loaded."""
    assert not {"numpy", "onnxruntime", "edgedigit.classifier"} & set(sys.modules)
    files = paths(folder)
    answers = at_once(8, lambda _: [edgedigit.classify(path) for path in files])
    return [*answers, read_folder(folder)]


def one_for_eight_threads(folder: str, threads: str) -> list[Answers]:
    classifier = edgedigit.Classifier(threads=int(threads))
    ways = read_files, read_batch, read_folder
    return at_once(8, lambda index: ways[index % 3](folder, classifier))


def iterators_in_turn(folder: str) -> list[Answers]:
    """Two iterators with one classifier, in one thread, a result of each at a time."""
    classifier = edgedigit.Classifier()
    pair = [edgedigit.classify_folder(folder, classifier=classifier) for _ in range(2)]
    both = [(first.prediction, second.prediction) for first, second in zip(*pair, strict=True)]
    return [list(answers) for answers in zip(*both, strict=True)]


# --- iterators that nobody reads to the end


def abandoned(folder: str) -> list[Answers]:
    for _ in range(20):
        next(edgedigit.classify_folder(folder))
    return [read_folder(folder)]


def closed(folder: str) -> list[Answers]:
    """Closed before the first result and half-way, as far as an iterator can be closed."""
    for count in 0, 1, 40:
        results = edgedigit.classify_folder(folder)
        assert len(list(islice(results, count))) == count
        getattr(results, "close", lambda: None)()
    return [read_folder(folder)]


def suspended_at_exit(folder: str) -> list[Answers]:
    for count in 0, 1, 40:
        suspended.append(edgedigit.classify_folder(folder))
        assert len(list(islice(suspended[-1], count))) == count
    return [read_folder(folder)]


def suspended_in_a_daemon_at_exit(folder: str) -> list[Answers]:
    is_reading = threading.Event()

    def read() -> None:
        for _ in edgedigit.classify_folder(folder):
            is_reading.set()
            threading.Event().wait()

    threading.Thread(target=read, daemon=True).start()
    assert is_reading.wait(60)
    return [read_folder(folder)]


def suspended_in_a_cycle(folder: str) -> list[Answers]:
    """Left to the garbage collector, which may end it in any thread."""
    for _ in range(20):
        results = edgedigit.classify_folder(folder)
        next(results)
        cycle: list[object] = [results]
        cycle.append(cycle)
    return [read_folder(folder)]


# --- processes


def fork_after_use(folder: str, threads: str) -> list[Answers]:
    """A child and its own child, with what the parent made."""
    classifier = edgedigit.Classifier(threads=int(threads))
    edgedigit.classify(paths(folder)[0])
    answers = [read_files(folder, classifier)]

    def descend(depth: int) -> list[Answers]:
        answers = [read_batch(folder, classifier), read_folder(folder, classifier)]
        return answers + (in_fork(lambda: descend(depth - 1)) if depth else [])

    answers += in_fork(lambda: descend(1))
    # The default one as well; its answers are those of one thread.
    in_fork(lambda: [read_folder(folder)])
    return [*answers, read_files(folder, classifier)]


def fork_beside_threads(folder: str, threads: str) -> list[Answers]:
    """Children made while other threads are amidst reading with the same classifier."""
    classifier, files = edgedigit.Classifier(threads=int(threads)), paths(folder)
    is_over = threading.Event()
    started = threading.Barrier(5)

    def work() -> Answers:
        answers = read_batch(folder, classifier)
        started.wait()
        while not is_over.is_set():
            answers = read_batch(folder, classifier)
        return answers

    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(work) for _ in range(4)]
        started.wait()
        answers: Answers = []
        for start in range(0, len(files), 4):
            read_part = functools.partial(classifier.classify_batch, files[start : start + 4])
            answers += in_fork(lambda read=read_part: [read()])[0]
        is_over.set()
        return [answers, *results_of(working)]


def fork_beside_an_iterator(folder: str) -> list[Answers]:
    """Children made while an iterator is half read; they read the folder for themselves."""
    results = edgedigit.classify_folder(folder)
    first = next(results).prediction
    answers = in_fork(lambda: [read_folder(folder)])
    return [*answers, [first, *(result.prediction for result in results)]]


def in_fork(work: Callable[[], list[Answers]]) -> list[Answers]:
    """What `work` returns in a forked child that ends as any program does."""
    receiver, sender = multiprocessing.get_context("fork").Pipe(duplex=False)
    child = os.fork()
    if not child:
        sender.send(work())
        sys.exit()
    sender.close()
    answers: list[Answers] = receiver.recv()
    assert os.waitpid(child, 0)[1] == 0
    return answers


def as_argument(folder: str, method: str, threads: str) -> list[Answers]:
    """Pickled into worker processes with every task."""
    classifier = edgedigit.Classifier(threads=int(threads))
    answers = [read_files(folder, classifier)]
    with executor(method) as pool:
        tasks = [pool.submit(read, folder, classifier) for read in (read_files, read_folder)]
        tasks.append(pool.submit(classifier.classify_batch, paths(folder)))
        return answers + results_of(tasks)


def as_initialiser(folder: str, method: str, threads: str) -> list[Answers]:
    """One for each worker process, pickled once."""
    classifier = edgedigit.Classifier(threads=int(threads))
    with executor(method, set_own, classifier) as pool:
        return results_of([pool.submit(read_with_own, folder) for _ in range(6)])


def inherited_by_a_pool(folder: str, threads: str) -> list[Answers]:
    """The workers of a `multiprocessing.Pool`, forked, use the parent's."""
    set_own(edgedigit.Classifier(threads=int(threads)))
    answers = [read_with_own(folder)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        answers += pool.map(read_with_own, [folder] * 6, chunksize=1)
        answers.append(list(pool.map(own.classify, paths(folder), chunksize=10)))
        pool.close()
        pool.join()
    return answers


def executor(method: str, *initialiser: object) -> Executor:
    context = multiprocessing.get_context(method)
    return ProcessPoolExecutor(2, context, *initialiser[:1], initargs=initialiser[1:])


def set_own(classifier: edgedigit.Classifier) -> None:
    global own
    own = classifier


def read_with_own(folder: str) -> Answers:
    return read_batch(folder, own)


def results_of(tasks: list[Future[Answers]]) -> list[Answers]:
    return [task.result() for task in tasks]


# --- copies and asyncio


def copies(folder: str) -> list[Answers]:
    twins = copies_of(edgedigit.Classifier())
    answers = at_once(3, lambda index: read_files(folder, twins[index]))
    answers += in_fork(lambda: [read_files(folder, copy.copy(twin)) for twin in twins])
    return answers + [read_batch(folder, twin) for twin in twins]


def copies_of(original: edgedigit.Classifier) -> list[edgedigit.Classifier]:
    return [copy.copy(original), copy.deepcopy(original), pickle.loads(pickle.dumps(original))]


def event_loop(folder: str) -> list[Answers]:
    classifier = edgedigit.Classifier()

    async def read() -> list[Answers]:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(8) as threads, executor("spawn") as processes:
            return await asyncio.gather(
                *(loop.run_in_executor(None, read_files, folder, classifier) for _ in range(4)),
                *(loop.run_in_executor(threads, read_folder, folder, classifier) for _ in "1234"),
                *(loop.run_in_executor(processes, read_batch, folder, classifier) for _ in "12"),
                asyncio.to_thread(classifier.classify_batch, paths(folder)),
            )

    return asyncio.run(read())


if __name__ == "__main__":
    name, files, output, *arguments = sys.argv[1:]
    found = globals()[name](files, *arguments)
    # A forked child goes on from where it was forked.
    with open(output, "wb") as file:
        pickle.dump(found, file)
