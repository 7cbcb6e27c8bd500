"""The receipt of a session: who worked from when to when, what counts, and what it comes to (rules C7, C8, R7).

raw minutes (all that was worked) − free minutes (worked without the consent that was needed) = billable minutes,
which are multiplied by the factor and rounded once, as was agreed at booking → charged minutes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from people.models import Person
from sessions import counting
from sessions.counting import Allowance, Counting, Stretch, billable
from sessions.models import Consent, DisputeLine, Session, WorkEntry

__all__ = ["Line", "Receipt", "agreed_minutes", "billable", "limit_minutes", "receipt"]


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


@dataclass(frozen=True)
class Receipt:
    """The way from what was worked to what is charged, in man-minutes."""

    raw_minutes: int
    free_minutes: int
    charged_minutes: int
    lines: tuple[Line, ...]

    @property
    def billable_minutes(self) -> int:
        """What counts, before the rounding."""
        return self.raw_minutes - self.free_minutes


def receipt(session: Session, *, figures: Mapping[int, int] | None = None) -> Receipt:
    """The receipt of `session` as it stands now, from its live entries (rules C7, C8, R7).

    `figures` are minutes by entry that replace the logged ones, as a dispute claims or settles them; by default
    those of the settled dispute, if there was one. A corrected line counts from its beginning.
    """
    settled = _settled_figures(session) if figures is None else figures
    entries = WorkEntry.objects.filter(session=session, live=True).select_related("person").order_by("started_at", "pk")
    stretches = [Stretch(entry.pk, entry.started_at, settled.get(entry.pk, entry.minutes)) for entry in entries]
    counted = billable(stretches, limit=limit_minutes(session), consents=_allowances(session))
    lines = tuple(
        Line(entry, stretch.minutes, stretch.minutes - counted[entry.pk]) for entry, stretch in zip(entries, stretches, strict=True)
    )
    return Receipt(
        raw_minutes=sum(line.minutes for line in lines),
        free_minutes=sum(line.free_minutes for line in lines),
        charged_minutes=counting.charged(sum(counted.values()), _counting(session)),
        lines=lines,
    )


def limit_minutes(session: Session) -> int:
    """How many man-minutes may be charged without asking: estimate × technicians and the tolerance (rule C8)."""
    return counting.limit(held_minutes=session.held_minutes, tolerance_percent=session.tolerance_percent)


def agreed_minutes(session: Session) -> int:
    """How many man-minutes the client has agreed to by now, with every consent given (rule C8)."""
    return max([limit_minutes(session), *(given.minutes for given in _allowances(session))])


def _allowances(session: Session) -> list[Allowance]:
    given: Iterable[Consent] = Consent.objects.filter(session=session, given=True).order_by("pk")
    return [Allowance(consent.minutes, consent.answered_at) for consent in given if consent.answered_at is not None]


def _settled_figures(session: Session) -> dict[int, int]:
    settled = DisputeLine.objects.filter(dispute__session=session, dispute__round=session.round, settled_minutes__isnull=False)
    return {line.entry_id: line.settled_minutes for line in settled if line.settled_minutes is not None}


def _counting(session: Session) -> Counting:
    return Counting(
        step=session.rounding_step_minutes,
        mode=session.rounding_mode,
        minimum=session.minimum_charge_minutes,
        factor_percent=session.factor_percent,
    )
