"""The terms of sessions: those of the next booking, and the copy that each booking keeps (rule P3)."""

from datetime import datetime
from typing import Any

from clients import agreements
from clients.models import Organisation
from core import rows
from core.once import once
from credits import terms as credit_terms
from credits.terms import ProfileMissing, Rate
from sessions.counting import Counting
from sessions.models import AgreedTerms, Session, SessionTerms

__all__ = ["ProfileMissing", "counting", "current", "freeze", "offered", "rate"]


def current() -> SessionTerms:
    """The terms that the next booking gets (rule P1). Raises ProfileMissing before the first profile is loaded."""
    terms = offered()
    if terms is None:
        raise ProfileMissing
    return terms


def offered() -> SessionTerms | None:
    """The terms that the next booking gets; None where the provider has no remote sessions, or no profile is loaded yet."""
    return once("session terms", lambda: rows.find(SessionTerms, "id = 1"))


def freeze(*, organisation: Organisation, at: datetime) -> dict[str, Any]:
    """The columns of a session that keep what is in force at `at`: terms, rounding, price, word on silence and paying (rules P3, C8, I7).

    Silence confirms, and hours are paid afterwards, only where the agreement in force says so. VAT goes by the buyer. Raises
    ProfileMissing.
    """
    terms, credit = current(), credit_terms.current()
    owed = credit_terms.rate(credit, organisation)
    agreement = agreements.in_force(organisation, on=agreements.local_date(at))
    return {field.name: getattr(terms, field.name) for field in AgreedTerms._meta.local_fields} | {
        "rounding_step_minutes": credit.rounding_step_minutes,
        "rounding_mode": credit.rounding_mode,
        "minimum_charge_minutes": credit.minimum_charge_minutes,
        "price_per_hour": owed.price_per_hour,
        "vat_percent": owed.vat_percent,
        "silence_confirms": agreement is not None and agreement.silence_confirms,
        "postpaid": agreement is not None and agreement.postpaid,
    }


def counting() -> Counting:
    """How the next booking's minutes are rounded, before any factor (rule C7). Raises ProfileMissing."""
    credit = credit_terms.current()
    return Counting(step=credit.rounding_step_minutes, mode=credit.rounding_mode, minimum=credit.minimum_charge_minutes)


def rate(session: Session) -> Rate:
    """What an hour of this session costs where credit does not cover it: the price at booking (rules C11, P3)."""
    return Rate(price_per_hour=session.price_per_hour, vat_percent=session.vat_percent)
