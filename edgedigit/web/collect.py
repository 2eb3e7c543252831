"""Labelled drawings, kept in a folder for each digit, as training and evaluation take them."""

from __future__ import annotations

import hashlib
import os
import time

from edgedigit.images.signatures import START_BYTES, find_file_type
from edgedigit.system.safe_files import holds, make_folder, write_new

# They tell apart what comes in one second.
_NAME_HASH_DIGITS = 16


class Collection:
    """A folder of pictures by label."""

    def __init__(self, folder: str) -> None:
        """Makes the folder, and those above it, where they are not there.

        Raises:
            OutputError: It cannot be made, or nothing can be written to it.
        """
        self._folder = folder
        make_folder(folder)

    def add(self, image: bytes, label: int) -> str:
        """Keeps a picture.

        Args:
            image: The bytes of a file.
            label: The digit that it shows.

        Returns:
            Where it lies below the folder, with / between the parts.

        Raises:
            OSError: It cannot be written.
        """
        folder = os.path.join(self._folder, str(label))
        os.makedirs(folder, exist_ok=True)
        kind = find_file_type(image[:START_BYTES])
        ending = "picture" if kind is None else kind.name.replace(" ", "").lower()
        digest = hashlib.sha256(image).hexdigest()[:_NAME_HASH_DIGITS]
        name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{digest}.{ending}"
        path = os.path.join(folder, name)
        try:
            write_new(path, image)
        except FileExistsError:
            if not holds(path, image):
                raise
        return f"{label}/{name}"
