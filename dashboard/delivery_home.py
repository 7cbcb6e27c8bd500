"""Delivery on a client's home page: costs to accept, work to accept, questions of credit, and the tasks that are open (D1, D5, T3).

A fixed number of queries, however much there is.
"""

from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from cases import portal as case_portal
from cases.models import TriageDecision, TriageWay
from clients import access, limits
from clients.access import Voice, Yes
from clients.agreements import local_date
from clients.models import Organisation
from dashboard import delivery_links
from dashboard.delivery_rows import TaskRow, rows
from delivery import terms
from delivery.models import Completion, DeliveryTask, Estimate, EstimateState, TaskQuerySet
from people.models import Person

MOST_TASKS = 5
MOST_WAITING = 10


@dataclass(frozen=True)
class ToAccept:
    """A cost that the reader can accept, or complete the acceptance of; `first` has agreed already."""

    estimate: Estimate
    first: Person | None
    url: str


@dataclass(frozen=True)
class Panel:
    """Delivery on the home page of one person. `several`: of more than one organisation."""

    offered: bool
    tasks: Sequence[TaskRow]
    open_count: int
    several: bool
    to_accept: Sequence[ToAccept]
    done: Sequence[tuple[Completion, str]]
    questions: Sequence[tuple[TriageDecision, str]]

    @property
    def waits(self) -> bool:
        """Whether anything waits for the reader."""
        return any((self.to_accept, self.done, self.questions))

    @property
    def more_tasks(self) -> int:
        """How many are open besides those that are listed."""
        return self.open_count - len(self.tasks)


NOTHING = Panel(offered=False, tasks=[], open_count=0, several=False, to_accept=[], done=[], questions=[])


def panel_of(person: Person, *, of: Collection[int], booking: Collection[int], at: datetime) -> Panel:
    """What the home page of `person` says of delivery for these organisations at `at`. `booking`: where they may book sessions."""
    if terms.offered() is None:
        return NOTHING
    deciding = access.decides_for(person, at=at) & set(of)
    mine = tasks_of(person).filter(organisation__in=of)
    listed = list(mine.open().select_related("organisation").order_by("-opened_at", "-pk")[:MOST_TASKS])
    return Panel(
        offered=True,
        tasks=rows(listed),
        open_count=mine.open().count(),
        several=len(of) > 1,
        to_accept=_to_accept(person, deciding, at),
        done=_done(person, mine, deciding),
        questions=_questions(person, deciding | set(booking)),
    )


def tasks_of(person: Person) -> TaskQuerySet:
    """The tasks of the organisations that `person` belongs to as a client."""
    return DeliveryTask.objects.visible_to(person).filter(organisation__in=Organisation.objects.of_member(person))


def _to_accept(person: Person, deciding: Collection[int], at: datetime) -> list[ToAccept]:
    """The costs that wait for this person's yes: nobody's yet, or the second one (rules: People, D1)."""
    waiting = Estimate.objects.filter(state=EstimateState.OFFERED, task__organisation__in=deciding, valid_until__gte=local_date(at))
    listed = waiting.select_related("task__organisation", "acceptance__person").order_by("valid_until", "pk")[:MOST_WAITING]
    firsts = {estimate: _first_yes(estimate) for estimate in listed}
    given = [yes for yes in firsts.values() if yes]
    voices, lent = access.voices({yes.organisation_id for yes in given}, at=at) if given else [], access.lent_then(given)
    return [
        ToAccept(estimate, yes.person if yes else None, delivery_links.acceptance(estimate))
        for estimate, yes in firsts.items()
        if yes is None or _completes(person, estimate.net, yes, voices, lent[yes])
    ]


def _first_yes(estimate: Estimate) -> Yes | None:
    given = getattr(estimate, "acceptance", None)
    return None if given is None else Yes(estimate.task.organisation_id, given.person, given.at)


def _completes(person: Person, net: Decimal, yes: Yes, voices: Sequence[Voice], lent: Set[int]) -> bool:
    about = [voice for voice in voices if voice.organisation_id == yes.organisation_id]
    return person in limits.seconds(yes.person, among=about, lent=lent) or limits.decides_alone(person, net, among=about)


def _done(person: Person, mine: TaskQuerySet, deciding: Collection[int]) -> list[tuple[Completion, str]]:
    """What was told done and waits for an answer: of the approvers, and of the task's contact (rule D5)."""
    asked = Completion.objects.filter(Q(task__organisation__in=deciding) | Q(task__contact=person), answered_at=None, task__in=mine)
    listed = asked.select_related("task__organisation", "told_by").order_by("due_at", "pk")[:MOST_WAITING]
    return [(told, delivery_links.completion(told, decides=told.task.organisation_id in deciding)) for told in listed]


def _questions(person: Person, spending: Collection[int]) -> list[tuple[TriageDecision, str]]:
    """Cases judged to be server support, which begins when the client says that credit may be used (rule T3)."""
    asked = TriageDecision.objects.filter(way=TriageWay.SERVER_SUPPORT, answered_at=None, case__closed_at=None)
    seen = asked.filter(case__organisation__in=spending, case__in=case_portal.cases_of(person))
    listed = seen.select_related("case__organisation", "decided_by").order_by("decided_at", "pk")[:MOST_WAITING]
    return [(decision, delivery_links.credit_question(decision)) for decision in listed]
