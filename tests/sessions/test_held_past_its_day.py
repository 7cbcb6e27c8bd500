"""Held credit outlives its day until the session is settled, whatever happens to the hours (rules C8, C10, C12, C16)."""

from datetime import date, timedelta

import pytest

from credits import ledger, months
from credits.accounts import CreditAccount
from credits.audit import audit
from credits.ledger import Entry
from sessions import changes, confirmation, consents, disputes, penalties, worklogs
from tests.cast import NOON, a_client, at_stockholm
from tests.credits.posting import grant
from tests.sessions.booked import book, figures
from tests.sessions.factories import a_submitted_session, entry_ids, work
from tests.sessions.penalised import POSTED
from tests.sessions.proposing import question, urgent

pytestmark = pytest.mark.django_db

DAY_BEFORE = NOON - timedelta(days=8)


@pytest.fixture(autouse=True)
def the_books_are_sound():
    yield
    assert audit().findings == []


def confirmed_by_silence(client, cast, **columns):
    session = a_submitted_session(cast, client, worked=(60,), **columns)
    due = confirmation.silence_confirms_at(session)
    assert due is not None
    return confirmation.confirm_by_silence(session=session, at=due), due


def test_c12_contested_hours_are_covered_again_by_credit_whose_day_is_over(cast):
    client = a_client(cast, "Cert", silence_confirms=True)
    grant(client.account, 60, expires_on=date(2026, 12, 5), at=DAY_BEFORE)
    session, _due = confirmed_by_silence(client, cast, credit=0)
    at = at_stockholm(2026, 12, 10, 12)

    raised = disputes.contest(session=session, claims={entry_ids(session)[0]: 30}, reason="no", by=client.approver, at=at)
    disputes.uphold(dispute=raised, by=cast.max, at=at + timedelta(hours=1), reason="right")

    assert figures(client.account) == (0, 0, 0)


def test_c12_hours_that_are_opened_again_find_what_was_held_for_them(cast, acme):
    grant(acme.account, 60, expires_on=date(2026, 11, 20), at=DAY_BEFORE)
    monday = at_stockholm(2026, 11, 23, 9)
    session = a_submitted_session(cast, acme, credit=0, worked=(30,), submitted_at=monday)

    session = worklogs.reopen(session=session, by=cast.tessa.person, at=monday + timedelta(hours=1), reason="forgot")
    work(session, cast.tessa, start=30, length=30)
    session = worklogs.submit(session=session, summary="x", by=cast.tessa.person, at=monday + timedelta(hours=2))
    confirmation.confirm(session=session, by=acme.approver, at=monday + timedelta(hours=3))

    assert figures(acme.account) == (0, 0, 0)


def test_c12_what_was_held_and_not_needed_expires_when_the_hours_are_confirmed(cast, acme):
    grant(acme.account, 60, expires_on=date(2026, 11, 20), at=DAY_BEFORE)
    monday = at_stockholm(2026, 11, 23, 9)
    session = a_submitted_session(cast, acme, credit=0, worked=(30,), submitted_at=monday)

    confirmation.confirm(session=session, by=acme.approver, at=monday)

    assert [(entry.kind, entry.minutes) for entry in Entry.objects.order_by("pk")][1:] == [("deduction", -30), ("expiry", -30)]


def test_c10_a_penalty_paid_from_credit_that_has_expired_since_comes_back_as_free_credit(cast, acme):
    grant(acme.account, 120, expires_on=date(2026, 11, 30), at=NOON - timedelta(days=3))
    session = book(cast, acme)
    changes.cancel(session=session, shown_minutes=120, by=acme.requester, at=POSTED)
    penalty = Entry.objects.get(kind="late_change")

    penalties.waive(penalty=penalty, reason="The train stood still", by=cast.max, at=POSTED + timedelta(days=9))

    assert figures(acme.account) == (120, 0, 0)
    assert acme.account.lots.latest("pk").reason == "The train stood still"


def test_c16_a_yes_to_more_time_stays_within_the_month(cast, acme):
    CreditAccount.objects.filter(pk=acme.account.pk).update(monthly_limit_minutes=60)
    session = book(cast, acme, credit=600)
    technician = session.reservations.get(live=True).technician.person
    asked = consents.ask_consent(session=session, minutes=300, reason="big", by=technician, at=NOON)

    with pytest.raises(ledger.MonthlyLimitReached):
        consents.give_consent(consent=asked, by=acme.requester, at=NOON)

    asked.refresh_from_db()
    assert asked.given is None


def test_c16_a_yes_to_urgent_work_stays_within_the_month(cast, acme):
    CreditAccount.objects.filter(pk=acme.account.pk).update(monthly_limit_minutes=60)
    session = urgent(cast, acme, credit=900, estimate_minutes=480)

    with pytest.raises(ledger.MonthlyLimitReached):
        consents.give_consent(consent=question(session), by=acme.approver, at=NOON)


def test_c16_contested_hours_still_count_in_their_month(cast):
    client = a_client(cast, "Cert", silence_confirms=True)
    session, due = confirmed_by_silence(client, cast)

    disputes.contest(session=session, claims={entry_ids(session)[0]: 30}, reason="no", by=client.approver, at=due + timedelta(hours=1))

    client.account.refresh_from_db()
    assert months.used_minutes(client.account, NOON.date()) == 60
