"""A client's home: what there is, what comes next, what waits for the reader (rules C5, C6, C8, C9)."""

from copy import copy

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import MemberRole, Membership
from credits import accounts, ledger, topups
from credits.models import TopUp
from sessions import consents
from tests.cast import NOON
from tests.sessions.booked import TUESDAY, book
from tests.sessions.factories import a_lot, a_session, a_started_session, a_submitted_session, minutes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().split())


def home(client_of, person):
    return text(client_of(person).get("/"))


def order(client, *, minutes=480, cause="test:order"):
    return topups.order(account=client.account, minutes=minutes, cause=cause, by=client.approver, at=NOON)


def test_c5_the_first_line_answers_what_there_is_and_what_is_held_for_which_session(cast, acme, client_of):
    session = book(cast, acme, credit=480, title="Upgrade")

    page = home(client_of, acme.requester)

    for said in ("Available credit", "Available <b>7 h</b>", "Held <b>1 h</b>", "Used <b>0 h</b> of 8 h"):
        assert said in page
    assert f'<a href="{reverse("session", args=[session.pk])}">Upgrade</a> 1 h' in page


def test_c9_what_is_left_is_shown_rounded_down_with_the_exact_minutes_one_click_away(acme, client_of):
    a_lot(acme.account, 487)

    page = home(client_of, acme.requester)

    assert "Available <b>8 h</b>" in page
    assert "<p>8 h 07 min</p>" in page


def test_c11_what_is_owed_is_said(acme, client_of):
    a_lot(acme.account, 30)
    ledger.adjust(account=acme.account, minutes=-90, voucher=ledger.Voucher(cause="test:owed", at=NOON, reason="for a test"))

    assert "1 h is owed. The next top-up pays it first" in home(client_of, acme.requester)


def test_c5_what_is_promised_without_cover_is_said(cast, acme, client_of):
    a_session(cast, acme, credit=20)

    assert "40 min of what is promised is not covered" in home(client_of, acme.requester)


def test_c16_several_accounts_are_shown_each_by_name(acme, client_of):
    accounts.open_account(organisation=acme.organisation, name="Operations")

    page = home(client_of, acme.requester)

    assert "Available credit · Acme · IT" in page
    assert "Available credit · Acme · Operations" in page


def test_c10_what_comes_next_says_until_when_it_is_free_to_change(cast, acme, client_of):
    book(cast, acme, credit=480)

    page = home(client_of, acme.requester)

    assert "Tue 24 Nov</b> 09:00–10:00" in page
    assert "free to change until Mon 23 Nov 09:00" in page


def test_c6_a_booking_that_waits_shows_the_gap_the_deadline_and_the_top_up(cast, acme, client_of):
    book(cast, acme, credit=10)

    approvers, requesters = home(client_of, acme.approver), home(client_of, acme.requester)

    assert "50 min is missing for “Disk is full”" in approvers
    assert "The time is yours until Mon 23 Nov 09:00." in approvers
    assert f"{reverse('topup-new', args=[acme.account.pk])}?at_least=50" in approvers
    assert "An approver tops up: Anna Testsson." in requesters
    assert "at_least" not in requesters


def test_c8_hours_to_confirm_wait_for_the_approver(cast, acme, client_of):
    session = a_submitted_session(cast, acme)

    approvers, requesters = home(client_of, acme.approver), home(client_of, acme.requester)

    assert "Confirm 50 min for 18 Nov" in approvers
    assert "“Disk is full”: 47 min worked, submitted by Tessa Testsson." in approvers
    assert f'btn-primary" href="{reverse("session-hours", args=[session.pk])}"' in approvers
    assert "An approver confirms them: Anna Testsson." in requesters
    assert f'btn-primary" href="{reverse("session-hours", args=[session.pk])}"' not in requesters


def test_c8_a_question_for_more_time_waits_for_who_may_answer(cast, acme, client_of):
    session = a_started_session(cast, acme)
    asked = consents.ask_consent(session=session, minutes=150, reason="The index must be rebuilt.", by=cast.tessa.person, at=NOON)

    page = home(client_of, acme.approver)

    assert "More time is asked for: up to 2 h 30 min in all" in page
    assert reverse("consent", args=[asked.pk]) in page


def test_c4_of_many_unpaid_top_ups_the_oldest_stand_there_and_how_many_more_there_are(acme, client_of):
    for number in range(40):
        order(acme, cause=f"test:order:{number}")

    page = home(client_of, acme.approver)

    assert page.count("8 h ordered, not paid yet") == 5
    assert ">And 35 more.</a>" in page


def test_c4_of_very_many_unpaid_top_ups_a_hundred_are_counted(acme, client_of):
    first = order(acme)
    rest = [copy(first) for _ in range(120)]
    for number, top_up in enumerate(rest):
        top_up.pk, top_up.cause = None, f"test:order:{number}"
    TopUp.objects.bulk_create(rest)

    page = home(client_of, acme.approver)

    assert page.count("8 h ordered, not paid yet") == 5
    assert ">And at least 95 more.</a>" in page


def test_c4_an_unpaid_top_up_stands_until_it_is_paid(acme, client_of):
    order(acme)

    page = home(client_of, acme.approver)

    assert "8 h ordered, not paid yet" in page
    assert "SEK 12,000.00 with VAT" in page.replace("\xa0", " ")


def test_a_brand_new_client_reads_what_to_do_first(acme, client_of):
    approvers, requesters = home(client_of, acme.approver), home(client_of, acme.requester)

    assert "How it begins" in approvers
    assert reverse("topup-new", args=[acme.account.pk]) in approvers
    assert "An approver of your organisation orders it." in requesters
    assert reverse("topup-new", args=[acme.account.pk]) not in requesters


def test_where_nothing_waits_the_page_says_so(acme, client_of):
    a_lot(acme.account, 60)

    page = home(client_of, acme.approver)

    assert "Nothing is booked." in page
    assert "Nothing. Hours to confirm and other questions will stand here." in page


def test_somebody_of_no_organisation_reads_who_can_help(cast, acme, client_of):
    Membership.objects.filter(person=acme.requester).delete()

    assert "No account yet" in home(client_of, acme.requester)


def test_nothing_of_another_client_is_seen(cast, acme, borealis, client_of):
    book(cast, borealis, title="A secret of Borealis")
    a_submitted_session(cast, borealis, title="Another secret")
    order(borealis)

    page = home(client_of, acme.approver)

    assert "secret" not in page
    assert "not paid yet" not in page


def test_who_belongs_to_two_organisations_sees_both(cast, acme, borealis, client_of):
    Membership.objects.create(person=acme.approver, organisation=borealis.organisation, role=MemberRole.REQUESTER)
    book(cast, borealis)

    page = home(client_of, acme.approver)

    assert "Available credit · Acme · IT" in page
    assert "Available credit · Borealis · IT" in page
    assert "An approver tops up: Anna Testsson." in page


def test_staff_go_on_to_the_desk(cast, client_of):
    assert client_of(cast.max).get("/").url == reverse("desk")


def test_who_is_not_signed_in_is_asked_to(cast, client):
    assert client.get("/").url == "/accounts/login/?next=/"


def test_the_page_takes_as_many_queries_for_five_of_everything_as_for_one(cast, acme, client_of):
    browser = client_of(acme.approver)

    def one_more(number):
        a_session(cast, acme, starts_at=TUESDAY + minutes(60 * number))
        a_submitted_session(cast, acme, starts_at=NOON - minutes(120 + 60 * number), submitted_at=NOON)
        session = a_started_session(cast, acme, technicians=[cast.theo], starts_at=NOON - minutes(120 + 60 * number))
        consents.ask_consent(session=session, minutes=150, reason="More", by=cast.theo.person, at=NOON)
        order(acme, cause=f"test:order:{number}")
        book(cast, acme, starts_at=TUESDAY + minutes(1440 + 60 * number))

    cast.session_terms.most_awaiting = 9
    cast.session_terms.save()
    one_more(0)
    with CaptureQueriesContext(connection) as one:
        browser.get("/")
    for number in range(1, 5):
        one_more(number)

    with CaptureQueriesContext(connection) as several:
        browser.get("/")

    assert len(several) == len(one)
    assert len(one) < 40
