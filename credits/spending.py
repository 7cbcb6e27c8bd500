"""Who may spend from an account, and who decides about it (rule C16).

An account may name the people who spend from it; one that names nobody is open to every member of its organisation.
Everybody of the organisation reads all its accounts. Who decides (tops up, confirms hours) is an approver who may
spend from the account, or the deputy of such an approver. Where none of those whom it names decides any more, all
approvers of the organisation do, so that nothing waits for nobody.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from clients import access, limits
from clients.access import Voice, Yes
from clients.models import Organisation
from credits import portal
from credits.models import CreditAccount, Spender
from people.models import Person

__all__ = ["deciders", "may_decide", "may_spend", "named", "spendable", "stand_ins", "voices", "voices_about"]


def may_spend(person: Person, account: CreditAccount, *, at: datetime) -> bool:
    """Whether `person` may book from `account`: a member, no reader, whom it names, if it names anybody; or who decides about it."""
    if not access.acts_for(person, account.organisation):
        return False
    names = named([account])[account.pk]
    return not names or person.pk in names or any(voice.person == person for voice in voices_about(account, at=at))


def may_decide(person: Person, account: CreditAccount, *, at: datetime) -> bool:
    """Whether `person` tops up `account` and confirms what is deducted from it, at `at`."""
    if not named([account])[account.pk]:
        return access.is_approver(person, account.organisation, at=at)
    return any(voice.person == person for voice in voices_about(account, at=at))


def deciders(account: CreditAccount, *, at: datetime) -> list[Person]:
    """Who decides about `account` at `at`, each once: approvers by name, then deputies."""
    return list(dict.fromkeys(voice.person for voice in voices_about(account, at=at)))


def stand_ins(account: CreditAccount, *, besides: Yes | None = None, at: datetime) -> list[Person]:
    """Whom to ask where nobody has decided about `account` for too long: the deputies in force, else all who decide.

    `besides` is a first yes that was given already: then those who can be the second approver.
    """
    about = voices_about(account, at=at)
    asked = limits.seconds_to(besides, among=about) if besides else list(dict.fromkeys(voice.person for voice in about))
    deputies = {voice.person for voice in about if voice.person.pk != voice.approver_id}
    return [person for person in asked if person in deputies] or asked


def spendable(person: Person, *, at: datetime) -> QuerySet[CreditAccount]:
    """The open accounts from which `person` may book, in order of name."""
    acting = Organisation.objects.acting(person)
    mine = portal.accounts_of(person).filter(closed_at=None, organisation__in=acting)
    listed = list(mine)
    names, about = named(listed), voices(listed, at=at)
    allowed = [
        account.pk
        for account in listed
        if not names[account.pk] or person.pk in names[account.pk] or any(voice.person == person for voice in about[account.pk])
    ]
    return mine.filter(pk__in=allowed)


def voices_about(account: CreditAccount, *, at: datetime) -> list[Voice]:
    """Who decides about `account` at `at`, one for each right they decide in."""
    return voices([account], at=at)[account.pk]


def voices(accounts: Iterable[CreditAccount], *, at: datetime) -> dict[int, list[Voice]]:
    """The same for several accounts, by account; as many queries as for one."""
    listed = list(accounts)
    names, of_clients = named(listed), defaultdict(list)
    for voice in access.voices((account.organisation_id for account in listed), at=at):
        of_clients[voice.organisation_id].append(voice)
    return {account.pk: _of_named(of_clients[account.organisation_id], names[account.pk]) for account in listed}


def named(accounts: Iterable[CreditAccount]) -> dict[int, set[int]]:
    """The people whom each account names, by account; none: every member may spend from it. One query."""
    found: dict[int, set[int]] = {account.pk: set() for account in accounts}
    for account, person in Spender.objects.filter(account__in=found).values_list("account", "person"):
        found[account].add(person)
    return found


def _of_named(voices: list[Voice], names: set[int]) -> list[Voice]:
    """Those that decide in the right of somebody named; all, where there are none: somebody has to decide."""
    return [voice for voice in voices if voice.approver_id in names] or voices
