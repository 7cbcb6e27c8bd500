"""The support terms that hold for a client: their plans, and what the agreement says otherwise (rules P2, P3, S2).

Terms are a value, kept whole on each case: whatever is agreed later rewrites no deadline (rule P3).
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from clients import agreements
from clients.models import AimKind, CaseKind, MetBy, Organisation, Plan, Priority, SupportChannel
from clients.models.plans import TargetFields
from people.models import Language

ANYBODY = (SupportChannel.PORTAL.value, SupportChannel.EMAIL.value)
"""How whoever has no plan may ask for support."""
LEAST_GRAVE = 3


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
        read: dict[str, Any] = {
            name: tuple(value) if name in ("plans", "channels", "guaranteed_kinds") else value for name, value in plain.items()
        }
        read["targets"] = {int(number): _target(target) for number, target in plain["targets"].items()}
        return cls(**read)


def in_force(organisation: Organisation, *, on: date) -> SupportTerms:
    """The terms of a client on the provider's local date `on` (rule P3).

    Without a plan nothing is guaranteed, and support is asked for in the portal and by mail.
    """
    agreement = agreements.in_force(organisation, on=on)
    bound = Plan.objects.none() if agreement is None else Plan.objects.filter(pk__in=agreement.plans.values("plan"))
    plans = list(bound.select_related("default_priority").prefetch_related("targets__priority").order_by("-rank", "code"))
    own = [] if agreement is None else list(agreement.targets.select_related("priority"))
    if not plans:
        return SupportTerms(default_priority=_last_priority(), targets=_targets(own))
    return _of(plans, own)


def _of(plans: list[Plan], own: Iterable[TargetFields]) -> SupportTerms:
    """The terms of the highest plan, with the targets of all and those of the agreement's own."""
    first = plans[0]
    targets: dict[int, TargetTerms] = {}
    for plan in reversed(plans):
        targets |= _targets(plan.targets.all())
    return SupportTerms(
        plans=tuple(plan.code for plan in plans),
        plan_id=first.pk,
        rank=first.rank,
        channels=tuple(dict.fromkeys(channel for plan in plans for channel in plan.channels)),
        phone_numbers={country: number for plan in reversed(plans) for country, number in plan.phone_numbers.items()},
        languages={channel: languages for plan in reversed(plans) for channel, languages in plan.languages.items()},
        fallback_language=first.fallback_language,
        default_priority=first.default_priority.number,
        guaranteed_kinds=tuple(first.guaranteed_kinds),
        response_met_by=first.response_met_by,
        restarts_on_word=first.restarts_on_word,
        lowering_from_report=first.lowering_from_report,
        call_after_answers=first.call_after_answers,
        call_after_minutes=first.call_after_minutes,
        solution_reminder_days=first.solution_reminder_days,
        silence_closes_after_days=first.silence_closes_after_days,
        reopen_days=first.reopen_days,
        visit_included=first.visit_included,
        outage_phone=first.outage_phone,
        outage_rota_id=first.outage_rota_id,
        targets=targets | _targets(own),
    )


def _targets(rows: Iterable[TargetFields]) -> dict[int, TargetTerms]:
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
