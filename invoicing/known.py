"""What is known when a payment is matched: the invoices it may be for, by all that a payment can say of them (rule I3).

Open invoices are all known, and those that were written off, by what nobody paid; paid and credited ones only where a payment
names their reference, so that years of them do not have to be read for a file of a morning.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from django.db.models import F, Q

from invoicing import matching, ocr
from invoicing.camt import Remittance
from invoicing.camt import Transaction as Told
from invoicing.camt_entries import Doubt
from invoicing.matching import Standing
from invoicing.models import BankTransaction, Difficulty, Invoice, InvoiceKind, Payment

AT_ONCE = 500
DIFFICULTY = {
    matching.Kind.UNDER: Difficulty.UNDER,
    matching.Kind.OVER: Difficulty.OVER,
    matching.Kind.DOUBLE: Difficulty.DOUBLE,
    matching.Kind.CREDITED: Difficulty.CREDITED,
    matching.Kind.WRONG_CURRENCY: Difficulty.CURRENCY,
    matching.Kind.SEVERAL: Difficulty.SEVERAL,
    matching.Kind.UNKNOWN: Difficulty.UNKNOWN,
    matching.Kind.OUTGOING: Difficulty.OUTGOING,
    matching.Kind.REVERSAL: Difficulty.REVERSAL,
    matching.Kind.NOT_SPLIT: Difficulty.NOT_SPLIT,
}
COLUMNS = ("number", "ocr", "payable", "credited", "paid", "written_off", "currency", "buyer__name", "organisation_id")


def invoices(told: Iterable[Told]) -> list[matching.Invoice]:
    """All that these payments may be for."""
    issued = Invoice.objects.issued().filter(kind=InvoiceKind.INVOICE)
    is_open = Q(payable__gt=F("paid") + F("credited") - F("written_off"))
    accounts = _accounts()
    found = {row[0]: _as_known(row, accounts) for row in issued.filter(is_open).order_by("pk").values_list(*COLUMNS)}
    for references in _portions(sorted(_named(told))):
        rows = issued.filter(ocr__in=references).values_list(*COLUMNS)
        found |= {row[0]: _as_known(row, accounts) for row in rows if row[0] not in found}
    return list(found.values())


def as_told(row: BankTransaction) -> Told:
    """A kept transaction as the bank told of it, as far as matching asks."""
    return Told(
        booked_on=row.booked_on,
        value_on=None,
        amount=abs(row.amount),
        currency=row.currency,
        incoming=row.amount > 0,
        reversal=row.difficulty == Difficulty.REVERSAL,
        remittances=tuple(Remittance(reference=said) for said in row.creditor_references),
        texts=tuple(row.text.split("\n")) if row.text else (),
        payer_name=row.payer,
        payer_account=row.payer_account,
        doubt=Doubt.PARTS_DIFFER if row.difficulty == Difficulty.NOT_SPLIT else None,
    )


def answers(rows: Sequence[BankTransaction]) -> list[matching.Matched | matching.Proposed]:
    """What each of these may be for, as things stand now."""
    told = [as_told(row) for row in rows]
    return matching.match_each(told, invoices(told))


def _as_known(row: tuple[object, ...], accounts: dict[int, tuple[str, ...]]) -> matching.Invoice:
    number, reference, payable, credited, paid, written_off, currency, buyer, organisation = row
    left = Decimal(str(payable)) - Decimal(str(credited)) - Decimal(str(paid)) + Decimal(str(written_off))
    standing = Standing.OPEN if left > 0 else Standing.CREDITED if credited and not paid else Standing.PAID
    return matching.Invoice(
        number=str(number),
        reference=str(reference),
        open_amount=max(left, Decimal(0)),
        currency=str(currency),
        standing=standing,
        buyer_name=str(buyer or ""),
        buyer_accounts=accounts.get(int(str(organisation)), ()),
    )


def _accounts() -> dict[int, tuple[str, ...]]:
    """From which accounts each client has paid before."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    paid = Payment.objects.exclude(transaction=None).exclude(transaction__payer_account="")
    for organisation, account in paid.values_list("organisation_id", "transaction__payer_account").distinct():
        found[organisation].append(account)
    return {organisation: tuple(each) for organisation, each in found.items()}


def _named(told: Iterable[Told]) -> set[str]:
    """All digits that may be a reference."""
    return {said for one in told for text in (*one.references, *one.texts) for said in ocr.numbers_in(text, length_digit=False)}


def _portions(references: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(references), AT_ONCE):
        yield references[first : first + AT_ONCE]
