"""Programs that read numbers, called alike: edgedigit, and what a user would pick instead."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_DIGITS, _MARKS = "0123456789", ".,-/:"


class Answer(NamedTuple):
    """What a program says of a picture.

    Attributes:
        text: Digits and marks, "?" for what it does not know; spaces mean nothing, line ends do.
        refusal: None, or why it says that the text is not to be relied on.
        confidence: Probability, 0 to 1, that the text is right; NaN where it does not say.
    """

    text: str
    refusal: str | None = None
    confidence: float = float("nan")


class Reader(NamedTuple):
    """A program that reads.

    Attributes:
        read: Reads a grey picture, uint8 of shape (H, W), which is a page of several lines if the
            second argument says so, and has the marks . , - / : if the third does.
        reads_pages: Whether it finds lines by itself.
    """

    read: Callable[[NDArray[np.uint8], bool, bool], Answer]
    reads_pages: bool = True


def edgedigit_reader(length: int | None = None) -> Reader:
    """edgedigit, told the number of digits or not, and nothing else of the picture."""
    import edgedigit

    def read(picture: NDArray[np.uint8], _page: bool, _marks: bool) -> Answer:
        reading = edgedigit.read(picture, length=length)
        return Answer(reading.text, reading.refusal, reading.confidence)

    return Reader(read)


def other_readers() -> tuple[dict[str, Reader], list[str]]:
    """Those of the others that are installed, and why the rest is not there, a line for each."""
    makers: dict[str, Callable[[], Reader]] = {
        "tesserocr": tesserocr_reader,
        "rapidocr": lambda: rapidocr_reader(finds_lines=True),
        "rapidocr, recognition alone": rapidocr_reader,
    }
    found, missing = {}, []
    for name, make in makers.items():
        try:
            found[name] = make()
        except (ImportError, RuntimeError) as error:
            missing.append(f"{name} is left out: {error}")
    return found, missing


def tesserocr_reader(mode: str = "SINGLE_LINE") -> Reader:
    """Tesseract's digits only, and the marks where they are asked for.

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

    def read(picture: NDArray[np.uint8], is_page: bool, marks: bool) -> Answer:
        wanted = _DIGITS + _MARKS * marks
        api.SetVariable("tessedit_char_whitelist", wanted)
        api.SetPageSegMode(PSM.SINGLE_BLOCK if is_page else segmentation)
        api.SetImage(Image.fromarray(picture))
        return Answer(_only(wanted, api.GetUTF8Text()))

    return Reader(read)


def rapidocr_reader(finds_lines: bool = False) -> Reader:
    """The digits that rapidocr reads with its networks in onnxruntime, and marks if asked for.

    Args:
        finds_lines: Whether its detection finds the lines first; else the picture is one.

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

    def read(picture: NDArray[np.uint8], _page: bool, marks: bool) -> Answer:
        result = engine(np.stack([picture] * 3, axis=2), use_det=finds_lines, use_cls=False)
        texts = list(result.txts or ())
        if finds_lines and texts:
            texts = _lines(result.boxes, texts)
        return Answer(_only(_DIGITS + _MARKS * marks, "\n".join(texts)))

    return Reader(read, reads_pages=finds_lines)


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


def _only(wanted: str, text: str) -> str:
    """A text without all other signs, and without lines that have none of these."""
    lines = ("".join(sign for sign in line if sign in wanted) for line in text.splitlines())
    return "\n".join(line for line in lines if line)
