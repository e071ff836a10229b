"""The flood test: 1,000 signals in ten minutes to one director with a cap of six an hour."""

import pytest

from leadrelay.clock import HOUR, MINUTE, SECOND
from leadrelay.duration import Duration
from leadrelay.leads.team import Team
from leadrelay.messages.flood import FLOOD, flood
from leadrelay.messages.policy import Cap, Policy
from leadrelay.messages.readers import Readers
from tests.messages.world import at


def test_a_thousand_signals_are_a_handful_of_mails_and_the_key_account_is_told_at_once():
    came = flood(Readers(FLOOD, Team(), {}), at("10:00"))
    assert len(came.mails) <= 7 and came.most_in_an_hour <= 7
    assert came.untold == 0 and came.slowest <= 62 * MINUTE
    assert came.key_account <= SECOND
    assert sum(len(mail.members) for mail in came.mails) == 1000


@pytest.mark.parametrize("at_most", [1, 2, 3, 10])
def test_whatever_the_cap_is_it_is_kept_and_everything_is_told_within_about_its_window(at_most: int):
    policy = Policy(caps=(Cap(frozenset(), at_most, Duration(1, "hour")),))
    came = flood(Readers(policy, Team(), {}), at("10:00"), count=100)
    assert came.most_in_an_hour <= at_most
    assert came.untold == 0 and came.slowest <= HOUR + 10 * MINUTE
