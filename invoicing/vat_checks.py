"""Whether a buyer's VAT number is in force: asked of VIES, and kept as it was answered (rule I2).

Every question is kept with its answer, for that is the seller's proof of good faith. The latest answer that is yes or no
stands: a number that VIES has denied makes reverse charge impossible until VIES says otherwise. No answer never blocks.

VIES is asked outside of any transaction, and what it said is written down afterwards.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import islice

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from clients import provider, vat
from clients.models import Organisation
from core.errors import DomainError
from invoicing import life, terms
from invoicing.models import Invoice, InvoiceState, VatCheck, Verdict
from invoicing.vies import Answer, Checker, Vies, compact
from people.models import Person

DEFINITE = (Verdict.VALID, Verdict.INVALID)
MOST_AT_ONCE = 3
"""Numbers in one run of the job: each may take long."""
TRIED_AGAIN = timedelta(hours=1)
"""How long the job waits after VIES gave no answer."""


class NoNumber(DomainError):
    """The client has no VAT number to ask about."""

    message = _("No VAT number is registered for this client, so there is nothing to ask. Nothing has changed.")


class CheckMismatch(DomainError):
    """The same form has asked about another client or number."""

    message = _("This form has asked about another number before. Open the page again. Nothing has changed.")


def check(client: Organisation, *, by: Person, at: datetime, cause: str, checker: Checker | None = None) -> VatCheck:
    """Ask VIES about the client's VAT number as it is registered now (rule I2). The same `cause` again asks nobody.

    Never called inside a transaction. Raises NotAllowed for anybody but finance, NoNumber, CheckMismatch.
    """
    life.check_finance(by)
    number = compact(client.vat_number)
    if not number:
        raise NoNumber
    if found := VatCheck.objects.filter(cause=cause).first():
        return _the_same(found, client, number)
    return _ask(client, number, by=by, at=at, cause=cause, checker=checker or Vies())


def check_due(*, at: datetime, checker: Checker | None = None, most: int = MOST_AT_ONCE) -> int:
    """Ask about the buyers of drafts with reverse charge whose last answer is older than the provider's terms say (rule I2).

    Off where they say nothing. A few at a time; where there was no answer it is tried again after an hour.
    """
    now = terms.offered()
    if now is None or now.vat_check_days is None:
        return 0
    asked = 0
    for client in islice(_due(at, timedelta(days=now.vat_check_days)), most):
        number = compact(client.vat_number)
        _ask(client, number, by=None, at=at, cause=f"job:{number}:{at.isoformat()}", checker=checker or Vies())
        asked += 1
    return asked


def denial_of(number: str) -> VatCheck | None:
    """The latest answer that is yes or no, if it is no."""
    latest = _latest(compact(number)).filter(verdict__in=DEFINITE).first()
    return latest if latest is not None and latest.verdict == Verdict.INVALID else None


def latest_of(client: Organisation) -> VatCheck | None:
    """What VIES was last asked about the number that the client has now; None where it never was."""
    number = compact(client.vat_number)
    return _latest(number).select_related("asked_by").first() if number else None


def history_of(client: Organisation, *, most: int = 20) -> list[VatCheck]:
    """What was asked about the client's numbers, the newest first."""
    return list(VatCheck.objects.filter(organisation=client).select_related("asked_by").order_by("-asked_at", "-pk")[:most])


def _latest(number: str) -> QuerySet[VatCheck]:
    return VatCheck.objects.filter(number=number).order_by("-asked_at", "-pk")


def _due(at: datetime, age: timedelta) -> Iterable[Organisation]:
    """The buyers to ask about, those first whose draft is the oldest. A number is asked about once, whoever bears it."""
    drafts = Invoice.objects.filter(organisation=OuterRef("pk"), state=InvoiceState.DRAFT, vat_treatment=vat.Treatment.REVERSE_CHARGE)
    for client in Organisation.objects.filter(Exists(drafts)).exclude(vat_number="").order_by("pk"):
        found = _latest(compact(client.vat_number))
        fresh = found.filter(verdict__in=DEFINITE, asked_at__gt=at - age) | found.filter(asked_at__gt=at - TRIED_AGAIN)
        if not fresh.exists():
            yield client


def _ask(client: Organisation, number: str, *, by: Person | None, at: datetime, cause: str, checker: Checker) -> VatCheck:
    requester = compact(provider.current().vat_number)
    answer = checker.check(number, requester)
    try:
        return _kept(VatCheck(organisation=client, cause=cause, number=number, requester=requester, asked_at=at, asked_by=by), answer)
    except IntegrityError:  # the same form was sent twice at once: the other was first
        return _the_same(VatCheck.objects.get(cause=cause), client, number)


@transaction.atomic
def _kept(row: VatCheck, answer: Answer) -> VatCheck:
    row.verdict, row.trouble = answer.verdict, answer.trouble
    row.request_identifier, row.name, row.address = answer.request_identifier, answer.name, answer.address
    row.save(force_insert=True)
    return row


def _the_same(found: VatCheck, client: Organisation, number: str) -> VatCheck:
    if (found.organisation_id, found.number) != (client.pk, number):
        raise CheckMismatch
    return found
