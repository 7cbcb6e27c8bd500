"""Contested invoices: who says so, who answers, what halts meanwhile (rule I8)."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from clients.models import StaffDuty
from core.errors import NotAllowed
from core.reasons import ReasonMissing, ReasonTooLong
from invoicing import contesting, crediting, life, stopping
from invoicing.contesting import ContestClosed, ContestedAlready, IssuedByYou, LineUnknown, NothingToContest, Objection
from invoicing.models import InvoiceContest, InvoiceEventKind, InvoiceStop
from notices.models import Notice
from people.models import Person
from tests.cast import NOON, a_colleague
from tests.invoicing.overdue import contested, days_late, late_terms, run, steps_sent
from tests.invoicing.scene import a_draft, an_invoice, invoicing_terms, paid
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _terms(cast):
    invoicing_terms()
    late_terms()


def told(cause):
    return {notice.person: notice.body for notice in Notice.objects.filter(cause=cause)}


def test_i8_an_approver_contests_what_is_open_once_at_a_time(cast, acme, borealis):
    invoice, draft = an_invoice(acme, cast.fia), a_draft(acme)

    first = contested(invoice, acme.approver, at=NOON, positions=(1,))

    assert (first.positions, first.closed_at) == ([1], None)
    assert set(told(f"contest:{first.pk}:contested")) == {cast.fia, cast.max}
    assert "We ordered less" in told(f"contest:{first.pk}:contested")[cast.fia]
    assert invoice.events.get(kind=InvoiceEventKind.CONTESTED).by == acme.approver
    with pytest.raises(ContestedAlready):
        contested(invoice, acme.approver, at=NOON)
    for person in (acme.requester, borealis.approver, cast.fia, cast.max):
        with pytest.raises(NotAllowed):
            contested(invoice, person, at=NOON)
    with pytest.raises(life.NotIssued):
        contested(draft, acme.approver, at=NOON)


def test_i8_the_same_form_contests_once_and_says_nothing_else(cast, acme):
    invoice, said = an_invoice(acme, cast.fia), Objection(reason="Too much")
    act = {"by": acme.approver, "at": NOON, "cause": "k"}

    first = contesting.contest(invoice, said, **act)

    assert contesting.contest(invoice, said, **act) == first
    with pytest.raises(life.FormUsed):
        contesting.contest(invoice, Objection(reason="Too little"), **act)
    assert InvoiceContest.objects.count() == 1


def test_i8_there_is_a_reason_and_something_open_and_its_lines_are_there(cast, acme):
    invoice, settled = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia)
    paid(settled, 12000, cast.fia)
    note = crediting.credit(an_invoice(acme, cast.fia), None, reason="Wrong", by=cast.fia, at=NOON, cause="c")

    for wrong in (settled, note):
        with pytest.raises(NothingToContest):
            contested(wrong, acme.approver, at=NOON)
    with pytest.raises(LineUnknown):
        contested(invoice, acme.approver, at=NOON, positions=(1, 2))
    for reason, refusal in (("  ", ReasonMissing), ("x" * 501, ReasonTooLong)):
        with pytest.raises(refusal):
            contested(invoice, acme.approver, at=NOON, reason=reason)


def test_i8_rejected_reminders_count_from_some_days_later(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    run(5)
    row = contested(invoice, acme.approver, at=days_late(6))

    closed = contesting.reject(row, answer="It is what was agreed", by=cast.max, at=days_late(20))
    again = contesting.reject(row, answer="Other words", by=cast.max, at=days_late(21))

    assert (again.answer, closed.remind_from) == ("It is what was agreed", days_late(30).date())
    assert (run(21, 30, 44, 45), steps_sent(invoice)) == ([0, 0, 0, 1], [1, 2])
    assert set(told(f"contest:{row.pk}:rejected")) == {acme.approver}
    assert "17 Jan" in told(f"contest:{row.pk}:rejected")[acme.approver]


def test_i8_upheld_the_client_is_told_and_finance_asked_for_the_credit_note(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    row = contested(invoice, acme.approver, at=days_late(6))

    contesting.uphold(row, answer="You are right", by=cast.max, at=days_late(7))

    assert set(told(f"contest:{row.pk}:upheld")) == {acme.approver}
    assert set(told(f"contest:{row.pk}:contest_to_credit")) == {cast.fia}
    event = invoice.events.get(kind=InvoiceEventKind.ANSWERED)
    assert (event.by, event.reason, event.facts["outcome"]) == (cast.max, "You are right", "upheld")


def test_i8_withdrawn_it_is_owed_as_before_and_may_be_contested_again(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    row = contested(invoice, acme.approver, at=days_late(4))
    assert run(5) == [0]

    contesting.withdraw(row, by=acme.approver, at=days_late(6))
    contesting.withdraw(row, by=acme.approver, at=days_late(6))

    assert run(6) == [1]
    assert set(told(f"contest:{row.pk}:contest_withdrawn")) == {cast.fia, cast.max}
    with pytest.raises(ContestClosed):
        contesting.reject(row, answer="No", by=cast.max, at=days_late(7))
    assert contested(invoice, acme.approver, at=days_late(8)).pk != row.pk


def test_i8_nobody_judges_their_own_invoice_where_there_is_somebody_else(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    row = contested(invoice, acme.approver, at=NOON)
    for person in (cast.ada, cast.tessa.person, acme.approver, a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)):
        with pytest.raises(NotAllowed):
            contesting.uphold(row, answer="Yes", by=person, at=NOON)
    with pytest.raises(IssuedByYou):
        contesting.reject(row, answer="No", by=cast.fia, at=NOON)
    assert (contesting.may_answer(cast.fia, invoice), contesting.may_answer(cast.max, invoice)) == (False, True)

    Person.objects.filter(pk=cast.max.pk).update(is_active=False)

    assert contesting.reject(row, answer="No", by=cast.fia, at=NOON).closed_by == cast.fia


def test_i8_a_contest_stays_as_it_was_said_and_is_closed_once(cast, acme):
    invoice, other = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia)
    row, closed = contested(invoice, acme.approver, at=NOON), contested(other, acme.approver, at=NOON)
    contesting.uphold(closed, answer="Yes", by=cast.max, at=NOON)
    facts = {"reason": "x", "contested_at": NOON, "contested_by": acme.approver}

    for change in (
        lambda: InvoiceContest.objects.filter(pk=row.pk).update(reason="y"),
        lambda: InvoiceContest.objects.filter(pk=row.pk).delete(),
        lambda: InvoiceContest.objects.filter(pk=row.pk).update(outcome="upheld", closed_at=NOON, closed_by=cast.max),
        lambda: InvoiceContest.objects.filter(pk=row.pk).update(outcome="rejected", closed_at=NOON, closed_by=cast.max, answer="z"),
        lambda: InvoiceContest.objects.filter(pk=closed.pk).update(answer="No"),
        lambda: InvoiceContest.objects.filter(pk=closed.pk).update(outcome="", closed_at=None, closed_by=None),
        lambda: InvoiceContest.objects.create(invoice=invoice, cause="2", **facts),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.parametrize(("language", "said"), [("en", "and it stands"), ("sv", "och den står fast")])
def test_i8_the_client_is_answered_in_its_readers_language(cast, acme, language, said):
    Person.objects.filter(pk=acme.approver.pk).update(language=language)
    row = contested(an_invoice(acme, cast.fia), acme.approver, at=NOON)

    contesting.reject(row, answer="Se avtalet", by=cast.max, at=NOON)

    assert said in told(f"contest:{row.pk}:rejected")[acme.approver]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i8_two_who_contest_and_two_who_answer_at_once_do_it_once(cast, acme):
    invoice = an_invoice(acme, cast.fia)

    first = race(3, lambda number: contesting.contest(invoice, Objection(reason="No"), by=acme.approver, at=NOON, cause=f"c:{number}"))
    row = InvoiceContest.objects.get()
    verbs = [contesting.uphold, contesting.reject]
    second = race(2, lambda number: verbs[number](row, answer="So it is", by=cast.max, at=NOON))

    assert ([type(error) for error in first.errors], len(first.results)) == ([ContestedAlready] * 2, 1)
    assert ([type(error) for error in second.errors], len(second.results)) == ([ContestClosed], 1)
    assert Notice.objects.filter(cause__in=[f"contest:{row.pk}:upheld", f"contest:{row.pk}:rejected"]).count() == 1
    assert first.most_inside > 1 or connection.vendor == "sqlite"


def test_i5_a_stop_and_more_time_are_one_at_a_time_with_a_reason_by_finance(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    act = {"by": cast.fia, "at": days_late(1)}
    with pytest.raises(stopping.NotLater):
        stopping.extend(invoice, until_on=date(2026, 12, 18), reason="Please", cause="a", **act)
    with pytest.raises(NotAllowed):
        stopping.stop(invoice, reason="Why", by=cast.max, at=NOON, cause="a")
    with pytest.raises(stopping.NotStopped):
        stopping.resume(invoice, **act)

    given = stopping.extend(invoice, until_on=days_late(10).date(), reason="Please", cause="b", **act)

    assert stopping.extend(invoice, until_on=days_late(10).date(), reason="Please", cause="b", **act) == given
    with pytest.raises(life.FormUsed):
        stopping.extend(invoice, until_on=days_late(11).date(), reason="Please", cause="b", **act)
    with pytest.raises(stopping.StoppedAlready):
        stopping.stop(invoice, reason="Why", cause="c", **act)
    assert (run(5, 10, 11, 14, 17), "28 Dec" in told(f"invoice-stop:{given.pk}:extended")[acme.approver]) == ([0, 0, 0, 0, 1], True)
    later = stopping.stop(invoice, reason="Why", by=cast.fia, at=days_late(20), cause="d")
    assert (run(60), stopping.resume(invoice, by=cast.fia, at=days_late(61)).pk, run(61)) == ([0], later.pk, [1])
    assert InvoiceStop.objects.filter(resumed_at=None).count() == 0
