"""Which way an issued invoice goes, decided once when its documents are kept; and what finance sends again (rule I4).

The buyer's way is `Buyer.sent_by`. An e-invoice needs an access point, the buyer's electronic address and everything that
Peppol asks for: where one of these is missing the invoice goes by mail, and that stands among its events.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from clients import access
from core import rows
from core.errors import DomainError
from core.sentences import sentence
from invoicing import life as invoice_life
from invoicing import terms
from invoicing.models import (
    DocumentKind,
    Invoice,
    InvoiceDocument,
    InvoiceEventKind,
    SentBy,
    Transmission,
    TransmissionChannel,
    TransmissionState,
)
from invoicing.models.transmission import fresh_key
from invoicing.transmission import access_point, words
from invoicing.transmission import life as steps
from people.models import Person

NOBODY = _("There is neither an address for invoices nor an approver who can sign in.")
NO_ACCESS_POINT = _("No access point for e-invoices is set up.")
NO_FILE = _("There is no e-invoice of it.")
NO_ENDPOINT = _("The buyer has no electronic address.")


class NotMadeYet(DomainError):
    """The files that are to be sent are still being made."""

    message = _("The documents of this invoice are still being made. Nothing was sent; try again in a minute.")


class UnderWay(DomainError):
    """It is on its way by this channel already."""

    message = _("This invoice is on its way by this channel already. Nothing more was sent.")


class NotByPeppol(DomainError):
    """It cannot go as e-invoice."""

    message = _("This invoice cannot go as e-invoice. Nothing was sent; send it by e-mail.")


class AddressMissing(DomainError):
    """A mail goes to an address."""

    message = _("Write the e-mail address that it goes to. Nothing was sent.")


class SentOtherwise(DomainError):
    """The same form was sent before, and said something else."""

    message = _("This form has been sent before, with another channel or address. Nothing more was sent; open the page again.")


class NotUndelivered(DomainError):
    """Only what did not arrive is sent again."""

    message = _("This has not failed: it is on its way, or has arrived. Nothing more was sent.")


@dataclass(frozen=True)
class Way:
    """By which channel, to whom; `people` are those of the addresses that we know. `why`: why not as the buyer asked."""

    channel: TransmissionChannel
    recipients: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    why: str | StrPromise = ""


def first(invoice: Invoice, *, at: datetime) -> Transmission:
    """Send an issued invoice whose documents are kept the way that its buyer asked for, once (rule I4).

    In the caller's transaction, under the invoice's lock.
    """
    cause = f"invoice:{invoice.pk}:first"
    return _standing(cause) or _queued(invoice, _way_of(invoice, at), cause=cause, by=None, at=at)


@transaction.atomic
def send(invoice: Invoice, channel: TransmissionChannel, *, address: str, by: Person, at: datetime, cause: str) -> Transmission:
    """Send an issued invoice (again) by this channel; a mail goes to `address` (rule I4). The same cause sends once.

    Raises NotAllowed for anybody but finance, NotIssued, NotMadeYet, AddressMissing, NotByPeppol, UnderWay, SentOtherwise.
    """
    invoice_life.check_finance(by)
    invoice = _with_documents(invoice)
    way = _way_by(invoice, channel, address.strip())
    standing = _standing(cause)
    if standing is None:
        _check_none_under_way(invoice, channel)
        return _queued(invoice, way, cause=cause, by=by, at=at)
    if (standing.channel, standing.recipients) != (way.channel, list(way.recipients)):
        raise SentOtherwise
    return standing


@transaction.atomic
def again(transmission: Transmission, *, by: Person, at: datetime) -> Transmission:
    """Send what did not arrive once more, the same way to the same recipients (rule I4). Asked twice it goes once.

    What nobody answered keeps its key, so that whoever took it after all does not take it twice; what was refused gets a
    new one. Raises NotAllowed for anybody but finance, NotUndelivered, UnderWay, NotByPeppol.
    """
    invoice_life.check_finance(by)
    invoice, before = _with_documents(transmission.invoice), Transmission.objects.get(pk=transmission.pk)
    cause = f"transmission:{before.pk}:again"
    standing = _standing(cause)
    if standing is not None:
        return standing
    if not before.is_undelivered:
        raise NotUndelivered
    channel = TransmissionChannel(before.channel)
    _check_none_under_way(invoice, channel)
    way = _way_by(invoice, channel, "") if channel == TransmissionChannel.ACCESS_POINT else _once_more(before, at)
    key = before.key if before.state == TransmissionState.GIVEN_UP else fresh_key()
    return _queued(invoice, way, cause=cause, by=by, at=at, key=key)


def why_not_peppol(invoice: Invoice) -> str | StrPromise:
    """Why an issued invoice with documents cannot go as e-invoice; nothing where it can."""
    if access_point.configured() is None:
        return NO_ACCESS_POINT
    if not InvoiceDocument.objects.filter(invoice=invoice, kind=DocumentKind.XML).exists():
        return NO_FILE
    return "" if _endpoint(invoice) else NO_ENDPOINT


def _way_of(invoice: Invoice, at: datetime) -> Way:
    """What the buyer asked for, or the mail that takes its place."""
    sent_by = terms.buyer_of(invoice.organisation).sent_by
    if sent_by == SentBy.PORTAL:
        return Way(TransmissionChannel.PORTAL)
    why = why_not_peppol(invoice) if sent_by == SentBy.PEPPOL else ""
    if sent_by == SentBy.PEPPOL and not why:
        return Way(TransmissionChannel.ACCESS_POINT, (_endpoint(invoice),))
    return _by_mail(invoice, at, why)


def _by_mail(invoice: Invoice, at: datetime, why: str | StrPromise = "") -> Way:
    """To the buyer's address for invoices, or else to its approvers."""
    email = terms.buyer_of(invoice.organisation).email
    people = () if email else tuple(access.approvers(invoice.organisation, at=at))
    return Way(TransmissionChannel.MAIL, (email,) if email else tuple(person.email for person in people), people, why)


def _way_by(invoice: Invoice, channel: TransmissionChannel, address: str) -> Way:
    """What somebody asked for. Raises NotByPeppol, AddressMissing."""
    if channel == TransmissionChannel.ACCESS_POINT:
        if why_not_peppol(invoice):
            raise NotByPeppol
        return Way(channel, (_endpoint(invoice),))
    if channel == TransmissionChannel.PORTAL:
        return Way(channel)
    if not address:
        raise AddressMissing
    return Way(channel, (address,))


def _once_more(before: Transmission, at: datetime) -> Way:
    """The same recipients again; where there was nobody, whoever there is now."""
    if not before.recipients:
        return _by_mail(before.invoice, at)
    people = {person.email: person for person in Person.objects.filter(email__in=before.recipients, is_active=True)}
    known = tuple(people[address] for address in before.recipients if address in people)
    alone = len(before.recipients) == 1
    return Way(TransmissionChannel.MAIL, tuple(before.recipients if alone else (p.email for p in known)), known)


def _queued(invoice: Invoice, way: Way, *, cause: str, by: Person | None, at: datetime, key: str = "") -> Transmission:
    row = Transmission(invoice=invoice, channel=way.channel, recipients=list(way.recipients), cause=cause, queued_at=at, queued_by=by)
    row.key, row.due_at = key or row.key, at
    rows.insert(row)
    if way.why:
        _note_by_mail(row, way.why, at)
    if way.channel == TransmissionChannel.PORTAL:
        steps.sent(row, at=at, look_at=None)
        steps.delivered(row, at=at)
    elif not way.recipients:
        steps.not_delivered(row, TransmissionState.FAILED, answer=sentence(lambda: NOBODY), at=at)
    elif way.channel == TransmissionChannel.MAIL:
        words.mail(row, list(way.people), at=at)
    return row


def _note_by_mail(row: Transmission, why: str | StrPromise, at: datetime) -> None:
    facts = {"transmission": row.pk}
    invoice_life.note(row.invoice, InvoiceEventKind.BY_MAIL, at=at, by=None, reason=sentence(lambda: why), facts=facts)


def _with_documents(invoice: Invoice) -> Invoice:
    """The issued invoice, locked. Raises NotIssued, NotMadeYet."""
    current = invoice_life.locked_issued(invoice)
    if not InvoiceDocument.objects.filter(invoice=current, kind=DocumentKind.PDF).exists():
        raise NotMadeYet
    return current


def _check_none_under_way(invoice: Invoice, channel: TransmissionChannel) -> None:
    if Transmission.objects.filter(invoice=invoice, channel=channel, state=TransmissionState.QUEUED).exists():
        raise UnderWay


def _standing(cause: str) -> Transmission | None:
    return Transmission.objects.filter(cause=cause).first()


def _endpoint(invoice: Invoice) -> str:
    """The buyer's electronic address as the e-invoice has it, `scheme:address`."""
    scheme, address = invoice.buyer.get("endpoint_scheme", ""), invoice.buyer.get("endpoint", "")
    return f"{scheme}:{address}" if scheme and address else ""
