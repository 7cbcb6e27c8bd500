"""Sending and withdrawing invitations, with the mail that carries the link (rules: People, M4).

The rule is that of `clients.invitations`, which stands beneath the outbox. The mail is a secret like those of signing in: its text
is forgotten once it is sent.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from clients import invitations, provider
from clients.invitations import Sent, Wanted
from clients.models import Invitation, Organisation, StaffDuty
from notices import outbox
from people.models import Person


@dataclass(frozen=True)
class Colleague:
    """Somebody who is wanted as one of ours."""

    email: str
    language: str
    duties: frozenset[StaffDuty]


@dataclass(frozen=True)
class _Reader:
    """Of somebody who may have no account yet: what the inviter thinks they read, and where they work."""

    language: str
    zone: ZoneInfo


@transaction.atomic
def invite_member(*, organisation: Organisation, wanted: Wanted, key: str, by: Person, at: datetime) -> Invitation:
    """Invite somebody to a client, and write to them. Raises what `clients.invitations.invite_member` raises."""
    sent = invitations.invite_member(organisation=organisation, wanted=wanted, key=key, by=by, at=at)
    _write(sent, at=at)
    return sent.invitation


@transaction.atomic
def invite_colleague(*, wanted: Colleague, key: str, by: Person | None, at: datetime) -> Sent:
    """Invite somebody to us, and write to them. Raises what `clients.invitations.invite_colleague` raises."""
    sent = invitations.invite_colleague(email=wanted.email, of=wanted.duties, language=wanted.language, key=key, by=by, at=at)
    _write(sent, at=at)
    return sent


@transaction.atomic
def withdraw(*, invitation: Invitation, by: Person, at: datetime) -> Invitation:
    """Let the link open nothing any more, and its mail not go out if it has not. Raises what `clients.invitations.withdraw` raises."""
    withdrawn = invitations.withdraw(invitation=invitation, by=by, at=at)
    outbox.withdraw_all(prefix=_cause(invitation))
    return withdrawn


def link(token: str) -> str:
    """The address that opens an invitation."""
    return f"{settings.BASE_URL}{reverse('invitation', args=[token])}"


def _write(sent: Sent, *, at: datetime) -> None:
    if sent.token is None:
        return
    invitation = sent.invitation
    outbox.withdraw_all(prefix=_cause(invitation))  # the links before open nothing any more
    person = invitations.account_of(invitation)
    where = invitation.organisation or provider.known()
    zone = person.zone if person else ZoneInfo(where.time_zone) if where else timezone.get_default_timezone()
    context = {"invitation": invitation, "link": link(sent.token), "provider": provider.known(), "known": person is not None}
    reader = _Reader(invitation.language, ZoneInfo(str(zone)))
    subject, body = (outbox.render(f"people/mail/invitation.{part}.txt", context, reader) for part in ("subject", "body"))
    outbox.write_to_address(
        cause=f"{_cause(invitation)}{invitation.round}",
        address=invitation.email,
        language=invitation.language,
        text=(subject, body),
        at=at,
        person=person,
    )


def _cause(invitation: Invitation) -> str:
    """Like those of sign-in mails, so that they are kept as secret (`notices.delivery`)."""
    return f"sign-in:invitation:{invitation.pk}:"
