"""Personal signed links to the answer of one estimate (rule D1).

A link names the estimate, what was handed in, and the person, and serves for nothing else. It opens a page and never
acts; it acts by what that page sends, for the person who is signed in and whom it names. It lasts as long as the
estimate.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from delivery import answerable
from delivery.models import Estimate
from people.models import Person

SALT = "delivery.links: answer an estimate"
SEEN_WITH = ("task__organisation__account_manager", "task__case", "closed_by")


class LinkBroken(DomainError):
    """It is not a link of ours, or not whole."""

    message = _("This link is not whole. Copy all of it from the mail, or sign in and open the estimate there. Nothing has changed.")


class LinkOver(DomainError):
    """The estimate's last day is over, and the link's with it."""

    def __init__(self, estimate: Estimate) -> None:
        super().__init__(estimate)
        self.estimate = estimate

    message = _("This link lasted as long as the estimate, which could be answered until its last day. Nothing has changed.")


@dataclass(frozen=True)
class Link:
    """What a link is for: `estimate`, and the number of the person who may use it."""

    estimate: Estimate
    person_id: int


def url_for(estimate: Estimate, person: Person) -> str:
    """The whole address of the link of `person`, for a mail to them."""
    token = signing.dumps([estimate.pk, estimate.submission, person.pk], salt=SALT)
    return f"{settings.BASE_URL}{reverse('delivery-estimate-link', args=[token])}"


def read(token: str, *, at: datetime) -> Link:
    """What the token is for. Raises LinkBroken, and LinkOver(estimate) after the estimate's last day."""
    try:
        estimate_id, submission, person_id = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise LinkBroken from None
    estimate = Estimate.objects.filter(pk=estimate_id, submission=submission).select_related(*SEEN_WITH).first()
    if estimate is None or estimate.valid_until is None:
        raise LinkBroken
    if answerable.is_over(estimate, at=at):
        raise LinkOver(estimate)
    return Link(estimate, person_id)
