"""Prints the digit that a Raspberry Pi's camera sees when it has been the same for some frames.

    sudo apt install python3-picamera2 python3-venv
    python3 -m venv --system-site-packages ~/camera && ~/camera/bin/pip install .  # in a checkout
    ~/camera/bin/python examples/pi_camera.py

A - says that it is gone. Ctrl-C ends it.
"""

import argparse
import sys
from collections import deque
from contextlib import closing, suppress

from edgedigit import Classifier, read
from edgedigit.runs import interrupts_raise

CLASSIFIER = Classifier()
STREAM = {"size": (640, 480), "format": "YUV420"}
SLOW = {"FrameDurationLimits": (200_000, 200_000)}  # microseconds: five frames a second are enough
FRAMES, NOTHING = 3, "-"


def main(options: argparse.Namespace) -> None:
    """Looks at the camera until a signal raises KeyboardInterrupt."""
    try:
        from picamera2 import Picamera2

        camera = Picamera2()
    except ImportError as error:
        sys.exit(f"pi_camera: {error}: install python3-picamera2 as the head of this file says")
    except (IndexError, RuntimeError) as error:
        sys.exit(f"pi_camera: no camera: {error}")
    with closing(camera):
        camera.start(camera.create_preview_configuration(lores=STREAM, controls=SLOW))
        width, height = camera.stream_configuration("lores")["size"]
        left, top, right, bottom = options.region or (0, 0, width, height)
        if not (0 <= left < right <= width and 0 <= top < bottom <= height):
            sys.exit(f"pi_camera: the region does not lie in the picture, {width} x {height}")
        shown, answers = NOTHING, deque(maxlen=FRAMES)
        while True:
            # Below the rows of Y are those of U and V, and right of them is what fills them up.
            frame = camera.capture_array("lores")[top:bottom, left:right]
            if options.read:
                reading = read(frame, classifier=CLASSIFIER)
                answer = "" if reading.refusal else reading.text.replace("\n", " ")
            else:
                answer = str(CLASSIFIER.classify(frame).digit)
            answers.append(NOTHING if answer in ("", "None") or "?" in answer else answer)
            if answers.count(answers[-1]) == FRAMES and answers[-1] != shown:
                shown = answers[-1]
                print(shown, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--read", action="store_true", help="print whole numbers")
    parser.add_argument("--region", type=int, nargs=4, metavar=("LEFT", "TOP", "RIGHT", "BOTTOM"))
    with suppress(KeyboardInterrupt), interrupts_raise():
        main(parser.parse_args())
