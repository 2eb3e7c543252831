"""Publishes by MQTT what a meter shows, where that can be so; Home Assistant finds it by itself.

    pip install "edgedigit[images]" "paho-mqtt>=2"
    python meter.py --digits 8 --decimals 3 --most-per-hour 2 rpicam-still --nopreview --output -

At each look the command writes a picture to its standard output; `cat` and `curl` do so too.
"""

import argparse
import json
import logging
import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from paho.mqtt import MQTTException, publish

from edgedigit import EdgeDigitError, read
from edgedigit.runs import interrupts_raise

UNITS = {"water": "m³", "gas": "m³", "energy": "kWh"}


def main(options: argparse.Namespace) -> None:
    """Looks at the meter until a signal raises KeyboardInterrupt."""
    memory = Path(f"{options.name}.json")
    last = json.loads(memory.read_text()) if memory.exists() else None
    while True:
        try:
            done = subprocess.run(options.command, stdout=subprocess.PIPE, check=True, timeout=60)
            number = read(done.stdout, length=options.digits, marks=False, region=options.region)
            now = number.text, time.time()
            if number.refusal == "length" or number.confidence < 0.7 or not number.text.isdecimal():
                logging.warning("not read: %r, %s", number.text, number.refusal)
            elif last and can_follow(now, last, options):
                last, new = now, memory.with_suffix(".new")
                new.write_text(json.dumps(now))
                new.replace(memory)
                tell(int(number.text) / 10**options.decimals, options)
            else:  # the first that is read is not believed before the next one is
                logging.warning("%s cannot follow %s", number.text, last and last[0])
                last = last if memory.exists() else now
        except (EdgeDigitError, MQTTException, OSError, subprocess.SubprocessError) as error:
            logging.warning("%s", error)
        time.sleep(options.every)


def can_follow(now: tuple, last: tuple, options: argparse.Namespace) -> bool:
    """Whether the meter ran forwards, from 999 on to 000 too, and no faster than it can."""
    most = options.most_per_hour * max(now[1] - last[1], 0) / 3600 * 10**options.decimals
    return (int(now[0]) - int(last[0])) % 10**options.digits < most + 1


def tell(value: float, options: argparse.Namespace) -> None:
    """Publishes a value, and what Home Assistant has to know of it; the broker keeps both."""
    name, topic = f"edgedigit_{options.name}", f"edgedigit/{options.name}"
    sensor = {"unique_id": name, "name": options.name, "state_topic": topic}
    sensor |= {"device_class": options.kind, "unit_of_measurement": UNITS[options.kind]}
    sensor |= {"state_class": "total_increasing", "expire_after": int(10 * options.every) + 1}
    config = f"homeassistant/sensor/{name}/config", json.dumps(sensor), 1, True
    auth = options.user and {"username": options.user, "password": os.getenv("MQTT_PASSWORD")}
    publish.multiple([config, (topic, value, 1, True)], options.broker, options.port, auth=auth)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", nargs="A...", metavar="COMMAND")
    parser.add_argument("--digits", type=int, required=True)
    parser.add_argument("--most-per-hour", type=float, required=True)
    parser.add_argument("--kind", choices=UNITS, default="water")
    parser.add_argument("--region", type=json.loads, nargs=4, metavar=("L", "T", "R", "B"))
    others = {"decimals": 0, "every": 60.0, "name": "meter", "broker": "localhost", "port": 1883}
    for name, default in (others | {"user": ""}).items():
        parser.add_argument(f"--{name}", type=type(default), default=default)
    logging.getLogger("paho").setLevel(logging.CRITICAL)  # it calls a goodbye an error
    with suppress(KeyboardInterrupt), interrupts_raise():
        main(parser.parse_args())
