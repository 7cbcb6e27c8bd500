"""What a period says of delivery: judgements, acceptance, what was estimated against what was used (rules T2, D1, D3).

For finance and administrators over all clients, for account managers over their own. Three queries, however many there are,
besides the provider's zone.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from statistics import median

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from djmoney.money import Money

from cases.models import DeliveryGround, TriageDecision, TriageWay
from clients.access import has_duty
from clients.models import Organisation, Provider, StaffDuty
from core import drawing
from core.formatting import distance
from delivery.models import DeliveryTask, Estimate, EstimateState
from people.models import Person

READERS = (StaffDuty.ACCOUNT_MANAGER, StaffDuty.ADMINISTRATOR, StaffDuty.FINANCE)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Judged:
    """How often cases of a client were judged to be delivery on one ground, and what became of the objections. Minutes."""

    organisation: str
    ground: str
    decisions: int
    objected: int
    upheld: int
    overturned: int
    support_minutes: int

    @property
    def ground_display(self) -> str:
        """The ground in words."""
        return str(DeliveryGround(self.ground).label)


@dataclass(frozen=True)
class Ground:
    """One ground over all clients; `width` is its bar's."""

    label: str
    decisions: int
    width: str


@dataclass(frozen=True)
class Answers:
    """What a client answered to the estimates that they were sent in the period; `waits`: those that are not answered yet."""

    organisation: str
    offered: int
    accepted: int
    declined: int
    expired: int
    waits: int
    minutes: tuple[int, ...]

    @property
    def rate_percent(self) -> Decimal | None:
        """How many of those that were answered, or that expired, were accepted; None where none was."""
        answered = self.accepted + self.declined + self.expired
        return (Decimal(100 * self.accepted) / answered).quantize(Decimal(1)) if answered else None

    @property
    def median_minutes(self) -> int | None:
        """The median time from sending to acceptance, in elapsed minutes; None where nothing was accepted."""
        return int(median(self.minutes)) if self.minutes else None

    @property
    def median_words(self) -> str:
        """The same in words."""
        return distance(self.median_minutes or 0)


@dataclass(frozen=True)
class Used:
    """A task: what was accepted for time and expenses, what of it has been used, and what is to be invoiced. Without VAT."""

    number: int
    title: str
    organisation: str
    state: str
    estimated: Money
    used: Money
    accepted: Money
    billed: Money

    @property
    def used_percent(self) -> Decimal | None:
        """How much of what was estimated has been used; None where nothing is used by time."""
        if not self.estimated.amount:
            return None
        share: Decimal = 100 * self.used.amount / self.estimated.amount
        return share.quantize(Decimal(1))

    @property
    def width(self) -> str:
        """That of its bar."""
        return drawing.css_percent(min(int((self.used_percent or 0) * 100), drawing.WHOLE))


@dataclass(frozen=True)
class Report:
    """The period, first and last day included by the provider's calendar, and what it says."""

    first: date
    last: date
    judged: list[Judged]
    answers: list[Answers]
    tasks: list[Used]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.judged or self.answers or self.tasks)

    @cached_property
    def grounds(self) -> list[Ground]:
        """The judgements by ground, the most frequent first."""
        counted: defaultdict[str, int] = defaultdict(int)
        for row in self.judged:
            counted[row.ground] += row.decisions
        most = max(counted.values(), default=0)
        ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        return [
            Ground(str(DeliveryGround(ground).label), number, drawing.css_percent(number * drawing.WHOLE // most))
            for ground, number in ranked
        ]

    @cached_property
    def all_judged(self) -> Judged:
        """All clients and grounds together."""
        return Judged("", "", *(sum(getattr(row, name) for row in self.judged) for name in _JUDGED))

    @cached_property
    def all_answers(self) -> Answers:
        """All clients together."""
        sums = {name: sum(getattr(row, name) for row in self.answers) for name in ("offered", "accepted", "declined", "expired", "waits")}
        return Answers(organisation="", minutes=tuple(minutes for row in self.answers for minutes in row.minutes), **sums)


_JUDGED = ("decisions", "objected", "upheld", "overturned", "support_minutes")


def report(person: Person, *, first: date, last: date) -> Report:
    """What the days from `first` to `last` say, both included, of the clients that `person` reads about."""
    zone = Provider.objects.get().zone
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(last + timedelta(days=1), time(), zone)
    clients = readable(person)
    return Report(
        first,
        last,
        judged=_judged(TriageDecision.objects.filter(case__organisation__in=clients, decided_at__gte=begin, decided_at__lt=end)),
        answers=_answers(Estimate.objects.filter(task__organisation__in=clients, offered_at__gte=begin, offered_at__lt=end)),
        tasks=_used(DeliveryTask.objects.filter(Q(closed_at=None) | Q(closed_at__gte=begin), organisation__in=clients, opened_at__lt=end)),
    )


def readable(person: Person) -> QuerySet[Organisation]:
    """The clients whose figures `person` reads: all for finance and administrators, one's own for account managers."""
    if has_duty(person, StaffDuty.ADMINISTRATOR, StaffDuty.FINANCE):
        return Organisation.objects.all()
    return Organisation.objects.managed_by(person)


def _judged(decisions: QuerySet[TriageDecision]) -> list[Judged]:
    rows = decisions.filter(way=TriageWay.DELIVERY).values("case__organisation__name", "ground")
    counted = rows.annotate(
        decided=Count("pk"),
        objections=Count("objected_at"),
        stands=Count("pk", filter=Q(upheld=True)),
        falls=Count("pk", filter=Q(upheld=False)),
        minutes=Sum("support_minutes"),
    )
    columns = ("case__organisation__name", "ground", "decided", "objections", "stands", "falls", "minutes")
    return [Judged(*row) for row in counted.order_by("case__organisation__name", "ground").values_list(*columns)]


def _answers(estimates: QuerySet[Estimate]) -> list[Answers]:
    """By client. An estimate that was replaced or taken back was never answered."""
    columns = ("task__organisation__name", "state", "offered_at", "acceptance__completed_at")
    of_clients: defaultdict[str, list[tuple[str, datetime, datetime | None]]] = defaultdict(list)
    for name, *answer in estimates.order_by("task__organisation__name", "pk").values_list(*columns):
        of_clients[name].append((answer[0], answer[1], answer[2]))
    return [_counted(name, answers) for name, answers in of_clients.items()]


def _counted(name: str, answers: Iterable[tuple[str, datetime, datetime | None]]) -> Answers:
    states = [state for state, _offered, _completed in answers]
    minutes = tuple(
        (completed - offered) // MINUTE for state, offered, completed in answers if state == EstimateState.ACCEPTED and completed
    )
    return Answers(
        organisation=name,
        offered=len(states),
        accepted=states.count(EstimateState.ACCEPTED),
        declined=states.count(EstimateState.DECLINED),
        expired=states.count(EstimateState.EXPIRED),
        waits=states.count(EstimateState.OFFERED),
        minutes=minutes,
    )


def _used(tasks: QuerySet[DeliveryTask]) -> list[Used]:
    """Tasks with an accepted cost, the latest first."""
    paid = tasks.filter(accepted_net__gt=0).annotate(client=F("organisation__name"), billed=Coalesce(Sum("billables__net"), Decimal(0)))
    return [
        Used(
            number=task.pk,
            title=task.title,
            organisation=task.client,
            state=task.get_state_display(),
            estimated=Money(task.workable_net, task.currency),
            used=Money(task.used_net, task.currency),
            accepted=Money(task.accepted_net, task.currency),
            billed=Money(task.billed, task.currency),
        )
        for task in paid.order_by("-pk")
    ]
