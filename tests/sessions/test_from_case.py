"""A case goes on in a session or in unplanned work: with the client's consent, closed, linked both ways (rules T3, R8)."""

from dataclasses import replace

import pytest
import time_machine
from django.urls import reverse

from cases import solutions, triage
from cases.life import CaseClosed
from cases.models import ClosedAs, EventKind, State
from cases.server_support import ConsentMissing
from notices.models import Notice
from sessions import unplanned
from sessions.bookings import RequestMismatch, TooSoon, WrongAccount
from sessions.models import Session, SessionKind
from sessions.unplanned import WrongCase
from tests.cases.judged import agree_to_credit, ask
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON
from tests.sessions.booked import TUESDAY, book
from tests.sessions.factories import a_lot
from tests.sessions.proposing import a_proposal, proposed, urgent

pytestmark = pytest.mark.django_db


@pytest.fixture
def disa(acme):
    bind(acme, a_plan())
    return a_dispatcher()


@pytest.fixture
def case(acme, disa):
    return a_case(acme)


def is_closed_by(case, session):
    """Whether the case went on in the session, with the link both ways."""
    case.refresh_from_db()
    booked = case.events.get(kind=EventKind.SESSION_BOOKED).facts
    return (case.closed_as, session.case, booked["session"]) == (ClosedAs.SERVER_SUPPORT, case, session.pk)


def untouched(case):
    case.refresh_from_db()
    return case.state != State.CLOSED and not Session.objects.exists() and not case.events.filter(kind=EventKind.SESSION_BOOKED).exists()


def test_t3_staff_book_for_a_case_only_with_consent(cast, acme, disa, case):
    with pytest.raises(ConsentMissing):
        book(cast, acme, credit=120, by=cast.max, case=case)
    assert untouched(case)
    ask(case, disa)
    with pytest.raises(ConsentMissing):
        book(cast, acme, by=cast.max, case=case)
    assert untouched(case)


def test_t3_agreed_the_case_goes_on_in_the_session_and_is_closed(cast, acme, disa, case):
    agree_to_credit(case, disa, acme.approver)

    session = book(cast, acme, credit=120, by=cast.max, case=case)

    assert is_closed_by(case, session)
    told = Notice.objects.filter(subject__contains="Goes on as server support")
    assert {notice.person for notice in told} == {acme.requester, disa}


def test_t3_a_client_who_books_for_their_case_agrees_by_booking(cast, acme, disa, case):
    question = ask(case, disa)

    session = book(cast, acme, credit=120, by=acme.requester, case=case)

    question.refresh_from_db()
    assert is_closed_by(case, session)
    assert (question.agreed, question.answered_by) == (True, acme.requester)
    assert case.events.get(kind=EventKind.CREDIT_AGREED).by == acme.requester


def test_t3_without_a_judgement_too(cast, acme, case):
    session = book(cast, acme, credit=120, by=acme.requester, case=case)

    assert is_closed_by(case, session)
    assert triage.latest(case) is None


def test_t3_a_second_session_for_the_same_case_is_linked_and_closes_nothing_again(cast, acme, disa, case):
    agree_to_credit(case, disa, acme.approver)
    book(cast, acme, credit=240, by=cast.max, case=case)

    book(cast, acme, by=cast.max, case=case, starts_at=TUESDAY.replace(hour=12))

    assert case.events.filter(kind=EventKind.SESSION_BOOKED).count() == 2
    assert case.events.filter(kind=EventKind.CLOSED).count() == 1


def test_t3_a_case_that_is_closed_otherwise_takes_no_session(cast, acme, disa, case):
    agree_to_credit(case, disa, acme.approver)
    solutions.withdraw(case, reason="Found it", by=acme.requester, at=NOON)

    for by in (cast.max, acme.requester):
        with pytest.raises(CaseClosed):
            book(cast, acme, credit=120, by=by, case=case)

    assert not Session.objects.exists()


def test_t3_another_clients_case_is_refused(cast, acme, borealis, disa):
    bind(borealis, a_plan("other"))
    theirs = a_case(borealis)

    with pytest.raises(WrongAccount):
        book(cast, acme, credit=120, by=cast.max, case=theirs)
    with pytest.raises(WrongCase):
        proposed(cast, acme, case=theirs)

    assert untouched(theirs)


def test_c5_where_the_booking_fails_the_case_stays_open(cast, acme, disa, case):
    agree_to_credit(case, disa, acme.approver)

    with pytest.raises(TooSoon):
        book(cast, acme, credit=120, by=cast.max, case=case, starts_at=NOON)

    assert untouched(case)


def test_t3_the_same_form_books_once_and_not_for_another_case(cast, acme, disa, case):
    agree_to_credit(case, disa, acme.approver)
    first = book(cast, acme, credit=240, by=cast.max, case=case, cause="f")

    assert book(cast, acme, by=cast.max, case=case, cause="f") == first
    with pytest.raises(RequestMismatch):
        book(cast, acme, by=cast.max, case=a_case(acme), cause="f")

    assert Session.objects.count() == 1


def test_t3_unplanned_work_for_a_case_needs_consent_and_closes_it(cast, acme, disa, case):
    with pytest.raises(ConsentMissing):
        proposed(cast, acme, case=case)
    assert untouched(case)
    agree_to_credit(case, disa, acme.approver)

    session = proposed(cast, acme, case=case)

    assert is_closed_by(case, session)
    assert session.kind == SessionKind.UNPLANNED


def test_t3_the_same_proposal_again_is_the_same_and_for_another_case_it_is_refused(cast, acme, disa, case):
    agree_to_credit(case, disa, acme.approver)

    def propose(of):
        proposal = replace(a_proposal(cast), case=of)
        return unplanned.propose(account=acme.account, proposal=proposal, cause="f", by=cast.tessa.person, at=NOON)

    assert propose(case) == propose(case)
    with pytest.raises(RequestMismatch):
        propose(None)

    assert Session.objects.count() == 1


def test_r8_urgent_work_under_the_top_priority_begins_unasked(cast, acme, disa):
    case = a_case(acme, priority=1)

    session = urgent(cast, acme, credit=300, case=case)

    assert is_closed_by(case, session)
    assert session.kind == SessionKind.URGENT
    assert session.consents.get().given is None


def test_r8_under_another_priority_it_does_not(cast, acme, disa, case):
    with pytest.raises(ConsentMissing):
        urgent(cast, acme, credit=300, case=case)

    assert untouched(case)


# The pages.


def text(response):
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def the_booking(cast, acme, case, **details):
    said = {"account": acme.account.pk, "purpose": cast.purpose.pk, "title": "Look together", "minutes": 60, "technicians": 1}
    return said | {"starts_at": TUESDAY.isoformat(), "case": case.pk, "key": "k", "shown_held": 60} | details


@time_machine.travel(NOON, tick=False)
def test_t3_the_client_books_for_their_case_with_its_facts_filled_in(cast, acme, disa, case, client_of):
    a_lot(acme.account, 480)
    browser, address = client_of(acme.requester), reverse("session-new")

    first = browser.get(f"{address}?case={case.pk}")
    asked = {name: value for name, value in the_booking(cast, acme, case).items() if name not in ("key", "shown_held")}
    review = browser.get(address, asked)
    answer = browser.post(address, the_booking(cast, acme, case))

    assert 'value="Users are not created"' in text(first)
    assert "By booking you agree that credit is used for it" in text(first)
    assert f"#{case.pk} Users are not created" in text(review)
    session = Session.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("session", args=[session.pk]))
    assert is_closed_by(case, session)
    assert reverse("session", args=[session.pk]) in text(browser.get(reverse("case", args=[case.pk])))


@time_machine.travel(NOON, tick=False)
def test_t3_another_clients_case_fills_in_nothing_and_books_nothing(cast, acme, borealis, disa, client_of):
    bind(borealis, a_plan("other"))
    theirs = a_case(borealis, subject="A secret of theirs")
    a_lot(acme.account, 480)
    browser, address = client_of(acme.requester), reverse("session-new")

    assert "A secret of theirs" not in text(browser.get(f"{address}?case={theirs.pk}"))
    for number in ("0", "x", "9" * 30, "²"):
        assert browser.get(address, {"case": number}).status_code == 200
    answer = browser.post(address, the_booking(cast, acme, theirs))

    assert (answer.status_code, Session.objects.count()) == (422, 0)


@time_machine.travel(NOON, tick=False)
def test_t3_the_desk_is_refused_with_a_sentence_where_the_client_has_not_agreed(cast, acme, disa, case, client_of):
    a_lot(acme.account, 480)

    answer = client_of(cast.max).post(reverse("desk-session-new", args=[acme.organisation.pk]), the_booking(cast, acme, case))

    assert answer.status_code == 409
    assert "The client has not agreed to use credit for this case." in text(answer)
    assert untouched(case)


@time_machine.travel(NOON, tick=False)
def test_t3_unplanned_work_is_proposed_from_the_case_with_its_client_filled_in(cast, acme, disa, case, client_of):
    agree_to_credit(case, disa, acme.approver)
    browser, address = client_of(disa), reverse("desk-unplanned")

    page = browser.get(f"{address}?case={case.pk}")
    form = page.context["form"]
    sent = {name: form[name].value() or "" for name in form.fields}
    sent |= {"purpose": cast.purpose.pk, "worker": cast.tessa.pk, "minutes": 30}
    answer = browser.post(address, sent)

    assert f"For case #{case.pk}" in text(page)
    assert form["title"].value() == "Users are not created"
    assert answer.status_code == 302
    assert is_closed_by(case, Session.objects.get())
