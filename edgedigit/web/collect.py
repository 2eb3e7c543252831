"""Labelled drawings, kept in a folder for each label, as training and evaluation take them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time

from edgedigit.files.labelled import LABEL_NAMES
from edgedigit.images.signatures import START_BYTES, find_file_type
from edgedigit.system.safe_files import NewFile, holds, make_folder, sync_file, sync_folder

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
        for label in LABEL_NAMES:
            if os.path.isdir(kept := os.path.join(folder, label)):
                make_folder(kept)

    def add(self, image: bytes, label: str) -> str:
        """Keeps a picture.

        Args:
            image: The bytes of a file.
            label: What it shows, one of `LABEL_NAMES`.

        Returns:
            Where it lies below the folder, with / between the parts; it is on the disk.

        Raises:
            OSError: It cannot be written.
        """
        folder = os.path.join(self._folder, label)
        if not os.path.isdir(folder):
            os.makedirs(folder, exist_ok=True)
            sync_folder(folder)
        kind = find_file_type(image[:START_BYTES])
        ending = "picture" if kind is None else kind.name.replace(" ", "").lower()
        digest = hashlib.sha256(image).hexdigest()[:_NAME_HASH_DIGITS]
        name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{digest}.{ending}"
        path = os.path.join(folder, name)
        with contextlib.closing(NewFile(folder, image)) as file:
            file.sync()
            try:
                file.publish(path)
            except FileExistsError:
                if not holds(path, image):
                    raise
                sync_file(path)
        sync_folder(path)
        return f"{label}/{name}"
