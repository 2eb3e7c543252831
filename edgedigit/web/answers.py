"""The answers for the pictures in a request, found in a process of its own."""

from __future__ import annotations

import base64
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, Unpack

from edgedigit.classifier import Classifier
from edgedigit.errors import ModelError
from edgedigit.files.classifying import answered, failed, load, load_pages, whole_files
from edgedigit.files.finding import File
from edgedigit.files.reading import read_file
from edgedigit.images import Corners, pillow_setup
from edgedigit.images.loading import file_content
from edgedigit.normalize import MAX_SIDE, Ink, Turn
from edgedigit.reading import ReadOptions
from edgedigit.results import FileResult, Prediction
from edgedigit.runs.rows import AnyRow, ClassifyRow, ReadRow
from edgedigit.system.allocator import give_back_blocks
from edgedigit.system.interrupts import END_SIGNALS, set_alarm
from edgedigit.web.collect import Collection
from edgedigit.web.errors import RequestError, busy, not_stored, picture_error
from edgedigit.web.uploads import Upload


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer for one picture.

    Attributes:
        row: The row that the command line writes.
        fields: The same as a JSON object, with the time that it took.
    """

    row: AnyRow
    fields: dict[str, Any]


Job = Callable[[Classifier, Upload], Any]
"""What a process is asked for; it goes there as a pickle, and so does what it returns."""

# A process ends itself so much later than the server would have ended it.
_LAST_RESORT_SECONDS = 2
# More than a small picture needs, again and again.
_LARGE_BYTES = 1 << 20


class ModelFacts(NamedTuple):
    """What a process says when it has loaded the model."""

    name: str | None
    version: str | None
    threshold: float


class Failed(NamedTuple):
    """What a process says where a job raised what nobody foresaw."""

    reason: str


def answer_jobs(channel: Connection, classifier: dict[str, Any]) -> None:
    """The life of a process: loads the model, says so, and does jobs until the channel is closed.

    Args:
        channel: Gives jobs, each with the type of its form and the seconds that it may take, and
            then the body, as it is. Takes `ModelFacts` or a `ModelError` first, then for each job
            what it returns, or the error.
        classifier: The arguments of `Classifier`.
    """
    for number in END_SIGNALS:  # they are the server's, who knows what is still to be done
        signal.signal(number, signal.SIG_IGN)
    give_back_blocks(_LARGE_BYTES)
    pillow_setup.keep_quiet()
    pillow_setup.is_available()  # loads it, before somebody waits for an answer
    try:
        reader = Classifier(**classifier)
    except ModelError as error:
        channel.send(error)
        return
    config = reader.config
    channel.send(ModelFacts(config.get("name"), config.get("version"), reader.min_confidence))
    try:
        while True:
            job, form_type, seconds = channel.recv()
            set_alarm(seconds + _LAST_RESORT_SECONDS)  # the server may be gone
            upload = Upload(channel.recv_bytes(), form_type)
            channel.send(_outcome(job, reader, upload))
            set_alarm(0)
            del job, upload
    except (EOFError, OSError, MemoryError):  # the server has ended, or the job does not fit
        pass


def _outcome(job: Job, classifier: Classifier, upload: Upload) -> Any:
    try:
        return job(classifier, upload)
    except RequestError as error:
        return error
    except MemoryError:
        return busy("not enough memory")
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Failed(f"{type(error).__name__}: {error} ({place.filename}, line {place.lineno})")


def classify_all(classifier: Classifier, upload: Upload, **options: Any) -> list[Answer]:
    """The job of `/classify`; the options are those of `classify`."""
    return [classify(file, classifier, **options) for file in upload.files()]


def read_all(classifier: Classifier, upload: Upload, **options: Any) -> list[Answer]:
    """The job of `/read`; the options are those of `read`."""
    return [read(file, classifier, **options) for file in upload.files()]


def collect(classifier: Classifier, upload: Upload, collection: Collection, label: str) -> str:
    """The job of `/collect`: keeps what is a picture; returns its path below the folder."""
    file = upload.files()[0]
    grey = load(file, classifier.max_pixels)
    if isinstance(grey, FileResult):
        raise picture_error(grey.status, grey.error)
    assert isinstance(file.image, bytes)
    try:
        return collection.add(file_content(file.image), label)
    except OSError as error:
        raise not_stored(error) from error


def classify(
    file: File,
    classifier: Classifier,
    ink: Ink,
    region: Corners | None,
    turn: Turn,
    with_normalized: bool,
) -> Answer:
    """Reads one digit; `with_normalized` adds what the network saw of the picture as it stands."""
    start = time.perf_counter()
    result, seen = _classified(file, classifier, ink, region, turn)
    answer = _answer(ClassifyRow.of(result, None), start)
    if with_normalized:
        answer.fields["normalized"] = None if seen is None else base64.b64encode(seen).decode()
    return answer


def read(file: File, classifier: Classifier, **options: Unpack[ReadOptions]) -> Answer:
    """Reads a number; the options are those of `edgedigit.read`."""
    start = time.perf_counter()
    result = read_file(file, classifier, **options)
    return _answer(ReadRow.of(result, None), start)


def _classified(
    file: File, classifier: Classifier, ink: Ink, region: Corners | None, turn: Turn
) -> tuple[FileResult[Prediction], bytes | None]:
    """The result, and the 28 x 28 picture that the network saw, row by row."""
    ((page, grey),) = load_pages(file, classifier.max_pixels, MAX_SIDE, region)
    if isinstance(grey, FileResult):
        return grey, None
    try:
        whole = whole_files([file], classifier.max_pixels, region)
        ((prediction, seen),) = classifier.classify_greys([grey], ink, turn, whole)
    except Exception as error:
        return failed(page, error), None
    return answered(page, prediction), seen.tobytes()


def _answer(row: AnyRow, start: float) -> Answer:
    fields = row._asdict()
    fields["path"] = row.path or None
    del fields["stamp"]
    fields["milliseconds"] = round(1000 * (time.perf_counter() - start), 2)
    return Answer(row, fields)
