"""What delivery costs and how it is approved for the next estimate (rules P1, D1)."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from clients.models import Organisation
from core import rows
from core.errors import DomainError
from core.once import once
from delivery.models import DeliveryTerms, ManagerLimit

__all__ = ["DeliveryNotOffered", "DeliveryTerms", "ManagerLimit", "current", "limits_of", "offered", "second_above"]


class DeliveryNotOffered(DomainError):
    """The provider's profile has no terms of delivery."""

    message = _("No terms of delivery have been set: the provider’s profile has no [delivery]. Nothing has changed.")


def offered() -> DeliveryTerms | None:
    """The terms in force now; None where the provider's profile has no `[delivery]` (rule P1)."""
    return once("delivery terms", lambda: rows.find(DeliveryTerms, "id = 1"))


def current() -> DeliveryTerms:
    """The terms in force now. Raises DeliveryNotOffered."""
    terms = offered()
    if terms is None:
        raise DeliveryNotOffered
    return terms


def limits_of(organisation: Organisation) -> ManagerLimit:
    """What the account manager of `organisation` has chosen (rule D1); nothing chosen where they have not."""
    found = ManagerLimit.objects.filter(person=organisation.account_manager_id).first()
    return found or ManagerLimit(person_id=organisation.account_manager_id)


def second_above(organisation: Organisation) -> Decimal | None:
    """Above which sum without VAT a second account manager approves (rule D1); None: whatever the sum, one is enough."""
    chosen = limits_of(organisation).second_above
    if chosen is not None:
        return chosen
    return current().second_above
