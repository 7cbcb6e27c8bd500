"""`[credit]` of the provider profile: what credit costs and how it is counted (rules P1, C1, C2, C7)."""

from clients.profile import write_row
from clients.profile_table import A_DAY, Table
from credits.models import CreditTerms
from credits.models.terms import RoundingMode

KEYS = {
    "man_day_minutes": "man_day",
    "minimum_top_up_minutes": "minimum_top_up",
    "vat_percent": "vat",
    "rounding_step_minutes": "rounding.step",
    "rounding_mode": "rounding.mode",
    "minimum_charge_minutes": "rounding.minimum_charge",
    "low_balance_levels": "low_balance",
    "lot_validity_months": "expires_after",
    "expiry_reminder_days": "remind_before_expiry",
    "auto_top_ups_invoiced_at_once": "automatic_top_ups_invoiced_at_once",
}


def validate(table: Table) -> CreditTerms:
    """The credit terms that the section describes; faults go to the table."""
    rounding = table.table("rounding")
    man_day = table.minutes("man_day", least=1, most=A_DAY)
    terms = CreditTerms(
        pk=1,
        man_day_minutes=man_day,
        minimum_top_up_minutes=table.count("minimum_top_up", "man-day", least=1) * man_day,
        price_per_hour=table.money("price_per_hour"),
        vat_percent=table.percent("vat"),
        rounding_step_minutes=rounding.minutes("step", least=1, most=A_DAY),
        rounding_mode=rounding.choice("mode", RoundingMode.values),
        minimum_charge_minutes=rounding.minutes("minimum_charge", most=A_DAY),
        low_balance_levels=table.several("low_balance", lambda items, key: items.minutes(key)),
        lot_validity_months=table.count_or_never("expires_after", "month", least=1),
        expiry_reminder_days=table.several("remind_before_expiry", lambda items, key: items.count(key, "day", least=1)),
        auto_top_ups_invoiced_at_once=table.flag("automatic_top_ups_invoiced_at_once", required=False),
    )
    rounding.close()
    table.fits(terms, KEYS)
    return terms


def apply(terms: CreditTerms, source: str) -> list[str]:
    """Write the credit terms, their one row."""
    return write_row(CreditTerms.objects.filter(pk=1).first(), terms, source=source)
