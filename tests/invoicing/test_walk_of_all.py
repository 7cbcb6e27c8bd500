"""Whatever is done with credit, invoices and money, in whatever order: ledger, invoices and books hold, and agree (rules C15, I1 to I8)."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.core.management import call_command
from django.db.models import F, Sum
from djmoney.money import Money

from clients.models import Agreement, PurchaseOrderUse
from credits import audit
from credits.models import CreditAccount, TopUp, TopUpState
from invoicing.books import posting, ties
from invoicing.models import BookRow, ExchangeRate, Invoice, InvoiceFreeze, InvoiceKind, Meaning, Payment
from tests.clients.purchase import an_order
from tests.delivery.scene import a_working, delivery_terms
from tests.invoicing.books_scene import a_chart
from tests.invoicing.overdue import late_terms
from tests.invoicing.plan_scene import a_paid_plan, bound, charging_terms
from tests.invoicing.walking import Walker

pytestmark = pytest.mark.django_db
STEPS, IN_EURO = 60, 3


@pytest.fixture
def walker(cast, acme, borealis, request):
    """Acme is trusted, Borealis postpaid, and in Norway where the seed is odd; with the last seed the price list is in euro."""
    seed = request.param
    charging_terms(whole_kronor=seed % 2 == 1, freeze_days=10)
    late_terms(compensation=Decimal(450))
    delivery_terms()
    a_chart()
    Agreement.objects.filter(organisation=acme.organisation).update(credit_on="issue")
    Agreement.objects.filter(organisation=borealis.organisation).update(postpaid=True)
    borealis.organisation.country = "NO" if seed % 2 else "SE"
    borealis.organisation.save()
    plan = a_paid_plan(included_minutes=90)
    for client in (acme, borealis):
        CreditAccount.objects.create(organisation=client.organisation, name="Site")
        an_order(client, 100_000, ends_on=date(2027, 12, 31))
        bound(client, plan, starts_on=date(2026, 11, 10))
    a_working(cast, acme)
    for day, rate in ((1, "11.5"), (28, "11.37")):
        ExchangeRate.objects.create(currency="EUR", starts_on=date(2026, 11, day), rate=Decimal(rate))
    cast.credit_terms.price_per_hour = Money(Decimal("100.33"), "EUR") if seed == IN_EURO else Money(Decimal("1200.35"), "SEK")
    cast.credit_terms.lot_validity_months = 3
    cast.credit_terms.save()
    return Walker(cast, [acme, borealis], seed)


@pytest.mark.parametrize("walker", range(4), indirect=True)
def test_c15_ledger_invoices_and_books_agree_whatever_is_done(walker):
    for _ in range(STEPS):
        walker.step()

    assert posting.post(at=walker.at).refused == {}
    assert audit.audit().findings == []
    assert ties.check(walker.at) == []
    with time_machine.travel(walker.at):
        call_command("check_invoices")
    assert walker.currency() == "EUR" or (booked("receivables"), -booked("client_money")) == (owed(), kept())
    assert not InvoiceFreeze.objects.filter(released_at=None, invoice__payable__lte=F("invoice__paid") + F("invoice__credited")).exists()
    gone = [f"top-up:{pk}" for pk in TopUp.objects.filter(state=TopUpState.CANCELLED).values_list("pk", flat=True)]
    assert not PurchaseOrderUse.objects.filter(cause__in=gone, released_at=None).exists()
    assert not PurchaseOrderUse.objects.exclude(cause__in=gone).exclude(released_at=None).exists()


def booked(meaning):
    """What stands on an account, to the cent: SQLite sums fractions."""
    return summed(BookRow.objects.filter(meaning=Meaning(meaning)), "amount")


def owed():
    """What is open of all invoices; less than nothing where too much came in."""
    issued = Invoice.objects.issued().filter(kind=InvoiceKind.INVOICE)
    return summed(issued, "payable") - summed(issued, "paid") - summed(issued, "credited")


def kept():
    """What we keep of clients’ money."""
    return summed(Payment.objects.filter(invoice=None), "amount")


def summed(rows, column):
    """The sum of a column, in cents."""
    return round(rows.aggregate(sum=Sum(column, default=Decimal(0)))["sum"], 2)
