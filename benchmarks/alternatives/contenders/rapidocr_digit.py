"""rapidocr (PaddleOCR's networks in onnxruntime); it finds the lines of pages alone."""

import numpy as np
from base import Answer, Grey, Reader, only_digit, use_checkout
from PIL import Image


class Contender(Reader):
    """Engines with the networks that it brings."""

    def __init__(self, _: str) -> None:
        """Starts the engine of single lines; that of pages when there is one."""
        use_checkout()
        from benchmarks.readers import rapidocr_reader

        self._reader = rapidocr_reader
        self._read = rapidocr_reader().read
        self._read_page = None

    def read_array(self, picture: Grey) -> Answer:
        """Reads a picture."""
        return only_digit(self.read_line(picture))

    def read_files(self, paths: list[str]) -> list[Answer]:
        """Reads picture files."""
        return [self.read_array(np.asarray(Image.open(path).convert("L"))) for path in paths]

    def read_line(self, picture: Grey) -> str:
        """Reads a number."""
        return self._read(picture, False, False).text

    def read_page(self, picture: Grey) -> str:
        """Reads several lines."""
        if self._read_page is None:
            self._read_page = self._reader(finds_lines=True).read
        return self._read_page(picture, True, False).text
