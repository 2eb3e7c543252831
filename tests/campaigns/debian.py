"""Shows that the commands of README and docs work as they are written, in fresh Debian userlands.

    python -m tests.campaigns.debian [--release bookworm] [--page docs/raspberry-pi.md]

All shell blocks of all pages run, those of a page one after the other, as a user who may use sudo;
what is left out is told with the reason. Where a page needs a camera, one stands in that shows
recorded frames; it is a package that depends on Debian's NumPy, and a compiled package of Debian
has to work beside edgedigit then. The systems are kept in the cache of
`tests/campaigns/arm64/run`; delete it to renew them.

Needs root, network, and Debian or Ubuntu. Exit status: 0 all works, 1 something does not, 77 cannot
be run here.
"""

import argparse
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tests.campaigns.arm64 import userland
from tests.examples.test_camera import blank, frames, page
from tests.examples.test_meter import meter
from tests.project.test_build import left_by_tools
from tests.support.paths import EXAMPLES, ROOT

SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
# The first makes the environment that is taken for granted by all others but these.
INSTALL = "docs/install.md"
MAKE_THEIR_OWN = "README.md", INSTALL, "docs/raspberry-pi.md"
OTHERS = sorted(f"docs/{path.name}" for path in ROOT.glob("docs/*.md"))
# Of each page, its shell blocks.
PAGES = {
    name: blocks
    for name in dict.fromkeys([INSTALL, "README.md", *OTHERS])
    if (blocks := SHELL.findall((ROOT / name).read_text("utf-8")))
}
# What is in a block, and why it does not run here.
LEFT_OUT = {
    "'.[dev]'": "gigabytes, and the gate runs it",
    "edgedigit finetune": "gigabytes, and an archive of pictures",
    "python -m train ": "gigabytes, data sets and hours of training",
    "python -m export ": "gigabytes, and a run of a training",
}
TOO_OLD = {("bookworm", "docs/model.md"): "its OpenCV is 4.6; the page asks for 4.7"}
PACKAGES = "python3", "sudo", "ca-certificates", "curl"
# What a machine reaches the network with.
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
NETWORK = "/etc/resolv.conf", "/etc/pip.conf", CERTIFICATES
LIMIT_SECONDS = 7200
# What nobody reads here takes most of the time, and what is only recommended must not be needed.
LEAN = {
    "etc/apt/apt.conf.d/lean": 'APT::Install-Recommends "false";\nAcquire::Languages "none";\n',
    "etc/dpkg/dpkg.cfg.d/lean": (
        "force-unsafe-io\npath-exclude=/usr/share/man/*\npath-exclude=/usr/share/doc/*\n"
    ),
}
SET_UP = (
    "useradd --create-home --shell /bin/bash user;"
    "echo 'user ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/user;"
    "ln --symbolic --force /bin/true /usr/bin/py3compile;"
    "apt-get -qq update;"
    "apt-get -qq install -y python3-bottleneck mosquitto mosquitto-clients >/dev/null;"
    "echo '127.0.0.1 localhost homeassistant.local' >/etc/hosts"
)
# Whatever ends it, no mount and no process of a program is left.
ALONE = "unshare", "--mount", "--pid", "--fork", "--kill-child"
CAMERA_SAYS = "7"
METER_SHOWS = "00042917"
# That pip left Debian's NumPy alone, and what was compiled for it works.
BESIDE_THE_CAMERA = """
import edgedigit, numpy, bottleneck
edgedigit.classify("examples/digits/7_crossed.png")
assert numpy.__file__.startswith("/usr/lib/python3/"), numpy.__file__
print("NumPy", numpy.__version__, "bottleneck", bottleneck.nansum(numpy.ones(3)))
"""
BEFORE = {"docs/meter.md": "/usr/sbin/mosquitto --daemon; export SEEN=meter.png"}
# What shows that the commands of a page did what they say.
AFTER = {
    "docs/raspberry-pi.md": f"python -c {shlex.quote(BESIDE_THE_CAMERA)}",
    "docs/meter.md": (
        "mosquitto_sub -h homeassistant.local -t edgedigit/meter -C 1 -W 300 | grep -x 42.917"
    ),
    "docs/browser.md": (
        "curl http://localhost:8000/examples/browser/ | grep onnxruntime-web >/dev/null;"
        "curl --output /dev/null http://localhost:8000/examples/browser/node_modules"
        "/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm"
    ),
}


def main() -> int:
    """Runs what the arguments ask for; a line for each page that works."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--release", action="append", choices=userland.RELEASES)
    parser.add_argument("--page", action="append", choices=PAGES)
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("CANNOT RUN: needs root", file=sys.stderr)
        return 77
    passed = True
    for release in options.release or userland.RELEASES:
        with tempfile.TemporaryDirectory(prefix="edgedigit-debian-") as folder:
            root = Path(folder) / "root"
            try:
                prepare(release, root)
            except userland.UnavailableError as error:
                print(f"CANNOT RUN: {error}", file=sys.stderr)
                return 77
            wanted = set(options.page or PAGES)
            if not wanted <= set(MAKE_THEIR_OWN):
                wanted.add(INSTALL)
            for name in filter(wanted.__contains__, PAGES):
                passed = check(release, root, name) and passed
    return 0 if passed else 1


def prepare(release: str, root: Path) -> None:
    """A new system with a user, the checkout, and what the pages take for granted."""
    make_system(release, root)
    checkout = root / "home/user/checkout"
    shutil.copytree(ROOT, checkout, ignore=left_by_tools)
    for scans in "scans", "SCANS/one", "my-digits/7":
        shutil.copytree(EXAMPLES / "digits", checkout / scans)
    for picture in "seven.jpg", "1.png", "2.png", "7.png", "form.png":
        shutil.copy2(EXAMPLES / "digits/7_crossed.png", checkout / picture)
    still = root / "usr/local/bin/rpicam-still"
    still.write_text('#!/bin/sh\nexec cat ~/checkout/"${SEEN:-seven.jpg}"\n')
    still.chmod(0o755)
    seen = Image.new("L", (640, 800), 150)
    seen.paste(meter(METER_SHOWS), (0, 212))  # its drums lie where the page says
    seen.save(checkout / "meter.png")
    np.save(root / "home/user/frames.npy", frames([page(int(CAMERA_SAYS))] * 6, [blank()] * 6))
    make_camera(root)
    enter(root, "root", "chown --recursive user /home/user; dpkg --install /camera.deb >/dev/null")


def make_system(release: str, root: Path) -> None:
    """A new system with a user.

    Raises:
        UnavailableError: There is no network, or something else is missing.
    """

    def install(folder: Path) -> None:
        userland.provide({"debootstrap": "debootstrap"})
        options = ["--variant=minbase", f"--include={','.join(PACKAGES)}"]
        userland.output(*ALONE, "debootstrap", *options, release, str(folder), *userland.mirror())
        for name, content in LEAN.items():
            (folder / name).write_text(content)
        connect(folder)
        enter(folder, "root", SET_UP)

    kept = userland.kept(userland.cache() / f"system-{release}", install)
    userland.output("cp", "--archive", str(kept), str(root))  # with what Debian has in /dev
    connect(root)


def connect(root: Path) -> None:
    """Has a system reach the network as this machine does."""
    for name in NETWORK:
        if Path(name).exists():
            shutil.copy(name, root / name[1:])


def make_camera(root: Path) -> None:
    """Puts a package there that has the name of the camera's library."""
    package = root / "camera"
    place = package / "usr/lib/python3/dist-packages"
    place.mkdir(parents=True)
    shutil.copy2(ROOT / "tests/support/fake_camera/picamera2.py", place)
    (package / "DEBIAN").mkdir()
    (package / "DEBIAN/control").write_text(
        "Package: python3-picamera2\nVersion: 1\nArchitecture: all\nDepends: python3-numpy\n"
        "Maintainer: nobody <nobody@localhost>\nDescription: frames that were recorded\n"
    )
    userland.output("dpkg-deb", "--build", str(package), str(root / "camera.deb"))


def check(release: str, root: Path, name: str) -> bool:
    """Runs a page's commands; prints what was said where they fail. Whether they work."""
    start, worked = time.monotonic(), work_seconds()
    if reason := TOO_OLD.get((release, name)):
        print(f"{release} {name}: left out: {reason}", flush=True)
        return True
    script = page_script(name)
    try:
        said = enter(root, "user", script)
        if name == "docs/raspberry-pi.md" and f"\n{CAMERA_SAYS}\n" not in said:
            raise userland.UnavailableError(f"the camera's {CAMERA_SAYS} was not read:\n{said}")
    except userland.UnavailableError as error:
        print(f"{release} {name}: FAILED: {error}", flush=True)
        return False
    count, seconds = script.count("\necho '$ "), time.monotonic() - start
    worked = work_seconds() - worked
    print(f"{release} {name}: {count} commands, {seconds:.0f} s, CPU {worked:.0f} s", flush=True)
    return True


def work_seconds() -> float:
    """The processor's time that ended programs took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def page_script(name: str) -> str:
    """All shell blocks of a page as one script, in which servers run in the background."""
    lines = ["rm -rf ~/page", "cp -r ~/checkout ~/page", "cd ~/page"]
    lines.append(f"export FAKE_CAMERA=$HOME PIP_NO_COMPILE=1 PIP_CERT={CERTIFICATES}")
    lines.append(f"export NODE_EXTRA_CA_CERTS={CERTIFICATES}")
    lines.append('curl() { command curl --fail-with-body --silent --show-error "$@"; }')
    lines.append(BEFORE.get(name, ":"))
    if name not in MAKE_THEIR_OWN:
        lines.append(". ~/edgedigit/bin/activate")
    for block in PAGES[name]:
        if reasons := [LEFT_OUT[part] for part in LEFT_OUT if part in block]:
            print(f"{name}: left out: {block.splitlines()[0]} ...: {reasons[0]}", flush=True)
            continue
        for line in block.replace("\\\n", "").splitlines():
            lines.append(f"echo {shlex.quote('$ ' + line)}")
            if SERVES.search(line):
                lines += [END_OF_SERVER, line.partition("#")[0] + " &", UNTIL_IT_LISTENS]
            elif NEVER_ENDS in line:
                lines.append(f"{line} &")
            else:
                lines += [f"{{ {line}", "} || exit"]  # what fails before && would not end it
    return "\n".join([*lines, AFTER.get(name, ":")])


SERVES = re.compile(r"edgedigit serve\b|python -m http\.server\b")
NEVER_ENDS = "python examples/meter.py"
END_OF_SERVER = '[ -z "${server:-}" ] || { kill "$server" && wait "$server" || true; }'
UNTIL_IT_LISTENS = (
    "server=$!;"
    "timeout 300 bash -c 'until (: >/dev/tcp/127.0.0.1/8000) 2>/dev/null; do sleep 0.2; done';"
    'kill -0 "$server"'
)


def enter(root: Path, user: str, script: str) -> str:
    """Runs a script as a user who logs in; see `run_inside`."""
    script = shlex.join(["bash", "-euo", "pipefail", "-c", script])
    return run_inside(root, ["su", "--login", user, "--command", script])


def run_inside(root: Path, program: Sequence[str], before: str = "", *isolated: str) -> str:
    """Runs a program in a system, of which no process and no mount is left then; what it says.

    Args:
        root: The system.
        program: With its arguments.
        before: What is done to the system first, from outside, with no trace that is left.
        isolated: Options of `unshare`, beside that of mounts and processes.

    Raises:
        UnavailableError: It fails; the message has the end of what it said.
    """
    mounts = f"mount -t proc proc {root}/proc; mount --rbind /dev {root}/dev"
    inside = f"{before or ':'}; {mounts}; exec {shlex.join(['chroot', str(root), *program])}"
    command = [*ALONE, *isolated, "bash", "-ec", inside]
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8"}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        try:
            status = subprocess.run(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                timeout=LIMIT_SECONDS,
                # A script's background job ignores it, and what that starts; the camera ends so.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            ).returncode
        except subprocess.TimeoutExpired:
            status = f"none in {LIMIT_SECONDS} s"
        said.seek(0)
        text = said.read()
    if status:
        end = "\n".join(text.splitlines()[-15:])
        raise userland.UnavailableError(f"exit status {status}:\n{end}")
    return text


if __name__ == "__main__":
    sys.exit(main())
