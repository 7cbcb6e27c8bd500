"""Hours that silence confirmed, contested afterwards (rule C8)."""

from datetime import date, timedelta

import pytest

from core.errors import NotAllowed
from credits import ledger
from credits.audit import audit
from credits.ledger import Entry, EntryKind, HoldState
from notices.models import Notice
from sessions import confirmation, disputes, life
from sessions.models import Reservation, Session, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_client, at_stockholm
from tests.sessions.factories import (
    a_lot,
    a_session,
    a_submitted_session,
    account_of,
    entry_ids,
    postings,
)

LATER = NOON + timedelta(hours=4)
DUE = at_stockholm(2026, 11, 25, 16)


def disputed(session, client, *claimed, at=LATER, reason="We were not told to wait"):
    """The client says the lines should be `claimed` minutes, in order."""
    claims = dict(zip(entry_ids(session), claimed, strict=True))
    return disputes.dispute(session=session, claims=claims, reason=reason, by=client.approver, at=at)


def fresh(session):
    return Session.objects.get(pk=session.pk)


# Contesting what silence confirmed.


@pytest.fixture
def silent(cast):
    """A client whose silence confirmed 60 minutes on 2 December."""
    client = a_client(cast, "Acme", silence_confirms=True)
    session = a_submitted_session(cast, client, worked=[60])
    return client, confirmation.confirm_by_silence(session=session, at=at_stockholm(2026, 12, 2, 13))


def contested(session, client, claimed, *, at):
    claims = {entry_ids(session)[0]: claimed}
    return disputes.contest(session=session, claims=claims, reason="Nobody asked us", by=client.approver, at=at)


def test_c8_hours_confirmed_by_silence_are_contested_by_reversal(cast, silent):
    client, session = silent
    at = at_stockholm(2027, 1, 31, 13)

    dispute = contested(session, client, 30, at=at)

    after = fresh(session)
    assert (after.state, after.closed_at, after.round, dispute.round) == (State.DISPUTED, None, 2, 2)
    assert postings(session) == [("deduction", -60), ("reversal", 60)]
    assert (account_of(session).available_minutes, account_of(session).held_minutes) == (0, 60)
    assert dispute.due_at == at_stockholm(2027, 2, 8)
    assert session.events.filter(kind=EventKind.DISPUTED, reason="Nobody asked us").exists()


def test_c8_a_contest_is_settled_like_any_dispute(cast, silent):
    client, session = silent
    at = at_stockholm(2026, 12, 10, 13)
    dispute = contested(session, client, 30, at=at)

    disputes.correct(dispute=dispute, minutes={entry_ids(session)[0]: 42}, by=cast.max, at=at, reason="A compromise")

    assert fresh(session).state == State.SETTLED
    assert postings(session) == [("deduction", -60), ("reversal", 60), ("deduction", -40)]
    deduction = Entry.objects.filter(account=session.account_id, kind=EntryKind.DEDUCTION).latest("number")
    assert (deduction.cause, deduction.occurred_on) == (f"session:{session.pk}:settlement:2", date(2026, 11, 18))
    assert account_of(session).available_minutes == 20
    assert audit().findings == []


def test_c8_what_the_reversal_frees_covers_the_contested_hours_first(cast, silent):
    client, session = silent
    booking = a_session(cast, client, technicians=[cast.theo], credit=0, starts_at=at_stockholm(2026, 12, 16, 9))
    waiting = ledger.rebook_hold(hold=life.hold(booking), minutes=60, at=at_stockholm(2026, 12, 9, 9))

    contested(session, client, 30, at=at_stockholm(2026, 12, 10, 13))

    waiting.refresh_from_db()
    assert (fresh(session).hold.covered_minutes, waiting.state, waiting.covered_minutes) == (60, HoldState.WAITING, 0)


def test_c9_contesting_moves_credit_to_and_fro_and_nobody_is_told_that_it_is_low(cast, silent):
    client, session = silent
    at = at_stockholm(2026, 12, 3, 13)
    a_lot(client.account, 140, at=at)

    contested(session, client, 30, at=at + timedelta(hours=1))

    assert account_of(session).available_minutes == 140
    assert not Notice.objects.filter(cause__contains=":low:").exists()


def test_c8_the_time_to_contest_ends(cast, silent):
    client, session = silent

    with pytest.raises(disputes.NotContestable):
        contested(session, client, 30, at=at_stockholm(2027, 1, 31, 13) + timedelta(seconds=1))


def test_c8_what_an_approver_confirmed_is_not_contested(cast, acme):
    session = a_submitted_session(cast, acme)
    confirmation.confirm(session=session, by=acme.approver, at=LATER)

    with pytest.raises(disputes.NotContestable):
        contested(session, acme, 0, at=LATER)


def test_c8_only_an_approver_contests_and_only_once(cast, silent):
    client, session = silent
    at = at_stockholm(2026, 12, 10, 13)

    with pytest.raises(NotAllowed):
        disputes.contest(session=session, claims={}, reason="Hm", by=client.requester, at=at)
    dispute = contested(session, client, 30, at=at)
    with pytest.raises(life.SessionMovedOn):
        contested(session, client, 30, at=at)
    disputes.uphold(dispute=dispute, by=cast.max, at=at, reason="It stands")
    with pytest.raises(life.SessionMovedOn):
        contested(session, client, 30, at=at)


def test_c8_a_contest_that_names_no_line_reverses_nothing(cast, silent):
    client, session = silent

    with pytest.raises(disputes.NothingDisputed):
        contested(session, client, 60, at=at_stockholm(2026, 12, 10, 13))

    assert (fresh(session).state, postings(session)) == (State.CONFIRMED, [("deduction", -60)])


def test_r2_a_disputed_session_takes_nobodys_time(cast, acme):
    session = a_submitted_session(cast, acme)
    disputed(session, acme, 0)

    assert not Reservation.objects.filter(session=session, live=True).exists()
