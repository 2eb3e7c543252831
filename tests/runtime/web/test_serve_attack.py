"""A server that is attacked in all ways at once; the campaign does so for longer."""

import pytest

from tests.campaigns.server_attack import MAX_GROWTH_BYTES, attack
from tests.support.marks import linux_only
from tests.support.serving import needs_extra


@needs_extra
@linux_only
@pytest.mark.slow
def test_good_clients_are_answered_while_others_attack():
    outcome = attack(20)
    # How soon depends on the machine, on which the attackers run too; that they are, does not.
    assert len(outcome.seconds) >= 0.9 * outcome.asked > 0, outcome.failures
    # Pictures that are as large as may be are decoded in several processes: 535 MB at most so far.
    assert max(outcome.memory) < 700 << 20
    assert outcome.memory_kept <= MAX_GROWTH_BYTES
    assert outcome.shutdown_seconds < 15
