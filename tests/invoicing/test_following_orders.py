"""What becomes of an order, its draft and its invoice together (rules C4, I1)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection

from clients.models import Agreement
from credits import topups
from credits.accounts import CreditAccount
from credits.topups import TopUpInvoiced, TopUpState
from invoicing import crediting, drafting, issuing, settlement
from invoicing.crediting import Asked, NothingToCredit, SumChanged
from invoicing.issuing import OrderWithdrawn
from invoicing.models import Invoice, InvoiceEventKind, InvoiceState, Payment
from invoicing.settlement import MoreThanOpen
from tests.cast import NOON, a_client
from tests.invoicing.scene import a_draft, a_top_up, an_invoice, invoicing_terms, paid
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _terms(acme):
    invoicing_terms()


def credit_of(client):
    return CreditAccount.objects.get(pk=client.account.pk).available_minutes


def withdrawn(client, order):
    return topups.cancel(top_up=order, by=client.approver, at=NOON)


def test_c4_a_draft_whose_order_was_withdrawn_is_not_issued_but_dropped(cast, acme):
    draft = a_draft(acme)
    withdrawn(acme, draft.lines.get().top_up)

    with pytest.raises(OrderWithdrawn):
        issuing.issue(draft, by=cast.fia, at=NOON)
    drafted = drafting.pull(at=NOON)

    draft.refresh_from_db()
    event = draft.events.get(kind=InvoiceEventKind.DROPPED)
    assert (drafted, draft.state, draft.lines.count(), event.by) == ([], InvoiceState.DROPPED, 0, None)
    assert event.reason == "The order was withdrawn."


def test_c4_an_order_that_is_invoiced_is_not_withdrawn(cast, acme):
    order = an_invoice(acme, cast.fia).lines.get().top_up

    with pytest.raises(TopUpInvoiced, match="ask us for a credit note"):
        withdrawn(acme, order)

    order.refresh_from_db()
    assert order.state == TopUpState.ORDERED


def test_c4_credited_whole_it_is_no_order_any_more(cast, acme):
    invoice = an_invoice(acme, cast.fia)

    crediting.credit(invoice, None, reason="Not wanted", by=cast.fia, at=NOON, cause="c")

    assert (invoice.lines.get().top_up.state, credit_of(acme), drafting.pull(at=NOON)) == (TopUpState.CANCELLED, 0, [])


def test_c4_what_was_left_is_credited_and_the_rest_was_paid_it_becomes_credit(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    paid(invoice, 11250, cast.fia)

    crediting.credit(invoice, {invoice.lines.get().pk: Decimal(600)}, reason="Agreed", by=cast.fia, at=NOON, cause="c")

    assert (credit_of(acme), invoice.lines.get().top_up.state) == (480, TopUpState.PAID)
    assert invoice.events.filter(kind=InvoiceEventKind.SETTLED).count() == 1


def test_c4_credit_that_was_granted_before_is_not_granted_twice(cast, acme):
    Agreement.objects.filter(organisation=acme.organisation).update(credit_on="issue")
    invoice = an_invoice(acme, cast.fia)
    before = credit_of(acme)

    paid(invoice, 12000, cast.fia)

    order = invoice.lines.get().top_up
    assert (before, credit_of(acme), order.state, order.lot is not None) == (480, 480, TopUpState.PAID, True)


def test_i1_a_credit_note_that_would_come_to_another_sum_is_not_issued(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    asked = Asked(None, "Wrong", "12000.00")
    crediting.credit(invoice, {invoice.lines.get().pk: Decimal(600)}, reason="Agreed", by=cast.fia, at=NOON, cause="a")

    with pytest.raises(SumChanged, match="11,250"):
        crediting.credit_shown(invoice, asked, by=cast.fia, at=NOON, cause="b")
    crediting.credit_shown(invoice, replace(asked, shown="11250.00"), by=cast.fia, at=NOON, cause="b")

    invoice.refresh_from_db()
    assert (invoice.credited, invoice.credit_notes.count()) == (Decimal(12000), 2)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i1_two_who_credit_at_once_credit_once(cast, acme):
    invoice = an_invoice(acme, cast.fia)

    def run(number):
        return crediting.credit(invoice, None, reason="Wrong", by=cast.fia, at=NOON, cause=f"c:{number}")

    outcome = race(4, run)

    invoice.refresh_from_db()
    assert [type(error) for error in outcome.errors] == [NothingToCredit] * 3
    assert (invoice.credited, Invoice.objects.filter(kind="credit_note").count()) == (Decimal(12000), 1)
    assert outcome.most_inside > 1 or connection.vendor == "sqlite"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c4_several_who_record_the_payment_at_once_record_it_once(cast, acme):
    invoice = an_invoice(acme, cast.fia)

    outcome = race(4, lambda _number: paid(invoice, 12000, cast.fia))

    assert [type(error) for error in outcome.errors] == [MoreThanOpen] * 3
    assert (Payment.objects.count(), credit_of(acme)) == (1, 480)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c4_issued_and_withdrawn_at_once_one_of_them_wins(cast, acme):
    draft = a_draft(acme)
    order = draft.lines.get().top_up
    acts = [lambda: issuing.issue(draft, by=cast.fia, at=NOON), lambda: withdrawn(acme, order)]

    outcome = race(2, lambda number: acts[number]())

    draft.refresh_from_db()
    order.refresh_from_db()
    assert (len(outcome.results), type(outcome.errors[0]) in (TopUpInvoiced, OrderWithdrawn)) == (1, True)
    assert f"{draft.state} {order.state}" in (f"{InvoiceState.ISSUED} {TopUpState.ORDERED}", f"{InvoiceState.DRAFT} {TopUpState.CANCELLED}")


def test_i3_a_payment_that_was_taken_back_does_not_settle(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    settlement.take_back(paid(invoice, 11250, cast.fia), reason="Not ours", by=cast.fia, at=NOON)

    crediting.credit(invoice, {invoice.lines.get().pk: Decimal(600)}, reason="Agreed", by=cast.fia, at=NOON, cause="c")

    assert (credit_of(acme), a_top_up(acme).state) == (0, TopUpState.ORDERED)


@pytest.mark.parametrize(("language", "part"), [("en", "Part of: "), ("sv", "Del av: ")])
def test_i1_a_credit_note_of_a_part_says_so_and_one_of_the_whole_is_the_line_as_it_was(cast, language, part):
    client = a_client(cast, "Borealis", language=language)
    first, second = an_invoice(client, cast.fia), an_invoice(client, cast.fia)
    line = first.lines.get()

    some = crediting.credit(first, {line.pk: Decimal(600)}, reason="A rebate.", by=cast.fia, at=NOON, cause="some").lines.get()
    whole = crediting.credit(second, None, reason="Wrong.", by=cast.fia, at=NOON, cause="whole").lines.get()

    assert (some.text, some.quantity, some.net) == (part + line.text, Decimal(1), Decimal(600))
    assert (whole.text, whole.quantity, whole.net) == (second.lines.get().text, Decimal(480), Decimal(9600))
