"""What an agreement says about the money of a plan: since when, by which index, what a missed target grants (rules I7, P3, S16)."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import reasons
from clients.access import has_duty
from clients.agreed import may_edit
from clients.models import AgreementPlan, IndexedFrom, Organisation, StaffDuty
from core.errors import DomainError, NotAllowed
from people.models import Person


class ClauseIncomplete(DomainError):
    """An index clause names an index, its base month and what it stood at then."""

    message = _("An index clause has a name, a base month and the index of that month: all of them, or none. Nothing has changed.")


class GrantIncomplete(DomainError):
    """What a missed target grants has an amount, and a share is at most all of the fee."""

    message = _("Say how much a missed guarantee grants: a share from 1 to 100 percent, or minutes. Nothing has changed.")


class NotInAgreement(DomainError):
    """The plan cannot be charged from a day on which the agreement does not run."""

    message = _("The agreement does not run on that day. Nothing has changed.")


@dataclass(frozen=True, kw_only=True)
class PlanMoney:
    """What is said of a plan in an agreement, by the names of `AgreementPlan`. Empty `missed_grants`: what the plan says."""

    starts_on: date | None = None
    included_account: str = ""
    index_name: str = ""
    index_month: date | None = None
    index_value: Decimal | None = None
    index_from: str = IndexedFrom.ANNIVERSARY
    missed_grants: str = ""
    missed_amount: int | None = None
    missed_cap: int | None = None


def may_say(person: Person, organisation: Organisation) -> bool:
    """Whether `person` writes it: whoever writes the agreement, and finance."""
    return may_edit(person, organisation) or has_duty(person, StaffDuty.FINANCE)


@transaction.atomic
def say(row: AgreementPlan, said: PlanMoney, *, reason: str, by: Person, at: datetime) -> AgreementPlan:
    """Write it down, for what is charged and missed from now on (rules I7, P3, S16). The same again changes nothing.

    The history of the row keeps why (rule C14). Raises NotAllowed, ReasonMissing, ClauseIncomplete, GrantIncomplete, NotInAgreement.
    """
    reason = reasons.checked(reason)
    found = AgreementPlan.objects.select_for_update(of=("self",)).select_related("agreement__organisation", "plan")
    row = found.get(pk=row.pk)
    if not may_say(by, row.agreement.organisation):
        raise NotAllowed
    wanted = asdict(said)
    wanted["index_month"] = said.index_month and said.index_month.replace(day=1)
    _check(row, said)
    if any(getattr(row, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(row, name, value)
        row._history_user, row._history_date = by, at  # type: ignore[attr-defined]  # how django-simple-history takes them
        reasons.because(row, reason)
        row.save()
    return row


def _check(row: AgreementPlan, said: PlanMoney) -> None:
    clause = [bool(said.index_name), said.index_month is not None, said.index_value is not None]
    if any(clause) != all(clause) or (said.index_value is not None and said.index_value <= 0):
        raise ClauseIncomplete
    grants_something = said.missed_grants in {"fee", "credit"}
    if grants_something != bool(said.missed_amount) or (not grants_something and said.missed_cap is not None):
        raise GrantIncomplete
    if said.missed_grants == "fee" and (said.missed_amount or 0) > 100:
        raise GrantIncomplete
    begins, ends = row.agreement.starts_on, row.agreement.ends_on
    if said.starts_on is not None and (said.starts_on < begins or (ends is not None and said.starts_on >= ends)):
        raise NotInAgreement
