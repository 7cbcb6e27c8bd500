"""Vouchers: written open with their rows, then numbered and closed in one step, so that nothing half stands (rule I6).

Whoever writes holds the row of `Books`, so that vouchers, files and locked months come one after the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients import provider
from core.errors import DomainError
from core.sentences import Sentence, in_language, sentence
from credits.flows import Debt, Entry, Hold, Lot
from invoicing.models import (
    BookAccount,
    BookEvent,
    BookMove,
    BookPeriod,
    BookRow,
    Books,
    BookSeries,
    BookVoucher,
    Invoice,
    InvoiceLine,
    Payment,
    Series,
)

LONGEST_TEXT = 200


class Unbalanced(DomainError):
    """The rows of a voucher do not come to nothing."""

    def __init__(self, cause: str, difference: Decimal) -> None:
        super().__init__(cause, difference)
        self.cause, self.difference = cause, difference

    @property
    def message(self) -> str:
        """Which event, and by how much."""
        said = gettext_lazy("Debit and credit of %(cause)s differ by %(difference)s. It was not posted.")
        return said % {"cause": self.cause, "difference": self.difference}


@dataclass(frozen=True, kw_only=True)
class Part:
    """An amount on an account: debit is positive, credit negative; and what it is about."""

    account: BookAccount
    amount: Decimal
    lot: Lot | None = None
    debt: Debt | None = None
    line: InvoiceLine | None = None


@dataclass(frozen=True, kw_only=True)
class Happened:
    """An event, once by its `cause`. `not_before`: its hours were accrued, and are taken back on that day."""

    cause: str
    series: Series
    on: date
    text: Sentence
    not_before: date | None = None
    entry: Entry | None = None
    invoice: Invoice | None = None
    payment: Payment | None = None
    hold: Hold | None = None


@dataclass
class Posting:
    """What an event comes to: rows, and what it did to lots and debts."""

    parts: list[Part] = field(default_factory=list)
    moves: list[BookMove] = field(default_factory=list)

    def add(self, account: BookAccount, amount: Decimal, *, against: BookAccount | None = None, **about: Lot | Debt | InvoiceLine) -> None:
        """Book an amount, and as much the other way on the account `against`."""
        self.parts.append(Part(account=account, amount=amount, **about))  # type: ignore[arg-type]
        if against is not None:
            self.parts.append(Part(account=against, amount=-amount))

    def turned(self) -> "Posting":
        """The same the other way round, of what it did to no lot."""
        return Posting([replace(part, amount=-part.amount) for part in self.parts])

    @property
    def difference(self) -> Decimal:
        """Debit less credit."""
        return sum((part.amount for part in self.parts), Decimal(0))


def locked() -> Books:
    """The books, locked until the transaction ends."""
    Books.objects.get_or_create(pk=1)
    return Books.objects.select_for_update().get(pk=1)


def first_open_day() -> date:
    """The day after the last month that is locked; where none is, the earliest day there is."""
    last = BookPeriod.objects.filter(locked_at__isnull=False).order_by("-first_on").values_list("last_on", flat=True).first()
    return last + timedelta(days=1) if last else date.min


def write(books: Books, happened: Happened, posting: Posting, *, at: datetime) -> BookEvent:
    """Post an event: its voucher, numbered and closed, and what it did to lots. The books are locked. Raises Unbalanced."""
    booked_on = max(happened.on, happened.not_before or happened.on, first_open_day())
    is_ours = books.begins_on is None or happened.on >= books.begins_on
    rows = _merged(posting.parts) if is_ours else []
    voucher = _voucher(happened, booked_on, rows, at=at) if rows else None
    event = BookEvent.objects.create(
        cause=happened.cause,
        booked_on=booked_on,
        voucher=voucher,
        entry=happened.entry,
        invoice=happened.invoice,
        payment=happened.payment,
        hold=happened.hold,
    )
    for move in posting.moves:
        move.event, move.booked_on = event, booked_on
    BookMove.objects.bulk_create(posting.moves)
    return event


def _voucher(happened: Happened, booked_on: date, rows: list[BookRow], *, at: datetime) -> BookVoucher:
    difference = sum((row.amount for row in rows), Decimal(0))
    if difference:
        raise Unbalanced(happened.cause, difference)
    text = _text(happened, booked_on)
    voucher = BookVoucher.objects.create(
        series=happened.series,
        year=booked_on.year,
        booked_on=booked_on,
        happened_on=happened.on,
        text=in_language(text, provider.current().language),
        said=dict(text.said),
        cause=happened.cause,
        written_at=at,
    )
    for position, row in enumerate(rows, start=1):
        row.voucher, row.position = voucher, position
    BookRow.objects.bulk_create(rows)
    voucher.number, voucher.closed_at = _next_number(voucher), at
    voucher.save(update_fields=["number", "closed_at"])
    return voucher


def _next_number(voucher: BookVoucher) -> int:
    series, _made = BookSeries.objects.get_or_create(series=voucher.series, year=voucher.year)
    series.last += 1
    series.save(update_fields=["last"])
    return series.last


def _text(happened: Happened, booked_on: date) -> Sentence:
    """The text, with the true day where it is booked on a later one."""
    day = sentence(lambda: _("of %(day)s") % {"day": happened.on.isoformat()})
    return Sentence(
        {
            language: _with(said, "" if booked_on == happened.on else f" ({in_language(day, language)})")
            for language, said in happened.text.said.items()
        }
    )


def _with(said: str, late: str) -> str:
    return f"{said[: LONGEST_TEXT - len(late)]}{late}"


def _merged(parts: Iterable[Part]) -> list[BookRow]:
    """A row for each account and what it is about; none where it comes to nothing."""
    sums: dict[tuple[object, ...], BookRow] = {}
    for part in parts:
        account, about = part.account, (part.lot, part.debt, part.line)
        key = (account.meaning, account.number, *(thing.pk if thing else None for thing in about))
        blank = BookRow(meaning=account.meaning, number=account.number, name=account.name, amount=Decimal(0))
        row = sums.setdefault(key, blank)
        row.lot, row.debt, row.line = about
        row.amount += part.amount
    return [row for row in sums.values() if row.amount]
