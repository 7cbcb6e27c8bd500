"""Time worked: one shape for every app that logs it, with a concrete table each (rules C7, R7)."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from people.models import Person


class TimeEntry(models.Model):
    """Somebody worked from `started_at` to `ended_at`, to the minute; `live` until it is taken back.

    A correction takes the entry back and adds another, so that both can be read. Two live entries of one
    person never overlap: nobody works twice at once (a guard in the database; see the concrete table).
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name=_("who"))
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("to"))
    note = models.CharField(_("what was done"), max_length=500)
    logged_at = models.DateTimeField(_("logged"))
    live = models.BooleanField(_("counts"), default=True)

    class Meta:
        abstract = True
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(ended_at__gt=models.F("started_at")), name="%(class)s_ends_after_start")
        ]

    @property
    def minutes(self) -> int:
        """Elapsed whole minutes."""
        elapsed: timedelta = self.ended_at - self.started_at
        return int(elapsed.total_seconds() // 60)


def whole_minute(instant: datetime) -> datetime:
    """The same instant without its seconds: time is logged to the minute."""
    return instant.replace(second=0, microsecond=0)
