import errno
import os
import subprocess
from pathlib import Path

import pytest

from edgedigit.errors import OutputError
from edgedigit.files.finding import File, find_files
from edgedigit.runs.refused_copies import RefusedCopies
from tests.support.command import start_python
from tests.support.marks import linux_only, posix_only

PICTURE = bytes(range(256))
OTHER = PICTURE[::-1]


class Copies(RefusedCopies):
    """Copies that are kept one by one."""

    def save(self, path, image=None):
        super().save(path, image)
        self.keep()


@pytest.fixture
def copies(tmp_path):
    return Copies(str(tmp_path / "refused"))


@pytest.fixture
def no_hard_links(monkeypatch):
    """What a memory card answers; no such file system can be had everywhere."""

    def link(source, target):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", link)


def scan(tmp_path, folder, content, name="scan.png"):
    """A file of that name in a folder of its own."""
    path = tmp_path / str(folder) / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return str(path)


def saved(tmp_path):
    """All that there is in the folder, hidden files too."""
    return {path.name: path.read_bytes() for path in (tmp_path / "refused").iterdir()}


# --- what a copy is


def test_a_copy_has_the_name_the_content_and_the_time(copies, tmp_path):
    path = scan(tmp_path, "a", PICTURE)
    os.utime(path, ns=(1_000_000_000_123_456_000, 1_234_567_890_123_456_000))
    copies.save(path)
    assert saved(tmp_path) == {"scan.png": PICTURE}
    copy = tmp_path / "refused" / "scan.png"
    assert copy.stat().st_mtime_ns == os.stat(path).st_mtime_ns
    assert not copy.samefile(path)


@posix_only
def test_others_may_read_a_copy_as_they_may_read_any_new_file(copies, tmp_path):
    path = scan(tmp_path, "a", PICTURE)
    os.chmod(path, 0o400)
    umask = os.umask(0o022)
    try:
        copies.save(path)
    finally:
        os.umask(umask)
    assert (tmp_path / "refused" / "scan.png").stat().st_mode & 0o777 == 0o644


def test_standard_input(copies, tmp_path):
    copies.save("-", PICTURE)
    copies.save("-", PICTURE)
    assert saved(tmp_path) == {"standard-input": PICTURE}
    copies.save("-", OTHER)
    assert sorted(saved(tmp_path).values()) == [PICTURE, OTHER]


def test_the_folder_is_left_out_of_a_walk(copies, tmp_path):
    path = scan(tmp_path, "a", PICTURE)
    copies.save(path)
    files = find_files(str(tmp_path), recursive=True, skip={copies.identity})
    assert [file.path for file in files if isinstance(file, File)] == [path]


# --- names that are taken


def test_the_same_content_is_copied_once(copies, tmp_path):
    contents = {"a": PICTURE, "b": OTHER, "c": PICTURE, "d": PICTURE + b"0"}
    paths = [scan(tmp_path, folder, content) for folder, content in contents.items()]
    for path in paths:
        copies.save(path)
    once = saved(tmp_path)
    assert sorted(once.values()) == sorted(set(contents.values()))
    assert once["scan.png"] == PICTURE
    assert all(name.startswith("scan") and name.endswith(".png") for name in once)
    # Again, in another order, by another run.
    again = Copies(str(tmp_path / "refused"))
    for path in reversed(paths):
        again.save(path)
    assert saved(tmp_path) == once


def test_nothing_is_overwritten(copies, tmp_path):
    folder = tmp_path / "refused"
    (folder / "scan.png").write_bytes(b"")
    (folder / "sub.png").mkdir()
    for name in ("scan.png", "sub.png"):
        copies.save(scan(tmp_path, "a", PICTURE, name))
    assert (folder / "scan.png").read_bytes() == b""
    assert (folder / "sub.png").is_dir()
    copied = [path for path in folder.iterdir() if path.name not in ("scan.png", "sub.png")]
    assert sorted(path.name.partition("-")[0] for path in copied) == ["scan", "sub"]
    assert all(path.read_bytes() == PICTURE for path in copied)


def test_names_with_the_hash_of_another_content_are_left_too(copies, tmp_path):
    copies.save(scan(tmp_path, "a", OTHER))
    copies.save(scan(tmp_path, "b", PICTURE))
    (hashed,) = saved(tmp_path).keys() - {"scan.png"}
    (tmp_path / "refused" / hashed).write_bytes(b"labelled")
    copies.save(scan(tmp_path, "b", PICTURE))
    copies.save(scan(tmp_path, "b", PICTURE))
    after = saved(tmp_path)
    assert after["scan.png"] == OTHER
    assert after[hashed] == b"labelled"
    assert sorted(after.values()) == sorted([OTHER, b"labelled", PICTURE])
    (third,) = after.keys() - {"scan.png", hashed}
    (tmp_path / "refused" / third).write_bytes(b"labelled too")
    with pytest.raises(OutputError, match="cannot write"):
        copies.save(scan(tmp_path, "b", PICTURE))
    assert saved(tmp_path) == {**after, third: b"labelled too"}


@posix_only
@pytest.mark.parametrize("target", ["nowhere.png", "victim.png"])
def test_links_are_not_written_through(copies, tmp_path, target):
    (tmp_path / "victim.png").write_bytes(OTHER)
    link = tmp_path / "refused" / "scan.png"
    link.symlink_to(tmp_path / target)
    copies.save(scan(tmp_path, "a", PICTURE))
    assert link.is_symlink()
    assert (tmp_path / "victim.png").read_bytes() == OTHER
    assert not (tmp_path / "nowhere.png").exists()
    assert PICTURE in [p.read_bytes() for p in link.parent.iterdir() if not p.is_symlink()]


@posix_only
@pytest.mark.parametrize("content", [PICTURE, b""], ids=["picture", "empty"])
def test_a_pipe_of_that_name_is_not_waited_for(copies, tmp_path, content):
    os.mkfifo(tmp_path / "refused" / "scan.png")
    copies.save(scan(tmp_path, "a", content))
    assert len(list((tmp_path / "refused").iterdir())) == 2


def test_pictures_that_lie_in_the_folder_already(copies, tmp_path):
    path = scan(tmp_path, "refused", PICTURE)
    copies.save(path)
    assert saved(tmp_path) == {"scan.png": PICTURE}


def test_many_pictures_of_one_name(copies, tmp_path):
    contents = [b"%04d" % index for index in range(500)]
    path = scan(tmp_path, "a", b"")
    for _ in range(2):
        for content in contents:
            Path(path).write_bytes(content)
            copies.save(path)
    assert sorted(saved(tmp_path).values()) == contents


RUN = """
import errno, os, sys
from edgedigit.runs.refused_copies import RefusedCopies

def link(source, target):
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

folder, kind, *paths = sys.argv[1:]
if kind == "no links":
    os.link = link
copies = RefusedCopies(folder)
print(flush=True)
sys.stdin.readline()
for path in paths:
    copies.save(path)
    copies.keep()
"""


@pytest.mark.parametrize("kind", ["links", "no links"])
def test_several_runs_at_once(tmp_path, kind):
    contents = [b"%d" % index for index in range(40)]
    paths = [scan(tmp_path, index, content) for index, content in enumerate(contents)]
    folder = str(tmp_path / "refused")
    runs = [
        start_python(
            *("-c", RUN, folder, kind, *paths[turn:], *paths[:turn]), stdin=subprocess.PIPE
        )
        for turn in (0, 0, 10, 20)
    ]
    for run in runs:
        run.stdout.readline()
    for run in runs:
        run.stdin.write("go\n")
        run.stdin.flush()
    assert [run.communicate(timeout=60)[1] for run in runs] == [""] * len(runs)
    found = saved(tmp_path)
    assert set(found.values()) == set(contents)
    assert not [name for name in found if name.startswith(".")]
    if kind == "links":
        assert len(found) == len(contents)


# --- names that are strange


@posix_only
def test_names_that_are_not_utf8(copies, tmp_path):
    name = os.fsdecode(b"caf\xe9,\n\"'.png")
    try:
        path = scan(tmp_path, "a", PICTURE, name)
    except OSError:
        pytest.skip("needs a file system that takes names that are not UTF-8")
    copies.save(path)
    copies.save(scan(tmp_path, "b", OTHER, name))
    found = saved(tmp_path)
    assert found.pop(name) == PICTURE
    ((other, content),) = found.items()
    assert os.fsencode(other).startswith(b"caf\xe9,\n\"'-")
    assert content == OTHER


@pytest.mark.parametrize(
    "name",
    [
        "x" * 251 + ".png",
        "x" * 255,
        "." + "x" * 254,
        "a." + "x" * 253,
        pytest.param("é" * 125 + "x.png", marks=posix_only),
        pytest.param(os.fsdecode(b"\xe9" * 251 + b".png"), marks=posix_only),
    ],
)
def test_long_names(copies, tmp_path, name):
    try:
        first = scan(tmp_path, "a", PICTURE, name)
    except OSError:
        pytest.skip("needs a file system that takes this name")
    copies.save(first)
    copies.save(scan(tmp_path, "b", OTHER, name))
    found = saved(tmp_path)
    assert found.pop(name) == PICTURE
    ((other, content),) = found.items()
    assert content == OTHER
    assert other[0] == name[0]
    assert other.endswith(".png") == name.endswith(".png")


def test_names_that_the_file_system_cannot_hold(copies, tmp_path):
    copies.save("x" * 300 + ".png", PICTURE)
    (name,) = saved(tmp_path)
    assert name.startswith("xxx")
    assert name.endswith(".png")


@posix_only
def test_names_that_the_file_system_does_not_allow(copies, tmp_path, monkeypatch, no_hard_links):
    real = os.rename

    def memory_card(source, target):
        if ":" in os.path.basename(target):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), target)
        real(source, target)

    monkeypatch.setattr(os, "rename", memory_card)
    path = scan(tmp_path, "a", PICTURE, "12:30.png")
    copies.save(path)
    copies.save(path)
    ((name, content),) = saved(tmp_path).items()
    assert name.endswith(".png")
    assert content == PICTURE


# --- what goes wrong


def test_a_picture_that_is_gone(copies, tmp_path):
    with pytest.raises(FileNotFoundError):
        copies.save(str(tmp_path / "gone.png"))
    with pytest.raises(OSError, match="not a regular file"):
        copies.save(str(tmp_path))
    assert saved(tmp_path) == {}


@posix_only
def test_a_pipe_is_not_read_again(copies, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        copies.save(str(tmp_path / "pipe"))


@posix_only
def test_a_picture_that_may_not_be_read(copies, tmp_path):
    path = scan(tmp_path, "a", PICTURE)
    os.chmod(path, 0)
    if os.access(path, os.R_OK):
        pytest.skip("needs a user who may not read everything")
    with pytest.raises(PermissionError):
        copies.save(path)


def test_folders_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file", tmp_path / "file" / "refused", ""):
        with pytest.raises(OutputError, match="cannot write"):
            RefusedCopies(str(folder))


def test_folders_are_made_with_their_parents(tmp_path):
    folder = tmp_path / "a" / "b" / "c"
    Copies(str(folder)).save(scan(tmp_path, "scans", PICTURE))
    RefusedCopies(str(folder))
    assert [path.name for path in folder.iterdir()] == ["scan.png"]


@posix_only
def test_a_folder_that_may_not_be_written_is_found_out_at_once(tmp_path):
    (tmp_path / "refused").mkdir(0o500)
    if os.access(tmp_path / "refused", os.W_OK):
        pytest.skip("needs a user who may not write everywhere")
    with pytest.raises(OutputError, match="Permission denied"):
        RefusedCopies(str(tmp_path / "refused"))


@linux_only
def test_a_folder_that_nobody_may_write_is_found_out_at_once():
    with pytest.raises(OutputError, match="cannot write into /proc/self: "):
        RefusedCopies("/proc/self")


def test_a_folder_that_goes_away(copies, tmp_path):
    (tmp_path / "refused").rmdir()
    with pytest.raises(OutputError, match=r"cannot write .*scan\.png"):
        copies.save(scan(tmp_path, "a", PICTURE))


# What a full disk, and a kill, leave behind. The limit on the size of files stops the writing in
# the middle, as a full disk does.
FULL = """
import resource, signal, sys
from edgedigit.errors import OutputError
from edgedigit.runs.refused_copies import RefusedCopies

copies = RefusedCopies(sys.argv[1])
if sys.argv[3] == "killed":
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))
try:
    copies.save(sys.argv[2])
    copies.keep()
except OutputError as error:
    print(error)
"""


@posix_only
@pytest.mark.parametrize("end", ["told", "killed"])
def test_no_half_copy_is_left(copies, tmp_path, end):
    content = PICTURE * 1000
    path = scan(tmp_path, "a", content)
    folder = str(tmp_path / "refused")
    with start_python("-c", FULL, folder, path, end) as run:
        printed, error = run.communicate(timeout=60)
    assert (run.returncode == 0) == (end == "told"), error
    left_over = saved(tmp_path)
    if end == "told":
        assert printed.startswith(f"cannot write {os.path.join(folder, 'scan.png')}: ")
        assert left_over == {}
    assert not list(find_files(folder))
    # What a kill leaves is hidden, in nobody's way, and gone when the next one begins.
    copies.save(path)
    assert saved(tmp_path) == {**left_over, "scan.png": content}
    RefusedCopies(folder)
    assert saved(tmp_path) == {"scan.png": content}


# --- where there are no hard links


@pytest.mark.usefixtures("no_hard_links")
def test_copies_without_hard_links(copies, tmp_path):
    test_the_same_content_is_copied_once(copies, tmp_path)
    copies.save(scan(tmp_path, "e", PICTURE, "time.png"))
    copy = tmp_path / "refused" / "time.png"
    assert copy.stat().st_mtime_ns == (tmp_path / "e" / "time.png").stat().st_mtime_ns


@pytest.mark.usefixtures("no_hard_links")
def test_nothing_is_overwritten_without_hard_links(copies, tmp_path):
    test_nothing_is_overwritten(copies, tmp_path)


def test_a_name_that_is_taken_in_the_meantime_without_hard_links(copies, tmp_path, monkeypatch):
    taken = []

    def link(source, target):
        if not taken:
            taken.append(target)
            Path(target).write_bytes(OTHER)
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", link)
    copies.save(scan(tmp_path, "a", PICTURE))
    found = saved(tmp_path)
    assert found.pop("scan.png") == OTHER
    assert list(found.values()) == [PICTURE]


@pytest.mark.usefixtures("no_hard_links")
def test_no_empty_copy_is_left_without_hard_links(copies, tmp_path, monkeypatch):
    before = []

    def rename(source, target):
        before.append(os.path.lexists(target))
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(OutputError, match="cannot write"):
        copies.save(scan(tmp_path, "a", PICTURE))
    assert before == [False]
    assert saved(tmp_path) == {}


# --- what survives a power cut


@pytest.fixture
def disk_calls(monkeypatch):
    """What is asked of the system, in this order: (call, the file's or folder's inode)."""
    calls = []

    def recorded(name, inode_of):
        real = getattr(os, name)

        def call(*arguments, **options):
            inode = inode_of(arguments)
            answer = real(*arguments, **options)
            calls.append((name, inode))
            return answer

        monkeypatch.setattr(os, name, call)

    recorded("fsync", lambda arguments: os.fstat(arguments[0]).st_ino)
    for name in "link", "rename":
        recorded(name, lambda arguments: os.stat(arguments[0]).st_ino)
    return calls


@posix_only
@pytest.mark.parametrize("name", ["link", "rename"])
def test_copies_are_on_the_disk_before_they_have_their_names(
    tmp_path, monkeypatch, disk_calls, name, request
):
    if name == "rename":
        request.getfixturevalue("no_hard_links")
    folder = tmp_path / "refused"
    copies = RefusedCopies(str(folder))
    paths = [scan(tmp_path, index, b"%d" % index, f"{index}.png") for index in range(32)]
    for path in paths:
        copies.save(path)
    assert all(path.name.startswith(".") for path in folder.iterdir())
    disk_calls.clear()
    copies.keep()
    inodes = [(folder / f"{index}.png").stat().st_ino for index in range(32)]
    assert disk_calls == [
        *(("fsync", inode) for inode in inodes),
        *((name, inode) for inode in inodes),
        ("fsync", folder.stat().st_ino),
    ]
    assert len(saved(tmp_path)) == 32


@posix_only
def test_a_copy_of_a_run_that_was_killed_is_brought_to_the_disk_too(tmp_path, disk_calls):
    path = scan(tmp_path, "a", PICTURE)
    Copies(str(tmp_path / "refused")).save(path)
    copies = RefusedCopies(str(tmp_path / "refused"))
    disk_calls.clear()
    copies.save(path)
    copies.keep()
    there = tmp_path / "refused" / "scan.png"
    assert disk_calls == [("fsync", there.stat().st_ino), ("fsync", there.parent.stat().st_ino)]


@posix_only
def test_new_folders_are_brought_to_the_disk(tmp_path, disk_calls):
    RefusedCopies(str(tmp_path / "a" / "b"))
    synced = {inode for name, inode in disk_calls if name == "fsync"}
    assert synced == {tmp_path.stat().st_ino, (tmp_path / "a").stat().st_ino}


def test_what_was_not_kept_is_not_left(tmp_path):
    copies = RefusedCopies(str(tmp_path / "refused"))
    copies.save(scan(tmp_path, "a", PICTURE))
    copies.close()
    assert saved(tmp_path) == {}


def test_many_large_copies_are_not_held_back(tmp_path):
    copies = RefusedCopies(str(tmp_path / "refused"))
    for index in range(3):
        copies.save(scan(tmp_path, index, bytes([index]) * (6 << 20), f"{index}.png"))
    assert sorted(saved(tmp_path)) == ["0.png", "1.png", "2.png"]


@posix_only
def test_hidden_files_of_runs_that_are_alive_are_left(tmp_path):
    folder = str(tmp_path / "refused")
    living = RefusedCopies(folder)
    living.save(scan(tmp_path, "a", PICTURE))
    (tmp_path / "refused" / ".someone-elses.part").write_bytes(OTHER)
    RefusedCopies(folder)
    living.keep()
    assert saved(tmp_path) == {"scan.png": PICTURE, ".someone-elses.part": OTHER}
