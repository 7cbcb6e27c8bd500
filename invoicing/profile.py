"""`[invoicing]` of the provider profile: terms of payment, where it is paid to, how invoices look, accounts (rules P1, I2 to I6)."""

from dataclasses import dataclass
from decimal import Decimal

from clients.profile import write_row
from clients.profile_table import Table
from invoicing import late_profile, sound_terms
from invoicing.books import profile as books
from invoicing.models import InvoicingTerms, PlanPeriods
from invoicing.transmission import access_point

KEYS = {
    "payment_days": "due_within",
    "series": "numbers.invoices_begin_with",
    "credit_series": "numbers.credit_notes_begin_with",
    "bankgiro": "paid_to.bankgiro",
    "plusgiro": "paid_to.plusgiro",
    "iban": "paid_to.iban",
    "bic": "paid_to.bic",
    "f_tax": "f_tax",
    "endpoint_scheme": "peppol.scheme",
    "endpoint": "peppol.address",
    "whole_kronor": "rounded_to_whole",
    "freeze_days": "credit_frozen_when_overdue",
    "vat_check_days": "vat_numbers_checked_every",
    "overpaid_left": "overpaid_left_below",
    "plan_ahead_days": "plans.ahead",
    "plan_periods": "plans.periods",
    "plan_fees_from": "plans.charged_from",
    "plan_vat_percent": "plans.vat",
    "logo": "look.logo",
    "colour": "look.colour",
    "footer_en": "foot.en",
    "footer_sv": "foot.sv",
}


@dataclass(frozen=True)
class Section:
    """What the section says: the terms of invoicing, the chart of accounts, and what becomes of what is paid late."""

    terms: InvoicingTerms
    chart: books.Read
    overdue: late_profile.Overdue


def validate(table: Table) -> Section:
    """What the section describes; faults go to the table."""
    return Section(_terms(table), books.validate(table), late_profile.validate(table))


def apply(section: Section, source: str) -> list[str]:
    """Write the terms of invoicing, their one row, and what stands beside them."""
    changes = write_row(InvoicingTerms.objects.filter(pk=1).first(), section.terms, source=source)
    return [*changes, *books.apply(section.chart, source), *late_profile.apply(section.overdue, source)]


def _terms(table: Table) -> InvoicingTerms:
    paid_to, numbers = table.table("paid_to"), table.table("numbers")
    peppol, look, foot = (table.table(name, required=False) for name in ("peppol", "look", "foot"))
    terms = InvoicingTerms(
        pk=1,
        payment_days=table.count("due_within", "day"),
        f_tax=table.flag("f_tax"),
        whole_kronor=table.flag("rounded_to_whole"),
        freeze_days=table.count("credit_frozen_when_overdue", "day"),
        vat_check_days=_vat_check_days(table),
        series=numbers.text("invoices_begin_with", default=""),
        credit_series=numbers.text("credit_notes_begin_with"),
        bankgiro=paid_to.text("bankgiro", default=""),
        plusgiro=paid_to.text("plusgiro", default=""),
        iban=paid_to.text("iban", default="").replace(" ", ""),
        bic=paid_to.text("bic", default=""),
        endpoint_scheme=peppol.text("scheme", default=""),
        endpoint=peppol.text("address", default=""),
        overpaid_left=table.money("overpaid_left_below").amount if "overpaid_left_below" in table.values else Decimal(0),
        logo=look.text("logo", default=""),
        colour=look.text("colour", default=""),
        access_point=access_point.read(table.table("access_point", required=False)),
    )
    if foot.values:
        terms.footer_en, terms.footer_sv = foot.lines("en"), foot.lines("sv")
    _read_plans(table, terms)
    for part in (paid_to, numbers, peppol, look, foot):
        part.close()
    table.fits(terms, KEYS)
    _check(table, terms)
    return terms


def _check(table: Table, terms: InvoicingTerms) -> None:
    """What cannot be is a fault of its key, unless something else is wrong there already."""
    told = {fault.key.removeprefix(f"{table.path}.") for fault in table.faults}
    for column, why in sound_terms.wrong_with(terms).items():
        key = KEYS[column]
        if key not in told and key.partition(".")[0] not in told:
            table.fault(key, str(why))


def _vat_check_days(table: Table) -> int | None:
    """After how many days VIES is asked again by itself; left out, or "never": it is not (rule I2)."""
    key = "vat_numbers_checked_every"
    return table.count_or_never(key, "day", least=1) if key in table.values else None


def _read_plans(table: Table, terms: InvoicingTerms) -> None:
    """How plans are charged (rule I7); left out, this product does not charge them."""
    plans = table.table("plans", required=False)
    if not plans.values:
        return
    terms.plan_ahead_days = plans.count("ahead", "day") if "ahead" in plans.values else 30
    terms.plan_periods = plans.choice("periods", PlanPeriods.values)
    terms.plan_fees_from = plans.date("charged_from")
    terms.plan_vat_percent = plans.percent("vat")
    plans.known.append("ahead")
    plans.close()
