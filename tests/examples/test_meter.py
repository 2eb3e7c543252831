"""The example that publishes what a meter shows, with a camera that shows what it is told to."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("paho.mqtt", reason="the broker is asked by paho-mqtt")
pytest.importorskip("PIL", reason="meters are drawn with Pillow")

from paho.mqtt import client as mqtt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from tests.support.command import ENVIRONMENT, Process, python
from tests.support.marks import posix_only
from tests.support.paths import EXAMPLES
from tests.support.waiting import wait_until

# Debian has it where not all users look.
BROKER = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
EXAMPLE = EXAMPLES / "meter.py"
REGION = "0.17", "0.37", "0.83", "0.62"
CONFIG = "homeassistant/sensor/edgedigit_meter/config"

pytestmark = [
    posix_only,
    pytest.mark.skipif(BROKER is None, reason="needs the broker mosquitto"),
]

# The next frame at each call; at the last one the user presses Ctrl-C.
CAMERA = """
cd "$0" && set -- *.frame
[ -e "$1" ] || { kill -INT $PPID; exec sleep 60; }
mv "$1" shown && [ "$(head -c 6 shown)" != broken ] && cat shown
"""


def meter(text: str, rolling: bool = False) -> Image.Image:
    """A meter whose drums show a text; the last one may be between two digits."""
    rng = np.random.default_rng(len(text))
    picture = Image.new("L", (640, 300), 150)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(46)
    draw.ellipse((40, -120, 600, 440), fill=215, outline=120, width=6)
    draw.text((320, 240), "Nr. 4711", font=ImageFont.load_default(26), fill=60, anchor="mm")
    left = 320 - len(text) * 23
    draw.rectangle((left - 6, 112, left + len(text) * 46 + 6, 184), fill=60)
    for place, digit in enumerate(text):
        drum = Image.new("L", (41, 54), 25)
        shift = 27 if rolling and place == len(text) - 1 else 0
        ink = ImageDraw.Draw(drum)
        ink.text((21, 27 - shift), digit, font=font, fill=225, anchor="mm")
        if shift:
            ink.text((21, 81 - shift), str((int(digit) + 1) % 10), font=font, fill=225, anchor="mm")
        picture.paste(drum, (left + place * 46 + 2, 122))
    grey = np.asarray(picture.filter(ImageFilter.GaussianBlur(1))) * np.linspace(0.75, 1.05, 640)
    noisy = np.clip(grey + rng.normal(0, 4, grey.shape), 0, 255)
    return Image.fromarray(noisy.astype(np.uint8))


class Broker:
    """A broker, and what it was sent."""

    def __init__(self, place: Path, port: int, password: str = "") -> None:
        self.port, self.seen, self.ends = port, [], 0
        lines = [f"listener {port} 127.0.0.1", "user root"]
        lines += [f"allow_anonymous {'false' if password else 'true'}"]
        if password:
            users = place / "users"
            make = [BROKER.replace("sbin/mosquitto", "bin/mosquitto_passwd"), "-b", "-c"]
            subprocess.run([*make, users, "reader", password], check=True, timeout=60)
            lines += [f"password_file {users}"]
        (place / "broker.conf").write_text("\n".join(lines) + "\n")
        self.process = Process(
            [BROKER, "-c", place / "broker.conf"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self.answers, "the broker")
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        if password:
            self.client.username_pw_set("reader", password)
        self.client.on_message = lambda client, data, message: self.seen.append(
            (message.topic, json.loads(message.payload))
        )
        self.client.connect("127.0.0.1", port)
        self.client.subscribe("#", 1)
        self.client.loop_start()

    def answers(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout=1),
        ):
            return True
        return False

    def said(self) -> list[tuple[str, object]]:
        """Topics and values, all that the broker had until now."""
        self.ends += 1
        self.client.publish("end", self.ends, 1)
        wait_until(lambda: ("end", self.ends) in self.seen, "what the broker has")
        return [said for said in self.seen if said[0] != "end"]

    def values(self) -> list[object]:
        return [value for topic, value in self.said() if topic == "edgedigit/meter"]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
        self.process.terminate()
        self.process.wait(60)


def free_port() -> int:
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as free:
        return free.getsockname()[1]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with contextlib.closing(Broker(tmp_path, free_port())) as one:
        yield one


def watch(
    place: Path,
    port: int,
    frames: Sequence[bytes | Image.Image | str],
    *options: str,
    most: float = 1e6,
    **variables: str,
) -> str:
    """What the example says while it sees frames: pictures, bytes, or what a meter shows."""
    for number, frame in enumerate(frames):
        file = place / f"{number:03}.frame"
        if isinstance(frame, bytes):
            file.write_bytes(frame)
        else:
            (meter(frame) if isinstance(frame, str) else frame).save(file, "png")
    settings = ["--digits", "8", "--decimals", "3", "--most-per-hour", str(most), "--every", "0.05"]
    camera = ["sh", "-c", CAMERA, place]
    command = [EXAMPLE, *settings, "--region", *REGION, "--port", str(port), *options, *camera]
    done = python(*command, cwd=place, env={**ENVIRONMENT, **variables})
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


def test_home_assistant_is_told_what_the_meter_is_and_shows(tmp_path, broker):
    watch(tmp_path, broker.port, ["00412387", "00412388", "00412390"], "--kind", "gas")
    assert broker.values() == [412.388, 412.39]
    topics = [topic for topic, _ in broker.said()]
    assert topics == [CONFIG, "edgedigit/meter"] * 2
    sensor = broker.said()[0][1]
    assert sensor["state_topic"] == "edgedigit/meter"
    assert sensor["unit_of_measurement"] == "m³"
    assert sensor["device_class"] == "gas"
    assert sensor["state_class"] == "total_increasing"
    assert sensor["expire_after"] == 1


def test_who_comes_later_gets_the_last_value_too(tmp_path, broker):
    watch(tmp_path, broker.port, ["00000001", "00000002"])
    late: list[tuple[str, bool]] = []
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = lambda client, data, message: late.append((message.topic, message.retain))
    client.connect("127.0.0.1", broker.port)
    client.subscribe("#", 1)
    client.loop_start()
    wait_until(lambda: len(late) == 2, "what the broker kept")
    client.disconnect()
    client.loop_stop()
    assert sorted(late) == [("edgedigit/meter", True), (CONFIG, True)]


def test_it_never_runs_backwards_nor_faster_than_it_can(tmp_path, broker):
    frames = ["00412387", "00412388", "00412378", "90412388", "00412389", "00412488", "00412390"]
    said = watch(tmp_path, broker.port, frames, most=0.1)
    assert broker.values() == [412.388, 412.389, 412.39]
    for wrong in "00412378 cannot follow 00412388", "90412388", "00412488 cannot follow 00412389":
        assert wrong in said


def test_after_the_last_number_it_begins_anew(tmp_path, broker):
    watch(tmp_path, broker.port, ["99999998", "99999999", "00000000"], most=0.1)
    assert broker.values() == [99999.999, 0]


def test_a_first_look_that_was_wrong_is_not_believed(tmp_path, broker):
    watch(tmp_path, broker.port, ["80412387", "00412387", "00412388"], most=0.1)
    assert broker.values() == [412.388]


def test_it_remembers_after_a_restart(tmp_path, broker):
    watch(tmp_path, broker.port, ["00412387", "00412388"], most=0.1)
    watch(tmp_path, broker.port, ["70412388", "70412389", "00412389"], most=0.1)
    assert broker.values() == [412.388, 412.389]
    (tmp_path / "meter.json").unlink()
    watch(tmp_path, broker.port, ["70412388", "70412389"], most=0.1)
    assert broker.values()[2:] == [70412.389]


def test_what_cannot_be_read_is_said_and_the_next_look_goes_on(tmp_path, broker):
    blank = Image.new("L", (640, 300), 150)
    rolling = meter("00412388", rolling=True)
    broken = [b"broken", b"", b"<html>", blank, meter("0412387"), rolling]
    said = watch(tmp_path, broker.port, ["00412387", *broken, "00412388"], most=0.1)
    assert broker.values() == [412.388]
    assert said.count("\n") == len(broken) + 1
    for part in "exit status 1", "not read: '', blank", "length":
        assert part in said


def test_a_broker_that_is_not_there_is_said_and_asked_again(tmp_path):
    port = free_port()
    said = watch(tmp_path, port, ["00412387", "00412388", "00412389"])
    assert said.count("Connection refused") == 2
    with contextlib.closing(Broker(tmp_path, port)) as broker:
        watch(tmp_path, port, ["00412390"])
        assert broker.values() == [412.39]


def test_a_broker_that_asks_for_a_password_gets_it(tmp_path):
    with contextlib.closing(Broker(tmp_path, free_port(), "secret")) as broker:
        frames = ["00412387", "00412388"]
        said = watch(tmp_path, broker.port, frames, "--user", "reader", MQTT_PASSWORD="wrong")
        assert "not authori" in said.lower()
        assert broker.said() == []
        watch(tmp_path, broker.port, ["00412388"], "--user", "reader", MQTT_PASSWORD="secret")
        assert broker.values() == [412.388]


def test_it_is_short() -> None:
    assert EXAMPLE.read_text("utf-8").count("\n") < 80
