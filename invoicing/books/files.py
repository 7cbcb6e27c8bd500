"""Files for the books' system (rule I6): all vouchers until a date that no file had, as SIE, and as a list beside it.

Numbers begin anew each year, and books are read a year at a time: a file ends with the year that it begins in. It is kept byte for byte.
Each voucher stands in one file; the same vouchers on the same day give the same bytes again.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from clients import provider
from clients.agreements import local_date
from core.errors import DomainError
from delivery.report_files import Table
from invoicing import life, sie
from invoicing.books import posting, vouchers
from invoicing.models import BookFile, BookFileVoucher, BookRow, BookVoucher
from people.models import Person

ROWS = Prefetch("rows", queryset=BookRow.objects.order_by("position"))
ORDER = ("booked_on", "series", "year", "number")


class NothingNew(DomainError):
    """No voucher until that day is new."""

    message = gettext_lazy("There is no voucher until that day that is not in a file already. Nothing has changed.")


class FileMismatch(DomainError):
    """The same form has made another file."""

    message = gettext_lazy("This form has made another file before. Open the page again. Nothing has changed.")


def make(*, until: date, by: Person, at: datetime, cause: str) -> BookFile:
    """Post what is due, and make a file of all new vouchers until a day (rule I6). The same `cause` again returns the file.

    Where some of them are of an earlier year, the file is of the earliest alone: `until_on` is its last day, and the others wait.

    Raises NotAllowed for anybody but finance, BooksNotSet, NothingNew, FileMismatch, and what `sie.write` raises.
    """
    life.check_finance(by)
    posting.post(at=at)
    with transaction.atomic():
        vouchers.locked()
        if found := BookFile.objects.filter(cause=cause).first():
            if found.until_on != min(until, _end_of(found.until_on.year)):
                raise FileMismatch
            return found
        new = _new(until)
        if not new:
            raise NothingNew
        until = min(until, _end_of(new[0].year))
        made_on = local_date(at)
        company = _company()
        content = written(new, made_on=made_on, company=company)
        file = BookFile.objects.create(
            cause=cause,
            until_on=until,
            company=company.name,
            organisation_number=company.organisation_number,
            vouchers=len(new),
            content=content,
            digest=sha256(content).hexdigest(),
            made_at=at,
            made_on=made_on,
            made_by=by,
        )
        BookFileVoucher.objects.bulk_create([BookFileVoucher(file=file, voucher=voucher) for voucher in new])
        return file


def again(file: BookFile) -> bytes:
    """The bytes of a file, written anew of its vouchers: the same as those that are kept."""
    company = sie.Company(name=file.company, organisation_number=file.organisation_number) if file.company else _company()
    return written(vouchers_of(file), made_on=file.made_on, company=company)


def vouchers_of(file: BookFile) -> list[BookVoucher]:
    """What stands in a file, in its order."""
    return list(BookVoucher.objects.filter(in_file__file=file).order_by(*ORDER).prefetch_related(ROWS))


def written(found: Iterable[BookVoucher], *, made_on: date, company: sie.Company) -> bytes:
    """Vouchers as SIE 4I. An account is named as it was called last in them."""
    listed = [(voucher, list(voucher.rows.all())) for voucher in found]
    return sie.write(
        [_voucher(voucher, rows) for voucher, rows in listed],
        company=company,
        accounts={row.number: row.name for _voucher, rows in listed for row in rows},
        generated_on=made_on,
    )


def table(found: Iterable[BookVoucher]) -> Table:
    """Vouchers as a list, one line for each row, in the active language."""
    headings = [_("Voucher"), _("Date"), _("Happened"), _("Text"), _("Account"), _("Name"), _("Debit")]
    headings.append(pgettext("of a voucher", "Credit"))
    lines = []
    for voucher in found:
        head = (f"{voucher}", voucher.booked_on.isoformat(), voucher.happened_on.isoformat(), voucher.told)
        for row in voucher.rows.all():
            sides = (row.amount, None) if row.amount > 0 else (None, -row.amount)
            lines.append((*head, row.number, row.name, *sides))
    return Table(_("Vouchers"), headings, lines)


def with_sums(found: QuerySet[BookVoucher]) -> QuerySet[BookVoucher]:
    """Vouchers with what they come to: `debit`."""
    return found.annotate(debit=Sum("rows__amount", filter=Q(rows__amount__gt=0), default=Decimal(0)))


def name_of(file: BookFile) -> str:
    """What a file is called, without its ending."""
    return f"tillgodo-{file.until_on:%Y-%m-%d}-{file.pk}"


def _company() -> sie.Company:
    """Whose books they are, as registered now."""
    ours = provider.current()
    return sie.Company(name=ours.legal_name, organisation_number=ours.organisation_number if ours.country == "SE" else "")


def waiting(until: date) -> QuerySet[BookVoucher]:
    """Closed vouchers until a day that stand in no file."""
    return BookVoucher.objects.filter(in_file=None, closed_at__isnull=False, booked_on__lte=until)


def _new(until: date) -> list[BookVoucher]:
    """Those of the earliest year among them, in order."""
    found = waiting(until).order_by(*ORDER)
    first = found.first()
    return list(found.filter(year=first.year).prefetch_related(ROWS)) if first else []


def _end_of(year: int) -> date:
    return date(year, 12, 31)


def _voucher(voucher: BookVoucher, rows: list[BookRow]) -> sie.Voucher:
    return sie.Voucher(
        series=voucher.series,
        number=voucher.number,
        booked_on=voucher.booked_on,
        text=voucher.text,
        rows=[sie.Row(account=row.number, amount=row.amount, text=row.text) for row in rows],
    )
