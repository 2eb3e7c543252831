"""What machine it is, from the files of a system."""

from pathlib import Path

import pytest

from edgedigit.info import machine

THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def pi(tmp_path: Path) -> Path:
    """The files of a Raspberry Pi 4 that are read."""
    write(tmp_path, "proc/device-tree/model", "Raspberry Pi 4 Model B Rev 1.4\0")
    core = "processor\t: 0\nBogoMIPS\t: 108.00\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n\n"
    write(tmp_path, "proc/cpuinfo", core * 4 + "Model\t\t: Raspberry Pi 4 Model B Rev 1.4\n")
    write(tmp_path, "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "1800000\n")
    write(tmp_path, "sys/class/thermal/thermal_zone0/temp", "51608\n")
    write(tmp_path, "sys/class/thermal/thermal_zone1/temp", "49000\n")
    write(tmp_path, "etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n')
    write(tmp_path, THROTTLED, "0\n")
    return tmp_path


def test_a_raspberry_pi(pi: Path) -> None:
    assert machine.board(pi) == "Raspberry Pi 4 Model B Rev 1.4"
    assert machine.processor(pi).startswith("Cortex-A72, cores: ")
    assert machine.processor(pi).endswith(", 1800 MHz")
    assert machine.system(pi).startswith("Debian GNU/Linux 12 (bookworm), ")
    assert machine.temperature(pi) == "52 C, not slowed down since the start"


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("50005", "slowed down, or too little power, now (0x50005)"),
        ("8", "slowed down, or too little power, now (0x8)"),
        ("50000", "slowed down, or too little power, since the start (0x50000)"),
    ],
)
def test_a_board_that_is_slowed_down(pi: Path, flags: str, said: str) -> None:
    write(pi, THROTTLED, f"{flags}\n")
    assert machine.temperature(pi) == f"52 C, {said}"


@pytest.mark.parametrize("part", ["0xd03", "0xd0b", "0xfff"])
def test_an_arm_processor_has_a_name_or_its_number(pi: Path, part: str) -> None:
    write(pi, "proc/cpuinfo", f"CPU part\t: {part}\n")
    names = {"0xd03": "Cortex-A53", "0xd0b": "Cortex-A76", "0xfff": "ARM part 0xfff"}
    assert machine.processor(pi).startswith(f"{names[part]}, ")


def test_a_processor_with_a_name(pi: Path) -> None:
    write(pi, "proc/cpuinfo", "processor\t: 0\nmodel\t\t: 17\nmodel name\t: Xeon\n")
    assert machine.processor(pi).startswith("Xeon, ")


def test_a_system_that_tells_nothing(tmp_path: Path) -> None:
    assert machine.board(tmp_path) == "unknown"
    assert machine.temperature(tmp_path) == "unknown"
    assert "cores: " in machine.processor(tmp_path)
    assert machine.system(tmp_path)


def test_files_with_something_else_in_them(pi: Path) -> None:
    write(pi, "sys/class/thermal/thermal_zone0/temp", "-\n")
    write(pi, "sys/class/thermal/thermal_zone1/temp", "")
    write(pi, THROTTLED, "no\n")
    write(pi, "sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "<unknown>\n")
    (pi / "proc/device-tree/model").write_bytes(b"\xff\0")
    assert machine.temperature(pi) == "unknown"
    assert "MHz" not in machine.processor(pi)
    assert machine.board(pi) == "�"


@pytest.mark.parametrize(
    ("bits", "abi", "words"),
    [
        (64, "cpython-313-aarch64-linux-gnu", None),
        (64, None, None),  # Windows
        (32, "cpython-311-arm-linux-gnueabihf", "for 32-bit systems; install the 64-bit one"),
        (64, "cpython-312-x86_64-linux-musl", "for musl, as on Alpine; take Debian"),
    ],
)
def test_systems_without_onnxruntime(
    monkeypatch: pytest.MonkeyPatch, bits: int, abi: str | None, words: str | None
) -> None:
    monkeypatch.setattr("sys.maxsize", 2 ** (bits - 1) - 1)
    monkeypatch.setattr("sysconfig.get_config_var", lambda _: abi)
    reason = machine.no_onnxruntime()
    assert (reason is None) == (words is None)
    assert words is None or words in str(reason)
