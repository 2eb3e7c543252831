"""What a process gives back to the system of the memory that it needed once.

Only glibc has to be told: left alone, it gives back at once what is as large as the largest block
that was ever freed, up to 32 MiB, and a server that has received large bodies keeps what is smaller
for good. Elsewhere nothing is done.
"""

import contextlib
import ctypes
import gc

# Of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_NOT_GLIBC = (OSError, TypeError, AttributeError)


def give_back_blocks(least_bytes: int) -> None:
    """Has blocks of so many bytes given back as soon as they are free."""
    with contextlib.suppress(*_NOT_GLIBC):
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, least_bytes)
        library.mallopt(_TRIM_THRESHOLD, least_bytes)


def give_back_pages() -> None:
    """Gives back all that is free now, between other blocks too; takes some milliseconds."""
    gc.collect()  # connections that are closed hold one another
    with contextlib.suppress(*_NOT_GLIBC):
        ctypes.CDLL(None).malloc_trim(0)
