"""What guarantees bind to, and what is possibly not ours (rule S13).

A report that may have an external cause is marked, with why; work on it goes on, and it is never closed for that alone:
there is no such way to close a case. Guarantees do not cover previews and betas, nor kinds that the plan leaves out.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cases import life, messages, paging, priorities, targets, terms, timing
from cases.models import Case, ClockKind, Environment, EventKind
from cases.targets import Turn
from clients.models import AgreedService, CaseKind
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from core.reasons import reasoned
from people.models import Person


class AlreadyMarked(DomainError):
    """It is marked so already."""

    message = _("That is how the case is marked already. Nothing has changed.")


class ServiceOfAnother(DomainError):
    """The service belongs to the agreement of another client."""

    message = _("This service is not one of the client’s. Nothing has changed.")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The technical facts of a case (rule S1)."""

    kind: CaseKind
    environment: Environment
    version: str = ""
    service: AgreedService | None = None


@at_one_moment()
@transaction.atomic
def mark_external(case: Case, *, reason: str, by: Person, at: datetime) -> Case:
    """Mark that the cause is possibly not ours: not installed as recommended, or not reproduced on a clean trial (rule S13).

    The client is told why, with the guide to the recommended installation; work goes on. Raises NotAllowed, CaseClosed,
    ReasonMissing, ReasonTooLong, AlreadyMarked.
    """
    return _mark(case, reason, external=True, by=by, at=at)


@at_one_moment()
@transaction.atomic
def unmark_external(case: Case, *, reason: str, by: Person, at: datetime) -> Case:
    """Take the mark back, and say why. Raises as `mark_external`."""
    return _mark(case, reason, external=False, by=by, at=at)


@at_one_moment()
@transaction.atomic
def change_facts(case: Case, facts: Facts, *, by: Person, at: datetime) -> Case:
    """Correct what the report said (rule S1).

    Whether guarantees bind is judged anew (rule S13), and so is a priority that is for production only (rule S5); where
    they now do, whoever is on call for the target is paged (rule S18). Raises NotAllowed, CaseClosed, ServiceOfAnother.
    """
    case = life.locked_open(case)
    if not life.may_work(by, case):
        raise NotAllowed
    if facts.service is not None and facts.service.agreement.organisation_id != case.organisation_id:
        raise ServiceOfAnother
    changed = _changed(case, facts)
    if not changed:
        return case
    life.amend(case, **changed)
    judged = _judge_again(case, at=at)
    life.note(case, EventKind.FACTS_CHANGED, at=at, by=by, facts={"fields": sorted(changed), **judged})
    if not case.reclassifications.filter(objected_at__isnull=False, settled_at=None).exists():
        priorities.lower_out_of_production(case, by=by, at=at)
    if judged.get("guaranteed"):
        paging.page_if_on_call(case, at=at)
    return case


def guide(language: str) -> str:
    """The recommended installation and configuration as an address, in the reader's language; "" where there is none."""
    settings = terms.current()
    return (settings.guide_sv if language == "sv" else settings.guide_en) or settings.guide_en or settings.guide_sv


def _mark(case: Case, reason: str, *, external: bool, by: Person, at: datetime) -> Case:
    case = life.locked_open(case)
    if not life.may_work(by, case):
        raise NotAllowed
    if case.external_cause == external:
        raise AlreadyMarked
    reason = reasoned(reason)
    life.amend(case, external_cause=external)
    event = life.note(case, EventKind.MARKED_EXTERNAL if external else EventKind.UNMARKED_EXTERNAL, at=at, by=by, reason=reason)
    context = {"guide_en": guide("en"), "guide_sv": guide("sv")}
    template = "marked_external" if external else "unmarked_external"
    messages.happened(case, template, event, messages.clients(case), **context)
    return case


def _changed(case: Case, facts: Facts) -> dict[str, Any]:
    wanted = {"kind": facts.kind.value, "environment": facts.environment.value, "version": facts.version.strip()[:80]}
    found: dict[str, Any] = {name: value for name, value in wanted.items() if getattr(case, name) != value}
    return found | ({"service": facts.service} if case.service_id != (facts.service.pk if facts.service else None) else {})


def _judge_again(case: Case, *, at: datetime) -> dict[str, Any]:
    """Whether guarantees bind now: clocks that measured end, or what is promised is measured from now on. Which ended."""
    preview = case.service is not None and case.service.preview
    binds = case.kind in life.terms_of(case).guaranteed_kinds and not preview
    if binds == case.guaranteed:
        return {"ended": []}
    life.amend(case, guaranteed=binds)
    if binds:
        targets.carry_out(case, targets.changes(case, case.priority, Turn.RAISE, at=at), at=at)
        return {"guaranteed": True, "ended": []}
    ended = list(timing.running(case))
    timing.end(case, list(ClockKind), at=at)
    return {"guaranteed": False, "ended": ended}
