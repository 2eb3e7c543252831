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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Debian's releases, and the version of Python in each.
RELEASES = {"bookworm": "3.11", "trixie": "3.13"}

# Debian's packages of what has to be there, and the programs looked for.
_EMULATOR = {"qemu-user-static": "qemu-aarch64-static"}
_BUILDERS = {"debootstrap": "debootstrap", "gpgv": "gpgv", "dpkg": "dpkg-deb"}
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
    """The userland cannot be had on this machine; the message says why."""


def debian(release: str, cache: Path) -> Path:
    """The folder with Debian's arm64 packages of Python unpacked, from the cache or made.

    Raises:
        UnavailableError: Not in the cache, and there is no root, no network or no debootstrap.
    """
    with _kept(cache / release) as new:
        if new is not None:
            _provide(_BUILDERS)
            download = new / "download"
            options = ["--download-only", "--arch=arm64", "--variant=minbase", "--include=python3"]
            mirror = _output("apt-get", "indextargets", "--format", "$(SITE)", "ORIGIN: Debian")
            _run("debootstrap", *options, release, str(download), *mirror.split()[:1])
            for package in sorted((download / "var/cache/apt/archives").glob("*.deb")):
                _run("dpkg-deb", "--extract", str(package), str(new / "all"))
            for name in "usr", "lib":  # the emulator looks for any path here before the machine's
                (new / "all" / name).rename(new / name)
            shutil.rmtree(new / "all")
            shutil.rmtree(download)
    return cache / release


def packages(wheel: Path, release: str, cache: Path) -> Path:
    """The folder with all that a wheel needs, to run and to be tested, but not itself.

    Raises:
        UnavailableError: Not in the cache, and there is no network.
        RuntimeError: There is no aarch64 wheel of one of them; the message is pip's.
    """
    version = RELEASES[release]
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        needs = [line for line in archive.read(metadata).split(b"\n") if b"Requires" in line]
    key = hashlib.sha256(b"\n".join(needs)).hexdigest()[:8]
    folder = cache / f"packages-{version}-{key}"
    with _kept(folder) as new:
        if new is not None:
            abi = "cp" + version.replace(".", "")
            options = [f"--platform={name}" for name in _PLATFORMS]
            options += [f"--python-version={version}", "--implementation=cp", f"--abi={abi}"]
            options += ["--abi=abi3", "--abi=none", "--only-binary=:all:", "--no-compile"]
            pip_install(f"{wheel}[test]", "--target", str(new), *options)
            for part in new.glob("edgedigit*"):
                shutil.rmtree(part)
    return folder


def pip_install(*arguments: str) -> None:
    """Runs this Python's `pip install`.

    Raises:
        UnavailableError: There is no network.
        RuntimeError: It failed; the message is pip's.
    """
    command = [sys.executable, "-m", "pip", "install", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "after connection broken" in done.stderr and done.returncode:
        raise UnavailableError(f"no network:\n{done.stderr}")
    if done.returncode:
        raise RuntimeError(done.stderr)


def emulate(processor: str, debian: Path, packages: Path, python: Path) -> None:
    """Writes a program that is an arm64 Python on a processor.

    The program takes Python's arguments, and is its `sys.executable`: what it starts is emulated
    too.

    Args:
        processor: One of `PROCESSORS`.
        debian: What `debian` gave.
        packages: What `packages` gave.
        python: The program's file, in a folder of its own that is made.

    Raises:
        UnavailableError: The emulator is missing and cannot be installed.
    """
    _provide(_EMULATOR)
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


@contextmanager
def _kept(folder: Path) -> Iterator[Path | None]:
    """None where a folder is there; else one to fill, which is then renamed in one step."""
    if folder.is_dir():
        yield None
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=folder.parent) as part:
        new = Path(part) / folder.name
        new.mkdir()
        yield new
        try:
            new.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another run was quicker
                raise


def _provide(programs: dict[str, str]) -> None:
    """Installs Debian's packages of programs, where programs are missing."""
    missing = {name: program for name, program in programs.items() if not shutil.which(program)}
    if missing:
        _run("apt-get", "update")
        _run("apt-get", "install", "--yes", "--no-install-recommends", *missing)


def _run(*command: str) -> None:
    _output(*command)


def _output(*command: str) -> str:
    """What a command wrote to standard output."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    except OSError as error:
        raise UnavailableError(str(error)) from error
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-5:])
        raise UnavailableError(f"{shlex.join(command[:2])} failed:\n{said}")
    return done.stdout
