"""Copies of the pictures that were refused, for people to label; nothing is ever overwritten.

They are brought to the disk together, since the disk takes about as long for a block as for one.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from edgedigit.errors import OutputError
from edgedigit.system.interrupts import interrupts_wait
from edgedigit.system.safe_files import NewFile, holds, make_folder, sync_file, sync_folder

# What Linux, macOS and Windows allow, though only Linux counts bytes.
_MAX_NAME_BYTES = 255
# A longer ending is no ending, but a name with a dot in it.
_MAX_ENDING_LETTERS = 16
_NAME_HASH_DIGITS = 8
# The name is taken, too long, not Unicode, or has signs that the file system does not allow (":"
# on a memory card): another one may do.
_NAME_ERROR_NUMBERS = {errno.EEXIST, errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL}
# With so many bytes, copies are not held back for further ones.
_MAX_HELD_BYTES = 1 << 24


class _Copy(NamedTuple):
    """A copy that has no name yet."""

    name: str
    image: bytes
    file: NewFile


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
        self._held: list[_Copy] = []
        # Something is in the folder that has to be on the disk.
        self._is_changed = False

    def save(self, path: str, image: bytes | None = None) -> None:
        """Copies a picture, if there is no copy of it yet, under a hidden name until `keep`.

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
        with interrupts_wait():
            if self._is_there(name, image):
                return
            try:
                file = NewFile(self._folder, image, modified)
            except OSError as error:
                raise OutputError.of(os.path.join(self._folder, name), error) from error
            self._held.append(_Copy(name, image, file))
            if sum(len(copy.image) for copy in self._held) >= _MAX_HELD_BYTES:
                self.keep()

    def keep(self) -> None:
        """Gives the copies their names, and returns when all of them are on the disk.

        Raises:
            OutputError: The system cannot keep them, or has no name for one.
        """
        with interrupts_wait():
            try:
                for copy in self._held:
                    copy.file.sync()
                for copy in self._held:
                    self._publish(copy)
                if self._is_changed:
                    sync_folder(os.path.join(self._folder, ""))
                    self._is_changed = False
            except OSError as error:
                raise OutputError.of(self._folder, error) from error
            finally:
                self.close()

    def close(self) -> None:
        """Removes what was not kept."""
        while self._held:
            self._held.pop().file.close()

    def _is_there(self, name: str, image: bytes) -> bool:
        """Whether there is such a copy; that it is on the disk is seen to."""
        for place in self._places(name, image):
            if not os.path.lexists(place):
                break
            if holds(place, image):
                self._take_over(place)
                return True
        return False

    def _publish(self, copy: _Copy) -> None:
        for place in self._places(copy.name, copy.image):
            try:
                copy.file.publish(place)
                self._is_changed = True
                return
            except OSError as error:
                if error.errno not in _NAME_ERROR_NUMBERS:
                    raise OutputError.of(place, error) from error
                if holds(place, copy.image):
                    self._take_over(place)
                    return
                failure = OutputError.of(place, error)
        raise failure

    def _take_over(self, place: str) -> None:
        """Sees to it that a copy survives a power cut which a killed run may have made."""
        sync_file(place)
        self._is_changed = True

    def _places(self, name: str, image: bytes) -> Iterator[str]:
        return (os.path.join(self._folder, name) for name in _names(name, image))


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
