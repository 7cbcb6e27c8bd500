"""Who is on call (rule S18): the order of members, changed turns, and what a rota is set to.

Dispatchers and administrators arrange a rota; whoever is a member hands their own turn to another. The turns themselves
are arithmetic (`clients.turns`). Whoever may no longer sign in is passed over: a page must reach somebody.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _

from clients import plans, turns
from clients.access import has_duty
from clients.models import OnCallMember, OnCallRota, OnCallSwap, StaffDuty, StaffRole
from core.errors import DomainError, NotAllowed
from people.models import Person

ASIDE = 10_000
"""Positions out of the way of all that are given, while the order changes."""
WORKS_CASES = (StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER, StaffDuty.ADMINISTRATOR)
ARRANGES = (StaffDuty.DISPATCHER, StaffDuty.ADMINISTRATOR)
LONGEST_CHANGE = timedelta(days=366)


class NotAColleague(DomainError):
    """Only who can open a case can be on call."""

    message = _("Only technicians, dispatchers and administrators who can sign in can be on call. Nothing has changed.")


class MemberTwice(DomainError):
    """Somebody would have two places in the order."""

    message = _("Everybody has one place in the order. Nothing has changed.")


class RotaNeeded(DomainError):
    """A published plan promises help at any hour, and somebody has to be on call for it."""

    message = _("A published plan needs somebody on call here: one member has to stay. Nothing has changed.")


class ChangeReversed(DomainError):
    """The changed turn would end before it begins, or last longer than a year."""

    message = _("A changed turn ends after it begins, within a year. Nothing has changed.")


class ChangeOver(DomainError):
    """The time lies in the past."""

    message = _("This time has passed already. Nothing has changed.")


class SwapsOverlapped(DomainError):
    """Somebody else stands in for some of this time."""

    message = _("Part of this time has been given to somebody already. Take that back first. Nothing has changed.")


class SwapTakenBack(DomainError):
    """It had been taken back before."""

    message = _("This change has already been taken back. Nothing has changed.")


@dataclass(frozen=True)
class Seat:
    """A member to be: who, and how they are paged."""

    person: Person
    by_email: bool = True
    by_sms: bool = False


@dataclass(frozen=True)
class OnDuty:
    """`person` is on call in [starts_at, ends_at). `swap`: they stand in, by this change. Not `reachable`: the next is paged."""

    person: Person
    starts_at: datetime
    ends_at: datetime
    swap: OnCallSwap | None
    reachable: bool


@dataclass(frozen=True)
class Schedule:
    """A rota with its members in order, and who is on call when, the present turn first."""

    rota: OnCallRota
    members: list[OnCallMember]
    duties: list[OnDuty]

    @property
    def now(self) -> OnDuty | None:
        """Who is on call at the beginning of it."""
        return self.duties[0] if self.duties else None


def on_call(*, rota: OnCallRota, at: datetime) -> Person | None:
    """Who is on call at `at` (rule S18); None where nobody is a member. Who cannot be paged any more is passed over."""
    order = order_of(rota, at, at + timedelta(seconds=1))
    first = turns.on_call(order, at)
    wanted = turns.followers(order, at)
    return _first_reachable(wanted if first is None else [first, *wanted], ())


def next_in_turn(*, rota: OnCallRota, at: datetime, after: Collection[int]) -> Person | None:
    """Who comes after those, by number, who were paged already; None where nobody is left."""
    order = order_of(rota, at, at + timedelta(seconds=1))
    return _first_reachable(turns.followers(order, at), after)


def schedules(*, first: datetime, last: datetime) -> list[Schedule]:
    """Every rota, with who is on call when in [first, last). Four queries, however many there are."""
    touching = OnCallSwap.objects.filter(live=True, starts_at__lt=last, ends_at__gt=first).select_related("person").order_by("starts_at")
    seats = OnCallMember.objects.select_related("person").order_by("position")
    found = OnCallRota.objects.select_related("lead").order_by("code", "pk")
    found = found.prefetch_related(Prefetch("members", seats), Prefetch("swaps", touching, to_attr="touching"))
    reached = set(colleagues().values_list("pk", flat=True))
    return [Schedule(rota, list(rota.members.all()), _duties(rota, first, last, reached)) for rota in found]


def order_of(rota: OnCallRota, first: datetime, last: datetime) -> turns.Order:
    """The rota as the arithmetic reads it, with the changed turns that touch [first, last)."""
    return _order(rota, _live(rota).filter(starts_at__lt=last, ends_at__gt=first))


def may_arrange(person: Person) -> bool:
    """Whether `person` may set up rotas: dispatchers and administrators."""
    return person.is_active and has_duty(person, *ARRANGES)


def colleagues() -> QuerySet[Person]:
    """Who can be on call: whoever works for us, can open a case, and can sign in."""
    working = StaffRole.objects.filter(person=OuterRef("pk"), duty__in=WORKS_CASES)
    return Person.objects.filter(Exists(working), is_active=True).order_by("name", "pk")


@transaction.atomic
def set_members(*, rota: OnCallRota, seats: Sequence[Seat], by: Person, at: datetime) -> OnCallRota:
    """Let these take turns, in this order (rule S18). The turn that runs at `at` stays with whom it is, if they stay.

    Raises NotAllowed, MemberTwice, NotAColleague, RotaNeeded.
    """
    rota = _arranged(rota, by)
    wanted = [seat.person.pk for seat in seats]
    if len(set(wanted)) < len(wanted):
        raise MemberTwice
    if set(wanted) - set(colleagues().values_list("pk", flat=True)):
        raise NotAColleague
    if not wanted and plans.needs_people(rota):
        raise RotaNeeded
    first_on = turns.first_day(_order(rota, ()), wanted, at)
    if [_seat_of(member) for member in rota.members.order_by("position")] == [_as_kept(seat) for seat in seats]:
        return rota
    rota.first_turn_on = first_on
    rota.save(update_fields=["first_turn_on"])
    _seat(rota, seats)
    return rota


@transaction.atomic
def swap(*, rota: OnCallRota, person: Person, stretch: tuple[datetime, datetime], by: Person, at: datetime) -> OnCallSwap:
    """Let `person` be on call for `stretch`, [from, to), whoever's turn it is (rule S18).

    `by` arranges rotas, or hands over turns of their own. Raises NotAllowed, ChangeReversed, ChangeOver, NotAColleague,
    SwapsOverlapped.
    """
    starts_at, ends_at = stretch
    if not starts_at < ends_at <= starts_at + LONGEST_CHANGE:
        raise ChangeReversed
    if ends_at <= at:
        raise ChangeOver
    rota = _locked(rota)
    if not (may_arrange(by) or _owns(by, rota, stretch)):
        raise NotAllowed
    if not colleagues().filter(pk=person.pk).exists():
        raise NotAColleague
    change = OnCallSwap(rota=rota, person=person, starts_at=starts_at, ends_at=ends_at)
    try:
        with transaction.atomic():
            change.save(force_insert=True)
    except IntegrityError as refused:
        if "no_overlap" in str(refused):
            raise SwapsOverlapped from refused
        raise
    return change


@transaction.atomic
def take_back(*, swap: OnCallSwap, by: Person, at: datetime) -> OnCallSwap:
    """Let turns be as they were before `swap` (rule S18). Who stands in may give it back as well.

    Raises NotAllowed, SwapTakenBack, ChangeOver once its time has passed.
    """
    rota = _locked(swap.rota)
    swap = OnCallSwap.objects.select_related("person", "rota").get(pk=swap.pk)
    if not (may_arrange(by) or by.pk == swap.person_id or _owns(by, rota, (swap.starts_at, swap.ends_at), regularly=True)):
        raise NotAllowed
    if not swap.live:
        raise SwapTakenBack
    if swap.ends_at <= at:
        raise ChangeOver
    swap.live = False
    swap.save(update_fields=["live"])
    return swap


def _arranged(rota: OnCallRota, by: Person) -> OnCallRota:
    """The rota, locked, for somebody who may arrange it."""
    if not may_arrange(by):
        raise NotAllowed
    return _locked(rota)


def _locked(rota: OnCallRota) -> OnCallRota:
    return OnCallRota.objects.select_for_update().get(pk=rota.pk)


def _owns(person: Person, rota: OnCallRota, stretch: tuple[datetime, datetime], *, regularly: bool = False) -> bool:
    """Whether all of the stretch is `person`'s to give away; `regularly`: by turns alone, whoever stands in."""
    order = _order(rota, () if regularly else _live(rota))
    found = turns.turns(order, *stretch)
    return person.is_active and bool(found) and all(turn.person == person.pk for turn in found)


def _duties(rota: OnCallRota, first: datetime, last: datetime, reached: Collection[int]) -> list[OnDuty]:
    """Of a rota with its members and the touching swaps at hand."""
    swaps: list[OnCallSwap] = rota.touching  # type: ignore[attr-defined]  # prefetched by `schedules`
    people = {member.person_id: member.person for member in rota.members.all()} | {swap.person_id: swap.person for swap in swaps}
    return [
        OnDuty(people[turn.person], turn.starts_at, turn.ends_at, _swap_of(turn, swaps), turn.person in reached)
        for turn in turns.turns(_order(rota, swaps), first, last)
    ]


def _order(rota: OnCallRota, swaps: Iterable[OnCallSwap]) -> turns.Order:
    """The rota as the arithmetic reads it; members as they are prefetched, or read now."""
    members = sorted(rota.members.all(), key=lambda member: member.position)
    return turns.Order(
        members=[member.person_id for member in members],
        first_on=rota.first_turn_on or turns.FIRST_MONDAY,
        turn_days=rota.turn_days,
        hands_over_at=rota.hands_over_at,
        zone=ZoneInfo(rota.time_zone),
        swaps=[turns.Swap(swap.person_id, swap.starts_at, swap.ends_at) for swap in swaps],
    )


def _live(rota: OnCallRota) -> QuerySet[OnCallSwap]:
    return rota.swaps.filter(live=True).order_by("starts_at")


def _swap_of(turn: turns.Turn, swaps: Iterable[OnCallSwap]) -> OnCallSwap | None:
    """The change that a swapped turn is of."""
    return next((swap for swap in swaps if turn.swapped and swap.starts_at <= turn.starts_at < swap.ends_at), None)


def _first_reachable(wanted: Sequence[int], after: Collection[int]) -> Person | None:
    found = {person.pk: person for person in colleagues().filter(pk__in=wanted)}
    return next((found[pk] for pk in wanted if pk in found and pk not in after), None)


def _seat(rota: OnCallRota, seats: Sequence[Seat]) -> None:
    """The members as they are to be; one by one, for each has a history."""
    standing = {member.person_id: member for member in rota.members.all()}
    for number, member in enumerate(standing.values()):
        OnCallMember.objects.filter(pk=member.pk).update(position=ASIDE + number)
    for position, seat in enumerate(seats, start=1):
        member = standing.get(seat.person.pk) or OnCallMember(rota=rota, person=seat.person)
        _person, member.by_email, member.by_sms = _as_kept(seat)
        member.position = position
        member.save()
    for pk in standing.keys() - {seat.person.pk for seat in seats}:
        standing[pk].delete()  # those who leave go last: the database lets no rota that is needed be empty, not even between


def _seat_of(member: OnCallMember) -> tuple[int, bool, bool]:
    return member.person_id, member.by_email, member.by_sms


def _as_kept(seat: Seat) -> tuple[int, bool, bool]:
    """Whoever chose nothing is paged by mail."""
    return seat.person.pk, seat.by_email or not seat.by_sms, seat.by_sms
