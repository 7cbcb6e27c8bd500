"""Postpaid clients: what they book waits for no top-up, and what they confirm is invoiced when the month is over (rule I7)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clients.models import Agreement
from credits import ledger
from credits.ledger import HoldState, MonthlyLimitReached
from credits.models import Debt, Hold
from notices.models import Notice
from sessions import audit as sessions_audit
from sessions import changes, confirmation, consents, cover, previews, quotes, starts, unplanned, worklogs
from sessions.models import PenaltyKind, State
from tests.cast import NOON
from tests.sessions.booked import TUESDAY, a_wish, book, figures, hold_of
from tests.sessions.factories import a_lot

pytestmark = pytest.mark.django_db


def agreed(client, *, postpaid):
    Agreement.objects.filter(organisation=client.organisation).update(postpaid=postpaid)


@pytest.fixture
def public(acme):
    """Acme pays afterwards."""
    agreed(acme, postpaid=True)
    return acme


def worked(cast, session, minutes=60):
    """Started, worked for so long, submitted."""
    session = starts.start(session=session, by=cast.tessa.person, at=session.starts_at)
    end = session.starts_at + timedelta(minutes=minutes)
    tessa = cast.tessa.person
    worklogs.log(session=session, technician_person=tessa, started_at=session.starts_at, ended_at=end, note="Work", by=tessa, at=end)
    return worklogs.submit(session=session, summary="Done", by=tessa, at=end)


def test_i7_a_booking_without_credit_is_scheduled_at_once(cast, public):
    session = book(cast, public)

    hold = hold_of(session)
    assert (session.state, session.postpaid, hold.postpaid) == (State.SCHEDULED, True, True)
    assert (hold.state, hold.minutes, hold.covered_minutes) == (HoldState.PLACED, 60, 0)
    assert not Notice.objects.filter(subject__contains="missing").exists()


def test_i7_what_credit_there_is_is_held_first(cast, public):
    book(cast, public, credit=40)

    assert figures(public.account) == (0, 40, 0)


def test_i7_debt_does_not_stand_in_the_way(cast, public):
    ledger.capture(
        hold=ledger.claim(account=public.account, minutes=60, rate=_rate(cast), cause="old", at=NOON),
        minutes=60,
        voucher=ledger.Voucher(cause="old", at=NOON),
    )

    assert book(cast, public).state == State.SCHEDULED
    assert figures(public.account) == (0, 0, 60)


def test_i7_more_than_two_may_stand_uncovered(cast, public):
    states = [book(cast, public, starts_at=TUESDAY + timedelta(hours=number)).state for number in range(4)]

    assert states == [State.SCHEDULED] * 4


def test_c16_the_monthly_limit_holds(cast, public):
    public.account.monthly_limit_minutes = 90
    public.account.save()
    book(cast, public)

    with pytest.raises(MonthlyLimitReached):
        book(cast, public, starts_at=TUESDAY + timedelta(hours=2))


def test_i7_it_starts_and_what_is_confirmed_is_owed_at_the_price_agreed(cast, public):
    session = worked(cast, book(cast, public))

    confirmation.confirm(session=session, by=public.approver, at=session.submitted_at)

    debt = Debt.objects.get()
    assert (debt.minutes, debt.open_minutes, debt.price_per_hour.amount) == (60, 60, Decimal(1200))
    assert (figures(public.account), sessions_audit.audit().findings) == ((0, 0, 60), [])


def test_i7_a_penalty_is_owed_and_the_booking_keeps_its_time(cast, public):
    session = book(cast, public)
    late = TUESDAY - timedelta(hours=2)
    moved_to = TUESDAY + timedelta(days=1)
    shown = quotes.quote(session=session, kind=PenaltyKind.POSTPONE, at=late, starts_at=moved_to)

    changes.postpone(session=session, starts_at=moved_to, shown_minutes=shown.minutes, by=public.requester, at=late)

    session.refresh_from_db()
    assert (shown.minutes, shown.covered, session.state, hold_of(session).state) == (120, True, State.SCHEDULED, HoldState.PLACED)
    assert figures(public.account) == (0, 0, 120)


def test_i7_unplanned_work_begins_with_the_clients_yes(cast, public):
    proposal = unplanned.Proposal(purpose=cast.purpose, title="Disk", reason="It is full", estimate_minutes=30, worker=cast.tessa)
    session = unplanned.propose(account=public.account, proposal=proposal, cause="p", by=cast.tessa.person, at=NOON)
    consents.give_consent(consent=session.consents.get(), by=public.approver, at=NOON)

    session.refresh_from_db()
    assert (session.agreed_at, hold_of(session).state) == (NOON, HoldState.PLACED)
    assert starts.start(session=session, by=cast.tessa.person, at=NOON).state == State.IN_PROGRESS


def test_i7_bookings_made_stay_as_they_were_when_it_is_switched_on(cast, acme):
    waiting = book(cast, acme)
    agreed(acme, postpaid=True)

    assert cover.follow(session=waiting, at=NOON) is False
    waiting.refresh_from_db()
    assert (waiting.state, waiting.postpaid, book(cast, acme, starts_at=TUESDAY + timedelta(hours=2)).state) == (
        State.AWAITING_TOP_UP,
        False,
        State.SCHEDULED,
    )


def test_i7_and_when_it_is_switched_off(cast, public):
    session = book(cast, public)
    agreed(public, postpaid=False)

    changes.postpone(session=session, starts_at=TUESDAY + timedelta(days=1), shown_minutes=0, by=public.requester, at=NOON)

    session.refresh_from_db()
    assert (session.state, session.postpaid) == (State.SCHEDULED, True)
    assert book(cast, public, starts_at=TUESDAY + timedelta(hours=4)).state == State.AWAITING_TOP_UP


def test_i7_a_top_up_covers_what_stands_uncovered(cast, public):
    session = book(cast, public)

    a_lot(public.account, 100, at=NOON)

    assert (hold_of(session).covered_minutes, figures(public.account)) == (60, (40, 60, 0))


def test_i7_the_preview_says_so(cast, public):
    preview = previews.preview(account=public.account, wish=a_wish(cast), at=NOON)

    assert (preview.postpaid, preview.missing_minutes, preview.uncovered_minutes, preview.left_minutes) == (True, 0, 60, 0)


def test_i7_nobody_is_told_that_credit_runs_low(cast, public):
    book(cast, public, credit=130)

    assert not Notice.objects.filter(cause__contains=":low:").exists()


def test_i2_a_client_abroad_owes_without_vat(cast, public):
    public.organisation.country = "NO"
    public.organisation.save()
    public.account.refresh_from_db()

    session = book(cast, public)

    assert (session.vat_percent, hold_of(session).vat_percent) == (Decimal(0), Decimal(0))


def test_i7_the_database_keeps_a_hold_as_it_was_made(cast, public):
    hold = hold_of(book(cast, public))

    with pytest.raises(Exception, match="fixed"):
        Hold.objects.filter(pk=hold.pk).update(postpaid=False)


def _rate(cast):
    return ledger.Rate(price_per_hour=cast.credit_terms.price_per_hour, vat_percent=cast.credit_terms.vat_percent)
