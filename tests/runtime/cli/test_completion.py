"""The Tab key in a shell."""

from pathlib import Path

import pytest

from tests.support.command import ENVIRONMENT, run
from tests.support.marks import posix_only

pytestmark = posix_only


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("edgedigit cl", {"classify"}),
        ("edgedigit read --len", {"--length"}),
        ("edgedigit classify --ink ", {"auto", "dark", "light"}),
    ],
)
def test_what_is_offered(tmp_path: Path, line: str, offered: set[str]) -> None:
    pytest.importorskip("argcomplete", reason="completion needs the extra cli")
    file = tmp_path / "offered"
    asked = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(file),
        "_ARGCOMPLETE_IFS": "\n",
    }
    asked |= {"COMP_LINE": line, "COMP_POINT": str(len(line))}
    run(env={**ENVIRONMENT, **asked})
    assert {word.strip() for word in file.read_text().split("\n")} >= offered
