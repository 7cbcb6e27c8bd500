"""The receipt of a session: who worked from when to when, what counts, and what it comes to (rules C7, C8, R6, R7, R8).

raw minutes (all that was worked) − free minutes = billable minutes, which are multiplied by the factor and rounded
once, as was agreed at booking → charged minutes. Free is what was worked without the consent that it needed, what was
logged too late and not accepted, and everything in a session that was broken off through our own fault. What is free
is taken out before anything is counted or rounded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from people.models import Person
from sessions import counting, factors
from sessions.counting import Allowance, Stretch, billable
from sessions.factors import Factor
from sessions.models import Consent, DisputeLine, Fault, LateWork, Session, SessionKind, WorkEntry

__all__ = ["Line", "Receipt", "agreed_minutes", "billable", "charge_of", "limit_minutes", "must_stop", "receipt", "tolerated_minutes"]

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Line:
    """One stretch of work. `minutes` is what stands: as logged, or as settled after a dispute."""

    entry: WorkEntry
    minutes: int
    free_minutes: int

    @property
    def person(self) -> Person:
        """Who worked."""
        return self.entry.person

    @property
    def started_at(self) -> datetime:
        """From when."""
        return self.entry.started_at

    @property
    def ended_at(self) -> datetime:
        """To when, as logged."""
        return self.entry.ended_at

    @property
    def note(self) -> str:
        """What was done."""
        return self.entry.note

    @property
    def late(self) -> LateWork | None:
        """The question whether work that was logged late is accepted, where there is one (rule R6)."""
        return _late(self.entry)

    @property
    def is_barred(self) -> bool:
        """Whether nothing of the line counts, because it was logged late and nobody has accepted it (rule R6)."""
        return _is_barred(self.entry)


@dataclass(frozen=True)
class Receipt:
    """The way from what was worked to what is charged, in man-minutes, with the factor between them."""

    raw_minutes: int
    free_minutes: int
    charged_minutes: int
    lines: tuple[Line, ...]
    factor: Factor = field(default_factory=Factor)

    @property
    def billable_minutes(self) -> int:
        """What counts, before the factor and the rounding."""
        return self.raw_minutes - self.free_minutes

    @property
    def exact_minutes(self) -> Decimal:
        """What counts multiplied by the factor, exact in hundredths, before the rounding (rule C17)."""
        return Decimal(self.billable_minutes * self.factor.percent) / 100

    @property
    def barred_minutes(self) -> int:
        """What is free because it was logged late and nobody has accepted it (rule R6)."""
        return sum(line.minutes for line in self.lines if line.is_barred)

    @property
    def beyond_minutes(self) -> int:
        """What is free because it went beyond what the client had agreed to (rules C8, R8)."""
        return self.free_minutes - self.barred_minutes


def receipt(session: Session, *, figures: Mapping[int, int] | None = None) -> Receipt:
    """The receipt of `session` as it stands now, from its live entries (rules C7, C8, R6, R7, R8).

    `figures` are minutes by entry that replace the logged ones, as a dispute claims or settles them; by default
    those of the settled dispute, if there was one. A corrected line counts from its beginning.
    """
    settled = _settled_figures(session) if figures is None else figures
    entries = WorkEntry.objects.filter(session=session, live=True).select_related("person", "late").order_by("started_at", "pk")
    stretches = [Stretch(entry.pk, entry.started_at, settled.get(entry.pk, entry.minutes)) for entry in entries]
    counted = _counted(session, stretches, barred={entry.pk for entry in entries if _is_barred(entry)})
    lines = tuple(
        Line(entry, stretch.minutes, stretch.minutes - counted.get(entry.pk, 0)) for entry, stretch in zip(entries, stretches, strict=True)
    )
    return Receipt(
        raw_minutes=sum(line.minutes for line in lines),
        free_minutes=sum(line.free_minutes for line in lines),
        charged_minutes=counting.charged(sum(counted.values()), session.counting),
        lines=lines,
        factor=factors.of(session),
    )


def limit_minutes(session: Session) -> int:
    """How many man-minutes may be charged without asking (rules C8, R8).

    Of a booked session the estimate and its tolerance; of unplanned work none; of urgent work what was agreed for
    that, and never more than the client is asked for.
    """
    if session.kind == SessionKind.BOOKED:
        return tolerated_minutes(session)
    return min(session.urgent_cap_minutes, tolerated_minutes(session)) if session.kind == SessionKind.URGENT else 0


def tolerated_minutes(session: Session) -> int:
    """The estimate and its tolerance, in man-minutes (rule C8)."""
    return counting.limit(estimated_minutes=session.estimated_minutes, tolerance_percent=session.tolerance_percent)


def agreed_minutes(session: Session) -> int:
    """How many man-minutes the client has agreed to by now, with every consent given (rule C8)."""
    return max([limit_minutes(session), *(allowance.minutes for allowance in _allowances(_answered(session)))])


def charge_of(session: Session, minutes: int) -> int:
    """What `minutes` of work in this session come to: multiplied and rounded as was agreed (rules C7, C17)."""
    return counting.charged(minutes, session.counting)


def must_stop(session: Session) -> bool:
    """Whether the client has refused urgent work and has not agreed to anything since (rule R8)."""
    pause = _pause_after_refusal(session, _answered(session))
    return pause is not None and pause.until is None


@dataclass(frozen=True)
class _Standstill:
    """Nothing that is worked `since` then counts, `until` the client agrees to something."""

    since: datetime
    until: datetime | None

    def cut(self, stretch: Stretch) -> list[Stretch]:
        """What of `stretch` lies outside: minutes that began before, and those from `until` on."""
        minutes = [stretch.started_at + MINUTE * number for number in range(stretch.minutes)]
        before = sum(began < self.since for began in minutes)
        after = 0 if self.until is None else sum(began >= self.until for began in minutes)
        resumed = stretch.started_at + MINUTE * (stretch.minutes - after)
        return [Stretch(stretch.key, stretch.started_at, before), Stretch(stretch.key, resumed, after)]


def _counted(session: Session, stretches: Iterable[Stretch], *, barred: set[int]) -> dict[int, int]:
    """How many minutes of each entry count. What cannot count at all is left out before the limit is looked at."""
    if session.fault == Fault.OURS:
        return {}
    answered = _answered(session)
    admitted = [stretch for stretch in stretches if stretch.key not in barred]
    if standstill := _pause_after_refusal(session, answered):
        admitted = [piece for stretch in admitted for piece in standstill.cut(stretch)]
    return billable(admitted, limit=limit_minutes(session), consents=_allowances(answered))


def _pause_after_refusal(session: Session, answered: Iterable[Consent]) -> _Standstill | None:
    """Urgent work has to stop where the client refuses it before agreeing to any (rule R8)."""
    if session.kind != SessionKind.URGENT:
        return None
    since: datetime | None = None
    for consent in answered:
        if consent.given:
            return _Standstill(since, consent.answered_at) if since else None
        since = since or consent.answered_at
    return _Standstill(since, None) if since else None


def _answered(session: Session) -> list[Consent]:
    """The questions that have their answer, in the order they were asked and so answered: one stands at a time."""
    return list(Consent.objects.filter(session=session, given__isnull=False).order_by("pk"))


def _allowances(answered: Iterable[Consent]) -> list[Allowance]:
    return [Allowance(consent.minutes, consent.answered_at) for consent in answered if consent.given and consent.answered_at is not None]


def _settled_figures(session: Session) -> dict[int, int]:
    settled = DisputeLine.objects.filter(dispute__session=session, dispute__round=session.round, settled_minutes__isnull=False)
    return {line.entry_id: line.settled_minutes for line in settled if line.settled_minutes is not None}


def _late(entry: WorkEntry) -> LateWork | None:
    return getattr(entry, "late", None)


def _is_barred(entry: WorkEntry) -> bool:
    late = _late(entry)
    return late is not None and not late.accepted
