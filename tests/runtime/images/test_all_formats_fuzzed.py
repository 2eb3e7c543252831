"""A part of the campaign over all formats; `python -m tests.campaigns.all_formats` does more."""

import sys
from collections import Counter

import pytest

pytest.importorskip("PIL")
if not sys.platform.startswith("linux"):
    pytest.skip("limits the process as Linux can", allow_module_level=True)

from tests.campaigns import all_formats


@pytest.mark.slow
def test_mutants_of_every_format_are_read_or_refused():
    tally = all_formats.Tally()
    for i, mutant in enumerate(all_formats.inputs(4000, seed=0)):
        assert all_formats.find_fault(mutant, tally, 10.0, (None, 512)[i % 2]) is None, i
    read, refused = Counter(), Counter()
    for (form, outcome), number in tally.outcomes.items():
        (read if outcome == "read" else refused)[form] += number
    for form in ("PNG", "JPEG", "GIF", "TIFF", "BMP", "PPM"):
        assert read[form] > 10, form
        assert refused[form] > 10, form
    assert tally.compared > 100


def test_the_same_inputs_every_time():
    assert list(all_formats.inputs(20, 3)) == list(all_formats.inputs(30, 3))[:20]
    assert list(all_formats.inputs(20, 3)) != list(all_formats.inputs(20, 4))


def test_what_breaks_is_found(monkeypatch):
    """A decoder's fault, a slow one and a wrong one."""
    seed = all_formats.Seed("PNG", next(all_formats.inputs(1, 0)).data)
    tally = all_formats.Tally()

    def fails(*arguments):
        raise KeyError("a decoder's")

    monkeypatch.setattr(all_formats, "load_grey", fails)
    assert "raises KeyError" in str(all_formats.find_fault(seed, tally, 9.0, None))
    monkeypatch.setattr(all_formats, "load_grey", lambda *arguments: None)
    assert "raises NoneType" in str(all_formats.find_fault(seed, tally, 9.0, None))
    assert "takes" in str(all_formats.find_fault(seed, tally, -1.0, None))
