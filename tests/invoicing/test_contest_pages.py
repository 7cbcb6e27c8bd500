"""Contesting in the portal, and answering at the desk (rule I8)."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing import contesting
from invoicing.models import InvoiceContest
from tests.cast import NOON
from tests.invoicing.overdue import contested, late_terms
from tests.invoicing.scene import an_invoice, invoicing_terms, paid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon(cast, acme):
    invoicing_terms()
    late_terms()
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def page_of(invoice):
    return reverse("invoice", args=[invoice.pk])


def to_contest(invoice):
    return reverse("invoice-contest", args=[invoice.pk])


def desk_of(contest):
    return reverse("desk-contest", args=[contest.pk])


def test_i8_an_approver_contests_once_reads_that_it_waits_and_takes_it_back(cast, acme, client_of):
    invoice, anna = an_invoice(acme, cast.fia), client_of(acme.approver)
    assert to_contest(invoice) in text(anna.get(page_of(invoice)))
    form = {"reason": "We ordered less", "key": "k"}

    answers = [anna.post(to_contest(invoice), form).status_code for _ in range(2)]
    other = anna.post(to_contest(invoice), form | {"reason": "Another"}).status_code
    page = text(anna.get(page_of(invoice)))
    taken_back = [anna.post(reverse("invoice-contest-withdraw", args=[invoice.pk])).status_code for _ in range(2)]

    row = InvoiceContest.objects.get()
    assert (answers, other, taken_back, row.outcome) == ([302, 302], 409, [302, 302], "withdrawn")
    assert "Contested: we are looking into it" in page
    assert "We ordered less" in page
    assert f'href="{to_contest(invoice)}"' not in page
    assert "No longer contested" in text(anna.get(page_of(invoice)))


def test_i8_others_of_the_client_read_and_do_not_act_strangers_see_nothing(cast, acme, borealis, client_of):
    invoice = an_invoice(acme, cast.fia)
    contested(invoice, acme.approver, at=NOON)
    rolf = client_of(acme.requester)

    page = text(rolf.get(page_of(invoice)))

    assert "Contested: we are looking into it" in page
    assert "We no longer contest it" not in page
    assert rolf.get(to_contest(invoice)).status_code == 404
    assert rolf.post(reverse("invoice-contest-withdraw", args=[invoice.pk])).status_code == 403
    for person in (borealis.approver, cast.fia, cast.max):
        assert client_of(person).get(to_contest(invoice)).status_code == 404
    assert InvoiceContest.objects.get().outcome == ""


def test_i8_a_contest_without_a_reason_or_of_what_is_paid_is_refused(cast, acme, client_of):
    invoice, settled, anna = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia), client_of(acme.approver)
    paid(settled, 12000, cast.fia)

    assert anna.post(to_contest(invoice), {"reason": " ", "key": "k"}).status_code == 422
    assert anna.post(to_contest(settled), {"reason": "Wrong", "key": "k"}).status_code == 409
    assert to_contest(settled) not in text(anna.get(page_of(settled)))
    assert anna.post(reverse("invoice-contest-withdraw", args=[invoice.pk])).status_code == 404


def test_i8_the_account_manager_answers_and_finance_is_asked_for_the_credit_note(cast, acme, client_of):
    invoice = an_invoice(acme, cast.fia)
    row, max_ = contested(invoice, acme.approver, at=NOON), client_of(cast.max)
    assert "We ordered less" in text(max_.get(desk_of(row)))

    sent = max_.post(desk_of(row), {"outcome": "upheld", "answer": "You are right"})

    assert (sent.status_code, sent.headers["Location"]) == (302, desk_of(row))
    assert "The client was right" in text(max_.get(desk_of(row)))
    assert reverse("desk-invoice-credit", args=[invoice.pk]) not in text(max_.get(desk_of(row)))
    assert reverse("desk-invoice-credit", args=[invoice.pk]) in text(client_of(cast.fia).get(desk_of(row)))
    assert max_.post(desk_of(row), {"outcome": "rejected", "answer": "No"}).status_code == 409


def test_i8_upheld_the_credit_note_is_filled_in_by_the_lines_that_were_named(cast, acme, client_of):
    other = an_invoice(acme, cast.fia)
    row = contested(other, acme.approver, at=NOON, positions=(1,))
    contesting.uphold(row, answer="Too many hours", by=cast.max, at=NOON)

    form = client_of(cast.fia).get(reverse("desk-invoice-credit", args=[other.pk])).context["form"]

    assert (form["what"].value(), form["reason"].value()) == ("parts", "Too many hours")
    assert form[f"net_{other.lines.get().pk}"].value() == "9,600.00"


def test_i8_whoever_issued_it_reads_that_somebody_else_answers(cast, acme, client_of):
    row = contested(an_invoice(acme, cast.fia), acme.approver, at=NOON)
    fia = client_of(cast.fia)

    assert "You issued this invoice" in text(fia.get(desk_of(row)))
    assert fia.post(desk_of(row), {"outcome": "rejected", "answer": "No"}).status_code == 409
    assert fia.post(desk_of(row), {"outcome": "withdrawn", "answer": "No"}).status_code == 422
    assert client_of(cast.ada).post(desk_of(row), {"outcome": "rejected", "answer": "No"}).status_code == 403
    for person in (cast.tessa.person, acme.approver):
        assert client_of(person).get(desk_of(row)).status_code == 404


def test_i8_rejected_the_client_reads_why_and_how_long_it_has(cast, acme, client_of):
    invoice = an_invoice(acme, cast.fia)
    row = contested(invoice, acme.approver, at=NOON)

    client_of(cast.max).post(desk_of(row), {"outcome": "rejected", "answer": "It is what was agreed"})

    page = text(client_of(acme.approver).get(page_of(invoice)))
    for said in (
        "The invoice stands",
        "It is what was agreed",
        "You have until Sat 28 Nov before we remind you again.",
        to_contest(invoice),
    ):
        assert said in page, said


def test_more_contests_ask_no_more_questions(cast, acme, client_of):
    invoice, anna = an_invoice(acme, cast.fia), client_of(acme.approver)
    contesting.withdraw(contested(invoice, acme.approver, at=NOON), by=acme.approver, at=NOON)
    with CaptureQueriesContext(connection) as few:
        anna.get(page_of(invoice))
    for _ in range(3):
        contesting.withdraw(contested(invoice, acme.approver, at=NOON), by=acme.approver, at=NOON)

    with CaptureQueriesContext(connection) as many:
        anna.get(page_of(invoice))

    assert len(many) == len(few)


def test_i8_once_it_is_answered_the_page_does_not_say_that_it_waits(cast, acme, client_of):
    contest, browser = contested(an_invoice(acme, cast.fia), acme.approver, at=NOON), client_of(cast.max)

    before = text(browser.get(desk_of(contest)))
    contesting.reject(contest, answer="It is right", by=cast.max, at=NOON)
    after = text(browser.get(desk_of(contest)))

    assert ("Until it is answered" in before, "Until it is answered" in after, "It is answered." in after) == (True, False, True)
