"""What happened to a case, in words for who reads it: who, when, why, and with which effect (rules S5, S6, S7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases.models import CallReason, Case, CaseEvent, ClockKind, EventKind, TriageWay
from core.formatting import moment
from people.models import Person

__all__ = ["Happening", "chronicle", "told_to_client"]

TO_THE_CLIENT = {
    EventKind.WAITING: gettext_lazy("Waits for you"),
    EventKind.CLIENT_SAID: pgettext_lazy("the client, several people", "You wrote"),
    EventKind.OBJECTED: pgettext_lazy("the client, several people", "You object"),
    EventKind.CREDIT_AGREED: pgettext_lazy("the client, several people", "You agree to use credit"),
    EventKind.CREDIT_REFUSED: pgettext_lazy("the client, several people", "You do not agree to use credit"),
    EventKind.CALLED_SUPPORT: pgettext_lazy("the client, several people", "You object: it is support"),
}


@dataclass(frozen=True)
class Happening:
    """One event, told. `by` None is the system itself. `internal`: the client does not read it."""

    at: datetime
    by: Person | None
    told: str
    reason: str
    internal: bool
    kind: str
    facts: dict[str, Any]

    def get_kind_display(self) -> str:
        """What happened, as the timeline shows it."""
        return self.told


def chronicle(case: Case) -> list[Happening]:
    """Everything that happened to `case`, newest first, internal events too. Two queries."""
    events = list(case.events.select_related("by").order_by("-at", "-pk"))
    people = _people(events)
    return [Happening(event.at, event.by, _told(event, people), event.reason, event.internal, event.kind, event.facts) for event in events]


def told_to_client(event: CaseEvent) -> str:
    """What happened, as its client reads it: what waits for the client waits for *you*; which clock, which priorities."""
    effects = [effect for effect in (event.facts.get("name"), _clock(event), _other(event), _number(event), _judged(event)) if effect]
    name = _name(event) or str(TO_THE_CLIENT.get(EventKind(event.kind)) or event.get_kind_display())
    return ": ".join([name, ", ".join(effects)]) if effects else name


def _people(events: Iterable[CaseEvent]) -> dict[int, Person]:
    named = {event.facts.get(name) for event in events for name in ("left", "took", "person")} - {None}
    return Person.objects.in_bulk([number for number in named if isinstance(number, int)]) if named else {}


def _told(event: CaseEvent, people: dict[int, Person]) -> str:
    effects = [effect for effect in (_clock(event), _who(event, people), _other(event), _number(event), _judged(event)) if effect]
    name = _name(event) or str(event.get_kind_display())
    return ": ".join([name, ", ".join(effects)]) if effects else name


def _clock(event: CaseEvent) -> str:
    """Which clock, and until when."""
    kind = event.facts.get("clock")
    if kind not in ClockKind.values:
        return str(CallReason(event.facts["reason"]).label) if event.kind == EventKind.CALL_DUE and "reason" in event.facts else ""
    word = str(ClockKind(kind).label)
    due_at = event.facts.get("due_at")
    if event.kind == EventKind.MET and event.facts.get("late"):
        return _("%(clock)s, late") % {"clock": word}
    if due_at and event.kind in (EventKind.CLOCK_STARTED, EventKind.BREACHED):
        return _("%(clock)s, due %(when)s") % {"clock": word, "when": moment(datetime.fromisoformat(due_at))}
    return word


def _who(event: CaseEvent, people: dict[int, Person]) -> str:
    """Who took over from whom, or who watches."""
    if event.kind == EventKind.ASSIGNED:
        left, took = (people.get(event.facts.get(name) or 0) for name in ("left", "took"))
        if took is None:
            return _("nobody has it now")
        return _("%(took)s instead of %(left)s") % {"took": took, "left": left} if left else str(took)
    return str(people.get(event.facts.get("person") or 0, ""))


def _other(event: CaseEvent) -> str:
    """The other case, where two were merged or linked."""
    if number := event.facts.get("into"):
        return _("goes on in #%(number)s") % {"number": number}
    number = event.facts.get("from") if event.kind == EventKind.MERGED else event.facts.get("case")
    return f"#{number}" if number else ""


def _number(event: CaseEvent) -> str:
    """From which priority to which."""
    old, new = event.facts.get("old"), event.facts.get("new")
    return f"{old} → {new}" if old and new else ""


def _judged(event: CaseEvent) -> str:
    """As what a case was judged, what was decided about the objection, and which task or session it became (rules T1 to T3)."""
    facts = event.facts
    if event.kind == EventKind.TRIAGED:
        return str(TriageWay(facts["way"]).label)
    if event.kind == EventKind.TRIAGE_DECIDED:
        return _("it is delivery") if facts["upheld"] else _("it is support")
    return f"D{facts['task']}" if event.kind == EventKind.BECAME_DELIVERY else ""


def _name(event: CaseEvent) -> str:
    """What happened, where its kind says it too shortly."""
    taken_back = event.kind == EventKind.CREDIT_REFUSED and event.facts.get("taken_back")
    return _("The question whether credit may be used is taken back") if taken_back else ""
