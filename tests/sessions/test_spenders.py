"""Who books, changes and agrees to more time where an account names its people or has a monthly limit (rule C16)."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from core.errors import NotAllowed
from credits import months
from credits.accounts import open_account
from credits.models import CreditAccount, Hold
from sessions import bookings, changes, consents
from sessions.bookings import MonthlyLimitReached, WrongAccount
from sessions.forms import WishForm
from sessions.models import Session, State
from tests.approving import a_deputy, a_member, an_approver, only
from tests.cast import NOON, at_stockholm
from tests.sessions.booked import TUESDAY, a_wish, book, figures, hold_of
from tests.sessions.factories import a_lot, a_started_session

pytestmark = pytest.mark.django_db
DECEMBER = at_stockholm(2026, 12, 8, 9)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def rita(acme):
    """The one requester whom the account names."""
    person = a_member(acme, "Rita")
    only(acme.account, acme.approver, person)
    return person


def limit(client, minutes):
    CreditAccount.objects.filter(pk=client.account.pk).update(monthly_limit_minutes=minutes)


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def booking(cast, account, starts_at=TUESDAY):
    wish = {"account": account.pk, "purpose": cast.purpose.pk, "title": "Disk", "minutes": 60, "technicians": 1, "technician": ""}
    return wish | {"starts_at": starts_at.isoformat(), "key": "k"}


def test_c16_only_who_is_named_books(cast, acme, rita):
    assert book(cast, acme, credit=480, by=rita).state == State.SCHEDULED

    with pytest.raises(WrongAccount):
        book(cast, acme, by=acme.requester, starts_at=DECEMBER)
    with pytest.raises(WrongAccount):
        book(cast, acme, by=an_approver(acme, "Dora"), starts_at=DECEMBER)


def test_c16_the_account_manager_still_books_on_behalf_and_a_deputy_for_the_approver(cast, acme, rita):
    a_deputy(acme, acme.requester)

    assert book(cast, acme, credit=480, by=cast.max).state == State.SCHEDULED
    assert book(cast, acme, by=acme.requester, starts_at=DECEMBER).state == State.SCHEDULED


def test_c16_the_form_offers_only_accounts_to_spend_from(acme, rita):
    open_account(organisation=acme.organisation, name="Branch")

    offered = {}
    for person in (rita, acme.requester):
        choices = WishForm(person=person).fields["account"].queryset  # type: ignore[attr-defined]  # a choice among models
        offered[person] = [account.name for account in choices]

    assert offered == {rita: ["Branch", "IT"], acme.requester: ["Branch"]}


def test_c16_a_forged_booking_from_an_account_of_others_is_refused(cast, acme, rita, client_of):
    open_account(organisation=acme.organisation, name="Branch")
    a_lot(acme.account, 480)

    response = client_of(acme.requester).post(reverse("session-new"), booking(cast, acme.account))

    assert response.status_code == 422
    assert not Session.objects.exists()


def test_c16_who_spends_from_no_account_is_told_whom_to_ask(acme, rita, client_of):
    page = text(client_of(acme.requester).get(reverse("session-new")))

    assert "None of your accounts is yours to spend from" in page
    assert reverse("accounts") in page


def test_c16_who_may_not_spend_changes_nothing_and_sees_no_button(cast, acme, rita, client_of):
    session = book(cast, acme, credit=480, by=rita)

    for act in (changes.cancel, lambda **said: changes.postpone(starts_at=DECEMBER, **said)):
        with pytest.raises(NotAllowed):
            act(session=session, shown_minutes=0, by=acme.requester, at=NOON)
    pages = [text(client_of(person).get(reverse("session", args=[session.pk]))) for person in (acme.requester, rita)]
    assert [reverse("session-cancel", args=[session.pk]) in page for page in pages] == [False, True]


def test_c16_who_booked_and_is_named_no_more_agrees_to_no_more_time(cast, acme, rita):
    running = a_started_session(cast, acme)
    asked = consents.ask_consent(session=running, minutes=120, reason="More logs", by=cast.tessa.person, at=NOON)
    assert running.requested_by == acme.requester

    with pytest.raises(NotAllowed):
        consents.give_consent(consent=asked, by=acme.requester, at=NOON)
    assert consents.give_consent(consent=asked, by=acme.approver, at=NOON).given


def test_c16_a_booking_beyond_the_monthly_limit_books_nothing(cast, acme):
    limit(acme, 90)
    book(cast, acme, credit=480)

    with pytest.raises(MonthlyLimitReached) as refused:
        book(cast, acme, starts_at=TUESDAY + timedelta(days=1))

    assert refused.value.left == 30
    assert Session.objects.count() == Hold.objects.count() == 1
    assert figures(acme.account) == (420, 60, 0)


def test_c16_the_month_is_that_of_the_start_by_the_providers_calendar(cast, acme):
    session = book(cast, acme, credit=480, starts_at=at_stockholm(2026, 11, 30, 16))

    assert hold_of(session).due_on.isoformat() == "2026-11-30"


def test_c16_the_review_says_how_the_month_stands_and_the_refusal_keeps_what_was_typed(cast, acme, client_of):
    limit(acme, 90)
    book(cast, acme, credit=480)
    browser, wish = client_of(acme.requester), booking(cast, acme.account, TUESDAY + timedelta(days=1))

    page = text(browser.get(reverse("session-new"), wish))
    refused = browser.post(reverse("session-new"), wish | {"description": "Logs are full"})

    assert "Used or booked in November 2026: 1 h of 1 h 30 min" in page
    assert "This needs 1 h, and 30 min may still be booked for that month" in page
    assert refused.status_code == 409
    assert "This account may spend 1 h 30 min a month, and 30 min of that is left." in text(refused)
    assert "Logs are full" in text(refused)
    assert Session.objects.count() == 1


def test_c16_a_session_moves_within_its_month_though_the_limit_was_lowered(cast, acme):
    session = book(cast, acme, credit=480)
    limit(acme, 0)

    moved = changes.postpone(session=session, starts_at=TUESDAY + timedelta(days=1), shown_minutes=0, by=acme.requester, at=NOON)

    assert hold_of(moved).due_on.isoformat() == "2026-11-25"


def test_c16_a_session_moves_to_another_month_only_where_that_has_room(cast, acme):
    limit(acme, 90)
    session = book(cast, acme, credit=480)
    other = book(cast, acme, starts_at=DECEMBER)
    move = {"session": session, "starts_at": DECEMBER + timedelta(hours=2), "shown_minutes": 0, "by": acme.requester, "at": NOON}

    with pytest.raises(MonthlyLimitReached):
        changes.postpone(**move)
    session.refresh_from_db()
    assert (session.starts_at, hold_of(session).due_on.isoformat()) == (TUESDAY, "2026-11-24")

    changes.cancel(session=other, shown_minutes=0, by=acme.requester, at=NOON)
    changes.postpone(**move)
    assert months.used_minutes(acme.account, DECEMBER.date()) == 60


def test_c16_our_own_move_to_a_full_month_is_not_refused(cast, acme):
    limit(acme, 90)
    session = book(cast, acme, credit=480)
    book(cast, acme, starts_at=DECEMBER)

    changes.move_by_provider(session=session, starts_at=DECEMBER + timedelta(hours=2), by=cast.max, at=NOON, reason="Tessa is ill")

    assert months.used_minutes(acme.account, DECEMBER.date()) == 120


def test_c16_a_booking_that_awaits_a_top_up_counts_too(cast, acme):
    limit(acme, 90)
    assert book(cast, acme).state == State.AWAITING_TOP_UP

    with pytest.raises(MonthlyLimitReached):
        bookings.request(
            account=acme.account, wish=a_wish(cast, starts_at=TUESDAY + timedelta(days=1)), cause="f", by=acme.requester, at=NOON
        )
