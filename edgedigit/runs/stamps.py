"""Short texts that change when a file, or the way it is read, changes."""

from edgedigit.results import Status
from edgedigit.system.fast_hashes import sha256

_STAMP_HEX_DIGITS = 16

# These depend on more than the file's content: it is read again.
_PASSING = (Status.PERMISSION_DENIED, Status.VANISHED, Status.UNREADABLE)


class Stamps:
    """The stamps of a run."""

    def __init__(self, *settings: object) -> None:
        """Takes all that the answers depend on beside the files."""
        self._settings_hash = sha256(repr(settings).encode())

    def of(self, status: Status, size: int | None, modified: int | None) -> str | None:
        """The stamp of a file; None where its row is good for this run only.

        Args:
            status: What became of the file.
            size: Its size in bytes, or None where that is not known.
            modified: When it was modified, in nanoseconds, or None where that is not known.
        """
        if modified is None or status in _PASSING:
            return None
        file_hash = self._settings_hash.copy()
        file_hash.update(f"{size} {modified}".encode())
        return str(file_hash.hexdigest()[:_STAMP_HEX_DIGITS])
