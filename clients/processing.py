"""Data processing agreements: who processes a client's personal data needs one (rule X2; GDPR article 28).

Where the provider asks for it (*setting*, off), no session is booked and nobody looks at access instructions before the client's
agreement in force says when one was signed, and where it is filed.
"""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import agreed, agreements, provider
from clients.models import Agreement, Organisation
from core.errors import DomainError, NotAllowed
from people.models import Person


class ProcessingAgreementMissing(DomainError):
    """None is on file."""

    message = _(
        "There is no data processing agreement on file, so no session can take place. "
        "Ask the account manager: it is written down with the agreement. Nothing has changed."
    )


class ReferenceMissing(DomainError):
    """A date without a reference, or a reference without a date, finds no paper."""

    message = _("Say both when it was signed and under which reference it is filed; or leave both empty. Nothing has changed.")


class SignedAhead(DomainError):
    """It says that it will be signed."""

    message = _("The day of signing lies ahead. Nothing has changed.")


def is_missing(organisation: Organisation, *, on: date) -> bool:
    """Whether one is asked for, and the agreement in force on the provider's local date `on` names none."""
    if not provider.current().needs_processing_agreement:
        return False
    agreement = agreements.in_force(organisation, on=on)
    return agreement is None or agreement.processing_agreed_on is None


def require(organisation: Organisation, *, on: date) -> None:
    """Refuse what needs one (rule X2). Raises ProcessingAgreementMissing."""
    if is_missing(organisation, on=on):
        raise ProcessingAgreementMissing


@transaction.atomic
def record(*, agreement: Agreement, signed_on: date | None, reference: str, by: Person, today: date) -> Agreement:
    """Write down when it was signed and where it is filed; both empty take it away (rule X2).

    Raises NotAllowed for who may not change the agreement, ReferenceMissing, SignedAhead.
    """
    agreement = Agreement.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=agreement.pk)
    if not agreed.may_edit(by, agreement.organisation):
        raise NotAllowed
    said = " ".join(reference.split())
    if bool(said) != (signed_on is not None):
        raise ReferenceMissing
    if signed_on is not None and signed_on > today:
        raise SignedAhead
    if (agreement.processing_agreed_on, agreement.processing_reference) == (signed_on, said):
        return agreement
    agreement.processing_agreed_on, agreement.processing_reference = signed_on, said
    agreement.save(update_fields=["processing_agreed_on", "processing_reference"])
    return agreement
