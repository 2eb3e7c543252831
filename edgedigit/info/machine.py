"""The board, processor, system, load and temperature that a machine's figures depend on."""

import os
import platform
import re
import sys
import sysconfig
from pathlib import Path

# Linux gives numbers for the cores of the Raspberry Pi 3 (and Zero 2 W), 4 and 5.
_ARM_CORE_NAMES = {"0xd03": "Cortex-A53", "0xd08": "Cortex-A72", "0xd0b": "Cortex-A76"}


def board(root: Path = Path("/")) -> str:
    """The board's name, as the device tree of a Raspberry Pi and others has it."""
    return _text(root / "proc/device-tree/model").strip(" \n\0") or "unknown"


def processor(root: Path = Path("/")) -> str:
    """The processor's name, its cores and their highest clock rate, as far as Linux tells."""
    about = _text(root / "proc/cpuinfo")
    name = _field(about, "model name") or _field(about, "Model Name")
    if not name and (part := _field(about, "CPU part")):
        name = _ARM_CORE_NAMES.get(part, f"ARM part {part}")
    said = [name or platform.processor() or "unknown", f"cores: {os.cpu_count()}"]
    rate = _text(root / "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq").strip()
    if rate.isdecimal():
        said.append(f"{int(rate) // 1000} MHz")
    return ", ".join(said)


def system(root: Path = Path("/")) -> str:
    """The operating system's name, and the kernel's version."""
    kernel = f"{platform.system()} {platform.release()}"
    name = re.search(r'^PRETTY_NAME="?([^"\n]*)', _text(root / "etc/os-release"), re.MULTILINE)
    return f"{name[1]}, {kernel}" if name else kernel


def no_onnxruntime() -> str | None:
    """Why there is no onnxruntime for this system, or None where there should be one."""
    if sys.maxsize < 1 << 32:
        return "there is no onnxruntime for 32-bit systems; install the 64-bit one"
    if "musl" in str(sysconfig.get_config_var("SOABI")):
        return "there is no onnxruntime for musl, as on Alpine; take Debian, or python:3.13-slim"
    return None


def temperature(root: Path = Path("/")) -> str:
    """How warm the warmest part is, and whether the firmware slows the processor down."""
    texts = [_text(path) for path in root.glob("sys/class/thermal/thermal_zone*/temp")]
    degrees = [int(text) / 1000 for text in texts if text.strip().isdecimal()]
    said = [f"{max(degrees):.0f} C" if degrees else "unknown"]
    # Of the Raspberry Pi's kernel; what is said to be the clock rate there does not show it
    # (https://github.com/raspberrypi/linux/issues/2986).
    for path in root.glob("sys/devices/platform/soc*/soc*firmware/get_throttled"):
        text = _text(path).strip()
        if re.fullmatch("[0-9a-fA-F]+", text):
            said.append(_throttling(int(text, 16)))
    return ", ".join(said)


def load() -> str:
    """How many processes wanted a core, on average over the last minute."""
    try:
        return f"{os.getloadavg()[0]:.2f}"
    except (AttributeError, OSError):  # Windows, and where the system cannot say
        return "unknown"


def _throttling(flags: int) -> str:
    """The firmware's flags in words: the lowest four are of now, those from bit 16 since boot."""
    if not flags:
        return "not slowed down since the start"
    when = "now" if flags & 0xF else "since the start"
    return f"slowed down, or too little power, {when} ({flags:#x})"


def _field(about: str, name: str) -> str:
    found = re.search(rf"^{name}\s*: *(.*)$", about, re.MULTILINE)
    return found[1].strip() if found else ""


def _text(path: Path) -> str:
    """The text of a file of the system; empty where it is missing or not to be read."""
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
