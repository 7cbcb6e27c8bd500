"""What waits in support cases for somebody of the provider: calls, decisions, mail to sort, and cases that nobody has.

Nothing is decided here; every rule is asked where it lives. A fixed number of queries, however much waits.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import calls, held_mail, queue
from cases.models import Case, Clock, Reclassification, State
from cases.queue import Row, Wanted
from clients.access import has_duty
from clients.models import StaffDuty
from people.models import Person

MOST_SHOWN = 6
MOST_CALLS = 20


@dataclass(frozen=True)
class ToDo:
    """Something to do about a case or a mail: since when, what, why, and where it is done."""

    at: datetime
    title: str
    client: str
    text: str
    url: str
    urgent: bool = False


@dataclass(frozen=True)
class CaseDay:
    """Cases that wait: one's own by what is due next, those that nobody has, and those of colleagues that are late."""

    mine: list[Row]
    unowned: list[Row]
    late: list[Row]
    to_do: list[ToDo]

    @property
    def has_lists(self) -> bool:
        """Whether any case is to be shown."""
        return bool(self.mine or self.unowned or self.late)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not (self.has_lists or self.to_do)


def of(person: Person, *, at: datetime) -> CaseDay:
    """What waits for `person` at `at` (rules S2, S5, S7 to S10)."""
    directs = has_duty(person, StaffDuty.DISPATCHER, StaffDuty.ACCOUNT_MANAGER)
    return CaseDay(
        mine=queue.due_next(person, at=at, most=MOST_SHOWN),
        unowned=_unowned(person, at) if directs or has_duty(person, StaffDuty.TECHNICIAN) else [],
        late=_late(person, at) if directs else [],
        to_do=[*_calls(person), *(_decisions(person) if directs else ()), *_mails(person)],
    )


def _unowned(person: Person, at: datetime) -> list[Row]:
    found = queue.chosen(Wanted(person=person, whose="unassigned")).exclude(state=State.PROPOSED)
    return queue.rows(list(queue.with_clocks(found.by_due())[:MOST_SHOWN]), at=at)


def _late(person: Person, at: datetime) -> list[Row]:
    """Those of colleagues in which a deadline has passed that nothing has met yet."""
    passed = Clock.objects.filter(case=OuterRef("pk"), met_at=None, ended_at=None, due_at__lt=at)
    found = queue.chosen(Wanted(person=person)).filter(Exists(passed)).exclude(Q(owner=None) | Q(owner=person))
    return queue.rows(list(queue.with_clocks(found.by_due())[:MOST_SHOWN]), at=at)


def _calls(person: Person) -> Iterator[ToDo]:
    """The calls of one's own cases, and of those that nobody has (rules S9, S10)."""
    for task in calls.due(person).filter(Q(case__owner=person) | Q(case__owner=None)).exclude(case__state=State.CLOSED)[:MOST_CALLS]:
        title = _("Call %(who)s") % {"who": task.case.reporter}
        text = f"#{task.case_id} {task.case.subject} · {task.get_reason_display()}"
        yield ToDo(task.raised_at, title, str(task.case.organisation), text, reverse("desk-case-call", args=[task.case_id]))


def _decisions(person: Person) -> Iterator[ToDo]:
    """What the client asks of whoever directs cases: more attention, a higher priority, a lowering taken back (rule S5)."""
    asked = Reclassification.objects.filter(decided_at=None) | Reclassification.objects.filter(objected_at__isnull=False, settled_at=None)
    seen = Case.objects.visible_to(person).open()
    for row in asked.filter(case__in=seen).select_related("case__organisation").order_by("pk")[:MOST_SHOWN]:
        since = row.objected_at or row.asked_at
        text = _("The client objects to the lower priority.") if row.objected_at else _("The client asks for a higher priority.")
        yield _about(row.case, since, text, "desk-case-objection" if row.objected_at else "desk-case-wish")
    for case in seen.filter(escalated_at__isnull=False).select_related("organisation").order_by("escalated_at", "pk")[:MOST_SHOWN]:
        yield _about(case, case.escalated_at, _("The client asks for more attention."), "desk-case-escalation")


def _about(case: Case, since: datetime | None, text: str, name: str) -> ToDo:
    url = reverse(name, args=[case.pk])
    return ToDo(since or case.opened_at, f"#{case.pk} {case.subject}", str(case.organisation), text, url, urgent=True)


def _mails(person: Person) -> Iterator[ToDo]:
    """Held mail, as one thing (rule S8)."""
    held = list(held_mail.visible_to(person).order_by("received_at").values_list("received_at", flat=True)[: queue.MOST_COUNTED])
    if held:
        title = ngettext("%(count)s mail to sort", "%(count)s mails to sort", len(held)) % {"count": len(held)}
        yield ToDo(held[0], title, "", _("Somebody has to say which case it belongs to."), reverse("desk-held-mails"))
