"""The contenders by name, and what each needs."""

from typing import NamedTuple

from benchmarks.alternatives.models import (
    CNN_FLOAT_FILE,
    CNN_INT8_FILE,
    CNN_KERAS_FILE,
    CNN_ONNX_FILE,
    LENET_FILE,
)

# Models that are not made with Keras: one that gives back its pictures, and one of scikit-learn.
IDENTITY_FILE, SVC_FILE = "identity.onnx", "svc.joblib"


class Entry(NamedTuple):
    """A contender.

    Attributes:
        title: What the tables call it.
        program: Its module in `contenders`.
        environment: Its list in `requirements`, after which its virtual environment is named.
        model: The file that it loads, or "" for what brings its own.
        reads_jpegs: Whether it can.
        share: One of so many pictures is enough, for those that would take hours.
        batches: Sizes of batches to find the best of.
    """

    title: str
    program: str
    environment: str
    model: str = ""
    reads_jpegs: bool = True
    share: int = 1
    batches: tuple[int, ...] = (1, 10, 100, 1000)


OURS, OURS_IMAGES = "edgedigit", "edgedigit-images"
LITERT_INT8, ONNX_LENET = "litert-int8", "onnx-lenet"
# Its environment is that of contenders that have nothing else to do with it.
_ONNXRUNTIME = "onnxruntime"

ENTRIES = {
    OURS: Entry("edgedigit", "edgedigit_package", OURS, reads_jpegs=False, batches=(1,)),
    OURS_IMAGES: Entry("edgedigit[images]", "edgedigit_package", OURS_IMAGES, batches=(1,)),
    LITERT_INT8: Entry("LiteRT, CNN in int8", "litert_cnn", "litert", CNN_INT8_FILE),
    "litert-float": Entry("LiteRT, CNN", "litert_cnn", "litert", CNN_FLOAT_FILE),
    "opencv": Entry("OpenCV DNN, CNN", "opencv_dnn", "opencv", CNN_ONNX_FILE),
    ONNX_LENET: Entry("onnxruntime, LeNet", "onnx_model", _ONNXRUNTIME, LENET_FILE),
    "svc": Entry("scikit-learn, SVC", "sklearn_svc", "scikit-learn", SVC_FILE, share=10),
    "keras": Entry("Keras predict, CNN", "keras_predict", "keras", CNN_KERAS_FILE, batches=(1000,)),
    "tesserocr": Entry("Tesseract, psm 10", "tesserocr_digit", "tesserocr", share=10, batches=(1,)),
    "rapidocr": Entry("rapidocr", "rapidocr_digit", "rapidocr", share=10, batches=(1,)),
}

# What no contender can be faster than; in the environments of edgedigit.
FLOORS = {
    "identity": Entry("", "onnx_model", OURS, IDENTITY_FILE),
    "decoding": Entry("", "decoding", OURS_IMAGES),
}
