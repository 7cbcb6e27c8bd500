"""`[invoicing.accounts]` of the provider profile: the chart of accounts, each by what it is for (rules P1, I6).

An account is written as in the books: "1510 Kundfordringar". Where the section is left out there are no books of ours.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clients.profile import write_row
from clients.profile_table import Table
from invoicing.models import BookAccount, Books, Meaning
from invoicing.models.books import BY_RATE

ACCOUNT = re.compile(r"(?P<number>\d{4,6}) (?P<name>\S.{0,99})")
PERCENT = re.compile(r"\d{1,2}(?:\.\d{1,2})?|100")


@dataclass(frozen=True)
class Read:
    """The chart that a profile describes, and from which day on is posted; nothing of it where it is left out."""

    accounts: list[BookAccount] = field(default_factory=list)
    begins_on: date | None = None


def validate(table: Table) -> Read:
    """The chart that `[invoicing.accounts]` describes; faults go to the table."""
    if "accounts" not in table.values:
        table.known.append("accounts")
        return Read()
    chart = table.table("accounts")
    found: list[BookAccount] = []
    for meaning in Meaning:
        found += _by_rate(chart, meaning) if meaning in BY_RATE else [_account(chart, meaning.value, meaning, None)]
    begins_on = chart.checked("begin", _day, default="")
    _check_names(chart, found)
    chart.close()
    return Read(found, date.fromisoformat(begins_on) if begins_on else None)


def apply(read: Read, source: str) -> list[str]:
    """Make the chart what the profile says; what it leaves out goes. Vouchers keep the accounts that they were posted to."""
    if not read.accounts:
        return []
    Books.objects.update_or_create(pk=1, defaults={"begins_on": read.begins_on})
    kept = {(account.meaning, account.percent): account for account in BookAccount.objects.all()}
    changes: list[str] = []
    for account in read.accounts:
        changes += write_row(kept.pop((account.meaning, account.percent), None), account, source=source)
    for account in kept.values():
        changes.append(_("%(row)s: removed") % {"row": account})
        account.delete()
    return changes


def _by_rate(chart: Table, meaning: Meaning) -> list[BookAccount]:
    """The accounts of one meaning for each rate of VAT: 25 = "2611 …"."""
    rates = chart.table(meaning.value)
    found = []
    for key in rates.values:
        if PERCENT.fullmatch(key):
            found.append(_account(rates, key, meaning, Decimal(key).quantize(Decimal("0.01"))))
        else:
            rates.known.append(key)
            rates.fault(key, _("must be a rate of VAT, like 25 or 12"))
    if chart.values.get(meaning.value) == {}:
        chart.fault(meaning.value, _("needs an account for each rate of VAT, like 25"))
    return found


def _account(table: Table, key: str, meaning: Meaning, percent: Decimal | None) -> BookAccount:
    number, _space, name = table.checked(key, _written).partition(" ")
    return BookAccount(meaning=meaning, percent=percent, number=number, name=name)


def _written(text: str) -> str:
    found = ACCOUNT.fullmatch(text)
    if not found:
        raise ValidationError(_("must be an account by its number of 4 to 6 digits and its name, like “1510 Kundfordringar”"))
    return f"{found['number']} {found['name'].strip()}"


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValidationError(_("must be dates like “2026-12-24”")) from None


def _check_names(chart: Table, found: list[BookAccount]) -> None:
    """One number has one name; and prepaid credit, accrued income and refunds have accounts that nothing else is booked on."""
    names: dict[str, str] = {}
    for account in found:
        if account.number and names.setdefault(account.number, account.name) != account.name:
            chart.fault(str(account.meaning), _("account %(number)s has another name elsewhere") % {"number": account.number})
    for meaning in (Meaning.ADVANCES, Meaning.ACCRUED, Meaning.REFUNDS, Meaning.RECEIVABLES):
        numbers = [account.number for account in found if account.meaning == meaning]
        if any(account.number in numbers for account in found if account.number and account.meaning != meaning):
            chart.fault(meaning.value, _("account %(number)s is used for something else too") % {"number": numbers[0]})
