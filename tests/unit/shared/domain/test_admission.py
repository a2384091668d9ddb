from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.shared.domain.admission import (
    NOTHING_KNOWN,
    Candidate,
    ExistingInvitation,
    Known,
    Verdict,
    judge,
    sampled_in,
)
from functions.shared.domain.feedback_block import BlockState
from functions.shared.domain.interaction import RowOutcome

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=80)
ID = "3b241101-e2bb-5255-8caf-4136c566a962"
CANDIDATE = Candidate(ID, "digest", 7, NOW - timedelta(days=2), NOW)
BLOCKED = {"person": BlockState("another", LATER)}
EVERYTHING = Known(ExistingInvitation("other", 1, LATER, "person", "address"), BLOCKED, opted_out=True, suppressed=True)


def verdict(known=NOTHING_KNOWN, candidate=CANDIDATE, share=1.0):
    return judge(candidate, known, NOW, freshness=timedelta(days=14), sample_share=share)


def test_a_stranger_with_a_fresh_interaction_is_admissible():
    assert verdict() is None


def test_the_first_rule_that_says_no_decides():
    old = CANDIDATE._replace(interaction_at=NOW - timedelta(days=90))
    known = EVERYTHING

    outcomes = [verdict(known, old, share=0.0).outcome]
    known = replace(known, invitation=None)
    outcomes.append(verdict(known, old, share=0.0).outcome)
    outcomes.append(verdict(known, share=0.0).outcome)
    known = replace(known, opted_out=False)
    outcomes.append(verdict(known, share=0.0).outcome)
    known = replace(known, suppressed=False)
    outcomes.append(verdict(known, share=0.0).outcome)
    outcomes.append(verdict(share=0.0).outcome)

    assert outcomes == [
        RowOutcome.DUPLICATE,
        RowOutcome.STALE,
        RowOutcome.OPTED_OUT,
        RowOutcome.SUPPRESSED,
        RowOutcome.BLOCKED,
        RowOutcome.SAMPLED_OUT,
    ]


def test_the_same_row_of_the_same_contents_is_invited_again_at_the_same_moment():
    known = replace(EVERYTHING, invitation=ExistingInvitation("digest", 7, LATER, "person", "address"))

    assert verdict(known, share=0.0) == Verdict(RowOutcome.INVITED, send_at=LATER)


@pytest.mark.parametrize(
    ("standing", "why"),
    [
        (ExistingInvitation("digest", 8, LATER, "person", "address"), "same_file"),
        (ExistingInvitation("other", 7, LATER, "person", "address"), "earlier_file"),
    ],
)
def test_another_row_with_the_same_interaction_is_a_duplicate(standing, why):
    assert verdict(Known(invitation=standing)) == Verdict(RowOutcome.DUPLICATE, why)


@pytest.mark.parametrize(
    ("age", "outcome"),
    [
        (timedelta(days=14), None),
        (timedelta(days=14, seconds=1), RowOutcome.STALE),
        (timedelta(0), None),
        (timedelta(seconds=-1), RowOutcome.STALE),
    ],
)
def test_an_interaction_is_fresh_from_now_to_the_limit(age, outcome):
    found = verdict(candidate=CANDIDATE._replace(interaction_at=NOW - age))

    assert (found and found.outcome) == outcome


def test_a_blocked_contact_is_told_from_when_on_it_can_be_asked():
    assert verdict(Known(blocks=BLOCKED)) == Verdict(RowOutcome.BLOCKED, "blocked", eligible_again_at=LATER)


def test_a_block_that_ran_out_but_was_not_deleted_yet_stops_nobody():
    assert verdict(Known(blocks={"person": BlockState("another", NOW)})) is None


def test_a_claim_that_a_crash_left_without_its_invitation_is_gone_on_with_whatever_changed_since():
    known = Known(blocks={"person": BlockState(ID, LATER)}, opted_out=True, suppressed=True)

    assert verdict(known, share=0.0) is None


def test_whoever_is_free_is_blocked_where_the_address_is_until_both_are_free():
    sooner = NOW + timedelta(days=3)
    address = {"address": BlockState("another", sooner)}

    assert verdict(Known(blocks=address)) == Verdict(RowOutcome.BLOCKED, "blocked", eligible_again_at=sooner)
    assert verdict(Known(blocks=BLOCKED | address)).eligible_again_at == LATER


def test_a_claim_of_the_person_that_a_crash_left_does_not_outdo_the_block_of_the_address():
    known = Known(blocks={"person": BlockState(ID, LATER), "address": BlockState("another", LATER)})

    assert verdict(known).outcome is RowOutcome.BLOCKED


def test_sampling_is_stable_and_takes_its_share():
    ids = [f"{n:08x}-0000-5000-8000-000000000000" for n in range(4000)]

    taken = [one for one in ids if sampled_in(one, 0.25)]

    assert taken == [one for one in ids if sampled_in(one, 0.25)]
    assert 850 < len(taken) < 1150
    assert set(taken) <= {one for one in ids if sampled_in(one, 0.5)}
    assert not any(sampled_in(one, 0.0) for one in ids)
