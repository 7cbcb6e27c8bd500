"""The audit log: who did what, when, to whom, and from where. Append-only (rules C14, R3; proof SEC15).

An entry points at things and copies nothing of them: values before and after a change stand in the history of what was
changed, names in the person's own row. So nobody's data is kept here twice, and who is forgotten there is forgotten here.
"""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from clients.models import Organisation
from people.models import Person


class Kind(models.TextChoices):
    """What sort of thing an entry tells of."""

    BEHALF = "behalf", _("Done for a client")
    CLIENT = "client", _("Done by a client")
    DESK = "desk", _("Done at the desk")
    CHANGE = "change", _("Settings, roles and client data")
    LOOK = "look", _("Looks at access instructions")
    SIGN_IN = "sign_in", _("Sign-ins")
    FAILED = "failed", _("Failed sign-ins")
    ACCESS = "access", _("Passwords and second factors")
    DOWNLOAD = "download", _("Downloads and exports")
    REFUSED = "refused", _("Refused for want of a right")
    ADMIN = "admin", _("Done in the administration")
    COMMAND = "command", _("Commands on the server")


class Entry(models.Model):
    """One thing that was done. Append-only.

    `what` is a word of `trail.words`, or an address's name. `thing` and `number` say to what it was done, as a model's label and
    key; of a change, `source` is the key of its row of history. `person` and `organisation` are numbers that may outlive
    their rows; None: nobody who signed in, no client. `via` is the address or command that a change came by, `operator`
    the account on the server that ran a command.
    """

    at = models.DateTimeField(_("when"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    what = models.CharField(_("what"), max_length=120)
    person = models.ForeignKey(
        Person, models.DO_NOTHING, related_name="+", verbose_name=_("who"), null=True, db_constraint=False, db_index=False
    )
    organisation = models.ForeignKey(
        Organisation, models.DO_NOTHING, related_name="+", verbose_name=_("client"), null=True, db_constraint=False, db_index=False
    )
    thing = models.CharField(_("thing"), max_length=80, blank=True)
    number = models.BigIntegerField(_("number"), null=True)
    source = models.BigIntegerField(_("row of history"), null=True)
    via = models.CharField(_("by way of"), max_length=120, blank=True)
    operator = models.CharField(_("account on the server"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("entry of the audit log")
        verbose_name_plural = _("entries of the audit log")
        indexes: ClassVar = [
            models.Index(fields=["at", "id"], name="trail_in_order"),
            models.Index(fields=["person", "at", "id"], name="trail_of_person"),
            models.Index(fields=["organisation", "at", "id"], name="trail_of_client"),
            models.Index(fields=["kind", "at", "id"], name="trail_of_kind"),
            models.Index(fields=["thing", "number", "at", "id"], name="trail_of_thing"),
            models.Index(fields=["thing", "at", "id"], name="trail_of_sort"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=Kind.values), name="trail_kind_known"),
            models.UniqueConstraint(
                fields=["thing", "source"], condition=models.Q(source__isnull=False), name="trail_tells_of_a_change_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind} {self.what}"


class Whereabouts(models.Model):
    """From which address on the network an entry came. It is never changed, and removed when its time is over.

    Purpose: to find out who was behind a sign-in, a download or an attempt. It stands beside the log, since the log itself
    can forget nothing (`trail.addresses`).
    """

    entry = models.OneToOneField(Entry, models.DO_NOTHING, related_name="whereabouts", verbose_name=_("entry"))
    at = models.DateTimeField(_("when"), db_index=True)
    address = models.GenericIPAddressField(_("network address"))

    class Meta:
        verbose_name = _("network address of an entry")
        verbose_name_plural = _("network addresses of entries")

    def __str__(self) -> str:
        return self.address
