"""rapidocr (PaddleOCR's networks in onnxruntime), recognition alone, without finding lines."""

import numpy as np
from base import Answer, Reader, only_digit, use_checkout
from numpy.typing import NDArray
from PIL import Image


class Contender(Reader):
    """An engine with the networks that it brings."""

    def __init__(self, _: str) -> None:
        """Starts the engine."""
        use_checkout()
        from benchmarks.readers import rapidocr_reader

        self._read = rapidocr_reader().read

    def read_array(self, picture: NDArray[np.uint8]) -> Answer:
        """Reads a grey picture, uint8 of shape (H, W)."""
        return only_digit(self._read(picture, False, False).text)

    def read_files(self, paths: list[str]) -> list[Answer]:
        """Reads picture files."""
        return [self.read_array(np.asarray(Image.open(path).convert("L"))) for path in paths]
