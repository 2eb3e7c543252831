"""Importing TensorFlow without the lines that it writes whatever its log level."""

import os
import sys


def import_tensorflow() -> None:
    """Imports TensorFlow; standard error is silent meanwhile.

    Raises:
        ModuleNotFoundError: It is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    # By itself it does so on some processors only; on the others steps take half as long again.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    sys.stderr.flush()
    stderr = os.dup(2)
    try:
        with open(os.devnull, "w") as nothing:
            os.dup2(nothing.fileno(), 2)
        import tensorflow

        # Its Python part does not heed the variable, and warns where several models are used.
        tensorflow.get_logger().setLevel("ERROR")
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
