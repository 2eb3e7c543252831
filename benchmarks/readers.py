"""Programs that read numbers, called alike: edgedigit, and what a user would pick instead."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Reads a grey picture, uint8 of shape (H, W), which is one line, or a page if the second argument
# says so. Spaces mean nothing, line ends do.
Reader = Callable[[NDArray[np.uint8], bool], str]


def edgedigit_reader(length: int | None = None) -> Reader:
    """edgedigit, told the number of digits or not."""
    import edgedigit

    return lambda picture, _: edgedigit.read(picture, length=length).text


def other_readers() -> tuple[dict[str, Reader], list[str]]:
    """Those of the others that are installed, and why the rest is not there, a line for each."""
    found, missing = {}, []
    for name, make in (("tesserocr", tesserocr_reader), ("rapidocr", rapidocr_reader)):
        try:
            found[name] = make()
        except (ImportError, RuntimeError) as error:
            missing.append(f"{name} is left out: {error}")
    return found, missing


def tesserocr_reader(mode: str = "SINGLE_LINE") -> Reader:
    """Tesseract's digits only.

    Args:
        mode: How a picture that is no page is segmented, a name in `tesserocr.PSM`: as one line
            (psm 7), or one sign ("SINGLE_CHAR", psm 10). A page is a block of lines (psm 6).

    Raises:
        ImportError: It is not installed.
        RuntimeError: It does not find its languages.
    """
    from PIL import Image
    from tesserocr import PSM, PyTessBaseAPI

    segmentation = getattr(PSM, mode)
    api = PyTessBaseAPI(psm=segmentation)
    api.SetVariable("tessedit_char_whitelist", "0123456789")

    def read(picture: NDArray[np.uint8], is_page: bool) -> str:
        api.SetPageSegMode(PSM.SINGLE_BLOCK if is_page else segmentation)
        api.SetImage(Image.fromarray(picture))
        return _digits_only(api.GetUTF8Text())

    return read


def rapidocr_reader() -> Reader:
    """Recognition alone of a line; on a page its detection finds the lines first.

    Raises:
        ImportError: It is not installed.
    """
    from rapidocr import RapidOCR

    engine = RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )

    def read(picture: NDArray[np.uint8], is_page: bool) -> str:
        result = engine(np.stack([picture] * 3, axis=2), use_det=is_page, use_cls=False)
        texts = list(result.txts or ())
        if is_page and texts:
            texts = _lines(result.boxes, texts)
        return _digits_only("\n".join(texts))

    return read


def _lines(boxes: NDArray[Any], texts: list[str]) -> list[str]:
    """Joins texts whose boxes, of shape (n, 4, 2), lie in one line."""
    lines: list[list[tuple[float, str]]] = []
    bottom = -1.0
    for box, text in sorted(zip(boxes, texts, strict=True), key=lambda found: found[0][:, 1].min()):
        left, middle = box[:, 0].min(), box[:, 1].mean()
        if middle > bottom:
            lines.append([])
            bottom = box[:, 1].max()
        lines[-1].append((left, text))
    return ["".join(text for _, text in sorted(line)) for line in lines]


def _digits_only(text: str) -> str:
    return "\n".join(
        digits
        for line in text.splitlines()
        if (digits := "".join(c for c in line if c in "0123456789"))
    )
