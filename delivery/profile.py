"""`[delivery]` of the provider profile: what delivery costs, how it is approved and accepted (rules P1, D1 to D6)."""

from decimal import Decimal

from django.utils.translation import gettext as _

from clients.profile import write_row
from clients.profile_table import Table
from delivery.models import DeliveryTerms

KEYS = {
    "hourly_rate": "hour",
    "travel_rate": "travel_hour",
    "mileage_rate": "kilometre",
    "vat_percent": "vat",
    "validity_days": "estimates.valid_for",
    "reminder_days": "estimates.remind_before_expiry",
    "second_above": "estimates.second_approval_above",
    "credit_price_per_hour": "estimates.credit_pays_per_hour",
    "warn_percent": "work.warn_when_used",
    "acceptance_days": "completion.accepted_within",
    "silence_accepts": "completion.silence_accepts",
    "terms_en": "terms.en",
    "terms_sv": "terms.sv",
}


def validate(table: Table) -> DeliveryTerms:
    """The terms that the section describes; faults go to the table."""
    books = str(getattr(table.sections.get("provider"), "currency", ""))
    terms = DeliveryTerms(
        pk=1,
        hourly_rate=table.money("hour", books),
        travel_rate=table.money("travel_hour", books),
        mileage_rate=table.money("kilometre", books),
        vat_percent=table.percent("vat"),
    )
    _read_estimates(table.table("estimates"), terms, books)
    work, completion, words = table.table("work"), table.table("completion"), table.table("terms", required=False)
    terms.warn_percent = _whole_percent(work, "warn_when_used")
    terms.acceptance_days = completion.count("accepted_within", "working day", least=1)
    terms.silence_accepts = completion.flag("silence_accepts")
    if words.values:
        terms.terms_en, terms.terms_sv = words.lines("en"), words.lines("sv")
    for part in (work, completion, words):
        part.close()
    table.fits(terms, KEYS)
    return terms


def apply(terms: DeliveryTerms, source: str) -> list[str]:
    """Write the terms of delivery, their one row."""
    return write_row(DeliveryTerms.objects.filter(pk=1).first(), terms, source=source)


def _read_estimates(table: Table, terms: DeliveryTerms, books: str) -> None:
    terms.validity_days = table.count("valid_for", "day", least=1)
    terms.reminder_days = table.several("remind_before_expiry", lambda items, key: items.count(key, "day", least=1))
    terms.second_above = _sum_or(table, "second_approval_above", "never", books)
    terms.credit_price_per_hour = _sum_or(table, "credit_pays_per_hour", "not offered", books)
    table.close()


def _sum_or(table: Table, key: str, word: str, books: str) -> Decimal | None:
    """An amount above 0, or the word that stands for none."""
    if table.values.get(key) == word:
        table.known.append(key)
        return None
    price = table.money(key, books)
    if not price.amount and not _is_at_fault(table, key):
        table.fault(key, _("must be above 0, or “%(word)s”") % {"word": word})
    return Decimal(price.amount)


def _whole_percent(table: Table, key: str) -> int:
    """A share that is a whole number, from 1 % to 100 %."""
    share = table.percent(key)
    if (not share or share != int(share)) and not _is_at_fault(table, key):
        table.fault(key, _("must be a whole percentage from 1 to 100, like “80 %%”") % {})
    return int(share)


def _is_at_fault(table: Table, key: str) -> bool:
    """Whether something was said about the key already: a fault is told once."""
    return any(fault.key == f"{table.path}.{key}" for fault in table.faults) or table.path == ""
