"""Files that are whole from the moment on at which their name is there; none is overwritten."""

import contextlib
import errno
import os
import secrets
import stat


def write_whole(path: str, content: bytes, modified: int | None = None) -> None:
    """Writes a file.

    Args:
        path: The file, in a folder that is there.
        content: What it is to hold.
        modified: Its modification time in nanoseconds since 1970; None is now.

    Raises:
        FileExistsError: The name is taken.
        OSError: It cannot be written; nothing of it is left in the folder.
    """
    if os.path.lexists(path):  # found out below too, but after all was written
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    temporary = os.path.join(os.path.dirname(path), f".{secrets.token_hex(16)}.part")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
        if modified is not None:
            with contextlib.suppress(OSError):  # a picture without its time is worth having
                os.utime(temporary, ns=(modified, modified))
        _name(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)


def holds(path: str, content: bytes) -> bool:
    """Whether a file has this very content; one that cannot be read has not."""
    with contextlib.suppress(OSError):
        info = os.stat(path)
        if stat.S_ISREG(info.st_mode) and info.st_size == len(content):
            with open(path, "rb") as file:
                return file.read() == content
    return False


def _name(temporary: str, path: str) -> None:
    """Gives a file its name; raises FileExistsError where it is taken."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # memory cards and USB sticks have no hard links
        with open(path, "xb"):  # takes the name, so that what is replaced is this empty file
            pass
        try:
            os.replace(temporary, path)
        except OSError:
            os.unlink(path)
            raise
