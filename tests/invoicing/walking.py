"""Somebody who does anything that can be done with credit, invoices and money, in any order, as the days go by; for tests."""

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import F, Model, QuerySet
from django.utils.translation import override
from djmoney.money import Money

from core.errors import DomainError
from credits import corrections, jobs, ledger, terms, topups
from credits.flows import LIVE
from credits.ledger import Entry, EntryKind, Hold, Lot, Rate, Voucher
from credits.models import CreditAccount, TopUp, TopUpState
from delivery.models import Billable, BillableKind, DeliveryTask
from invoicing import (
    automatic,
    charging,
    contesting,
    crediting,
    debts,
    drafting,
    freezing,
    included,
    payouts,
    plan_fees,
    refunding,
    release,
    reminding,
    resolving,
    settlement,
    unbacked,
    writing_off,
)
from invoicing.books import posting
from invoicing.contesting import Objection
from invoicing.models import (
    AccountKind,
    Invoice,
    InvoiceContest,
    InvoiceKind,
    InvoiceLine,
    InvoiceState,
    LateCharge,
    Payment,
    PaymentWay,
    Payout,
    PayoutState,
)
from invoicing.settlement import Received
from tests.cast import NOON, Cast, Client

PENALTIES = (EntryKind.LATE_CHANGE, EntryKind.NO_SHOW)
WHY = "As agreed"
Row = TypeVar("Row", bound=Model)


class Walker:
    """Goes on from NOON, up to two days a step. What is refused is refused; anything else that is raised is a fault."""

    def __init__(self, cast: Cast, clients: list[Client], seed: int) -> None:
        self.cast, self.clients, self.dice, self.at, self.number = cast, clients, random.Random(seed), NOON, 0
        self.done: dict[str, int] = {}

    def step(self) -> None:
        """Do one thing, whatever it is; every sixth time our jobs run afterwards."""
        self.at += timedelta(hours=self.dice.randint(1, 36))
        self.number += 1
        act = self.dice.choice(ACTS)
        with override("en"):
            try:
                getattr(self, act)()
            except DomainError:
                return
            finally:
                if self.number % 6 == 0:
                    self.run_jobs()
        self.done[act] = self.done.get(act, 0) + 1

    def run_jobs(self) -> None:
        """What runs by itself."""
        for job in (jobs.expire_due, jobs.order_automatically, plan_fees.charge_due, included.grant_due, drafting.pull_due):
            job(self.at)
        for job in (automatic.issue_due, reminding.remind_due, freezing.freeze_due, charging.charge_due):
            job(self.at)
        if self.dice.random() < 0.5:
            posting.post_due(at=self.at)

    # Credit: ordered, used, given back

    def order(self) -> None:
        client = self.a_client()
        minutes, number = self.dice.choice([480, 481, 500, 960, 1001]), self.dice.choice(["", "", "PO 7"])
        topups.order(account=client.account, minutes=minutes, cause=self.cause(), by=client.approver, at=self.at, reference=number)

    def cancel_order(self) -> None:
        top_up = self.one(TopUp.objects.filter(state=TopUpState.ORDERED))
        topups.cancel(top_up=top_up, by=self.cast.fia, at=self.at)

    def mark_paid(self) -> None:
        top_up = self.one(TopUp.objects.filter(state=TopUpState.ORDERED, debt=None))
        if self.dice.random() < 0.2:
            paid_on, by = self.at.date(), self.cast.fia
            topups.mark_paid(top_up=top_up, paid_on=paid_on, amount=top_up.total, payment_reference="By hand", by=by, at=self.at)

    def work(self) -> None:
        hold = ledger.claim(account=self.an_account(), minutes=self.some(600), rate=self.rate(), cause=self.cause(), at=self.at)
        on = (self.at - timedelta(days=self.dice.choice([0, 0, 3]))).date()
        ledger.capture(hold=hold, minutes=self.some(hold.minutes), voucher=self.voucher(occurred_on=on, text="Mended"))

    def hold(self) -> None:
        ledger.promise(account=self.an_account(), minutes=self.some(300), rate=self.rate(), cause=self.cause(), at=self.at)

    def settle_hold(self) -> None:
        hold = self.one(Hold.objects.filter(state__in=LIVE))
        if self.dice.random() < 0.5:
            ledger.capture(hold=hold, minutes=min(hold.minutes, self.some(300)), voucher=self.voucher())
        elif self.dice.random() < 0.5:
            ledger.charge(hold=hold, minutes=120, kind=self.dice.choice(PENALTIES), voucher=self.voucher())
        else:
            ledger.void(hold=hold, at=self.at)

    def reverse(self) -> None:
        kinds = [EntryKind.DEDUCTION, *PENALTIES, EntryKind.ADJUSTMENT, EntryKind.EXPIRY]
        ledger.reverse(entry=self.one(Entry.objects.filter(kind__in=kinds, reversed_by=None)), voucher=self.voucher(reason=WHY))

    def adjust(self) -> None:
        minutes = self.some(120) * self.dice.choice([1, -1])
        corrections.adjust(account=self.an_account(), minutes=minutes, reason=WHY, cause=self.cause(), by=self.cast.max, at=self.at)

    def transfer(self) -> None:
        one = self.an_account()
        other = self.one(CreditAccount.objects.filter(organisation=one.organisation_id).exclude(pk=one.pk))
        ledger.transfer(source=one, target=other, minutes=self.some(min(200, one.available_minutes)), voucher=self.voucher(reason=WHY))

    def freeze_by_hand(self) -> None:
        lot = self.one(Lot.objects.all())
        verb = corrections.freeze if lot.frozen_at is None else corrections.unfreeze
        verb(lot=lot, reason=WHY, cause=self.cause(), by=self.cast.max, at=self.at)

    def refund(self) -> None:
        lot = self.one(Lot.objects.filter(available_minutes__gt=0, total_price__gt=0))
        minutes = min(lot.available_minutes, self.some(300))
        corrections.refund(lot=lot, minutes=minutes, reason=WHY, cause=self.cause(), by=self.cast.max, at=self.at)

    def extend(self) -> None:
        lot = self.one(Lot.objects.exclude(expires_on=None))
        later = self.at.date() + timedelta(days=self.some(60))
        corrections.extend(lot=lot, expires_on=later, reason=WHY, cause=self.cause(), by=self.cast.max, at=self.at)

    def deliver(self) -> None:
        task = self.one(DeliveryTask.objects.all())
        sums = {"net": Decimal(self.some(90_000)) / 100, "currency": "SEK", "vat_percent": Decimal(25)}
        cause = self.cause()
        Billable.objects.create(task=task, kind=BillableKind.COMPLETION, cause=cause, text="Sign-on", arose_at=self.at, **sums)

    # Invoices: issued, credited, contested

    def issue(self) -> None:
        for draft in self.some_of(Invoice.objects.filter(state=InvoiceState.DRAFT)):
            release.issue(draft, by=self.cast.fia, at=self.at)

    def drop(self) -> None:
        drafting.drop(self.one(Invoice.objects.filter(state=InvoiceState.DRAFT)), reason=WHY, by=self.cast.fia, at=self.at)

    def owe(self) -> None:
        debts.invoice_now(account=self.an_account(), by=self.cast.fia, at=self.at)

    def credit(self) -> None:
        invoice = self.an_invoice()
        parts = self.dice.choice([None, {line.pk: self.part_of(line) for line in invoice.lines.all()}])
        crediting.credit(invoice, parts, reason=WHY, by=self.cast.fia, at=self.at, cause=self.cause())

    def credit_a_line(self) -> None:
        line = self.one(InvoiceLine.objects.filter(invoice__in=self.issued()))
        crediting.credit(line.invoice, {line.pk: line.net}, reason=WHY, by=self.cast.fia, at=self.at, cause=self.cause())

    def credit_refund(self) -> None:
        refund = self.one(refunding.not_credited())
        verb = self.dice.choice([refunding.credit, refunding.credit, refunding.credit_rest])
        verb(refund, by=self.cast.fia, at=self.at)

    def write_off(self) -> None:
        invoice = self.an_invoice()
        shown = str(invoice.open.amount)
        writing_off.write_off(invoice, shown=shown, reason=WHY, by=self.cast.fia, at=self.at, cause=self.cause())

    def contest(self) -> None:
        invoice = self.an_invoice()
        client = next(client for client in self.clients if client.organisation.pk == invoice.organisation_id)
        contesting.contest(invoice, Objection(reason=WHY), by=client.approver, at=self.at, cause=self.cause())

    def answer(self) -> None:
        verb = self.dice.choice([contesting.uphold, contesting.reject])
        verb(self.one(InvoiceContest.objects.filter(closed_at=None)), answer=WHY, by=self.cast.max, at=self.at)

    def waive(self) -> None:
        charging.waive(self.one(LateCharge.objects.all()), reason=WHY, by=self.cast.fia, at=self.at)

    # Money: paid, taken back, given back

    def pay(self) -> None:
        invoice = self.an_invoice()
        amount = self.dice.choice([invoice.open, invoice.open, Money(min(self.some(5000), invoice.open.amount), invoice.currency)])
        on = (self.at - timedelta(days=self.dice.choice([0, 0, 2]))).date()
        received = Received(amount=amount, paid_on=on, way=self.dice.choice([PaymentWay.HAND, PaymentWay.BANK, PaymentWay.CARD]))
        if received.way == PaymentWay.CARD:
            settlement.pay_unattended(invoice, received, at=self.at, cause=self.cause())
        elif amount == invoice.open and self.dice.random() < 0.3:
            off = Money(self.dice.choice(["0.40", "-0.40", "1.00"]), invoice.currency)
            settlement.pay_rounded(invoice, replace(received, amount=amount + off), by=self.cast.fia, at=self.at, cause=self.cause())
        else:
            settlement.pay(invoice, received, by=self.cast.fia, at=self.at, cause=self.cause())

    def take_payment_back(self) -> None:
        settlement.take_back(
            self.one(Payment.objects.filter(amount__gt=0, reversed_by=None).exclude(invoice=None)), reason=WHY, by=self.cast.fia, at=self.at
        )

    def look_after_unbacked(self) -> None:
        verb = self.dice.choice([unbacked.freeze, unbacked.unfreeze, unbacked.take_back])
        loose = [invoice for invoice in self.issued() if unbacked.of(invoice) or unbacked.frozen_of(invoice)]
        if loose:
            verb(self.dice.choice(loose), by=self.cast.fia, at=self.at, reason=WHY)

    def set_off(self) -> None:
        owed = self.issued().filter(payable__gt=F("paid") + F("credited"))
        payouts.set_off(self.one(owed), by=self.cast.fia, at=self.at, key=self.cause())

    def pay_out(self) -> None:
        client = self.a_client()
        free = payouts.gather(client.organisation, self.currency(), by=self.cast.fia, at=self.at)
        wanted = payouts.Wanted(
            amount=self.dice.choice([free, free / 2]).round(2),
            kind=AccountKind.IBAN,
            account="SE4550000000058398257466",
            bic="ESSESESS",
            reference=WHY,
        )
        payouts.propose(client.organisation, wanted, by=self.cast.fia, at=self.at, cause=self.cause())

    def follow_payout(self) -> None:
        payout = self.one(Payout.objects.exclude(state__in=[PayoutState.PAID, PayoutState.CANCELLED]))
        if self.dice.random() < 0.2:
            payouts.cancel(payout, reason=WHY, by=self.cast.fia, at=self.at)
        elif payout.state == PayoutState.PROPOSED:
            payouts.approve(payout, by=self.cast.fia, at=self.at)
        else:
            payouts.mark_paid(payout, paid_on=self.at.date(), by=self.cast.fia, at=self.at)

    def keep(self) -> None:
        invoice = self.an_invoice()
        resolving.use(invoice, by=self.cast.fia, at=self.at, key=self.cause())

    # What is chosen

    def cause(self) -> str:
        """A new name of a cause."""
        return f"walk:{self.number}"

    def voucher(self, **said: Any) -> Voucher:
        """Why something is posted."""
        return Voucher(cause=self.cause(), at=self.at, **said)

    def rate(self) -> Rate:
        """The price of today for a client chosen last."""
        return terms.rate(terms.current(), self.last.organisation)

    def currency(self) -> str:
        """That of the price list."""
        return str(terms.current().price_per_hour.currency)

    def some(self, most: int) -> int:
        """So many, one at least."""
        return self.dice.randint(1, max(most, 1))

    def part_of(self, line: InvoiceLine) -> Decimal:
        """A sum that is no more than the line."""
        return (line.net * self.some(99) / 100).quantize(Decimal("0.01"))

    def a_client(self) -> Client:
        """One of the two."""
        self.last = self.dice.choice(self.clients)
        return self.last

    def an_account(self) -> CreditAccount:
        """An account of one of them."""
        return self.one(CreditAccount.objects.filter(organisation=self.a_client().organisation))

    def issued(self) -> QuerySet[Invoice]:
        """The invoices that have a number."""
        return Invoice.objects.filter(state=InvoiceState.ISSUED, kind=InvoiceKind.INVOICE)

    def an_invoice(self) -> Invoice:
        """One of them; of two that are open the more often."""
        owed = self.issued().filter(payable__gt=F("paid") + F("credited"))
        return self.one(owed if self.dice.random() < 0.7 else self.issued())

    def one(self, rows: QuerySet[Row]) -> Row:
        """One of the rows. Raises DomainError where there is none."""
        found = list(rows.order_by("pk"))
        if not found:
            raise DomainError
        return self.dice.choice(found)

    def some_of(self, rows: QuerySet[Row]) -> list[Row]:
        """A few of the rows. Raises DomainError where there is none."""
        found = list(rows.order_by("pk"))
        if not found:
            raise DomainError
        return self.dice.sample(found, min(len(found), 3))


OFTEN = ("order", "work", "issue", "issue", "pay", "pay", "pay", "credit", "credit_a_line", "refund", "set_off")
ACTS = [
    *OFTEN,
    *(name for name, what in vars(Walker).items() if callable(what) and not what.__doc__ and name != "__init__"),
]
"""The verbs of the walk are those without a word about them."""
