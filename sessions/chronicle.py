"""What happened to a session, in words for everybody concerned: who, when, why, and with which effect (rule R6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.formatting import clock, hours, moment, percent
from people.models import Person
from sessions.models import Answer, Fault, Session, SessionEvent, Technician
from sessions.models.sessions import EventKind

__all__ = ["Happening", "chronicle"]

OF_ENTRIES = (
    EventKind.LOGGED,
    EventKind.UNLOGGED,
    EventKind.LATE_WORK_ASKED,
    EventKind.LATE_WORK_ACCEPTED,
    EventKind.LATE_WORK_REFUSED,
)


@dataclass(frozen=True)
class Happening:
    """One event, told. `by` None is the system itself."""

    at: datetime
    by: Person | None
    told: str
    reason: str

    def get_kind_display(self) -> str:
        """What happened, as the timeline shows it."""
        return self.told


def chronicle(session: Session) -> list[Happening]:
    """Everything that happened to `session`, newest first. Three queries at most."""
    events: list[SessionEvent] = list(session.events.select_related("by").order_by("-at", "-pk"))
    successions = _successions(events)
    return [Happening(event.at, event.by, _told(event, successions.get(event.pk, "")), event.reason) for event in events]


def _successions(events: Iterable[SessionEvent]) -> dict[int, str]:
    """Who took over from whom, by event."""
    passed = {event.pk: (event.facts["left"], event.facts["took"]) for event in events if event.kind == EventKind.REASSIGNED}
    people = Technician.objects.select_related("person").in_bulk({pk for pair in passed.values() for pk in pair}) if passed else {}
    return {
        event: _("%(took)s instead of %(left)s") % {"left": people.get(left, "–"), "took": people.get(took, "–")}
        for event, (left, took) in passed.items()
    }


def _told(event: SessionEvent, succession: str) -> str:
    effects = [effect for effect in (_time(event), succession, _answer(event), *_figures(event)) if effect]
    return ": ".join([_name(event), ", ".join(effects)]) if effects else _name(event)


def _name(event: SessionEvent) -> str:
    """What happened. About unplanned work some of it has another name than about a booking (rule R8)."""
    if event.facts.get("proposal"):
        return _("Work agreed") if event.kind == EventKind.CONSENT_GIVEN else _("Work refused")
    if event.facts.get("unplanned"):
        return _("Covered by credit: it can begin")
    if event.facts.get("kept"):
        return _("Kept although the invitation was declined")
    return str(event.get_kind_display())


def _time(event: SessionEvent) -> str:
    """The time that was agreed, or worked."""
    starts_at, ended_at = (_instant(event.facts.get(name)) for name in ("starts_at", "ended_at"))
    if event.kind in OF_ENTRIES:
        started_at = _instant(event.facts.get("started_at"))
        return f"{moment(started_at)}–{clock(ended_at)}" if started_at and ended_at else ""
    if event.kind == EventKind.EXTENDED and (ends_at := _instant(event.facts.get("ends_at"))) and (was := _instant(event.facts.get("was"))):
        return _("until %(now)s instead of %(was)s") % {"was": clock(was), "now": clock(ends_at)}
    if event.kind in (EventKind.POSTPONED, EventKind.MOVED) and starts_at and (was := _instant(event.facts.get("was"))):
        return _("from %(was)s to %(now)s") % {"was": moment(was), "now": moment(starts_at)}
    return moment(starts_at) if event.kind == EventKind.BOOKED and starts_at else ""


def _answer(event: SessionEvent) -> str:
    """What somebody answered to the invitation (rule R4)."""
    answer = event.facts.get("answer")
    return str(Answer(answer).label) if answer in Answer.values else ""


def _figures(event: SessionEvent) -> list[str]:
    """What it cost or brought, what is missing, what was charged."""
    words = {
        "missing_minutes": _("%(size)s is missing"),
        "uncovered_minutes": _("%(size)s is owed on confirmation"),
        "credited_minutes": _("%(size)s of credit added"),
        "charged_minutes": _("%(size)s instead of %(submitted)s") if "submitted_minutes" in event.facts else "%(size)s",
        "claimed_minutes": _("it should be %(size)s"),
    }
    facts: dict[str, Any] = event.facts
    submitted = hours(facts.get("submitted_minutes") or 0)
    told = [text % {"size": hours(facts[name]), "submitted": submitted} for name, text in words.items() if facts.get(name)]
    return [*_cost(event), *told, *_factor(event), *_guest(event)]


def _cost(event: SessionEvent) -> list[str]:
    """What a change of the client's, or staying away, cost; how much more time was asked for; whose fault it was."""
    minutes = event.facts.get("minutes")
    if not isinstance(minutes, int):
        return []
    if event.kind == EventKind.ABORTED:
        return [_("the fault is %(whose)s") % {"whose": Fault(event.facts["fault"]).label}]
    if event.kind == EventKind.PROPOSED:
        return [hours(minutes)]
    if event.kind in (EventKind.POSTPONED, EventKind.CANCELLED, EventKind.MISSED):
        return [_("cost %(size)s") % {"size": hours(minutes)} if minutes else _("free")]
    if event.kind in (EventKind.CONSENT_ASKED, EventKind.CONSENT_GIVEN, EventKind.CONSENT_REFUSED):
        return [_("up to %(size)s in all") % {"size": hours(minutes)}]
    return []


def _factor(event: SessionEvent) -> list[str]:
    """What the hours are multiplied by since a move, where that changed (rule C17)."""
    if "factor_percent" not in event.facts:
        return []
    now, was = (percent(Decimal(event.facts[name])) for name in ("factor_percent", "was_percent"))
    return [_("hours count %(now)s instead of %(was)s") % {"now": now, "was": was}]


def _guest(event: SessionEvent) -> list[str]:
    """Who comes, or does not come, on the client's side (rule C10)."""
    if event.kind != EventKind.ATTENDEES_CHANGED or "name" not in event.facts:
        return []
    told = _("%(name)s comes too") if event.facts.get("comes") else _("%(name)s does not come")
    return [told % {"name": event.facts["name"]}]


def _instant(written: object) -> datetime | None:
    return datetime.fromisoformat(written) if isinstance(written, str) else None
