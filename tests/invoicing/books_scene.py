"""A chart of accounts, and credit that is bought, used and given back, for tests of the books."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from credits import ledger, terms
from credits.ledger import Entry, EntryKind, Hold, Lot, Rate, Voucher
from invoicing.models import BookAccount, BookRow, Books, BookVoucher, Meaning
from people.models import Person
from tests.cast import NOON, Client
from tests.invoicing.scene import an_invoice, paid

CHART: dict[str, str] = {
    "receivables": "1510 Kundfordringar",
    "paid_bank": "1930 Företagskonto",
    "paid_hand": "1930 Företagskonto",
    "paid_card": "1580 Fordringar för kontokort",
    "advances": "2420 Förskott från kunder",
    "client_money": "2421 Kunders överbetalningar",
    "refunds": "2429 Återbetalda förskott",
    "accrued": "1790 Upplupna intäkter",
    "vat 25": "2611 Utgående moms, 25 %",
    "vat 12": "2621 Utgående moms, 12 %",
    "vat 6": "2631 Utgående moms, 6 %",
    "server_support 25": "3001 Serversupport, 25 %",
    "deliveries 25": "3041 Leveranser, 25 %",
    "plan_fees 25": "3051 Supportavtal, 25 %",
    "reverse_charge": "3308 Tjänster till annat EU-land",
    "outside_eu": "3305 Tjänster utanför EU",
    "late_changes": "3911 Sena ändringar",
    "no_shows": "3912 Uteblivna kunder",
    "expired": "3690 Förverkade förskott",
    "rounding": "3740 Öresutjämning",
    "exchange_gains": "3960 Valutakursvinster",
    "exchange_losses": "7960 Valutakursförluster",
    "late_interest": "8313 Dröjsmålsränta",
    "reminder_fees": "3591 Påminnelseavgifter",
    "bad_debts": "6351 Kundförluster",
}
_causes = count(1)


def a_chart(**changed: str) -> None:
    """The accounts of a Swedish company, by the BAS plan."""
    Books.objects.create(pk=1)
    for key, written in (CHART | changed).items():
        meaning, _space, percent = key.partition(" ")
        number, _space, name = written.partition(" ")
        BookAccount.objects.create(meaning=meaning, percent=Decimal(percent) if percent else None, number=number, name=name)


def a_paid_lot(client: Client, finance: Person, minutes: int = 480, *, at: datetime = NOON) -> Lot:
    """Credit that was invoiced and paid."""
    invoice = an_invoice(client, finance, minutes, at=at)
    paid(invoice, invoice.payable, finance, at=at)
    lot = invoice.lines.get().top_up.lot
    assert lot is not None
    return lot


def a_voucher(**said: Any) -> Voucher:
    """Why something is posted in the ledger."""
    given: dict[str, Any] = {"cause": f"test:books:{next(_causes)}", "at": NOON}
    return Voucher(**(given | said))


def a_hold(client: Client, minutes: int) -> Hold:
    """Credit that is promised to a session, whatever there is."""
    price = Rate(price_per_hour=_price(), vat_percent=Decimal(25))
    return ledger.claim(account=client.account, minutes=minutes, rate=price, cause=f"test:hold:{next(_causes)}", at=NOON)


def used(client: Client, minutes: int, *, on: date | None = None, at: datetime = NOON) -> Entry:
    """So many minutes of work, deducted."""
    return ledger.capture(hold=a_hold(client, minutes), minutes=minutes, voucher=a_voucher(at=at, occurred_on=on))


def penalty(client: Client, kind: EntryKind, minutes: int = 120, *, at: datetime = NOON) -> Entry:
    """A late change, or a no-show; the booking is off."""
    hold = a_hold(client, minutes)
    entry = ledger.charge(hold=hold, minutes=minutes, kind=kind, voucher=a_voucher(at=at))
    ledger.void(hold=hold, at=at)
    return entry


def sums() -> dict[str, Decimal]:
    """What stands on each account, by its number; without those that come to nothing."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in BookRow.objects.filter(voucher__closed_at__isnull=False):
        found[row.number] += row.amount
    return {number: amount for number, amount in sorted(found.items()) if amount}


def rows_of(voucher: BookVoucher) -> list[tuple[str, Decimal]]:
    """The rows of a voucher: account and amount."""
    return [(row.number, row.amount) for row in voucher.rows.order_by("position")]


def on_advances() -> Decimal:
    """What clients have with us by the vouchers."""
    return -sum((row.amount for row in BookRow.objects.filter(meaning=Meaning.ADVANCES)), Decimal(0))


def _price() -> Any:
    return terms.current().price_per_hour
