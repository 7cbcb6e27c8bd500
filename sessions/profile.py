"""`[sessions]` of the provider profile: how remote sessions are booked, changed and confirmed, and what they are for.

Rules P1, C6, C8, C10, R1, R2, R6, R8.
"""

from dataclasses import dataclass

from django.core.validators import validate_slug
from django.utils.translation import gettext as _

from clients.profile import write_row
from clients.profile_table import A_DAY, Table
from sessions.models import PenaltyKind, Purpose, SessionTerms

KEYS = {
    "notice_minutes": "late_change.notice",
    "penalty_minutes": "late_change.penalty",
    "penalty_kinds": "late_change.sanctioned",
    "penalty_capped_at_estimate": "late_change.capped_at_estimate",
    "undo_minutes": "late_change.free_undo",
    "no_show_wait_minutes": "late_change.wait_for_no_show",
    "our_late_change_minutes": "late_change.credit_for_our_own",
    "penalty_dispute_days": "late_change.penalty_disputable_for",
    "late_log_days": "work.log_within",
    "urgent_cap_minutes": "work.urgent_without_consent",
    "tolerance_percent": "confirmation.tolerance",
    "reminder_days": "confirmation.remind_every",
    "silence_days": "confirmation.silence_confirms_after",
    "contest_days": "confirmation.contestable_for",
    "settlement_days": "confirmation.settle_disputes_within",
    "estimate_step_minutes": "booking.estimate_step",
    "slot_step_minutes": "booking.start_times_every",
    "buffer_before_minutes": "booking.buffer_before",
    "buffer_after_minutes": "booking.buffer_after",
    "minimum_lead_minutes": "booking.earliest",
    "furthest_ahead_days": "booking.furthest_ahead",
    "top_up_deadline_minutes": "awaiting_top_up.kept_until_before_start",
    "most_awaiting": "awaiting_top_up.most_per_account",
}


@dataclass(frozen=True)
class SessionsSection:
    """The terms, and the purposes in the order they are offered."""

    terms: SessionTerms
    purposes: list[Purpose]


def validate(table: Table) -> SessionsSection:
    """What the section describes; faults go to the table."""
    terms = SessionTerms(pk=1)
    _read_booking(table.table("booking"), terms)
    _read_awaiting(table.table("awaiting_top_up"), terms)
    _read_late_change(table.table("late_change"), terms)
    _read_confirmation(table.table("confirmation"), terms)
    _read_work(table.table("work"), terms)
    table.fits(terms, KEYS, besides=["penalty_kinds"])  # no kind at all is a choice too
    purposes = [_read_purpose(item, position) for position, item in enumerate(table.tables("purposes"), start=1)]
    codes = [purpose.code for purpose in purposes]
    for code in sorted({code for code in codes if code and codes.count(code) > 1}):
        table.fault("purposes", _("“%(code)s” stands there twice") % {"code": code})
    return SessionsSection(terms=terms, purposes=purposes)


def apply(section: SessionsSection, source: str) -> list[str]:
    """Write the terms and the purposes. A purpose that the profile no longer names is not offered any more, never deleted."""
    changes = write_row(SessionTerms.objects.filter(pk=1).first(), section.terms, source=source)
    known = {purpose.code: purpose for purpose in Purpose.objects.order_by("position", "pk")}
    for purpose in section.purposes:
        changes += write_row(known.pop(purpose.code, None), purpose, source=source)
    for purpose in known.values():
        gone = Purpose(code=purpose.code, name_en=purpose.name_en, name_sv=purpose.name_sv, position=purpose.position, offered=False)
        changes += write_row(purpose, gone, source=source)
    return changes


def _read_booking(table: Table, terms: SessionTerms) -> None:
    terms.estimate_step_minutes = table.minutes("estimate_step", least=1, most=A_DAY)
    terms.slot_step_minutes = table.minutes("start_times_every", least=1, most=A_DAY)
    terms.buffer_before_minutes = table.minutes("buffer_before", most=A_DAY)
    terms.buffer_after_minutes = table.minutes("buffer_after", most=A_DAY)
    terms.minimum_lead_minutes = table.minutes("earliest")
    terms.furthest_ahead_days = table.count("furthest_ahead", "day", least=1)
    table.close()


def _read_awaiting(table: Table, terms: SessionTerms) -> None:
    terms.top_up_deadline_minutes = table.minutes("kept_until_before_start")
    terms.most_awaiting = table.whole("most_per_account", most=100)
    table.close()


def _read_late_change(table: Table, terms: SessionTerms) -> None:
    terms.notice_minutes = table.minutes("notice")
    terms.penalty_minutes = table.minutes("penalty")
    terms.penalty_kinds = table.choices("sanctioned", PenaltyKind.values)
    terms.penalty_capped_at_estimate = table.flag("capped_at_estimate")
    terms.undo_minutes = table.minutes("free_undo")
    terms.no_show_wait_minutes = table.minutes("wait_for_no_show")
    terms.our_late_change_minutes = table.minutes("credit_for_our_own")
    terms.penalty_dispute_days = table.count("penalty_disputable_for", "day")
    table.close()


def _read_confirmation(table: Table, terms: SessionTerms) -> None:
    tolerance = table.percent("tolerance")
    if tolerance % 1:
        table.fault("tolerance", _("must be a whole percentage"))
    terms.tolerance_percent = int(tolerance)
    terms.reminder_days = table.count("remind_every", "working day", least=1)
    terms.settlement_days = table.count("settle_disputes_within", "working day", least=1)
    terms.silence_days = table.count("silence_confirms_after", "working day", least=1)
    terms.contest_days = table.count("contestable_for", "day")
    table.close()


def _read_work(table: Table, terms: SessionTerms) -> None:
    terms.late_log_days = table.count("log_within", "working day", least=1)
    terms.urgent_cap_minutes = table.minutes("urgent_without_consent")
    table.close()


def _read_purpose(table: Table, position: int) -> Purpose:
    purpose = Purpose(
        code=table.checked("code", validate_slug),
        name_en=table.text("en"),
        name_sv=table.text("sv"),
        position=position,
        offered=True,
    )
    table.fits(purpose, {"name_en": "en", "name_sv": "sv"})
    table.close()
    return purpose
