"""Two cases about the same thing become one, or are linked (rules S1, S6, S8).

The merged case is closed as a duplicate. Its clocks end without being met, for nobody answered it: what it promised is
owed in the surviving case. Where it had the higher priority, the surviving case has that one from then on, and the
earlier of the two deadlines of each kind; a deadline that was missed stays missed for ever. Nothing moves: its messages
stay where they were written and are read from the surviving case too, where its reporter and watchers watch from then on,
and which later mails to it join.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases import ending, life, messages, paging, timing
from cases.models import Case, CaseLink, Clock, ClockKind, ClosedAs, EventKind, Message, State, Voice, Watcher, Way
from core.errors import DomainError, NotAllowed
from core.reasons import reasoned
from people.models import Person


class MergedWithItself(DomainError):
    """A case and itself are one already."""

    message = _("That is the same case. Nothing has changed.")


class OtherClients(DomainError):
    """The cases belong to two clients, who must not read of each other."""

    message = _("That case belongs to another client, or there is none with that number. Nothing has changed.")


class TargetClosed(DomainError):
    """The case that should survive is closed."""

    message = _("The case that should go on is closed. Reopen it first, or choose another. Nothing has changed.")


@transaction.atomic
def merge(*, case: Case, into: Case, reason: str, by: Person, at: datetime) -> Case:
    """Close `case` as a duplicate of `into`, where it goes on. The same again changes nothing. Returns the surviving case.

    Whoever reported it watches the surviving case. What waited for the client goes on, for the client has spoken (rule S6).
    Raises NotAllowed, MergedWithItself, OtherClients, TargetClosed, CaseClosed, ReasonMissing, ReasonTooLong.
    """
    if case.pk == into.pk:
        raise MergedWithItself
    locked = {found.pk: life.locked(found) for found in sorted((case, into), key=lambda one: one.pk)}  # one order for all
    case, into = locked[case.pk], locked[into.pk]
    if not life.may_work(by, case):
        raise NotAllowed
    if case.organisation_id != into.organisation_id:
        raise OtherClients
    if case.merged_into_id == into.pk:
        return into
    if case.state == State.CLOSED:
        raise life.CaseClosed
    if into.state == State.CLOSED:
        raise TargetClosed
    said = reasoned(reason)
    promised = [_Promise(clock, timing.counted_from(case, ClockKind(clock.kind))) for clock in timing.running(case).values()]
    ending.close(case, ClosedAs.DUPLICATE, by=by, at=at, facts={"into": into.pk})
    life.amend(case, merged_into=into)
    event = life.note(case, EventKind.MERGED, at=at, by=by, reason=said, facts={"into": into.pk})
    _follow(case, into)
    _go_on(into, by=by, at=at)
    _take_over(case, into, promised, reason=said, by=by, at=at)
    messages.happened(case, "merged", event, messages.clients(case), into=into)
    return into


@transaction.atomic
def link(*, case: Case, other: Case, by: Person, at: datetime) -> CaseLink:
    """Note that two cases of a client have to do with each other; once. Raises NotAllowed, MergedWithItself, OtherClients."""
    first, second = _pair(case, other, by)
    made, fresh = CaseLink.objects.get_or_create(case=first, other=second)
    if fresh:
        for one, beside in ((first, second), (second, first)):
            life.note_internally(one, EventKind.LINKED, at=at, by=by, facts={"case": beside.pk})
    return made


@transaction.atomic
def unlink(*, case: Case, other: Case, by: Person, at: datetime) -> None:
    """Remove the link; where there is none, nothing changes. Raises NotAllowed, MergedWithItself, OtherClients."""
    first, second = _pair(case, other, by)
    gone, _each = CaseLink.objects.filter(case=first, other=second).delete()
    if gone:
        for one, beside in ((first, second), (second, first)):
            life.note_internally(one, EventKind.UNLINKED, at=at, by=by, facts={"case": beside.pk})


def surviving(case: Case) -> Case:
    """The case in which this one goes on: itself, unless it was merged. A circle cannot be: what is closed takes nothing in."""
    while case.merged_into_id is not None:
        case = Case.objects.select_related("organisation", "reporter", "owner").get(pk=case.merged_into_id)
    return case


def merged_into(case: Case) -> list[Case]:
    """The cases that go on in this one, directly or through others, by number."""
    found: dict[int, Case] = {}
    ahead = [case.pk]
    while ahead:
        nearer = Case.objects.filter(merged_into__in=ahead).select_related("reporter").order_by("pk")
        ahead = [one.pk for one in nearer]
        found |= {one.pk: one for one in nearer}
    return [found[number] for number in sorted(found)]


def first_word(case: Case, *, since: datetime, at: datetime) -> datetime | None:
    """When the client first said something from `since` to `at`, in a call too (rule S6); None: nothing.

    In the case, or in one that goes on in it.
    """
    theirs = Q(voice=Voice.CLIENT) | Q(voice=Voice.STAFF, way=Way.PHONE)
    found = Message.objects.filter(theirs, case__in=[case, *merged_into(case)], at__gte=since, at__lte=at)
    return found.order_by("at").values_list("at", flat=True).first()


def _pair(case: Case, other: Case, by: Person) -> tuple[Case, Case]:
    if case.pk == other.pk:
        raise MergedWithItself
    first, second = (life.locked(one) for one in sorted((case, other), key=lambda one: one.pk))
    if not life.may_work(by, first):
        raise NotAllowed
    if first.organisation_id != second.organisation_id:
        raise OtherClients
    return first, second


def _follow(case: Case, into: Case) -> None:
    """The reporter and the watchers of the one watch the other."""
    following = {case.reporter_id, *case.watchers.values_list("person", flat=True)} - {into.reporter_id}
    for person in sorted(following):
        Watcher.objects.get_or_create(case=into, person_id=person)


@dataclass(frozen=True)
class _Promise:
    """A clock that ran in the merged case, and when the word came that it is about."""

    clock: Clock
    of: datetime


def _take_over(case: Case, into: Case, promised: Iterable[_Promise], *, reason: str, by: Person, at: datetime) -> None:
    """What a higher priority of the merged case promised sooner, the surviving one keeps (rule S5), and the priority with it."""
    if case.priority >= into.priority:
        life.note(into, EventKind.MERGED, at=at, by=by, reason=reason, facts={"from": case.pk})
        return
    running = timing.running(into)
    sooner = [promise for promise in promised if _is_sooner(promise.clock, running.get(promise.clock.kind))]
    ended = [promise.clock.kind for promise in sooner if promise.clock.kind in running]
    facts = {"from": case.pk, "old": into.priority, "new": case.priority, "ended": ended}
    life.note(into, EventKind.MERGED, at=at, by=by, reason=reason, facts=facts)
    life.amend(into, priority=case.priority)
    for promise in sooner:
        kind, clock = ClockKind(promise.clock.kind), promise.clock
        timing.end(into, [kind], at=at)
        timing.open_clock(into, kind, timing.measured(clock), clock.calendar, at=at, of=promise.of)
    timing.refresh(into)
    paging.page_if_on_call(into, at=at)


def _is_sooner(promised: Clock, running: Clock | None) -> bool:
    """Whether this is due before what runs. What stands still, for the client's answer, is not."""
    if promised.due_at is None:
        return False
    return running is None or running.due_at is None or promised.due_at < running.due_at


def _go_on(into: Case, *, by: Person, at: datetime) -> None:
    """What came after the question is a word of the client's: the waiting ended with it, and a solution meets no silence."""
    asks = {State.WAITING: EventKind.WAITING, State.PROPOSED: EventKind.PROPOSED}.get(State(into.state))
    asked = into.events.filter(kind=asks).order_by("-pk").values_list("at", flat=True).first()
    said_at = first_word(into, since=asked, at=at) if asked else None
    if said_at is None:
        return
    into.solutions.filter(answered_at=None).update(closes_at=None)
    if into.state == State.WAITING:
        life.step(into, to=State.OPEN, at=at)
        facts = timing.resume(into, at=said_at)
        life.note(into, EventKind.RESUMED, at=at, by=by, facts=facts)
