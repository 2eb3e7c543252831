"""Tesseract through tesserocr: one sign (psm 10), digits only."""

import numpy as np
from base import Answer, Grey, Reader, only_digit, use_checkout
from PIL import Image


class Contender(Reader):
    """An engine; it finds its languages by TESSDATA_PREFIX."""

    def __init__(self, _: str) -> None:
        """Starts the engine."""
        use_checkout()
        from benchmarks.readers import tesserocr_reader

        self._read = tesserocr_reader("SINGLE_CHAR").read

    def read_array(self, picture: Grey) -> Answer:
        """Reads a picture."""
        return only_digit(self._read(picture, False, False).text)

    def read_files(self, paths: list[str]) -> list[Answer]:
        """Reads picture files."""
        return [self.read_array(np.asarray(Image.open(path).convert("L"))) for path in paths]
