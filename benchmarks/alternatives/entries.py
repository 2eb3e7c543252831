"""The contenders by name, and what each needs."""

from typing import NamedTuple

from benchmarks.alternatives.models import CNN_INT8_FILE

# edgedigit's own network: the checkout's, whatever its version.
OWN_NETWORK = "model.onnx"


class Entry(NamedTuple):
    """A contender.

    Attributes:
        title: What the tables call it.
        program: Its module in `contenders`.
        environment: Its list in `requirements`, after which its virtual environment is named.
        model: The file that it loads, or "" for what brings its own.
        reads_text: Whether it is a reader of text, asked for few pictures because it is slow.
    """

    title: str
    program: str
    environment: str
    model: str = ""
    reads_text: bool = False


OURS, OPENCV, OPENCV_OWN = "edgedigit", "opencv-litert", "opencv-onnxruntime"
LITERT, RAPIDOCR = "litert", "rapidocr"

ENTRIES = {
    OURS: Entry("edgedigit[images]", "edgedigit_package", "edgedigit-images"),
    OPENCV: Entry("OpenCV, LiteRT int8", "opencv_litert", OPENCV, CNN_INT8_FILE),
    OPENCV_OWN: Entry("OpenCV, edgedigit's network", "opencv_onnxruntime", OPENCV_OWN, OWN_NETWORK),
    LITERT: Entry("LiteRT int8", "litert_cnn", LITERT, CNN_INT8_FILE),
    "tesserocr": Entry("Tesseract, psm 10", "tesserocr_digit", "tesserocr", reads_text=True),
    RAPIDOCR: Entry("rapidocr", "rapidocr_digit", RAPIDOCR, reads_text=True),
}
