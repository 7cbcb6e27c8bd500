"""What the machinery remembers: who holds a lease, and what raised when it was due. No business rule stands here."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Lease(models.Model):
    """One holder at a time may do what `name` says, until `until` by the database's clock (`core/leases.py`)."""

    name = models.CharField(_("name"), max_length=50, unique=True)
    holder = models.CharField(_("holder"), max_length=200)
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"


class Failure(models.Model):
    """A due job that raised at its last try, or one thing that it acts on (`core/failures.py`).

    `thing` names the row (`invoicing.invoice:42`), and is empty where the job itself raised. It rests until `retry_at`; one
    that was given up (`given_up_at`) until somebody has it tried again. What goes well again has no row any more.
    """

    job = models.CharField(_("job"), max_length=100)
    thing = models.CharField(_("thing"), max_length=120, blank=True)
    attempts = models.PositiveIntegerField(_("tries"), default=1)
    since = models.DateTimeField(_("since"))
    last_at = models.DateTimeField(_("last try"))
    retry_at = models.DateTimeField(_("next try"))
    last_error = models.CharField(_("last error"), max_length=300)
    given_up_at = models.DateTimeField(_("given up"), null=True, blank=True)

    class Meta:
        verbose_name = _("failure")
        verbose_name_plural = _("failures")
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "thing"], name="failure_once")]

    def __str__(self) -> str:
        return f"{self.job}: {self.thing}" if self.thing else self.job


class Tally(models.Model):
    """How often somebody asked for something costly in the minute that they last asked in (`core/rate_limits.py`).

    `minute` counts from the beginning of 1970. `name` says what kind and who, a person or a client by number.
    """

    name = models.CharField(_("name"), max_length=100, unique=True)
    minute = models.PositiveBigIntegerField(_("minute"))
    asked = models.PositiveIntegerField(_("times"))

    class Meta:
        verbose_name = _("count of costly requests")
        verbose_name_plural = _("counts of costly requests")

    def __str__(self) -> str:
        return f"{self.name}: {self.asked}"
