"""`[support]` of the provider profile: priorities, rotas, and plans with their targets (rules P1, P2, S2, S18). How it is read.

How it is applied stands in `clients/plans_applied.py`.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.utils.translation import gettext as _
from djmoney.money import Money

from clients.models import (
    AimKind,
    CaseKind,
    FeePeriod,
    MetBy,
    MissedGrants,
    OnCallRota,
    Plan,
    PlanPromise,
    PlanTarget,
    Priority,
    ServiceManager,
)
from clients.models import SupportChannel as Channel
from clients.models.plans import PRODUCT_CODE
from clients.plans_applied import PlanRead, SupportSection, TargetRead, apply
from clients.profile_table import A_DAY, Table, country
from people.models import Language, validate_time_zone

__all__ = ["apply", "validate"]

NAMES = {"name_en": "en", "name_sv": "sv"}
KEYS = NAMES | {
    "fee_period": "fee_per",
    "price_notice_days": "price_notice",
    "trial_days": "trial",
    "fallback_language": "answers_to_others_in",
    "call_after_minutes": "call_after_work",
    "solution_reminder_days": "solution_reminder_every",
    "silence_closes_after_days": "silence_closes_after",
    "reopen_days": "reopen_within",
    "included_minutes": "included_hours",
    "included_rolls_over": "included_hours_roll_over",
}
MOST = 32767
REFERRED = ("default_priority", "outage_rota", "channels", "languages", "phone_numbers", "guaranteed_kinds")
Read = TypeVar("Read")


@dataclass(frozen=True)
class Known:
    """What a plan may refer to: priorities by number, rotas and calendars by code; which calendars are always open."""

    priorities: Collection[int]
    rotas: Collection[str]
    calendars: Collection[str]
    always_open: Collection[str]


def validate(table: Table) -> SupportSection:
    """What the section describes; faults go to the table. The calendars are those of `[worktime]` in the same file."""
    calendars = table.sections.get("worktime", [])
    priorities = [_read_priority(item) for item in table.tables("priorities")]
    rotas = [_read_rota(item) for item in table.tables("rotas", required=False)]
    known = Known(
        priorities={priority.number for priority in priorities},
        rotas={rota.code for rota in rotas},
        calendars={calendar.code for calendar in calendars},
        always_open={calendar.code for calendar in calendars if calendar.always_open},
    )
    plans = [_read_plan(item, known) for item in table.tables("plans")]
    _once(table, "priorities", (str(priority.number) for priority in priorities))
    _once(table, "rotas", (rota.code for rota in rotas))
    _once(table, "plans", (read.plan.code for read in plans))
    for position, read in enumerate(plans, start=1):
        read.plan.position = position
    return SupportSection(priorities=priorities, rotas=rotas, plans=plans)


def _once(table: Table, key: str, codes: Iterable[str]) -> None:
    found = list(codes)
    for code in sorted({code for code in found if code and found.count(code) > 1}):
        table.fault(key, _("“%(code)s” stands there twice") % {"code": code})


def _read_priority(table: Table) -> Priority:
    priority = Priority(
        number=_number(table, "number", least=1, most=99),
        name_en=table.text("en"),
        name_sv=table.text("sv"),
        definition_en=table.lines("definition_en"),
        definition_sv=table.lines("definition_sv"),
        production_only=_optional(table, "production_only", table.flag, False),
        lowered_to=table.number("else_becomes", least=1, most=99),
        needs_call=_optional(table, "needs_call", table.flag, False),
        call_urged=_optional(table, "call_urged", table.flag, False),
    )
    if priority.production_only != (priority.lowered_to is not None):
        table.fault("else_becomes", _("belongs to a priority with “production_only = true”, and to no other"))
    elif priority.lowered_to is not None and priority.lowered_to <= priority.number:
        table.fault("else_becomes", _("must be a lower priority: a larger number"))
    table.fits(priority, NAMES)
    table.close()
    return priority


def _read_rota(table: Table) -> OnCallRota:
    """A rota without its people: they are put on it in the product."""
    rota = OnCallRota(
        code=table.checked("code", validate_slug),
        name_en=table.text("en"),
        name_sv=table.text("sv"),
        time_zone=table.checked("time_zone", validate_time_zone),
        turn_days=table.count("turn", "day", least=1),
        hands_over_at=table.clock("hands_over_at"),
        acknowledge_minutes=table.minutes("acknowledge_within", least=1, most=A_DAY),
    )
    table.fits(rota, {**NAMES, "turn_days": "turn", "acknowledge_minutes": "acknowledge_within"}, besides=["first_turn_on"])
    table.close()
    return rota


def _read_plan(table: Table, known: Known) -> PlanRead:
    plan = Plan(code=table.checked("code", PRODUCT_CODE), name_en=table.text("en"), name_sv=table.text("sv"))
    _read_offer(table, plan)
    _read_speech(table, plan)
    _read_cases(table, plan)
    _read_entitlements(table, plan)
    default_priority = _number(table, "default_priority", least=1, most=99)
    outage_rota = table.text("outage_rota", default="")
    read = PlanRead(
        plan=plan,
        default_priority=default_priority,
        outage_rota=outage_rota,
        promises=[_read_promise(item, position) for position, item in enumerate(table.tables("promises", required=False), start=1)],
        targets=[_read_target(item, known) for item in table.tables("targets", required=False)],
    )
    _once(table, "targets", (str(target.priority) for target in read.targets))
    _refers(table, "default_priority", default_priority, known.priorities)
    _refers(table, "outage_rota", outage_rota, known.rotas)
    if bool(plan.outage_phone) != bool(outage_rota):
        table.fault("outage_rota", _("an outage phone, and people on call who answer it, belong together"))
    table.fits(plan, KEYS, besides=[*REFERRED, "missed_grants", "missed_amount", "missed_cap"])
    table.close()
    return read


def _read_offer(table: Table, plan: Plan) -> None:
    """What is sold, and for how much."""
    plan.summary_en = table.lines("summary_en") if "summary_en" in table.values else ""
    plan.summary_sv = table.lines("summary_sv") if "summary_sv" in table.values else ""
    plan.rank = _number(table, "rank", least=0, most=MOST)
    free = table.values.get("fee") == "free"
    plan.fee = Money(0, "SEK") if free else table.money("fee")
    plan.fee_period = "" if free else table.choice("fee_per", FeePeriod.values)
    table.known.append("fee")
    plan.price_notice_days = _optional(table, "price_notice", lambda key: table.count(key, "day"), 60)
    plan.trial_days = _optional(table, "trial", lambda key: table.count(key, "day", least=1), None)
    plan.included_minutes = _optional(table, "included_hours", lambda key: table.minutes(key, least=1), 0)
    plan.included_rolls_over = _optional(table, "included_hours_roll_over", table.flag, False)
    _read_missed(table, plan)


def _read_missed(table: Table, plan: Plan) -> None:
    """What a missed target grants (rule S16): {share_of_fee = "10 %", at_most = "50 %"} or {credit = "1 h", at_most = "4 h"}."""
    said = table.table("missed_target", required=False)
    if not said.values:
        return
    is_fee = "share_of_fee" in said.values
    plan.missed_grants, key = (MissedGrants.FEE, "share_of_fee") if is_fee else (MissedGrants.CREDIT, "credit")

    def read(key: str) -> int:
        return _whole_percent(said, key) if is_fee else said.minutes(key, least=1)

    plan.missed_amount = read(key)
    plan.missed_cap = _optional(said, "at_most", read, None)
    said.close()


def _whole_percent(table: Table, key: str) -> int:
    share = table.percent(key)
    if key in table.values and (share != int(share) or share == 0):
        table.fault(key, _("must be a whole share from 1 % to 100 %"))
    return int(share)


def _read_speech(table: Table, plan: Plan) -> None:
    """By which channels support is asked for and given, and in which languages (rules P2, P4)."""
    plan.channels = table.choices("channels", Channel.values)
    numbers = table.table("phone_numbers", required=False)
    plan.phone_numbers = {key: numbers.text(key) for key in list(numbers.values)}
    for key in numbers.values:
        try:
            country(key)
        except ValidationError as fault:
            numbers.fault(key, " ".join(fault.messages))
    languages = table.table("languages", required=False)
    plan.languages = {key: languages.choices(key, Language.values) for key in Channel.values if key in languages.values}
    languages.close()
    plan.fallback_language = _optional(
        table, "answers_to_others_in", lambda key: table.choice(key, Language.values), plan.fallback_language
    )
    if plan.phone_numbers and Channel.PHONE not in plan.channels:
        table.fault("phone_numbers", _("the channels of the plan have no phone"))


def _read_cases(table: Table, plan: Plan) -> None:
    """How cases are treated (rules S4, S5, S9 to S12)."""
    plan.guaranteed_kinds = table.choices("guarantees_for", CaseKind.values)
    plan.response_met_by = table.choice("response_met_by", MetBy.values)
    plan.restarts_on_word = _optional(table, "new_clock_on_clients_word", table.flag, False)
    plan.lowering_from_report = _optional(table, "changes_count_from_report", table.flag, False)
    plan.call_after_answers = _optional(table, "call_after_answers", lambda key: table.count_or_never(key, "answer", least=1), None)
    plan.call_after_minutes = _optional(table, "call_after_work", lambda key: _minutes_or_never(table, key), None)
    plan.solution_reminder_days = _optional(
        table, "solution_reminder_every", lambda key: table.count(key, "working day", least=1), plan.solution_reminder_days
    )
    plan.silence_closes_after_days = _optional(
        table, "silence_closes_after", lambda key: table.count_or_never(key, "working day", least=1), None
    )
    plan.reopen_days = _optional(table, "reopen_within", lambda key: table.count(key, "day"), plan.reopen_days)
    plan.visit_included = _optional(table, "visits_included", table.flag, False)
    plan.outage_phone = table.text("outage_phone", default="")


def _read_entitlements(table: Table, plan: Plan) -> None:
    """What comes with the plan (rule P2)."""
    plan.community_chat = _optional(table, "community_chat", table.flag, False)
    managers = ("none", *filter(None, ServiceManager.values))
    manager = _optional(table, "service_manager", lambda key: table.choice(key, managers), "none")
    plan.service_manager = "" if manager == "none" else manager
    for column in ("status_meetings", "architect_hours", "technical_reviews"):
        setattr(plan, column, table.number(column, least=0, most=999) or 0)


def _read_promise(table: Table, position: int) -> PlanPromise:
    promise = PlanPromise(position=position, text_en=table.text("en"), text_sv=table.text("sv"))
    table.fits(promise, {"text_en": "en", "text_sv": "sv"}, besides=["plan"])
    table.close()
    return promise


def _read_target(table: Table, known: Known) -> TargetRead:
    row = PlanTarget()
    row.response_kind, row.response_minutes = _aim(table, "response")
    row.solution_kind, row.solution_minutes = _aim(table, "solution") if "solution" in table.values else (AimKind.NONE, None)
    read = TargetRead(
        row=row,
        priority=_number(table, "priority", least=1, most=99),
        response_calendar=_calendar(table, "response", row.response_kind),
        solution_calendar=_calendar(table, "solution", row.solution_kind),
        rota=table.text("rota", default=""),
    )
    table.known += ["solution", "calendar", "response_calendar", "solution_calendar"]
    _refers(table, "priority", read.priority, known.priorities)
    _refers(table, "rota", read.rota, known.rotas)
    for aim, kind, calendar in (
        ("response", row.response_kind, read.response_calendar),
        ("solution", row.solution_kind, read.solution_calendar),
    ):
        key = f"{aim}_calendar" if f"{aim}_calendar" in table.values else "calendar"
        _refers(table, key, calendar, known.calendars)
        if kind == AimKind.NEXT_WORKING_DAY and calendar in known.always_open:
            table.fault(key, _("a calendar that is always open has no next working day"))
    if {read.response_calendar, read.solution_calendar} & set(known.always_open) and not read.rota:
        table.fault("rota", _("is missing: somebody has to be on call for a target around the clock"))
    table.close()
    return read


def _aim(table: Table, key: str) -> tuple[str, int | None]:
    """What is promised: "2 h", "next working day" or "none"."""
    word = table.values.get(key)
    if word in ("none", "next working day"):
        table.known.append(key)
        return (AimKind.NONE if word == "none" else AimKind.NEXT_WORKING_DAY), None
    return AimKind.WITHIN, table.minutes(key, least=1)


def _calendar(table: Table, aim: str, kind: str) -> str:
    """The calendar of an aim: its own, or the one that the target names for both."""
    if kind == AimKind.NONE:
        return ""
    own = f"{aim}_calendar"
    return table.text(own) if own in table.values else table.text("calendar")


def _minutes_or_never(table: Table, key: str) -> int | None:
    if table.values.get(key) == "never":
        table.known.append(key)
        return None
    return table.minutes(key, least=1)


def _number(table: Table, key: str, *, least: int, most: int) -> int:
    """A bare whole number that has to be there."""
    found = table.number(key, least=least, most=most)
    if key not in table.values:
        table.fault(key, _("is missing"))
    return found if found is not None else least


def _optional(table: Table, key: str, read: Callable[[str], Read], default: Read) -> Read:
    """What `read` makes of the key; the default where it is left out."""
    if key in table.values:
        return read(key)
    table.known.append(key)
    return default


def _refers(table: Table, key: str, named: str | int, known: Collection[str] | Collection[int]) -> None:
    """Something that is named stands in the file. What is missing is a fault of its own."""
    if named and key in table.values and named not in known:
        words = ", ".join(sorted(str(one) for one in known)) or "–"
        table.fault(key, _("“%(named)s” stands nowhere in this file. Known here: %(words)s") % {"named": named, "words": words})
