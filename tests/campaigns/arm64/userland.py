"""Debian's arm64 Python, and the aarch64 wheels that a package needs, kept in a cache folder.

Nothing of it is installed: the packages are unpacked, and an emulator of user programs runs the
Python in them as a program like any other.
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

# Debian's releases, and the version of Python in each.
RELEASES = {"bookworm": "3.11", "trixie": "3.13"}

_PLATFORMS = "manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux2014_aarch64"

# What Linux says of a processor: its part number, and features that not all of them have.
PROCESSORS = {
    "cortex-a53": ("0xd03", ""),
    "cortex-a72": ("0xd08", ""),
    "cortex-a76": (
        "0xd0b",
        " aes pmull sha1 sha2 atomics fphp asimdhp asimdrdm lrcpc dcpop asimddp",
    ),
}


class UnavailableError(Exception):
    """A userland cannot be had or emulated on this machine; the message says why."""


class Userland(NamedTuple):
    """What an emulated Python consists of.

    Attributes:
        debian: The folder with Debian's packages of Python.
        packages: The folder with all that a wheel needs, to run and to be tested, but not itself.
    """

    debian: Path
    packages: Path


def cache() -> Path:
    """The folder for what is kept from one run to the next."""
    folder = os.environ.get("EDGEDIGIT_ARM64_CACHE")
    if not folder:
        users = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        folder = Path(users) / "edgedigit-arm64"
    return Path(folder).resolve()


def mirror() -> list[str]:
    """The mirror of Debian that this machine uses, or nothing."""
    of_debian = "ORIGIN: Debian", "LABEL: Debian"  # not its security updates
    return output("apt-get", "indextargets", "--format", "$(SITE)", *of_debian).split()[:1]


def userland(release: str, wheel: Path, cache: Path) -> Userland:
    """The userland of a release, from the cache or made, and an emulator for it.

    Args:
        release: One of `RELEASES`.
        wheel: What is going to be run.
        cache: A folder that may not exist yet.

    Raises:
        UnavailableError: Something is missing, and there is no root, network or package for it.
        RuntimeError: Something that the wheel needs is no aarch64 wheel; the message is pip's.
    """
    provide({"qemu-user-static": "qemu-aarch64-static"})
    return Userland(_debian(release, cache), _packages(wheel, release, cache))


def pip_install(*arguments: str) -> None:
    """Runs this Python's `pip install`.

    Raises:
        UnavailableError: There is no network.
        RuntimeError: It failed; the message is pip's.
    """
    command = [sys.executable, "-m", "pip", "install", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    if "after connection broken" in done.stderr and done.returncode:
        raise UnavailableError(f"no network for pip:\n{done.stderr.splitlines()[-1]}")
    if done.returncode:
        raise RuntimeError(done.stderr)


def emulate(userland: Userland, processor: str, python: Path) -> None:
    """Writes a program that is an arm64 Python on a processor.

    The program takes Python's arguments, and is its `sys.executable`: what it starts is emulated
    too.

    Args:
        userland: What it consists of.
        processor: One of `PROCESSORS`.
        python: The program's file, in a folder of its own that is made.
    """
    debian, packages = userland
    root = python.parent / "root"
    (root / "proc").mkdir(parents=True)
    for name in "usr", "lib":
        (root / name).symlink_to(debian / name)
    # Where onnxruntime looks for what the processor can do; it crashes when it finds another kind.
    (root / "proc" / "cpuinfo").write_text(_cpuinfo(processor), "utf-8")
    (program,) = (debian / "usr" / "bin").glob("python3.??")
    emulator = ["qemu-aarch64-static", "-cpu", processor, "-L", root]
    emulator += ["-E", f"PYTHONHOME={debian / 'usr'}"]
    python.write_text(
        "#!/bin/sh\n"
        f'export PYTHONPATH="${{PYTHONPATH:+$PYTHONPATH:}}"{shlex.quote(str(packages))}\n'
        f'exec {shlex.join(map(str, emulator))} -0 "$0" {shlex.quote(str(program))} "$@"\n',
        "utf-8",
    )
    python.chmod(0o755)


def _debian(release: str, cache: Path) -> Path:

    def unpack(folder: Path) -> None:
        provide({"debootstrap": "debootstrap", "gpgv": "gpgv", "dpkg": "dpkg-deb"})
        download, everything = folder / "download", folder / "everything"
        options = ["--download-only", "--arch=arm64", "--variant=minbase", "--include=python3"]
        output("debootstrap", *options, release, str(download), *mirror())
        for package in sorted((download / "var/cache/apt/archives").glob("*.deb")):
            output("dpkg-deb", "--extract", str(package), str(everything))
        for name in "usr", "lib":  # no more: the emulator takes all paths for those in here first
            (everything / name).rename(folder / name)
        shutil.rmtree(everything)
        shutil.rmtree(download)

    return kept(cache / release, unpack)


def _packages(wheel: Path, release: str, cache: Path) -> Path:
    version = RELEASES[release]
    abi = "cp" + version.replace(".", "")

    def install(folder: Path) -> None:
        options = [f"--platform={name}" for name in _PLATFORMS]
        options += [f"--abi={name}" for name in (abi, "abi3", "none")]
        options += [f"--python-version={version}", "--implementation=cp"]
        options += ["--only-binary=:all:", "--no-compile"]
        pip_install(f"{wheel}[test]", "--target", str(folder), *options)
        for part in folder.glob("edgedigit*"):
            shutil.rmtree(part)

    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        needs = [line for line in archive.read(metadata).split(b"\n") if b"Requires" in line]
    key = hashlib.sha256(b"\n".join(needs)).hexdigest()[:8]
    return kept(cache / f"packages-{version}-{key}", install)


def _cpuinfo(processor: str) -> str:
    part, features = PROCESSORS[processor]
    lines = {
        "BogoMIPS": "108.00",
        "Features": f"fp asimd evtstrm crc32 cpuid{features}",
        "CPU implementer": "0x41",
        "CPU architecture": "8",
        "CPU variant": "0x0",
        "CPU part": part,
        "CPU revision": "3",
    }
    core = "".join(f"{name}\t: {value}\n" for name, value in lines.items())
    return "".join(f"processor\t: {number}\n{core}\n" for number in range(4))


def kept(folder: Path, fill: Callable[[Path], None]) -> Path:
    """A folder, filled where it is not there; it appears in one step."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=folder.parent) as part:
        new = Path(part) / folder.name
        new.mkdir()
        fill(new)
        try:
            new.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another run was quicker
                raise
    return folder


def provide(programs: dict[str, str]) -> None:
    """Installs Debian's packages (the keys) of programs (the values) that are missing."""
    missing = {name: program for name, program in programs.items() if not shutil.which(program)}
    if missing:
        output("apt-get", "update")
        output("apt-get", "install", "--yes", "--no-install-recommends", *missing)


def output(*command: str) -> str:
    """What a command writes to standard output.

    Raises:
        UnavailableError: It is missing or fails.
    """
    options = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "timeout": 1800}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    except OSError as error:
        raise UnavailableError(str(error)) from error
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-5:])
        raise UnavailableError(f"{shlex.join(command[:2])} failed:\n{said}")
    return done.stdout
