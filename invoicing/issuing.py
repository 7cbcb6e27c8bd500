"""Issuing: a draft becomes an invoice for ever, with the next number of its series (rules I1 to I3).

Everything that it says is frozen onto the row: names, addresses, rates, where it is paid. The number is given last, under
the lock of its series, so that none is left out and none is given twice, however many issue at once.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from clients import provider, sales, vat
from clients.agreements import local_date
from clients.models import Organisation, Provider
from core.errors import DomainError
from core.formatting import moment
from credits import topups
from credits.topups import TopUp, TopUpState
from invoicing import debts, late_terms, life, look, messages, ocr, order_uses, referring, sources, terms, treatments, vat_checks
from invoicing.einvoice.texts import one_line
from invoicing.facts import Party, PaymentMeans
from invoicing.models import Buyer, Invoice, InvoiceEventKind, InvoiceKind, InvoiceState, InvoicingTerms, NumberSeries, VatCheck
from people.models import Person

CENT, WHOLE = Decimal("0.01"), Decimal(1)


class OrderMissing(DomainError):
    """The client wants an order number on every invoice, and none is known (rule I8)."""

    message = _("This client needs an order number on every invoice. Nothing was issued; ask for it, and write it on the draft.")


class NumberInvalid(DomainError):
    """Reverse charge needs a VAT number of the buyer's that is well-formed, and that VIES has not denied (rule I2)."""

    def __init__(self, denial: VatCheck | None = None) -> None:
        super().__init__(denial)
        self.denial = denial

    @property
    def message(self) -> str | StrPromise:
        """What is wrong with it: missing or malformed, or denied, and when."""
        if self.denial is None:
            return _("The buyer’s VAT number is missing or wrong, so that reverse charge is not possible. Nothing was issued.")
        said = _(
            "VIES said on %(when)s that the VAT number %(number)s is not valid, so that reverse charge is not possible. Nothing was issued."
        )
        return said % {"when": moment(self.denial.asked_at), "number": self.denial.number}


class VatContradicts(DomainError):
    """No VAT is due of such a sale, and a line bears some (rule I2)."""

    message = _("No VAT is due of a sale to this client, and the draft has lines with VAT. Nothing was issued; order it anew.")


class VatChanged(DomainError):
    """The client is registered otherwise than when the draft was made, so that its VAT would be another one (rule I2)."""

    message = _(
        "The client’s country or VAT number has changed since this was ordered, so that its VAT is another one now. "
        "Nothing was issued; drop the draft and order it anew."
    )


class NothingToIssue(DomainError):
    """The draft has no lines."""

    message = _("This draft has no lines. Nothing was issued.")


class OrderWithdrawn(DomainError):
    """The client has withdrawn the order that the draft is about (rule C4)."""

    message = _("The client has withdrawn this order. Nothing was issued; drop the draft.")


class DebtChanged(DomainError):
    """Some of the debt that the draft is about has been paid or taken back since (rule C11)."""

    message = _("Some of this debt has been paid or taken back since. Nothing was issued; a new draft says what is open now.")


class NotAutomatic(DomainError):
    """It is not all of top-ups whose invoices are issued by themselves."""

    message = _("Only invoices of automatic top-ups are issued by themselves, where that is agreed. Nothing was issued.")


@transaction.atomic
def issue(invoice: Invoice, *, by: Person, at: datetime) -> Invoice:
    """Issue a draft (rule I1): freeze what it says, give it its number, and tell the client. Twice is harmless.

    What is trusted, or owed, becomes credit by it, and what waited for that moves on (rules C4, C6, C11). Whoever issues a
    credit note takes it off its invoice in the same step (`invoicing.crediting`).

    Raises NotAllowed for anybody but finance, NothingToIssue, OrderWithdrawn, DebtChanged, OrderMissing,
    ReferenceMissing, NumberInvalid, VatContradicts, VatChanged, RateMissing, InvoicingNotSet, and what a purchase order
    refuses (`invoicing.order_uses`).
    """
    life.check_finance(by)
    return _issue(invoice, by=by, at=at)


@transaction.atomic
def issue_automatically(invoice: Invoice, *, at: datetime) -> Invoice:
    """Issue the draft of top-ups that were ordered by themselves, where that was agreed, without anybody of finance (rules I1, C2).

    Nobody stands as who issued it. Raises NotAutomatic for any other draft, and what `issue` does.
    """
    top_ups = sources.top_ups_of(invoice)
    agreed = all(top_up.automatic is not None and top_up.automatic.issues_at_once for top_up in top_ups)
    if invoice.kind != InvoiceKind.INVOICE or not agreed or invoice.lines.count() != len(top_ups):
        raise NotAutomatic
    return _issue(invoice, by=None, at=at)


def party_of_provider(ours: Provider, now: InvoicingTerms) -> Party:
    """The seller as it is now."""
    street, postcode, city = _address(ours.address)
    return Party(
        name=ours.legal_name,
        organisation_number=ours.organisation_number,
        vat_number=ours.vat_number,
        address_lines=street,
        postcode=postcode,
        city=city,
        country=ours.country,
        endpoint_scheme=now.endpoint_scheme,
        endpoint=now.endpoint,
        contact_name=ours.name,
        contact_phone=ours.phone,
        contact_email=ours.email,
        f_tax=now.f_tax,
    )


def party_of_client(client: Organisation, buyer: Buyer) -> Party:
    """The buyer as it is now."""
    street, postcode, city = _address(client.address)
    return Party(
        name=client.name,
        organisation_number=client.organisation_number,
        vat_number=client.vat_number,
        address_lines=street,
        postcode=postcode,
        city=city,
        country=client.country,
        endpoint_scheme=buyer.endpoint_scheme,
        endpoint=buyer.endpoint,
        contact_email=buyer.email,
    )


def _issue(invoice: Invoice, *, by: Person | None, at: datetime) -> Invoice:
    sources.lock_accounts(invoice)
    invoice = life.locked(invoice)
    if invoice.state == InvoiceState.ISSUED:
        return invoice
    if invoice.state != InvoiceState.DRAFT or not invoice.lines.exists():
        raise NothingToIssue
    top_ups = sources.top_ups_of(invoice)
    _check_sources(top_ups)
    _check_buyer(invoice)
    _freeze(invoice, at)
    _number(invoice, local_date(at).year)
    order_uses.take(invoice, at=at)
    invoice.state, invoice.issued_at, invoice.issued_by = InvoiceState.ISSUED, at, by
    invoice.save()
    life.note(invoice, InvoiceEventKind.ISSUED, at=at, by=by, facts={"number": invoice.number, "payable": str(invoice.payable)})
    _grant(top_ups, by=by, at=at)
    messages.issued(invoice, at=at)
    return invoice


def _check_sources(top_ups: Iterable[TopUp]) -> None:
    """Refuse what was withdrawn, and debt of which another part is open than the draft says: no minute is invoiced that is paid."""
    for top_up in top_ups:
        if top_up.state == TopUpState.CANCELLED:
            raise OrderWithdrawn
        if debts.has_changed(top_up):
            raise DebtChanged


def _grant(top_ups: Iterable[TopUp], *, by: Person | None, at: datetime) -> None:
    """What becomes credit by its invoice does so now (rule C4); debt is paid by it (rule C11)."""
    granted = [topups.grant_on_issue(top_up=top_up, by=by, at=at) for top_up in top_ups]
    sources.wake(granted, at=at)


def _check_buyer(invoice: Invoice) -> None:
    """Whether the client can have it as it is. What a credit note corrects was right when it was issued (rule I1)."""
    if invoice.vat_treatment != vat.Treatment.DOMESTIC and invoice.lines.filter(vat_percent__gt=0).exists():
        raise VatContradicts
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        return
    client = invoice.organisation
    if client.needs_order and not one_line(invoice.order_reference):
        raise OrderMissing
    referring.check(invoice)
    _check_vat(invoice, client)


def _check_vat(invoice: Invoice, client: Organisation) -> None:
    """Whether the VAT of the draft is the one of such a sale as the client is registered now (rule I2)."""
    if invoice.vat_treatment == vat.Treatment.REVERSE_CHARGE:
        if not vat.has_valid_number(client.country, client.vat_number):
            raise NumberInvalid
        if denial := vat_checks.denial_of(client.vat_number):
            raise NumberInvalid(denial)
    if invoice.vat_treatment not in {treatments.NOT_A_SALE, sales.treatment(client)}:
        raise VatChanged


def _freeze(invoice: Invoice, at: datetime) -> None:
    """Write onto the row all that it says, but for its number. A credit note keeps the rate of what it corrects (rule I1)."""
    ours, now, buyer = provider.current(), terms.current(), terms.buyer_of(invoice.organisation)
    today = local_date(at)
    invoice.seller = asdict(party_of_provider(ours, now)) | look.to_freeze(invoice.language)
    invoice.buyer = asdict(party_of_client(invoice.organisation, buyer))
    invoice.vat_rows = _vat_rows(invoice)
    invoice.issued_on = today
    invoice.books_currency = ours.currency
    invoice.late_terms = late_terms.to_freeze(invoice, books=ours.currency)
    if invoice.preceding is not None:
        invoice.rate, invoice.rate_on = invoice.preceding.rate, invoice.preceding.rate_on
    else:
        invoice.rate, invoice.rate_on = terms.rate_to_books(invoice.currency, books=ours.currency, on=today)
        days = now.payment_days if buyer.payment_days is None else buyer.payment_days
        invoice.due_on = today + timedelta(days=days)
        invoice.rounding = _rounding(invoice.total) if now.whole_kronor and invoice.currency == "SEK" else Decimal(0)
    invoice.vat_in_books = (invoice.vat * (invoice.rate or 1)).quantize(CENT, rounding=ROUND_HALF_UP)
    invoice.payable = invoice.total + invoice.rounding
    invoice.payment = asdict(PaymentMeans(bankgiro=now.bankgiro, plusgiro=now.plusgiro, iban=now.iban, bic=now.bic))


def _number(invoice: Invoice, year: int) -> None:
    """The next number of the year's series, and the reference that a payment names (rules I1, I3)."""
    kind = invoice.kind
    NumberSeries.objects.get_or_create(kind=kind, year=year)
    series = NumberSeries.objects.select_for_update().get(kind=kind, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    now = terms.current()
    begins = now.series if kind == InvoiceKind.INVOICE else now.credit_series
    invoice.year, invoice.sequence, invoice.number = year, series.last, f"{begins}{year}{series.last:05}"
    if kind == InvoiceKind.INVOICE:
        invoice.ocr = ocr.reference(f"{year}{series.last:05}")
        invoice.payment = {**invoice.payment, "reference": invoice.ocr}


def _vat_rows(invoice: Invoice) -> list[dict[str, Any]]:
    """Net and VAT of each rate, rounded once (rule I2). Why there is none is said in the invoice's language, whoever issues it."""
    category = treatments.CATEGORIES[invoice.vat_treatment]
    with translation.override(invoice.language):
        reason = treatments.reason(invoice.vat_treatment)
    rates = vat.by_rate(invoice.lines.values_list("net", "vat_percent"))
    return [
        {"category": category.value, "percent": str(percent), "net": str(net), "vat": str(tax), "reason": reason}
        for percent, (net, tax) in rates.items()
    ]


def _rounding(total: Decimal) -> Decimal:
    """What brings the total to whole units, half a unit up."""
    return total.quantize(WHOLE, rounding=ROUND_HALF_UP) - total


def _address(written: str) -> tuple[list[str], str, str]:
    """Street lines, postcode and town of an address as it is typed: the last line begins with the postcode."""
    lines = [line.strip() for line in written.splitlines() if line.strip()]
    if not lines:
        return [], "", ""
    *street, last = lines
    parts = last.split()
    digits = 0
    while digits < len(parts) and any(sign.isdigit() for sign in parts[digits]):
        digits += 1
    return street, " ".join(parts[:digits]), " ".join(parts[digits:])
