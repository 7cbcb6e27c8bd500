"""`[sessions]` of the provider profile: how remote sessions are booked, changed and confirmed, and what they are for.

Rules P1, C6, C8, C10, C17, R1 to R6, R8.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.translation import gettext as _

from clients.profile import write_row
from clients.profile_table import A_DAY, Table
from sessions.bands import MIDNIGHT
from sessions.models import PenaltyKind, Purpose, SessionTerms, SkillLevel, TimeBand
from sessions.models.terms import LEAST_FACTOR, MOST_FACTOR

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
    "rest_minutes": "booking.rest_between_days",
    "series_ahead_days": "booking.series_booked_ahead",
    "busy_read_minutes": "booking.own_calendars_read_every",
    "reminder_minutes": "reminders.before_start",
    "access_kept_days": "access.erased_after",
    "warn_percent": "work.warn_when_used",
    "cancelled_kept_days": "calendars.cancelled_kept_for",
}
NAMES = {"name_en": "en", "name_sv": "sv"}
PREPARE = {"prepare_en": "prepare_en", "prepare_sv": "prepare_sv"}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Offered = TypeVar("Offered", Purpose, SkillLevel, TimeBand)


@dataclass(frozen=True)
class SessionsSection:
    """The terms; bands, skill levels and purposes in the order they are offered; which purpose takes which level, by code."""

    terms: SessionTerms
    bands: list[TimeBand]
    levels: list[SkillLevel]
    purposes: list[Purpose]
    level_of: Mapping[str, str]


def validate(table: Table) -> SessionsSection:
    """What the section describes; faults go to the table. Sessions are paid with credit: there is no such section without its own."""
    if "credit" not in table.sections:
        table.fault("", _("needs [credit]: sessions are paid with it"))
    terms = SessionTerms(pk=1)
    _read_booking(table.table("booking"), terms)
    _read_awaiting(table.table("awaiting_top_up"), terms)
    _read_late_change(table.table("late_change"), terms)
    _read_confirmation(table.table("confirmation"), terms)
    _read_work(table.table("work"), terms)
    _read_word(table, terms)
    table.fits(terms, KEYS, besides=["penalty_kinds", "reminder_minutes"])  # none at all is a choice too
    levels = _read_all(table, "levels", _read_level, required=False)
    level_of: dict[str, str] = {}
    return SessionsSection(
        terms=terms,
        bands=_read_all(table, "bands", _read_band, required=False),
        levels=levels,
        purposes=_read_all(table, "purposes", lambda item: _read_purpose(item, {level.code for level in levels}, level_of)),
        level_of=level_of,
    )


def apply(section: SessionsSection, source: str) -> list[str]:
    """Write the terms, and what is offered. What the profile no longer names is not offered any more, never deleted."""
    changes = write_row(SessionTerms.objects.filter(pk=1).first(), section.terms, source=source)
    changes += _offer(section.bands, TimeBand.objects.order_by("position", "pk"), source)
    changes += _offer(section.levels, SkillLevel.objects.order_by("position", "pk"), source)
    levels = {level.code: level for level in SkillLevel.objects.filter(offered=True)}
    for purpose in section.purposes:
        purpose.skill_level = levels.get(section.level_of.get(purpose.code, ""))
    return changes + _offer(section.purposes, Purpose.objects.select_related("skill_level").order_by("position", "pk"), source)


def _offer(rows: Iterable[Offered], before: Iterable[Offered], source: str) -> list[str]:
    """Write `rows` over those from `before` with the same code; the others of these are not offered any more."""
    changes: list[str] = []
    known = {row.code: row for row in before}
    for row in rows:
        changes += write_row(known.pop(row.code, None), row, source=source)
    for row in known.values():
        gone = copy(row)
        gone.offered = False
        changes += write_row(row, gone, source=source)
    return changes


def _read_booking(table: Table, terms: SessionTerms) -> None:
    terms.estimate_step_minutes = table.minutes("estimate_step", least=1, most=A_DAY)
    terms.slot_step_minutes = table.minutes("start_times_every", least=1, most=A_DAY)
    terms.buffer_before_minutes = table.minutes("buffer_before", most=A_DAY)
    terms.buffer_after_minutes = table.minutes("buffer_after", most=A_DAY)
    terms.minimum_lead_minutes = table.minutes("earliest")
    terms.furthest_ahead_days = table.count("furthest_ahead", "day", least=1)
    terms.rest_minutes = table.minutes("rest_between_days", most=A_DAY)
    terms.series_ahead_days = table.count("series_booked_ahead", "day", least=1)
    terms.busy_read_minutes = table.minutes("own_calendars_read_every", least=1, most=A_DAY)
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
    terms.warn_percent = int(table.percent("warn_when_used"))
    table.close()


def _read_word(table: Table, terms: SessionTerms) -> None:
    """When people are reminded, how long access is kept, and what calendars keep (rules R3 to R5)."""
    reminders, access, calendars = table.table("reminders"), table.table("access"), table.table("calendars")
    terms.reminder_minutes = reminders.several("before_start", Table.minutes)
    terms.access_kept_days = access.count("erased_after", "day")
    terms.cancelled_kept_days = calendars.count("cancelled_kept_for", "day")
    for part in (reminders, access, calendars):
        part.close()


def _read_all(table: Table, key: str, read: Callable[[Table], Offered], *, required: bool = True) -> list[Offered]:
    """The rows of [[sessions.key]], in their order, none twice."""
    rows = [read(item) for item in table.tables(key, required=required)]
    codes = [row.code for row in rows]
    for code in sorted({code for code in codes if code and codes.count(code) > 1}):
        table.fault(key, _("“%(code)s” stands there twice") % {"code": code})
    for position, row in enumerate(rows, start=1):
        row.position = position
    return rows


def _read_band(table: Table) -> TimeBand:
    band = TimeBand(
        **_names(table),
        weekdays=[WEEKDAYS.index(word) for word in table.choices("weekdays", WEEKDAYS, required=False)],
        dates=[on.isoformat() for on in table.dates("dates", required=False)],
        opens=table.clock("from"),
        closes=table.clock("to"),
        factor_percent=_factor(table),
    )
    if not (table.values.get("weekdays") or table.values.get("dates")):
        table.fault("weekdays", _("name weekdays, dates, or both: else the band is never"))
    if band.closes <= band.opens and band.closes != MIDNIGHT:
        table.fault("to", _("must be later than “from”, or “00:00” for midnight"))
    table.fits(band, {**NAMES, "factor_percent": "factor"}, besides=["position", "weekdays", "dates", "opens", "closes"])
    table.close()
    return band


def _read_level(table: Table) -> SkillLevel:
    level = SkillLevel(**_names(table), factor_percent=_factor(table))
    table.fits(level, {**NAMES, "factor_percent": "factor"}, besides=["position"])
    table.close()
    return level


def _read_purpose(table: Table, levels: set[str], level_of: dict[str, str]) -> Purpose:
    """A purpose; the level that it names, if any, goes to `level_of`."""
    purpose = Purpose(**_names(table))
    if level := table.text("level", default=""):
        level_of[purpose.code] = level
        if level not in levels:
            table.fault("level", _("“%(code)s” stands under no [[sessions.levels]]") % {"code": level})
    for column, key in PREPARE.items():
        setattr(purpose, column, table.lines(key) if key in table.values else "")
    table.fits(purpose, {**NAMES, **PREPARE}, besides=["position"])
    table.close()
    return purpose


def _names(table: Table) -> dict[str, str]:
    """What everything that is offered has: a code, and a name in each language."""
    return {"code": table.checked("code", validate_slug), "name_en": table.text("en"), "name_sv": table.text("sv")}


def _factor(table: Table) -> int:
    """A factor like "150 %", in whole percents (rule C17)."""

    def check(text: str) -> str:
        found = re.fullmatch(r"(\d{1,4}) ?%", text)
        if not found or not LEAST_FACTOR <= int(found[1]) <= MOST_FACTOR:
            limits = {"least": LEAST_FACTOR, "most": MOST_FACTOR}
            raise ValidationError(_("must be whole percents from %(least)s to %(most)s, like “150 %%”") % limits)
        return found[1]

    return int(table.checked("factor", check) or 0)  # nothing at all does not fit either
