"""Hours above the sum that an approver decides alone take two approvers (rules: People, C8)."""

from datetime import timedelta

import pytest

from clients.models import Membership
from core.errors import NotAllowed
from sessions import confirmation, disputes, worklogs
from sessions.confirmation import confirm
from sessions.models import Session, State, WorkEntry
from sessions.second_yes import NoSecondApprover, SecondApproverNeeded
from tests.approving import a_deputy, a_member, an_approver, limited, only
from tests.cast import NOON, a_client
from tests.racing import race
from tests.sessions.booked import mails, trace
from tests.sessions.factories import a_submitted_session, postings

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=2)


@pytest.fixture
def dora(acme):
    return an_approver(acme, "Dora", limit=0)


@pytest.fixture
def submitted(cast, acme):
    """50 minutes at 1,200 kr an hour: 1,000 kr."""
    return a_submitted_session(cast, acme)


def now(session):
    return Session.objects.get(pk=session.pk)


@pytest.mark.parametrize(("limit", "state"), [(None, "confirmed"), (1000, "confirmed"), (999, "submitted"), (0, "submitted")])
def test_c8_hours_up_to_the_limit_without_vat_are_confirmed_alone(acme, dora, submitted, limit, state):
    limited(acme, limit)

    assert confirm(session=submitted, by=acme.approver, at=LATER).state == state
    assert len(postings(submitted)) == (1 if state == "confirmed" else 0)


def test_c8_the_first_yes_is_noted_and_told_and_nothing_is_deducted(acme, dora, submitted):
    limited(acme, 0)

    session = confirm(session=submitted, by=acme.approver, at=LATER)

    assert (session.first_confirmed_by, session.first_confirmed_at) == (acme.approver, LATER)
    assert trace(session)[-1] == ("first_confirmed", acme.approver, "")
    assert list(mails("as the second approver")) == ["dora"]
    assert postings(session) == []


def test_c8_the_second_yes_confirms_and_deducts_once(acme, dora, submitted):
    limited(acme, 0)
    confirm(session=submitted, by=acme.approver, at=LATER)

    session = confirm(session=submitted, by=dora, at=LATER)

    assert session.state == State.CONFIRMED
    assert postings(session) == [("deduction", -50)]
    assert trace(session)[-1] == ("confirmed", dora, "")


def test_c8_who_said_the_first_yes_does_not_say_the_second(acme, dora, submitted):
    limited(acme, 0)
    confirm(session=submitted, by=acme.approver, at=LATER)

    with pytest.raises(SecondApproverNeeded):
        confirm(session=submitted, by=acme.approver, at=LATER)
    assert now(submitted).state == State.SUBMITTED


def test_c8_an_approver_and_their_deputy_are_one_voice(acme, dora, submitted):
    limited(acme, 0)
    a_deputy(acme, acme.requester)
    confirm(session=submitted, by=acme.requester, at=LATER)

    with pytest.raises(SecondApproverNeeded):
        confirm(session=submitted, by=acme.approver, at=LATER)


def test_c8_a_deputys_first_yes_stays_the_approvers_when_the_deputyship_is_over(acme, dora, submitted):
    limited(acme, 0)
    a_deputy(acme, acme.requester)
    session = confirm(session=submitted, by=acme.requester, at=LATER)

    with pytest.raises(SecondApproverNeeded):
        confirm(session=session, by=acme.approver, at=LATER + timedelta(days=9))
    assert confirm(session=session, by=dora, at=LATER + timedelta(days=9)).state == State.CONFIRMED


def test_c8_a_deputyship_that_begins_later_takes_nothing_from_an_earlier_yes(acme, dora, submitted):
    limited(acme, 0)
    session = confirm(session=submitted, by=dora, at=LATER)
    a_deputy(acme, dora, at=NOON + timedelta(days=1))

    assert confirm(session=session, by=acme.approver, at=LATER + timedelta(days=1)).state == State.CONFIRMED


def test_c8_a_first_yes_counts_though_who_gave_it_decides_no_more(acme, dora, submitted):
    limited(acme, 0)
    session = confirm(session=submitted, by=acme.approver, at=LATER)
    Membership.objects.filter(person=acme.approver).delete()

    assert confirm(session=session, by=dora, at=LATER).state == State.CONFIRMED


def test_c8_a_deputy_says_the_second_yes_for_another_approver(acme, dora, submitted):
    limited(acme, 0)
    a_deputy(acme, acme.requester, of=dora)
    confirm(session=submitted, by=acme.approver, at=LATER)

    assert confirm(session=submitted, by=acme.requester, at=LATER).state == State.CONFIRMED


def test_c8_whoever_decides_the_sum_alone_needs_no_second(acme, dora, submitted):
    limited(acme, 0)
    emil = an_approver(acme, "Emil")

    assert confirm(session=submitted, by=emil, at=LATER).first_confirmed_by is None
    assert now(submitted).state == State.CONFIRMED


def test_c8_once_the_limit_is_raised_the_first_approver_confirms_alone(acme, dora, submitted):
    limited(acme, 0)
    confirm(session=submitted, by=acme.approver, at=LATER)

    limited(acme, None)

    assert confirm(session=submitted, by=acme.approver, at=LATER).state == State.CONFIRMED


def test_c8_a_limit_lowered_while_the_second_yes_is_awaited_changes_nothing(acme, dora, submitted):
    limited(acme, 500)
    confirm(session=submitted, by=acme.approver, at=LATER)

    limited(acme, 0)

    assert now(submitted).first_confirmed_by == acme.approver
    assert confirm(session=submitted, by=dora, at=LATER).state == State.CONFIRMED


def test_c8_without_a_second_approver_it_says_what_to_do_and_notes_nothing(acme, submitted):
    limited(acme, 0)

    with pytest.raises(NoSecondApprover, match="Ask your account manager"):
        confirm(session=submitted, by=acme.approver, at=LATER)
    assert now(submitted).first_confirmed_by is None


def test_c8_hours_that_are_opened_again_forget_the_first_yes(cast, acme, dora, submitted):
    limited(acme, 0)
    confirm(session=submitted, by=acme.approver, at=LATER)

    session = worklogs.reopen(session=submitted, by=cast.tessa.person, at=LATER, reason="Forgot something")
    session = worklogs.submit(session=session, summary="Again", by=cast.tessa.person, at=LATER)

    assert (now(session).first_confirmed_by, now(session).first_confirmed_at) == (None, None)
    assert confirm(session=session, by=dora, at=LATER).state == State.SUBMITTED


def test_c8_disputed_hours_forget_the_first_yes(acme, dora, submitted):
    limited(acme, 0)
    confirm(session=submitted, by=acme.approver, at=LATER)

    claims = {WorkEntry.objects.get(session=submitted).pk: 10}
    disputes.dispute(session=submitted, claims=claims, reason="Too much", by=dora, at=LATER)

    assert now(submitted).first_confirmed_by is None


def test_c8_silence_confirms_what_waits_for_a_second_yes(cast, dora):
    quiet = a_client(cast, "Quiet", silence_confirms=True)
    limited(quiet, 0)
    an_approver(quiet, "Dora")
    session = a_submitted_session(cast, quiet)
    confirm(session=session, by=quiet.approver, at=LATER)

    silent_at = confirmation.silence_confirms_at(session)
    assert silent_at is not None
    assert confirmation.confirm_by_silence(session=now(session), at=silent_at).state == State.CONFIRMED


def test_c16_only_approvers_whom_the_account_names_confirm_and_dispute(acme, dora, submitted):
    only(acme.account, dora)
    claims = {WorkEntry.objects.get(session=submitted).pk: 10}

    with pytest.raises(NotAllowed):
        confirm(session=submitted, by=acme.approver, at=LATER)
    with pytest.raises(NotAllowed):
        disputes.dispute(session=submitted, claims=claims, reason="x", by=acme.approver, at=LATER)
    assert disputes.dispute(session=submitted, claims=claims, reason="x", by=dora, at=LATER).raised_by == dora


def test_c16_the_mail_about_hours_goes_to_those_who_confirm_them(cast, acme, dora):
    only(acme.account, dora, a_member(acme, "Rita"))

    a_submitted_session(cast, acme)

    assert list(mails("Please confirm")) == ["dora"]


def test_c16_hours_find_somebody_after_the_only_named_approver_left(cast, acme, dora):
    only(acme.account, dora)
    Membership.objects.filter(person=dora).delete()

    session = a_submitted_session(cast, acme)

    assert list(mails("Please confirm")) == ["anna"]
    assert confirm(session=session, by=acme.approver, at=LATER).state == State.CONFIRMED


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c8_two_second_approvers_at_once_deduct_once(cast, acme):
    limited(acme, 0)
    others = [an_approver(acme, name, limit=0) for name in ("Dora", "Emil", "Filip", "Greta")]
    session = a_submitted_session(cast, acme)
    confirm(session=session, by=acme.approver, at=LATER)

    outcome = race(4, lambda number: confirm(session=session, by=others[number], at=LATER))

    assert (len(outcome.results), len(outcome.errors)) == (1, 3)
    assert outcome.most_inside >= 2
    assert postings(session) == [("deduction", -50)]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c8_two_first_approvers_at_once_are_the_first_and_the_second(cast, acme):
    limited(acme, 0)
    pair = [acme.approver, an_approver(acme, "Dora", limit=0)]
    session = a_submitted_session(cast, acme)

    outcome = race(2, lambda number: confirm(session=session, by=pair[number], at=LATER).state)

    assert (sorted(outcome.results), outcome.errors) == (["confirmed", "submitted"], [])
    assert postings(session) == [("deduction", -50)]
