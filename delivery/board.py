"""The delivery board: the open tasks by state, what each of them waits for, and where it can be moved (rules D1 to D5).

A fixed number of queries, however many tasks there are. Moving is a verb of the task; what needs words leads to its form.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Window
from django.db.models.functions import RowNumber
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from djmoney.money import Money

from clients.access import manages
from clients.agreements import local_date
from core.formatting import day, moment
from core.once import at_one_moment
from delivery import life, terms, usage
from delivery.models import (
    CLOSED_STATES,
    LIVE,
    Completion,
    DeliveryCost,
    DeliveryTask,
    DeliveryTime,
    Estimate,
    EstimateState,
    TaskQuerySet,
    TaskState,
)
from people.models import Person

MOST_IN_COLUMN = 40
COLUMNS: dict[TaskState, str | Promise] = {
    TaskState.ESTIMATING: pgettext_lazy("a column of the board", "To estimate"),
    TaskState.REVIEWING: pgettext_lazy("a column of the board", "Under review"),
    TaskState.OFFERED: pgettext_lazy("a column of the board", "At the client"),
    TaskState.READY: pgettext_lazy("a column of the board", "Ready"),
    TaskState.WORKING: pgettext_lazy("a column of the board", "In work"),
    TaskState.DONE: pgettext_lazy("a column of the board", "Done"),
}
WHOSE = [("", gettext_lazy("All")), ("mine", gettext_lazy("Mine")), ("nobody", gettext_lazy("Nobody’s"))]


@dataclass(frozen=True)
class Wanted:
    """Which tasks: whose, and of which client, by number."""

    person: Person
    whose: str = ""
    client: int | None = None


@dataclass(frozen=True)
class Move:
    """A column that a task can be moved to: by a button that is pressed, or on a page that asks for more."""

    to: TaskState
    label: str
    url: str
    at_once: bool


@dataclass(frozen=True)
class Waits:
    """What a task waits for; `late`: longer than was planned or promised."""

    text: str
    late: bool = False


@dataclass(frozen=True)
class Card:
    """One task on the board. `net`: what is accepted, or else what is estimated."""

    task: DeliveryTask
    net: Money | None
    sum: usage.Sum
    waits: Waits
    moves: Sequence[Move]


@dataclass(frozen=True)
class Column:
    """The tasks of one state, those with the earliest date first; `more` of them are not shown."""

    state: TaskState
    label: str | Promise
    count: int
    cards: Sequence[Card]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.cards)


@at_one_moment()
def columns(wanted: Wanted, *, at: datetime) -> list[Column]:
    """The board as `wanted`. Five queries."""
    found = chosen(wanted).open()
    counts = dict(found.order_by().values_list("state").annotate(Count("pk")))
    by_state: dict[str, list[Card]] = {state: [] for state in COLUMNS}
    for task in _first_of_each(found) if counts else ():
        by_state[task.state].append(card(task, wanted.person, at=at))
    return [Column(state, label, counts.get(state, 0), by_state[state]) for state, label in COLUMNS.items()]


def chosen(wanted: Wanted) -> TaskQuerySet:
    """The tasks that are asked for, among those that one may see."""
    found = DeliveryTask.objects.visible_to(wanted.person)
    if wanted.whose == "mine":
        managed = Q(organisation__account_manager=wanted.person) | Q(organisation__deputy_manager=wanted.person)
        found = found.filter(Q(assignee=wanted.person) | managed & Q(state__in=[TaskState.REVIEWING, TaskState.OFFERED, TaskState.DONE]))
    elif wanted.whose == "nobody":
        found = found.filter(assignee=None)
    return found.filter(organisation=wanted.client) if wanted.client else found


def closed(wanted: Wanted) -> Any:
    """The closed tasks, the latest first."""
    found = chosen(wanted).filter(state__in=CLOSED_STATES, closed_at__isnull=False)
    return found.select_related("organisation", "assignee").order_by("-closed_at", "-pk")


def card(task: DeliveryTask, person: Person, *, at: datetime) -> Card:
    """The card of a task that was read with `facts_of`."""
    figures = usage.sum_of(task, warn_percent=_warn_percent())
    live = _live(task)
    net = figures.accepted if task.accepted_net else live.net_money if live is not None and live.net else None
    return Card(task, net, figures, waits(task, figures, at=at), moves(task, person))


def facts_of(found: TaskQuerySet) -> TaskQuerySet:
    """The tasks with all that a card shows: two more queries, however many they are."""
    worked = Exists(DeliveryTime.objects.filter(task=OuterRef("pk"), live=True))
    spent = Exists(DeliveryCost.objects.filter(task=OuterRef("pk"), live=True))
    told = Exists(Completion.objects.filter(task=OuterRef("pk")))
    live = Estimate.objects.filter(state__in=LIVE).select_related("prepared_by")
    return (
        found.select_related("organisation__account_manager", "assignee")
        .annotate(has_work=worked | spent | told)
        .prefetch_related(
            Prefetch("estimates", live, to_attr="live_estimates"),
            Prefetch("completions", Completion.objects.filter(answered_at=None), to_attr="open_completions"),
        )
    )


def moves(task: DeliveryTask, person: Person) -> list[Move]:
    """Where `person` can move the task, by what it allows; the verbs decide again."""
    if not life.may_work(person, task):
        return []
    page = {"estimate": _page("desk-delivery-estimate-new", task), "done": _page("desk-delivery-done", task)}
    if task.state == TaskState.ESTIMATING and _live(task) is None and page["estimate"]:
        return [Move(TaskState.REVIEWING, _("Estimate it"), page["estimate"], at_once=False)]
    if task.state == TaskState.READY:
        return [Move(TaskState.WORKING, _("Begin"), _page("desk-delivery-begin", task), at_once=True)]
    if task.state != TaskState.WORKING:
        return []
    back = Move(TaskState.READY, _("Put back"), _page("desk-delivery-put-back", task), at_once=False)
    done = Move(TaskState.DONE, _("Tell that it is done"), page["done"], at_once=False)
    ending = [done] if page["done"] and manages(person, task.organisation) else []
    return [*([] if getattr(task, "has_work", True) else [back]), *ending]


def waits(task: DeliveryTask, figures: usage.Sum, *, at: datetime) -> Waits:
    """What the task waits for, in a few words of the desk."""
    live, today = _live(task), local_date(at)
    match task.state:
        case TaskState.ESTIMATING | TaskState.REVIEWING:
            return _costing(task, live)
        case TaskState.OFFERED:
            return _the_client(live, today)
        case TaskState.READY:
            return _beginning(task, today)
        case TaskState.WORKING:
            return _working(task, figures, live, today)
        case TaskState.DONE:
            return _acceptance(task, at)
    return Waits("")


def _costing(task: DeliveryTask, live: Estimate | None) -> Waits:
    if task.state == TaskState.REVIEWING:
        return Waits(_("The approval of %(who)s") % {"who": task.organisation.account_manager})
    return Waits(_("%(who)s writes the estimate") % {"who": live.prepared_by} if live else _("To be estimated"))


def _the_client(live: Estimate | None, today: date) -> Waits:
    if live is None or live.valid_until is None:
        return Waits(_("The client’s yes"))
    return Waits(_("The client’s yes, by %(day)s") % {"day": day(live.valid_until)}, late=live.valid_until < today)


def _beginning(task: DeliveryTask, today: date) -> Waits:
    if task.starts_on is not None:
        late = task.starts_on < today
        words = _("Should have begun %(day)s") if late else _("Begins %(day)s")
        return Waits(words % {"day": day(task.starts_on)}, late)
    return Waits(_("To be planned") if task.assignee else _("Somebody to take it"))


def _working(task: DeliveryTask, figures: usage.Sum, live: Estimate | None, today: date) -> Waits:
    if live is not None:
        asked = {
            EstimateState.DRAFT: _("A change estimate is being written"),
            EstimateState.REVIEWING: _("A change estimate is under review"),
            EstimateState.OFFERED: _("A change estimate is at the client"),
        }
        return Waits(asked[EstimateState(live.state)])
    if figures.is_full:
        return Waits(_("The sum is used up: more needs a change estimate"), late=True)
    if task.ends_on is not None and task.ends_on < today:
        return Waits(_("Should have been done %(day)s") % {"day": day(task.ends_on)}, late=True)
    if figures.is_warned:
        return Waits(_("%(percent)s%% of the sum is used") % {"percent": figures.percent}, late=True)
    return Waits(_("Done by %(day)s") % {"day": day(task.ends_on)} if task.ends_on else "")


def _acceptance(task: DeliveryTask, at: datetime) -> Waits:
    told: Iterable[Completion] = getattr(task, "open_completions", ())
    due = next((completion.due_at for completion in told), None)
    if due is None:
        return Waits(_("The client’s acceptance"))
    return Waits(_("The client’s acceptance, by %(due)s") % {"due": moment(due)}, late=due < at)


def _first_of_each(found: TaskQuerySet) -> TaskQuerySet:
    """The first of each state: by when they should be done, then the oldest."""
    order = [F("ends_on").asc(nulls_last=True), F("pk").asc()]
    placed = found.annotate(place=Window(RowNumber(), partition_by="state", order_by=order)).filter(place__lte=MOST_IN_COLUMN)
    return facts_of(placed).order_by(*order)


def _live(task: DeliveryTask) -> Estimate | None:
    found: Sequence[Estimate] = getattr(task, "live_estimates", ())
    return found[0] if found else None


def _page(name: str, task: DeliveryTask) -> str:
    """The address of a page of the task; nothing where it does not exist."""
    try:
        return reverse(name, args=[task.pk])
    except NoReverseMatch:
        return ""


def _warn_percent() -> int:
    offered = terms.offered()
    return offered.warn_percent if offered is not None else 100
