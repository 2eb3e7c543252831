"""Copies of the pictures that were refused, for people to label; nothing is ever overwritten."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator

from edgedigit.errors import OutputError
from edgedigit.system.interrupts import interrupts_wait
from edgedigit.system.safe_files import holds, make_folder, write_new

# What Linux, macOS and Windows allow, though only Linux counts bytes.
_MAX_NAME_BYTES = 255
# A longer ending is no ending, but a name with a dot in it.
_MAX_ENDING_LETTERS = 16
_NAME_HASH_DIGITS = 8
# The name is taken, too long, not Unicode, or has signs that the file system does not allow (":"
# on a memory card): another one may do.
_NAME_ERROR_NUMBERS = {errno.EEXIST, errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL}


class RefusedCopies:
    """A folder of copies, each with the name and the modification time of its original.

    Where the name is taken by another content, the copy's own is put into it: `scan.png` becomes
    `scan-1f3a9c2e.png`. So a content has the same name each time, and is copied once.

    Attributes:
        identity: The folder, which `find_files` has to skip, since copies are no input.
    """

    def __init__(self, folder: str) -> None:
        """Makes the folder, and those above it, where they are not there.

        Args:
            folder: The folder.

        Raises:
            OutputError: It cannot be made, or nothing can be written to it.
        """
        self._folder = folder
        self.identity = make_folder(folder)

    def save(self, path: str, image: bytes | None = None) -> None:
        """Copies a picture, if there is no copy of it yet.

        Args:
            path: The file; - is standard input, whose copy is named `standard-input`.
            image: What was read, where it cannot be read again.

        Raises:
            OSError: The file cannot be read any more.
            OutputError: The copy cannot be written; nothing of it is left in the folder.
        """
        modified = None
        if image is None:
            image, modified = _read(path)
        name = "standard-input" if path == "-" else os.path.basename(path)
        for copy in (os.path.join(self._folder, name) for name in _names(name, image)):
            try:
                with interrupts_wait():
                    write_new(copy, image, modified)
                return
            except OSError as error:
                if error.errno not in _NAME_ERROR_NUMBERS:
                    raise OutputError.of(copy, error) from error
                if holds(copy, image):
                    return
                failure = OutputError.of(copy, error)
        raise failure


def _read(path: str) -> tuple[bytes, int]:
    """A file's content and modification time, in nanoseconds."""
    if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe is empty now, and may wait forever
        raise OSError(errno.EINVAL, "not a regular file", path)
    with open(path, "rb") as file:
        return file.read(), os.fstat(file.fileno()).st_mtime_ns


def _names(name: str, image: bytes) -> Iterator[str]:
    """The names that a copy may get, in this order; the last one suits every file system."""
    yield name
    digest = hashlib.sha256(image).hexdigest()
    stem, ending = os.path.splitext(name)
    if len(ending) > _MAX_ENDING_LETTERS:
        stem, ending = name, ""
    tail = f"-{digest[:_NAME_HASH_DIGITS]}{ending}"
    while len(os.fsencode(stem + tail)) > _MAX_NAME_BYTES:
        stem = stem[:-1]
    yield stem + tail
    yield digest + (ending if ending[1:].isalnum() and ending.isascii() else "")
