"""Two identical forms at the same moment: one effect, and an answer for both (rules C4, C5, C8, C10, C14).

Some of them told as stories; every form there is, several times and later too, is sent in `tests/proofs/test_rel5_once.py`.
"""

import pytest
import time_machine
from django.urls import reverse

from credits.ledger import Entry, EntryKind
from credits.topups import TopUp
from sessions.models import Session, SessionEvent
from tests.cast import NOON, a_client, a_provider
from tests.journeys.belongings import A_DAY, at_every_stage, browser_of
from tests.proofs.crowd import at_once
from tests.sessions.booked import TUESDAY
from tests.sessions.factories import a_lot, a_session

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def there():
    cast = a_provider()
    return cast, a_client(cast, "Acme")


def clicked_twice(person, url, typed):
    """The statuses of the same form, sent twice at once by the same person."""
    browsers = [browser_of(person) for _ in range(2)]
    with time_machine.travel(NOON, tick=False):
        crowd, meeting = at_once(2, lambda number: browsers[number].post(url, typed).status_code)
    assert crowd.errors == []
    assert meeting.most_here == 2
    return sorted(crowd.answers.values())


def test_c14_an_order_that_is_sent_twice_is_one_order(there):
    _cast, acme = there
    asked = {"quantity": "8", "unit": "hours", "key": "k", "shown_total": "12000.00"}

    statuses = clicked_twice(acme.approver, reverse("topup-new", args=[acme.account.pk]), asked)

    assert statuses == [302, 302]
    assert TopUp.objects.count() == 1


def test_c5_a_booking_that_is_sent_twice_is_one_booking(there):
    cast, acme = there
    a_lot(acme.account, 480)
    wish = {"account": acme.account.pk, "purpose": cast.purpose.pk, "title": "Disk", "minutes": 60, "technicians": 1, "technician": ""}

    statuses = clicked_twice(acme.requester, reverse("session-new"), wish | {"starts_at": TUESDAY.isoformat(), "key": "k"})

    acme.account.refresh_from_db()
    assert statuses == [302, 302]
    assert (Session.objects.count(), acme.account.held_minutes) == (1, 60)


def test_c8_hours_that_are_confirmed_twice_are_deducted_once(there):
    cast, acme = there
    submitted = at_every_stage(cast, acme).submitted
    shown = f"{submitted.round}:{submitted.charged_minutes}"

    statuses = clicked_twice(acme.approver, reverse("session-confirm", args=[submitted.pk]), {"shown": shown})

    assert statuses == [302, 409]
    assert Entry.objects.filter(kind=EntryKind.DEDUCTION, cause__startswith=f"session:{submitted.pk}:").count() == 1


def test_c4_a_payment_that_is_marked_twice_is_credit_once(there):
    cast, acme = there
    top_up = at_every_stage(cast, acme).top_up
    paid = {"paid_on": "2026-11-18", "amount": "12000", "payment_reference": "BG 1"}

    statuses = clicked_twice(cast.fia, reverse("desk-topup", args=[top_up.pk]), paid)

    assert statuses == [302, 302]
    assert Entry.objects.filter(cause=f"top-up:{top_up.pk}").count() == 1


def test_c10_a_late_cancellation_that_is_sent_twice_costs_once(there):
    cast, acme = there
    session = a_session(cast, acme, starts_at=NOON + A_DAY / 2, credit=240)
    accepted = {"shown_minutes": 120, "start": session.start_number, "reason": ""}

    statuses = clicked_twice(acme.requester, reverse("session-cancel", args=[session.pk]), accepted)

    assert statuses in ([302, 302], [302, 409])
    assert Entry.objects.filter(kind=EntryKind.LATE_CHANGE).count() == 1


def test_r6_a_session_that_is_started_twice_starts_once(there):
    cast, acme = there
    session = a_session(cast, acme, starts_at=NOON)

    statuses = clicked_twice(cast.tessa.person, reverse("desk-session-start", args=[session.pk]), {})

    session.refresh_from_db()
    assert statuses == [302, 409]
    assert (session.started_at == NOON, SessionEvent.objects.filter(kind="started").count()) == (True, 1)
