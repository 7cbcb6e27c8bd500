"""What account managers choose for the clients in their care (rule D1).

Up to which sum an estimate passes by itself, and above which a second of them has to approve it: for what is handed in
from now on. The history keeps why (rule C14).
"""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import reasons
from clients.access import has_duty
from clients.models import StaffDuty
from core.errors import DomainError, NotAllowed
from delivery import money, terms
from delivery.models import ManagerLimit
from people.models import Person


class LimitAbsurd(DomainError):
    """A sum below zero, of fractions of a cent, or beyond all reason."""

    message = _("A limit is a sum of at least 0 and below 100 million, in whole cents. Nothing has changed.")


class LimitsCrossed(DomainError):
    """What passes without anybody's approval would need that of two."""

    message = _("What passes by itself cannot be more than the sum above which a second account manager approves. Nothing has changed.")


@transaction.atomic
def choose(*, passes_below: Decimal | None, second_above: Decimal | None, reason: str, by: Person, at: datetime) -> ManagerLimit:
    """Let estimates of one's own clients pass by themselves up to a sum, and need a second account manager above one (rule D1).

    None for `passes_below`: nothing passes by itself; None for `second_above`: the provider's sum. Sums without VAT, in the
    currency of the books. The same again changes nothing. Raises NotAllowed for who is no account manager, ReasonMissing,
    DeliveryNotOffered, LimitAbsurd, LimitsCrossed.
    """
    reason = reasons.checked(reason)
    if not has_duty(by, StaffDuty.ACCOUNT_MANAGER):
        raise NotAllowed
    check(passes_below=passes_below, second_above=second_above)
    Person.objects.select_for_update(of=("self",)).get(pk=by.pk)  # a first choice has no row yet to lock
    found = ManagerLimit.objects.filter(person=by).first() or ManagerLimit(person=by)
    if (found.passes_below, found.second_above) != (passes_below, second_above):
        found.passes_below, found.second_above = passes_below, second_above
        found._history_user, found._history_date = by, at  # type: ignore[attr-defined]  # how django-simple-history takes them
        reasons.because(found, reason)
        found.save()
    return found


def check(*, passes_below: Decimal | None, second_above: Decimal | None) -> None:
    """Raises DeliveryNotOffered, LimitAbsurd, LimitsCrossed."""
    needs_two_above = terms.current().second_above if second_above is None else second_above
    for limit in (passes_below, second_above):
        if limit is not None and not _is_sound(limit):
            raise LimitAbsurd
    if passes_below is not None and needs_two_above is not None and passes_below > needs_two_above:
        raise LimitsCrossed


def _is_sound(limit: Decimal) -> bool:
    return limit.is_finite() and 0 <= limit < money.MOST_NET and limit == money.to_cents(limit)
