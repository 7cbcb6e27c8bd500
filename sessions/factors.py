"""What a session is multiplied by: the time band it begins in, and the skill it takes (rule C17).

The factor is fixed at booking, by the bands and levels that are offered then, and holds for the whole session, also
where that reaches beyond the band. A client who moves the session accepts the factor of the new start, which is said
before; a move within the band that was agreed keeps what was agreed. Where we move it, the lower of both stands.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from clients import provider
from core.formatting import hours, percent
from sessions import availability, counting
from sessions import terms as session_terms
from sessions.availability import Wanted
from sessions.bands import PLAIN, band_at, combined
from sessions.counting import Counting
from sessions.models import Purpose, Session, SkillLevel, TimeBand

__all__ = ["Factor", "Tariff", "at_booking", "held_minutes", "moved_by_client", "moved_by_us", "of", "promised_minutes", "tariff"]


@dataclass(frozen=True)
class Factor:
    """What billable minutes are multiplied by, in whole percents, and why."""

    percent: int = PLAIN
    band: TimeBand | None = None
    level: SkillLevel | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """The columns of a session that keep it."""
        return {"factor_percent": self.percent, "band": self.band, "skill_level": self.level}

    @property
    def is_plain(self) -> bool:
        """Whether an hour counts as an hour."""
        return self.percent == PLAIN

    @property
    def name(self) -> str:
        """What it is for, in the reader's language: "Evening, Database specialist"."""
        return ", ".join(str(part) for part in self._parts)

    @property
    def reason(self) -> str:
        """The same with its percents: "Evening 150% × Database specialist 120%".

        Where the parts have another size by now, what was agreed is said as a whole: "Evening, Database specialist 170%".
        """
        if combined(part.factor_percent for part in self._parts) == self.percent:
            return " × ".join(f"{part} {percent(Decimal(part.factor_percent))}" for part in self._parts)
        return f"{self.name} {percent(Decimal(self.percent))}".strip()

    @property
    def _parts(self) -> list[TimeBand | SkillLevel]:
        return [part for part in (self.band, self.level) if part is not None and part.factor_percent != PLAIN]


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """What `minutes` of work come to by when they begin: the bands in force, read once, and how minutes are counted.

    `agreed` is the factor that a booked session has: it stands while the session stays in the same band.
    """

    bands: Sequence[TimeBand]
    zone: ZoneInfo
    level: SkillLevel | None
    minutes: int
    counting: Counting
    agreed: Factor | None = None

    def at(self, starts_at: datetime | None) -> Factor:
        """The factor of a session that begins at `starts_at`; without a time only the skill counts."""
        band = band_at(starts_at, self.bands, self.zone) if starts_at else None
        if self.agreed is not None and band == self.agreed.band:
            return self.agreed
        parts = [part.factor_percent for part in (band, self.level) if part is not None]
        return Factor(combined(parts), band, self.level)

    def held_minutes(self, factor: Factor) -> int:
        """How much credit is held for the minutes by this factor."""
        return counting.held(self.minutes, replace(self.counting, factor_percent=factor.percent))

    def note(self, starts_at: datetime) -> str:
        """What to say beside a time whose factor is not 100 %, "Evening: 1 h → 2 h"; nothing beside another."""
        factor = self.at(starts_at)
        if factor.is_plain:
            return ""
        words = {"band": factor.name, "raw": hours(self.minutes), "held": hours(self.held_minutes(factor))}
        return _("%(band)s: %(raw)s → %(held)s") % words


def at_booking(*, purpose: Purpose, starts_at: datetime | None) -> Factor:
    """The factor that a session booked now for `starts_at` gets (rule C17). Without a time only the skill counts."""
    return _offered(purpose, 0, Counting()).at(starts_at)


def moved_by_client(*, session: Session, starts_at: datetime) -> Factor:
    """The factor that the session gets when its client moves it to `starts_at` (rule C17)."""
    return _booked(session).at(starts_at)


def moved_by_us(*, session: Session, starts_at: datetime) -> Factor:
    """The factor that the session gets when we move it to `starts_at`: never above what was agreed (rules C10, C17)."""
    then, agreed = _booked(session).at(starts_at), of(session)
    return then if then.percent <= agreed.percent else agreed


def of(session: Session) -> Factor:
    """The factor that the session has, as it was agreed."""
    return Factor(session.factor_percent, session.band, session.skill_level)


def held_minutes(session: Session, factor: Factor) -> int:
    """How much credit the session would hold by `factor`, all else as it was agreed (rules C5, C17)."""
    return counting.held(session.estimated_minutes, replace(session.counting, factor_percent=factor.percent))


def promised_minutes(session: Session, factor: Factor) -> int:
    """The same, or what all that its client has agreed to would be charged at, where that is more (rules C5, C8)."""
    counted_by = replace(session.counting, factor_percent=factor.percent)
    return max(held_minutes(session, factor), counting.charged(consented_minutes(session), counted_by))


def consented_minutes(session: Session) -> int:
    """The most that the client has consented to, in man-minutes; 0 where nothing was asked (rule C8)."""
    return max(session.consents.filter(given=True).values_list("minutes", flat=True), default=0)


def tariff(wanted: Wanted) -> Tariff:
    """What the open times for `wanted` come to: by the terms in force, or by those of the session that is moved (rule P3)."""
    if wanted.moving is not None:
        return _booked(wanted.moving)
    return _offered(wanted.purpose, wanted.minutes * wanted.technician_count, session_terms.counting())


def _offered(purpose: Purpose, minutes: int, counting: Counting) -> Tariff:
    level = purpose.skill_level
    return Tariff(
        bands=availability.offered_bands(),
        zone=_zone(),
        level=level if level is not None and level.offered else None,
        minutes=minutes,
        counting=counting,
    )


def _booked(session: Session) -> Tariff:
    """For a session that is booked: the level that was agreed, and the bands that are offered now."""
    return Tariff(
        bands=availability.offered_bands(),
        zone=_zone(),
        level=session.skill_level,
        minutes=session.estimated_minutes,
        counting=session.counting,
        agreed=of(session),
    )


def _zone() -> ZoneInfo:
    return provider.current().zone
