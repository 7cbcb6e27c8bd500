"""The support terms that hold for a client: their plans, and what the agreement says otherwise (rules P2, P3, S2).

Terms are a value, kept whole on each case: whatever is agreed later rewrites no deadline (rule P3).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from clients import agreements, provider
from clients.models import Agreement, AimKind, CaseKind, MetBy, OnCallRota, Organisation, Plan, Priority, ServiceManager, SupportChannel
from clients.models.plans import TargetFields
from people.models import Language
from worktime.models import BusinessCalendar

ANYBODY = (SupportChannel.PORTAL.value, SupportChannel.EMAIL.value)
"""How whoever has no plan may ask for support."""
LEAST_GRAVE = 3
TUPLES = ("plans", "channels", "guaranteed_kinds")
MANAGERS = ServiceManager.values
"""From none to one's own."""


@dataclass(frozen=True)
class Aim:
    """What a target promises: so many working minutes on a calendar, or the close of its next working day (rule S2)."""

    kind: str
    calendar_id: int
    minutes: int | None = None


@dataclass(frozen=True)
class TargetTerms:
    """What is promised for one priority. None: nothing. `rota_id`: who is on call for it (rule S18)."""

    response: Aim | None = None
    solution: Aim | None = None
    rota_id: int | None = None


NOTHING = TargetTerms()


@dataclass(frozen=True, kw_only=True)
class SupportTerms:
    """Everything that decides how a case is treated (rules P2, S2 to S5, S9 to S11). Minutes; days. See `clients.models.Plan`."""

    plans: tuple[str, ...] = ()
    plan_id: int | None = None
    rank: int = 0
    channels: tuple[str, ...] = ANYBODY
    phone_numbers: Mapping[str, str] = field(default_factory=dict)
    languages: Mapping[str, list[str]] = field(default_factory=dict)
    fallback_language: str = Language.ENGLISH.value
    default_priority: int = LEAST_GRAVE
    guaranteed_kinds: tuple[str, ...] = (CaseKind.INCIDENT.value,)
    response_met_by: str = MetBy.ANSWER.value
    restarts_on_word: bool = False
    lowering_from_report: bool = False
    call_after_answers: int | None = None
    call_after_minutes: int | None = None
    solution_reminder_days: int = 3
    silence_closes_after_days: int | None = None
    reopen_days: int = 30
    visit_included: bool = False
    outage_phone: str = ""
    outage_rota_id: int | None = None
    community_chat: bool = False
    service_manager: str = ""
    status_meetings: int = 0
    architect_hours: int = 0
    technical_reviews: int = 0
    targets: Mapping[int, TargetTerms] = field(default_factory=dict)

    def target(self, priority: int) -> TargetTerms:
        """What is promised for a priority."""
        return self.targets.get(priority, NOTHING)

    def to_json(self) -> dict[str, Any]:
        """As it is kept on a case."""
        plain = asdict(self)
        plain["targets"] = {str(number): target for number, target in plain["targets"].items()}
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "SupportTerms":
        """What `to_json` made."""
        read: dict[str, Any] = {name: tuple(value) if name in TUPLES else value for name, value in plain.items()}
        read["targets"] = {int(number): _target(target) for number, target in plain["targets"].items()}
        return cls(**read)


def in_force(organisation: Organisation, *, on: date, at: datetime | None = None) -> SupportTerms:
    """The terms of a client on the provider's local date `on` (rule P3).

    Entitlements of several plans add up, channels and languages join, and of two targets the better one wins: the one that
    is due earlier for a case reported at `at`, else at the beginning of the date. What the agreement says itself goes
    before that. Without a plan nothing is guaranteed, and support is asked for in the portal and by mail.
    """
    agreement = agreements.in_force(organisation, on=on)
    if agreement is None:
        return SupportTerms(default_priority=_last_priority())
    bound = Plan.objects.filter(pk__in=agreement.plans.values("plan")).select_related("default_priority")
    plans = list(bound.prefetch_related("targets__priority").order_by("-rank", "code"))
    since = at or datetime.combine(on, time(), provider.current().zone)
    terms = _of(plans, since) if plans else SupportTerms(default_priority=_last_priority())
    own = targets_of(agreement.targets.select_related("priority"))
    return _overridden(replace(terms, targets={**terms.targets, **own}), agreement)


def of_plan(plan: Plan) -> SupportTerms:
    """What a plan gives by itself, for its page. Targets and priorities may have been prefetched."""
    return _of([plan], datetime.now(UTC))


def _of(plans: list[Plan], since: datetime) -> SupportTerms:
    """The terms of all the plans together. What can be only one thing is as the plan of the highest rank has it."""
    first = plans[0]
    silent = [plan.silence_closes_after_days for plan in plans]
    for_outages = next((plan for plan in plans if plan.outage_phone), first)
    return SupportTerms(
        plans=tuple(plan.code for plan in plans),
        plan_id=first.pk,
        rank=first.rank,
        channels=tuple(channel for channel in SupportChannel.values if any(channel in plan.channels for plan in plans)),
        phone_numbers={country: number for plan in reversed(plans) for country, number in plan.phone_numbers.items()},
        languages=_languages(plans),
        fallback_language=first.fallback_language,
        default_priority=first.default_priority.number,
        guaranteed_kinds=tuple(kind for kind in CaseKind.values if any(kind in plan.guaranteed_kinds for plan in plans)),
        response_met_by=first.response_met_by,
        restarts_on_word=any(plan.restarts_on_word for plan in plans),
        lowering_from_report=first.lowering_from_report,
        call_after_answers=_least(plan.call_after_answers for plan in plans),
        call_after_minutes=_least(plan.call_after_minutes for plan in plans),
        solution_reminder_days=first.solution_reminder_days,
        silence_closes_after_days=None if None in silent else max(days for days in silent if days is not None),
        reopen_days=max(plan.reopen_days for plan in plans),
        visit_included=any(plan.visit_included for plan in plans),
        outage_phone=for_outages.outage_phone,
        outage_rota_id=for_outages.outage_rota_id,
        community_chat=any(plan.community_chat for plan in plans),
        service_manager=max((plan.service_manager for plan in plans), key=MANAGERS.index),
        status_meetings=sum(plan.status_meetings for plan in plans),
        architect_hours=sum(plan.architect_hours for plan in plans),
        technical_reviews=sum(plan.technical_reviews for plan in plans),
        targets=_better([targets_of(plan.targets.all()) for plan in plans], since),
    )


def _languages(plans: list[Plan]) -> dict[str, list[str]]:
    """Those of all plans by channel. A channel that a plan has without saying languages has them all: nothing is said then."""
    said: dict[str, list[str]] = {}
    for channel in SupportChannel.values:
        having = [plan.languages.get(channel) for plan in plans if channel in plan.channels]
        spoken = [language for languages in having for language in languages or ()]
        if having and all(having):
            said[channel] = [language for language in Language.values if language in spoken]
    return said


def _better(offers: list[dict[int, TargetTerms]], since: datetime) -> dict[int, TargetTerms]:
    """Of each priority the better aims, each from whichever plan has it (rule P3)."""
    numbers = sorted({number for offer in offers for number in offer})
    by_number = {number: [offer[number] for offer in offers if number in offer] for number in numbers}
    if all(len(targets) == 1 for targets in by_number.values()):
        return {number: targets[0] for number, targets in by_number.items()}
    aims = [aim for targets in by_number.values() for target in targets for aim in (target.response, target.solution) if aim]
    calendars = BusinessCalendar.objects.in_bulk({aim.calendar_id for aim in aims})

    def due(aim: Aim) -> tuple[datetime, bool]:
        calendar = calendars[aim.calendar_id]
        return due_at(aim, calendar, since), not calendar.always_open

    return {number: _best(targets, due) for number, targets in by_number.items()}


def due_at(aim: Aim, calendar: BusinessCalendar, since: datetime) -> datetime:
    """When the aim is due for what begins at `since` (rules S2, W3)."""
    if aim.kind == AimKind.NEXT_WORKING_DAY:
        return calendar.timetable.close_of_next_working_day(since)
    return calendar.add(since, timedelta(minutes=aim.minutes or 0))


def _best(targets: list[TargetTerms], due: Callable[[Aim], tuple[datetime, bool]]) -> TargetTerms:
    """The earliest response, the earliest solution, and who is on call for the one that has somebody.

    Of two that are due at the same time the one around the clock: no pause makes it later than the other.
    """
    responses = [(due(target.response), place, target.response) for place, target in enumerate(targets) if target.response]
    solutions = [(due(target.solution), place, target.solution) for place, target in enumerate(targets) if target.solution]
    winners = [min(found) for found in (responses, solutions) if found]
    rotas = [targets[place].rota_id for _due, place, _aim in winners]
    return TargetTerms(
        response=min(responses)[2] if responses else None,
        solution=min(solutions)[2] if solutions else None,
        rota_id=next((rota for rota in rotas if rota is not None), None),
    )


def _overridden(terms: SupportTerms, agreement: Agreement) -> SupportTerms:
    """The terms with those that the agreement sets for itself (rule P3: individual plans)."""
    said: dict[str, Any] = {term.name: term.value for term in agreement.terms.all()}
    columns: dict[str, Any] = {name: tuple(value) if name in TUPLES else value for name, value in said.items() if name != "outage_rota"}
    if "outage_rota" in said:
        columns["outage_rota_id"] = OnCallRota.objects.filter(code=said["outage_rota"]).values_list("pk", flat=True).first()
    return replace(terms, **columns)


def _least(numbers: Iterable[int | None]) -> int | None:
    return min((number for number in numbers if number is not None), default=None)


def targets_of(rows: Iterable[TargetFields]) -> dict[int, TargetTerms]:
    """What rows of targets promise, by the number of their priority."""
    return {
        row.priority.number: TargetTerms(
            response=_aim(row.response_kind, row.response_calendar_id, row.response_minutes),
            solution=_aim(row.solution_kind, row.solution_calendar_id, row.solution_minutes),
            rota_id=row.rota_id,
        )
        for row in rows
    }


def _aim(kind: str, calendar_id: int | None, minutes: int | None) -> Aim | None:
    return None if kind == AimKind.NONE or calendar_id is None else Aim(kind, calendar_id, minutes)


def _target(plain: Mapping[str, Any]) -> TargetTerms:
    aims = {name: Aim(**plain[name]) if plain[name] else None for name in ("response", "solution")}
    return TargetTerms(**aims, rota_id=plain["rota_id"])


def _last_priority() -> int:
    """The least grave priority there is: what a case has for whom no plan says another."""
    return Priority.objects.order_by("-number").values_list("number", flat=True).first() or LEAST_GRAVE
