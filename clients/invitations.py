"""Invitations: a link to one address, which makes somebody one of a client's people, or one of ours (rules: People).

Of a link only the hash of its token is kept, so that whoever reads the database can use none. It is good for some time
(*setting*), and once. Inviting the same address again renews what is open: the link before is dead. Only who has the
address that was invited can accept, signed in where they have an account. How many links one person may send in an hour is
limited (`INVITATIONS_PER_HOUR`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from clients import duties, members
from clients.access import has_duty, is_provider_staff
from clients.members import Place
from clients.models import Invitation, MemberRole, Membership, Organisation, Provider, StaffDuty, StaffRole
from core.errors import DomainError, NotAllowed
from people.models import Language, Person

TOKEN_BYTES = 32
AN_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Sent:
    """An invitation, and the token of its link, which is nowhere else; None where the same form had sent it before."""

    invitation: Invitation
    token: str | None


@dataclass(frozen=True)
class Wanted:
    """Who is invited to what place in an organisation; `language` is what the inviter thinks they read."""

    email: str
    language: str
    place: Place


@dataclass(frozen=True)
class Newcomer:
    """What somebody without an account says about themselves. The password has been checked."""

    name: str
    language: str
    time_zone: str
    password: str


class InvitationOver(DomainError):
    """It is unknown, withdrawn, used or expired: nobody learns which."""

    message = _("This invitation is not valid any more. Ask whoever invited you for a new one.")


class OtherAddress(DomainError):
    """Somebody else was invited."""

    message = _("This invitation was sent to another address. Sign out, and open it again. Nothing has changed.")


class SignInFirst(DomainError):
    """The address has an account."""

    message = _("There is an account with this address. Sign in first, then accept. Nothing has changed.")


class IsMember(DomainError):
    """They belong to it already."""

    message = _("This person belongs to the organisation already. Change their role instead. Nothing has changed.")


class AlreadyOurs(DomainError):
    """They work for the provider already."""

    message = _("This person is one of ours already. Change their duties instead. Nothing has changed.")


class IsOurs(DomainError):
    """They work for the provider, or would do both."""

    message = _("Nobody can be one of a client’s people and one of ours. Use another address. Nothing has changed.")


class TooManyInvitations(DomainError):
    """Whoever sends so many is likely not a person."""

    message = _("You have sent many invitations in the last hour. Go on in an hour. Nothing was sent.")


class FormReused(DomainError):
    """The same form was sent before with something else in it."""

    message = _("This form has been sent before with other details. Nothing more was sent; look at the invitations.")


class DutyMissing(DomainError):
    """Nobody of ours is without a duty."""

    message = _("Choose at least one duty. Nothing was sent.")


@transaction.atomic
def invite_member(*, organisation: Organisation, wanted: Wanted, key: str, by: Person, at: datetime) -> Sent:
    """Invite an address to a client, or renew the invitation that is open. The same `key` again returns the first.

    Raises NotAllowed, LimitWithoutApproval, ReaderAsOwner, MoreThanTheirOwn, IsMember, IsOurs, TooManyInvitations, FormReused.
    """
    place, email = wanted.place, wanted.email.lower()
    members.check(place)
    by = members.as_they_are(organisation, by)
    members.check_gift(organisation, place, by=by)
    person = Person.objects.filter(email=email).first()
    facts = {"role": place.role, "approval_limit": place.limit, "is_owner": place.is_owner, "language": _language(person, wanted.language)}
    open_one = Invitation.objects.filter(organisation=organisation, email=email, closed_at=None).first()
    if before := _sent_before(by, key, organisation=organisation, email=email, **facts):
        return Sent(before, None)
    if person is not None and is_provider_staff(person):
        raise IsOurs
    if person is not None and organisation.memberships.filter(person=person).exists():
        raise IsMember
    return _send(open_one or Invitation(organisation=organisation, email=email), facts, key=key, by=by, at=at)


@transaction.atomic
def invite_colleague(*, email: str, of: frozenset[StaffDuty], language: str, key: str, by: Person | None, at: datetime) -> Sent:
    """Invite an address to be one of ours with these duties, or renew. `by` None: the command line, for the first administrator.

    Raises NotAllowed for all but administrators, DutyMissing, AlreadyOurs, IsOurs, TooManyInvitations, FormReused.
    """
    duties.lock()
    if by is not None and not has_duty(Person.objects.get(pk=by.pk), StaffDuty.ADMINISTRATOR):
        raise NotAllowed
    if not of:
        raise DutyMissing
    person = Person.objects.filter(email=email.lower()).first()
    facts = {"duties": ",".join(duty for duty in StaffDuty if duty in of), "language": _language(person, language)}
    open_one = Invitation.objects.filter(organisation=None, email=email.lower(), closed_at=None).first()
    if before := _sent_before(by, key, organisation=None, email=email.lower(), **facts):
        return Sent(before, None)
    if by is not None and person is not None and is_provider_staff(person):
        raise AlreadyOurs
    if person is not None and person.memberships.exists():
        raise IsOurs
    return _send(open_one or Invitation(email=email.lower()), facts, key=key, by=by, at=at)


@transaction.atomic
def withdraw(*, invitation: Invitation, by: Person, at: datetime) -> Invitation:
    """Let its link open nothing any more; what is closed stays as it is. Raises NotAllowed."""
    invitation = Invitation.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=invitation.pk)
    if not visible_to(by).filter(pk=invitation.pk).exists():
        raise NotAllowed
    if invitation.closed_at is None:
        invitation.closed_at, invitation.withdrawn_by = at, by
        invitation.save(update_fields=["closed_at", "withdrawn_by"])
    return invitation


def find(*, token: str, at: datetime) -> Invitation:
    """The invitation that this link opens at `at`. Raises InvitationOver for any other."""
    wanted = _hash(token)
    found = Invitation.objects.select_related("organisation", "invited_by").filter(token_hash=wanted, closed_at=None).first()
    if found is None or not constant_time_compare(found.token_hash, wanted) or found.expires_at <= at:
        raise InvitationOver
    return found


def account_of(invitation: Invitation) -> Person | None:
    """The account with the address that was invited."""
    return Person.objects.filter(email=invitation.email).first()


@transaction.atomic
def accept(*, token: str, by: Person, at: datetime) -> Invitation:
    """Take the place that was offered, as who has the address; whoever has it already keeps what they have.

    Raises InvitationOver, OtherAddress, IsOurs.
    """
    invitation = _locked(token, at)
    if by.email != invitation.email or not by.is_active:
        raise OtherAddress
    return _take(invitation, by, at)


@transaction.atomic
def join(*, token: str, newcomer: Newcomer, at: datetime) -> Invitation:
    """Make an account with the address that was invited, and take the place. Raises InvitationOver, SignInFirst, ValidationError."""
    invitation = _locked(token, at)
    if account_of(invitation) is not None:
        raise SignInFirst
    said = {"name": newcomer.name, "language": newcomer.language, "time_zone": newcomer.time_zone}
    return _take(invitation, Person.objects.create_user(invitation.email, newcomer.password, **said), at)


def visible_to(person: Person) -> QuerySet[Invitation]:
    """The invitations that `person` could have sent: to organisations whose people they look after; to us, for administrators."""
    found = Invitation.objects.select_related("organisation", "invited_by").order_by("-invited_at", "-pk")
    if not person.is_active:
        return found.none()
    if has_duty(person, StaffDuty.ADMINISTRATOR):
        return found
    return found.filter(organisation__in=Organisation.objects.filter(memberships__person=person, memberships__is_owner=True))


def _language(person: Person | None, language: str) -> str:
    """That of the person where they are known, else what the inviter thinks."""
    return person.language if person else Language(language).value


def _sent_before(by: Person | None, key: str, **facts: object) -> Invitation | None:
    """What the same form has sent before. Raises FormReused where it said something else."""
    before = Invitation.objects.filter(invited_by=by, key=key).first()
    if before is None:
        return None
    if any(getattr(before, name) != fact for name, fact in facts.items()):
        raise FormReused
    return before


def _send(invitation: Invitation, facts: Mapping[str, object], *, key: str, by: Person | None, at: datetime) -> Sent:
    """Give the invitation a new link, which is the only one that works."""
    if by is not None:
        _check_rate(by, at)
    token = token_urlsafe(TOKEN_BYTES)
    invitation.round += invitation.pk is not None
    for name, fact in facts.items():
        setattr(invitation, name, fact)
    invitation.token_hash, invitation.key, invitation.invited_by, invitation.invited_at = _hash(token), key, by, at
    invitation.expires_at = at + timedelta(hours=_good_for())
    invitation.save()
    return Sent(invitation, token)


def _good_for() -> int:
    """Hours (*setting*); before there is a provider, those of the default."""
    provider = Provider.objects.filter(pk=1).first()
    return (provider or Provider()).invitation_hours


def _check_rate(by: Person, at: datetime) -> None:
    """Every link leaves a line of history. Raises TooManyInvitations."""
    Person.objects.select_for_update(no_key=True).get(pk=by.pk)  # who sends two at once is counted twice
    sent = Invitation.history.filter(invited_by=by, invited_at__gt=at - AN_HOUR).values("id", "round").distinct()
    if sent.count() >= settings.INVITATIONS_PER_HOUR:
        raise TooManyInvitations


def _locked(token: str, at: datetime) -> Invitation:
    """The invitation, in its turn: of two who accept at once the second finds it used."""
    found = find(token=token, at=at)
    if found.organisation_id:
        Organisation.objects.select_for_update(no_key=True).get(pk=found.organisation_id)
    Invitation.objects.select_for_update(of=("self",)).get(pk=found.pk)
    return find(token=token, at=at)


def _take(invitation: Invitation, person: Person, at: datetime) -> Invitation:
    invitation.closed_at, invitation.accepted_by = at, person
    invitation.save(update_fields=["closed_at", "accepted_by"])
    if invitation.organisation is None:
        if Membership.objects.filter(person=person).exists():
            raise IsOurs
        for duty in invitation.duty_list:
            duties.assign(person, duty, "invited")
        return invitation
    if StaffRole.objects.filter(person=person).exists():
        raise IsOurs
    place = {"role": MemberRole(invitation.role), "approval_limit": invitation.approval_limit, "is_owner": invitation.is_owner}
    Membership.objects.get_or_create(person=person, organisation=invitation.organisation, defaults=place)
    return invitation


def _hash(token: str) -> str:
    """A random token of 256 bits needs neither salt nor stretching."""
    return sha256(token.encode(errors="replace")).hexdigest()
