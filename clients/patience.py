"""How long something may wait for one person's decision, before others are asked (rules: People)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from clients import provider
from clients.working_days import WorkingDays

CLOCK_CHANGE = timedelta(hours=2)


@dataclass(frozen=True)
class Patience:
    """The provider's working days (*setting*), as they stand at the instant `at`. None at all: others are asked at once."""

    at: datetime
    days: int
    working: WorkingDays

    @classmethod
    def of_provider(cls, *, at: datetime) -> Self:
        """What the provider has set."""
        return cls(at=at, days=provider.current().escalation_days, working=provider.working_days())

    @property
    def begun_by(self) -> datetime:
        """What began to wait later has surely not waited too long: a working day is never shorter than a day."""
        return self.at - timedelta(days=self.days) + CLOCK_CHANGE

    def is_over(self, since: datetime) -> bool:
        """Whether what waits `since` then has waited too long."""
        return self.working.add(since, self.days) <= self.at
