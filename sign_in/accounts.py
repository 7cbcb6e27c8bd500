"""What an administrator does about how somebody signs in: they never choose a password, and no address changes in silence (rule M4)."""

from datetime import datetime

from allauth.account.internal.flows.password_reset import request_password_reset
from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from notices import outbox
from people.models import Person
from sign_in import sign_ins


class TooManyLinks(DomainError):
    """As many as they may ask for themselves."""

    message = _("Many links for a password were asked for just now. Go on in an hour. What is left was not sent.")


def send_password_link(request: HttpRequest, *, person: Person) -> None:
    """Mail `person` the link by which they choose a password, as if they had asked for it.

    Raises TooManyLinks where the address that asks, or the one that is written to, has had its share (ACCOUNT_RATE_LIMITS).
    """
    if not ratelimit.consume(request, app="allauth.account", action="reset_password", key=person.email):
        raise TooManyLinks
    request_password_reset(request, person.email, [person], None)


@transaction.atomic
def address_was_changed(*, person: Person, before: str, but: SessionBase, at: datetime) -> None:
    """End the sign-ins of `person`, who had the address `before`, and tell both addresses.

    What allauth noted of the one before goes, for it would still open the account. `but` goes on where it is their own.
    """
    EmailAddress.objects.filter(user=person).delete()
    sign_ins.end_others(person=person, but=but)
    with translation.override(person.language):
        subject = gettext("You sign in with another address now")
        body = gettext(
            "An administrator changed the address that you sign in with from %(before)s to %(after)s, and your sign-ins were ended. "
            "If you did not ask for that, answer at once."
        ) % {"before": before, "after": person.email}
    for address in (before, person.email):
        outbox.write_to_address(
            cause=f"security:address:{person.pk}:{at.isoformat()}",
            person=person,
            address=address,
            language=person.language,
            text=(subject, body),
            at=at,
        )
