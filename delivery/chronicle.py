"""One timeline of a task: from the mail or report that began it to what is to be invoiced (rules T2, D1 to D7).

Who, when, and why, in the words of who reads it; the client does not read what is internal. The case gives its first
message, how it came and how long it was worked on as support; the judgement and the objection follow, then every step of
the task.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from djmoney.money import Money

from cases.models import Case, DeliveryGround, TriageDecision, Voice
from core.formatting import day, hours
from core.formatting import money as formatted
from delivery.models import Acceptance, AcceptedBy, Completion, DeliveryTask, Estimate, Fault, TaskEvent, TaskEventKind
from people.models import Person

__all__ = ["Happening", "for_client", "for_staff"]

LONGEST_QUOTE = 500
DIGEST_SHOWN = 16
TO_THE_CLIENT = {
    TaskEventKind.OBJECTED: gettext_lazy("You object: it is support"),
    TaskEventKind.CLIENT_SAID: pgettext_lazy("the client, several people", "You wrote"),
    TaskEventKind.FAULTS: gettext_lazy("You list faults"),
    TaskEventKind.OFFERED: gettext_lazy("Estimate sent to you"),
}


@dataclass(frozen=True)
class Happening:
    """One thing that happened, told. `by` None is the system itself. `internal`: the client does not read it."""

    at: datetime
    by: Person | None
    told: str
    reason: str = ""
    internal: bool = False
    kind: str = ""

    def get_kind_display(self) -> str:
        """What happened, as the timeline shows it."""
        return self.told


@dataclass(frozen=True)
class _Known:
    """What events only name by number, read at once."""

    task: DeliveryTask
    estimates: Mapping[int, Estimate]
    acceptances: Mapping[int, Acceptance]
    completions: Mapping[int, Completion]
    faults: Mapping[int, Fault]
    people: Mapping[int, Person]


def for_staff(task: DeliveryTask) -> list[Happening]:
    """Everything that happened, the oldest first. As many queries for many events as for few: nine at most."""
    return _told(task, list(task.events.select_related("by").order_by("at", "pk")), {})


def for_client(task: DeliveryTask) -> list[Happening]:
    """The same for the client: without what is internal."""
    return _told(task, list(task.events.filter(internal=False).select_related("by").order_by("at", "pk")), TO_THE_CLIENT)


def _told(task: DeliveryTask, events: list[TaskEvent], names: Mapping[TaskEventKind, Any]) -> list[Happening]:
    known = _known(task, events)
    decision = _decision(task)
    before = [*_report(task), *_judgement(decision, {event.kind for event in events}, names)]
    steps = [
        Happening(event.at, event.by, _words(event, known, names), _reason(event, known, decision), event.internal, event.kind)
        for event in events
    ]
    return sorted([*before, *steps], key=lambda happening: happening.at)


def _report(task: DeliveryTask) -> list[Happening]:
    """The mail or report that began it, and how it came."""
    case = Case.objects.filter(pk=task.case_id).select_related("reporter", "entered_by").first() if task.case_id else None
    if case is None:
        return []
    first = case.messages.filter(voice=Voice.CLIENT).select_related("author").order_by("at", "pk").first()
    values = {"number": case.pk, "subject": case.subject, "way": case.get_opened_via_display()}
    told = _("Reported as case #%(number)s “%(subject)s”, %(way)s") % values
    if case.entered_by is not None and case.entered_by != case.reporter:
        told = _("%(told)s, entered by %(who)s") % {"told": told, "who": case.entered_by}
    author = first.author if first and first.author else case.reporter
    return [Happening(case.opened_at, author, told, _short(first.text if first else ""))]


def _decision(task: DeliveryTask) -> TriageDecision | None:
    if task.decision_id is None:
        return None
    return TriageDecision.objects.select_related("decided_by", "objected_by", "settled_by").get(pk=task.decision_id)


def _judgement(decision: TriageDecision | None, kinds: set[str], names: Mapping[TaskEventKind, Any]) -> list[Happening]:
    """That it is delivery, how long it was support, and what the client objects, where no event of the task tells it."""
    if decision is None:
        return []
    told = _("Judged to be delivery: %(ground)s") % {"ground": DeliveryGround(decision.ground).label}
    if decision.support_minutes:
        told = _("%(told)s; %(time)s worked as support until then") % {"told": told, "time": hours(decision.support_minutes)}
    found = [Happening(decision.decided_at, decision.decided_by, told, decision.reason)]
    if decision.objected_at and TaskEventKind.OBJECTED not in kinds:
        found.append(Happening(decision.objected_at, decision.objected_by, _name(TaskEventKind.OBJECTED, names), decision.objection))
    if decision.settled_at and TaskEventKind.OBJECTION_DECIDED not in kinds:
        verdict = _("Objection decided: it stays delivery") if decision.upheld else _("Objection decided: it is support")
        found.append(Happening(decision.settled_at, decision.settled_by, verdict, decision.settlement))
    return found


def _known(task: DeliveryTask, events: Iterable[TaskEvent]) -> _Known:
    numbers = {event.facts.get(name) for event in events for name in ("took", "left", "person", "answered_by")}
    acceptances = Acceptance.objects.filter(estimate__task=task).select_related("second")
    return _Known(
        task=task,
        estimates=task.estimates.in_bulk(),
        acceptances={acceptance.estimate_id: acceptance for acceptance in acceptances},
        completions=task.completions.in_bulk(),
        faults=task.faults.in_bulk(),
        people=Person.objects.in_bulk([number for number in numbers if isinstance(number, int)]),
    )


def _words(event: TaskEvent, known: _Known, names: Mapping[TaskEventKind, Any]) -> str:
    effects = [effect for effect in (tell(event, known) for tell in (_estimate, _way, _who, _when, _named, _time, _sum)) if effect]
    name = _name(TaskEventKind(event.kind), names)
    return f"{name}: {', '.join(effects)}" if effects else name


def _name(kind: TaskEventKind, names: Mapping[TaskEventKind, Any]) -> str:
    return str(names.get(kind, kind.label))


def _reason(event: TaskEvent, known: _Known, decision: TriageDecision | None) -> str:
    """Why; where the event itself does not say it, what was delivered, or what is wrong with it."""
    if event.kind == TaskEventKind.OPENED and decision is not None:
        return ""
    if event.kind == TaskEventKind.DONE and (completion := known.completions.get(event.facts.get("completion", 0))):
        return _short(completion.words)
    if event.kind == TaskEventKind.FAULTS:
        listed = [known.faults[number] for number in event.facts.get("faults", ()) if number in known.faults]
        return " · ".join([*(f"{fault.number}. {fault.text}" for fault in listed), *([event.reason] if event.reason else [])])
    return event.reason


def _estimate(event: TaskEvent, known: _Known) -> str:
    """Which version of the estimate, what it comes to and, once accepted, the document that was."""
    estimate = known.estimates.get(event.facts.get("estimate", 0))
    if estimate is None:
        return ""
    told = [_("version %(number)s") % {"number": estimate.number}]
    if event.kind not in (TaskEventKind.ESTIMATED, TaskEventKind.HELD, TaskEventKind.CREDIT_USED):
        told.append(formatted(estimate.net_money))
    acceptance = known.acceptances.get(estimate.pk)
    if acceptance is not None and event.kind in (TaskEventKind.ACCEPTED, TaskEventKind.ACCEPTED_FIRST):
        told.append(acceptance.get_way_display())
        told.append(_("document SHA-256 %(digest)s…") % {"digest": acceptance.digest[:DIGEST_SHOWN]})
    return ", ".join(told)


def _way(event: TaskEvent, known: _Known) -> str:
    """How the answer to what is done came."""
    if event.kind == TaskEventKind.COMPLETED and event.facts.get("silent"):
        return _("by silence, as announced")
    way, person = event.facts.get("way"), known.people.get(event.facts.get("answered_by") or 0)
    if way not in (AcceptedBy.PHONE, AcceptedBy.MAIL) or event.kind not in (TaskEventKind.COMPLETED, TaskEventKind.FAULTS):
        return ""
    word = str(AcceptedBy(way).label)
    return _("%(who)s %(way)s") % {"who": person, "way": word} if person else word


def _who(event: TaskEvent, known: _Known) -> str:
    """Who took over from whom, or who worked."""
    took, left, person = (known.people.get(event.facts.get(name) or 0) for name in ("took", "left", "person"))
    if event.kind == TaskEventKind.ASSIGNED:
        if took is None:
            return _("nobody has it now")
        return _("%(took)s instead of %(left)s") % {"took": took, "left": left} if left else str(took)
    return str(person) if person and person != event.by else ""


def _when(event: TaskEvent, _known: _Known) -> str:
    """Between which dates it is planned, or until when the client has."""
    dates = [day(date.fromisoformat(said)) for name in ("starts_on", "ends_on") if (said := event.facts.get(name))]
    return " – ".join(dates)


def _named(event: TaskEvent, known: _Known) -> str:
    """The milestone, the service, the fault."""
    if event.kind == TaskEventKind.MENDED and (fault := known.faults.get(event.facts.get("fault", 0))):
        return f"{fault.number}. {fault.text}"
    if event.kind == TaskEventKind.OPENED and event.facts.get("case"):
        return _("from case #%(number)s") % {"number": event.facts["case"]}
    name = event.facts.get("title") if event.kind == TaskEventKind.MILESTONE else event.facts.get("name")
    return str(name or "")


def _time(event: TaskEvent, _known: _Known) -> str:
    """Minutes worked, or of credit."""
    minutes = event.facts.get("minutes")
    if not isinstance(minutes, int) or isinstance(minutes, bool):
        return ""
    return hours(minutes)


def _sum(event: TaskEvent, known: _Known) -> str:
    """What is to be invoiced, spent or held back, without VAT."""
    if event.kind == TaskEventKind.FAULTS:
        held_back = _money(event.facts.get("held_back"), known.task.currency)
        return _("%(sum)s held back") % {"sum": formatted(held_back)} if held_back and held_back.amount else ""
    if event.kind not in (TaskEventKind.BILLABLE, TaskEventKind.MILESTONE, TaskEventKind.SPENT, TaskEventKind.UNSPENT):
        return ""
    net = _money(event.facts.get("net"), known.task.currency)
    return _("%(sum)s without VAT") % {"sum": formatted(net)} if net else ""


def _money(said: object, currency: str) -> Money | None:
    try:
        return None if said is None else Money(Decimal(str(said)), currency)
    except InvalidOperation:
        return None


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_QUOTE else f"{text[: LONGEST_QUOTE - 1]}…"
