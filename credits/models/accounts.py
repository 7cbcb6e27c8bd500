"""A credit account: what an organisation has, kept so that reading it never sums its history (rule C15)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from clients.models import Organisation
from people.models import Person


class CreditAccountQuerySet(models.QuerySet["CreditAccount"]):
    """Accounts, narrowed to who may see them."""

    def visible_to(self, person: Person) -> Self:
        """The accounts of the organisations whose affairs `person` may read."""
        return self.filter(organisation__in=Organisation.objects.visible_to(person))


class CreditAccount(models.Model):
    """Minutes of credit by what can be done with them. Only the ledger's verbs change the figures.

    `available` can be booked, `held` is what holds cover, `frozen` is set aside, `debt` is owed; there is
    never debt and available credit at once. `entry_count` is the number of the last ledger entry.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="credit_accounts", verbose_name=_("organisation"))
    name = models.CharField(_("name"), max_length=80)
    reference = models.CharField(_("reference or purchase order"), max_length=80, blank=True)
    available_minutes = models.PositiveIntegerField(_("available"), default=0, editable=False)
    held_minutes = models.PositiveIntegerField(_("held"), default=0, editable=False)
    frozen_minutes = models.PositiveIntegerField(_("frozen"), default=0, editable=False)
    debt_minutes = models.PositiveIntegerField(_("owed"), default=0, editable=False)
    entry_count = models.PositiveIntegerField(_("number of entries"), default=0, editable=False)
    last_entry_at = models.DateTimeField(_("last entry"), null=True, blank=True, editable=False)
    monthly_limit_minutes = models.PositiveIntegerField(_("most in a month (minutes)"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True, editable=False)
    low_level_minutes = models.PositiveIntegerField(_("lowest level it is below"), null=True, blank=True, editable=False)
    low_since = models.DateTimeField(_("low since"), null=True, blank=True, editable=False)
    low_crossings = models.PositiveIntegerField(_("times low"), default=0, editable=False)

    objects = CreditAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit account")
        verbose_name_plural = _("credit accounts")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "name"], name="credit_account_name_once"),
            models.CheckConstraint(condition=Q(debt_minutes=0) | Q(available_minutes=0), name="never_debt_and_available_at_once"),
            models.CheckConstraint(
                condition=Q(available_minutes__gte=0, held_minutes__gte=0, frozen_minutes__gte=0, debt_minutes__gte=0),
                name="credit_account_pockets_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(available_minutes=0, held_minutes=0, frozen_minutes=0, debt_minutes=0),
                name="closed_account_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.name}"

    @property
    def balance_minutes(self) -> int:
        """What is left in the lots, less what is owed (rule C15). Below zero when in debt."""
        return self.available_minutes + self.held_minutes + self.frozen_minutes - self.debt_minutes


class Spender(models.Model):
    """`person` may spend from `account`. An account that names nobody is open to every member (rule C16)."""

    account = models.ForeignKey(CreditAccount, models.CASCADE, related_name="spenders", verbose_name=_("account"))
    person = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("person"))
    history = HistoricalRecords()

    class Meta:
        verbose_name = _("spender")
        verbose_name_plural = _("spenders")
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "person"], name="spender_once")]

    def __str__(self) -> str:
        return f"{self.person} · {self.account}"
