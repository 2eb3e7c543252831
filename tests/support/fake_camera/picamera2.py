"""A camera with picamera2's interface, as strict as the real one, that shows recorded frames.

FAKE_CAMERA names a folder with frames.npy, uint8 of shape (n, height, width): what the camera sees.
After the last one the user presses Ctrl-C, or FAKE_CAMERA_SIGNAL comes. What is done with the
camera is noted in the folder's log.
"""

import os
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_FOLDER = Path(os.environ["FAKE_CAMERA"])


class Picamera2:
    """See `picamera2.Picamera2`."""

    def __init__(self, camera_num: int = 0) -> None:
        """Opens the camera."""
        if not (_FOLDER / "frames.npy").exists():
            raise IndexError("list index out of range")  # as the real one, where there is none
        self._frames = iter(np.load(_FOLDER / "frames.npy", mmap_mode="r"))
        self._rng = np.random.default_rng(0)
        self._config: dict[str, Any] | None = None
        self._started = self._closed = False
        self._log("open")

    def create_preview_configuration(
        self,
        main: dict[str, Any] | None = None,
        lores: dict[str, Any] | None = None,
        controls: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """A configuration; a stream may have a size and a format."""
        main = {"format": "XBGR8888", "size": (640, 480)} | (main or {})
        if lores is not None:
            lores = {"format": "YUV420", "size": main["size"]} | lores
        for stream in filter(None, (main, lores)):
            if set(stream) != {"format", "size"}:
                raise ValueError(f"Bad key: {stream}")
        return {"main": main, "lores": lores, "controls": controls or {}}

    def configure(self, config: dict[str, Any]) -> None:
        """Takes a configuration; the sizes and the strides that come out of it are the camera's."""
        if self._started:
            raise RuntimeError("Camera must be stopped before configuring")
        for name in config["controls"]:
            if name != "FrameDurationLimits":
                raise RuntimeError(f"Control {name} is not advertised by libcamera")
        lores = config["lores"]
        if lores is not None:
            if lores["format"] != "YUV420":
                raise RuntimeError("lores stream must be YUV")
            pairs = zip(lores["size"], config["main"]["size"], strict=True)
            if any(side > most for side, most in pairs):
                raise RuntimeError("lores stream dimensions may not exceed main stream")
            height, width = np.load(_FOLDER / "frames.npy", mmap_mode="r").shape[1:]
            # Rows of U and V, of half the width, begin at multiples of 64 bytes.
            stride = -(-width // 128) * 128
            lores = {**lores, "size": (width, height), "stride": stride}
        self._config = {**config, "lores": lores}

    def start(self, config: dict[str, Any] | None = None, show_preview: bool = False) -> None:
        """Starts the camera, configured before or here."""
        if config is not None:
            self.configure(config)
        if self._config is None:
            raise RuntimeError("Camera has not been configured")
        self._started = True
        self._log("start")

    def stream_configuration(self, name: str = "main") -> dict[str, Any]:
        """What a stream turned out to be."""
        assert self._config is not None
        return self._config[name]

    def capture_array(self, name: str = "main") -> NDArray[np.uint8]:
        """The next frame: rows of Y, then those of U and V, all as long as the stride says."""
        if not self._started or self._closed:
            raise RuntimeError("the camera does not run")
        if name != "lores" or self._config is None or self._config["lores"] is None:
            raise RuntimeError(f"Stream {name!r} is not defined")
        grey = next(self._frames, None)
        if grey is None:
            os.kill(os.getpid(), int(os.environ.get("FAKE_CAMERA_SIGNAL", signal.SIGINT)))
            time.sleep(60)
            raise RuntimeError("the signal was ignored")
        height, width = grey.shape
        stride = self._config["lores"]["stride"]
        array = self._rng.integers(0, 256, (height * 3 // 2, stride), np.uint8)
        array[:height, :width] = grey
        return array

    def close(self) -> None:
        """Gives the camera back."""
        self._closed = True
        self._log("close")

    def _log(self, event: str) -> None:
        with (_FOLDER / "log").open("a") as log:
            log.write(f"{event}\n")
