"""How an organisation arranges its accounts: by department, site or cost centre (rule C16).

Whoever decides for the organisation opens accounts, names them, and says what their reference is, who spends from them
and how much a month. What has been promised stands: a lower limit, another name or other spenders change only what is
promised from now on.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import access
from clients.models import MemberRole, Organisation, StaffDuty
from core.errors import DomainError, NotAllowed
from credits import accounts, months, spending
from credits.book import AccountClosed
from credits.models import CreditAccount, Spender
from people.models import Person

__all__ = [
    "AccountClosed",
    "Arranged",
    "Arrangement",
    "NameTaken",
    "NoApproverNamed",
    "NotMembers",
    "arrange",
    "arranged",
    "check",
    "of",
    "open_account",
]


class NameTaken(DomainError):
    """The organisation has another account of that name."""

    message = _("Your organisation has another account of that name. Choose a different one. Nothing has changed.")


class NotMembers(DomainError):
    """Only the people of an organisation spend its credit."""

    message = _("Only people of your organisation can spend from its accounts. Nothing has changed.")


class NoApproverNamed(DomainError):
    """Without an approver among them nobody could top up or confirm hours."""

    message = _("Name at least one approver too: else nobody could top up this account or confirm hours. Nothing has changed.")


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """What is arranged about an account. `spenders` are people by number; none: every member. Limit in minutes; None: none."""

    name: str
    reference: str = ""
    monthly_limit_minutes: int | None = None
    spenders: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Arranged:
    """An account with the people whom it names, and how its month stands, where it has a limit."""

    account: CreditAccount
    spenders: Sequence[Person]
    month: months.Standing | None


def arranged(listed: Iterable[CreditAccount], *, on: date) -> list[Arranged]:
    """How several accounts are arranged, in their order; as many queries as for one."""
    found = list(listed)
    standing, names = months.standings(found, on), defaultdict(list)
    for spender in Spender.objects.filter(account__in=found).select_related("person").order_by("person__name", "pk"):
        names[spender.account_id].append(spender.person)
    return [Arranged(account, names[account.pk], standing.get(account.pk)) for account in found]


def of(account: CreditAccount) -> Arrangement:
    """How `account` is arranged now."""
    return Arrangement(
        name=account.name,
        reference=account.reference,
        monthly_limit_minutes=account.monthly_limit_minutes,
        spenders=frozenset(spending.named([account])[account.pk]),
    )


@transaction.atomic
def open_account(*, organisation: Organisation, arrangement: Arrangement, by: Person, at: datetime) -> CreditAccount:
    """Open one more account, empty (rule C16). The same arrangement again returns the account it opened.

    Raises NotAllowed for anybody who does not decide for the organisation, NameTaken, NotMembers, NoApproverNamed.
    """
    _check_by(by, organisation, at=at)
    _lock(organisation)
    if there := CreditAccount.objects.filter(organisation=organisation, name=arrangement.name).first():
        if of(there) == arrangement:
            return there
        raise NameTaken
    check(arrangement, organisation=organisation)
    account = accounts.open_account(organisation=organisation, name=arrangement.name, reference=arrangement.reference)
    return arrange(account=account, arrangement=arrangement, by=by, at=at)


@transaction.atomic
def arrange(*, account: CreditAccount, arrangement: Arrangement, by: Person, at: datetime) -> CreditAccount:
    """Arrange `account` so from now on; holds that stand keep standing (rule C16).

    Raises NotAllowed, AccountClosed, NameTaken, NotMembers, NoApproverNamed.
    """
    _check_by(by, account.organisation, at=at)
    _lock(account.organisation)
    (account,) = accounts.lock([account.pk])
    if account.closed_at is not None:
        raise AccountClosed
    check(arrangement, organisation=account.organisation, besides=account)
    account.name, account.reference = arrangement.name, arrangement.reference
    account.monthly_limit_minutes = arrangement.monthly_limit_minutes
    account.save(update_fields=["name", "reference", "monthly_limit_minutes"])
    _name_spenders(account, arrangement.spenders)
    return account


def check(arrangement: Arrangement, *, organisation: Organisation, besides: CreditAccount | None = None) -> None:
    """Refuse what cannot be arranged in `organisation`; `besides` is the account itself.

    Raises NameTaken, NotMembers, NoApproverNamed.
    """
    others = CreditAccount.objects.filter(organisation=organisation, name=arrangement.name)
    if others.exclude(pk=besides.pk if besides else 0).exists():
        raise NameTaken
    if not arrangement.spenders:
        return
    roles = dict(organisation.memberships.filter(person__in=arrangement.spenders).values_list("person", "role"))
    if len(roles) != len(arrangement.spenders):
        raise NotMembers
    if MemberRole.APPROVER not in roles.values():
        raise NoApproverNamed


def _check_by(by: Person, organisation: Organisation, *, at: datetime) -> None:
    administers = by.is_superuser or access.has_duty(by, StaffDuty.ADMINISTRATOR)
    if not (administers or access.is_approver(by, organisation, at=at)):
        raise NotAllowed


def _lock(organisation: Organisation) -> None:
    """One arrangement at a time in an organisation, so that names stay apart; who books there meanwhile is not held up."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)


def _name_spenders(account: CreditAccount, spenders: Collection[int]) -> None:
    """Row by row, for each leaves a trace in the history."""
    now = {spender.person_id: spender for spender in Spender.objects.filter(account=account)}
    for person, spender in now.items():
        if person not in spenders:
            spender.delete()
    for person in sorted(set(spenders) - now.keys()):
        Spender.objects.create(account=account, person_id=person)
