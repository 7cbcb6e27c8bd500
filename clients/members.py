"""The people of a client, and who looks after them (rules: People).

An owner of the organisation changes what its people may do, and ends their place; so does an administrator of ours, for any
client. Nobody raises themselves, and nobody of the client gives more than they have. Somebody always stays who looks
after the people, and somebody who decides, unless an administrator says otherwise. Whoever is ended is signed out everywhere
at once; a higher floor registers what else goes with a place (`on_end`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from clients import reasons
from clients.access import has_duty
from clients.models import Invitation, MemberRole, Membership, Organisation, StaffDuty
from core.errors import DomainError, NotAllowed
from people.models import Person

RANKS = (MemberRole.READER, MemberRole.REQUESTER, MemberRole.APPROVER)
Ending = Callable[[Person, Organisation, datetime], None]
_ENDINGS: list[Ending] = []


@dataclass(frozen=True)
class Place:
    """What somebody may do in an organisation. `limit`: the sum without VAT that an approver decides alone; None: any."""

    role: MemberRole
    limit: Decimal | None = None
    is_owner: bool = False


class LimitWithoutApproval(DomainError):
    """Only approvers have a limit."""

    message = _("Only an approver has a limit. Leave it empty. Nothing has changed.")


class ReaderAsOwner(DomainError):
    """A reader acts on nothing, so not on people either."""

    message = _("A reader cannot look after the organisation’s people. Choose another role. Nothing has changed.")


class RaisesThemselves(DomainError):
    """Nobody gives themselves more than they have."""

    message = _("You cannot give yourself more than you have. Ask somebody else to do it. Nothing has changed.")


class MoreThanTheirOwn(DomainError):
    """Nobody of a client gives more than they have."""

    message = _("You can only give others what you have yourself. Ask your account manager for more. Nothing has changed.")


class LastOwner(DomainError):
    """Nobody would look after the people any more."""

    message = _("Somebody has to look after the organisation’s people. Let somebody else do it first. Nothing has changed.")


class LastApprover(DomainError):
    """Nobody would decide any more."""

    message = _("Somebody has to decide for the organisation. Make somebody else an approver first. Nothing has changed.")


class PlaceChanged(DomainError):
    """It is no longer as it was shown."""

    message = _("This person’s place has changed meanwhile. Look at it again. Nothing has changed.")


def on_end(ending: Ending) -> None:
    """Let a higher floor take away what goes with a place. Called once, from its AppConfig.ready."""
    _ENDINGS.append(ending)


def may_look_after(person: Person, organisation: Organisation) -> bool:
    """Whether `person` may invite, change and end the people of `organisation`: an owner, or an administrator of ours."""
    return has_duty(person, StaffDuty.ADMINISTRATOR) or owns(person, organisation)


def owns(person: Person, organisation: Organisation) -> bool:
    """Whether `person` looks after the people of `organisation` as one of them."""
    return any(membership.organisation_id == organisation.pk and membership.is_owner for membership in person.memberships.all())


def visible_to(person: Person) -> QuerySet[Membership]:
    """The places that `person` looks after."""
    found = Membership.objects.select_related("person", "organisation")
    if not person.is_active:
        return found.none()
    if has_duty(person, StaffDuty.ADMINISTRATOR):
        return found
    return found.filter(organisation__in=Organisation.objects.filter(memberships__person=person, memberships__is_owner=True))


@transaction.atomic
def change(*, membership: Membership, place: Place, reason: str, by: Person, at: datetime) -> Membership:
    """Give somebody another role, limit or part in looking after the people (rules: People). The same again changes nothing.

    Where they may do less than before, what they have invited to and nobody has accepted is withdrawn.
    Raises NotAllowed, LimitWithoutApproval, ReaderAsOwner, RaisesThemselves, MoreThanTheirOwn, LastOwner, LastApprover,
    PlaceChanged where it has ended, ReasonMissing.
    """
    reason = reasons.checked(reason)
    membership, by = _locked(membership, by)
    check(place)
    before = place_of(membership)
    if place == before:
        return membership
    _check_raise(membership.organisation, before, place, person=membership.person, by=by)
    _check_last(membership, place, by)
    if _exceeds(before, place):
        _withdraw_invitations(membership.organisation, at, by, invited_by=membership.person)
    membership.role, membership.approval_limit, membership.is_owner = place.role, place.limit, place.is_owner
    reasons.because(membership, reason)
    membership.save(update_fields=["role", "approval_limit", "is_owner"])
    return membership


@transaction.atomic
def end(*, membership: Membership, reason: str, by: Person, at: datetime) -> None:
    """Take somebody's place away: they see nothing more of the organisation, and are signed out everywhere (rules: People).

    What they did stays. Twice is harmless. Raises NotAllowed, LastOwner, LastApprover, ReasonMissing.
    """
    reason = reasons.checked(reason)
    by, found = as_they_are(membership.organisation, by), _found(membership)
    if found is None:
        return
    membership = found
    _check_last(membership, None, by)
    _withdraw_invitations(membership.organisation, at, by, invited_by=membership.person)
    reasons.because(membership, reason)
    _take_away(membership, at)


def end_all(organisation: Organisation, *, by: Person, at: datetime) -> int:
    """Take everybody's place in `organisation` away, and withdraw what invites to one; how many lost theirs (rule P5).

    The caller has checked that it has come to that, and has locked the organisation's row.
    """
    _withdraw_invitations(organisation, at, by)
    found = list(organisation.memberships.select_related("person", "organisation").order_by("pk"))
    for membership in found:
        _take_away(membership, at)
    return len(found)


def place_of(membership: Membership) -> Place:
    """What somebody may do."""
    return Place(MemberRole(membership.role), membership.approval_limit, membership.is_owner)


def check(place: Place) -> None:
    """Whether such a place can be. Raises LimitWithoutApproval, ReaderAsOwner."""
    if place.limit is not None and place.role != MemberRole.APPROVER:
        raise LimitWithoutApproval
    if place.is_owner and place.role == MemberRole.READER:
        raise ReaderAsOwner


def check_gift(organisation: Organisation, place: Place, *, by: Person) -> None:
    """Whether `by` may give somebody new this place. Raises MoreThanTheirOwn."""
    _check_raise(organisation, Place(MemberRole.READER), place, person=None, by=by)


def _check_raise(organisation: Organisation, before: Place, after: Place, *, person: Person | None, by: Person) -> None:
    """Whether `by` may give what `after` has beyond `before`."""
    if not _exceeds(after, before):
        return
    if person == by:
        raise RaisesThemselves
    own = next((place_of(mine) for mine in by.memberships.all() if mine.organisation_id == organisation.pk), None)
    if has_duty(by, StaffDuty.ADMINISTRATOR):
        return
    if own is None or _gives_beyond(after, before, own):
        raise MoreThanTheirOwn


def _take_away(membership: Membership, at: datetime) -> None:
    """A place, and all that goes with it."""
    person, organisation = membership.person, membership.organisation
    membership.delete()
    for ending in _ENDINGS:
        ending(person, organisation, at)
    person.sign_out_everywhere()


def _withdraw_invitations(organisation: Organisation, at: datetime, by: Person, **sent: Person) -> None:
    """What somebody gave on is not given any more, now that they may not have it themselves; without `sent`: nothing is."""
    for invitation in Invitation.objects.filter(organisation=organisation, closed_at=None, **sent).select_for_update(of=("self",)):
        invitation.closed_at, invitation.withdrawn_by = at, by
        invitation.save(update_fields=["closed_at", "withdrawn_by"])


def _exceeds(place: Place, other: Place) -> bool:
    """Whether `place` may do anything that `other` may not."""
    return bool(_above(place, other) or _higher(place, other) or (place.is_owner and not other.is_owner))


def _gives_beyond(after: Place, before: Place, own: Place) -> bool:
    """Whether what is given anew goes beyond what the giver has."""
    return (_above(after, before) and _above(after, own)) or (_higher(after, before) and _higher(after, own))


def _above(place: Place, other: Place) -> bool:
    return RANKS.index(place.role) > RANKS.index(other.role)


def _higher(place: Place, other: Place) -> bool:
    """Whether `place` decides alone about larger sums than `other`."""
    if place.role != MemberRole.APPROVER:
        return False
    if other.role != MemberRole.APPROVER:
        return True
    return other.limit is not None and (place.limit is None or place.limit > other.limit)


def _check_last(membership: Membership, after: Place | None, by: Person) -> None:
    """Raises LastOwner or LastApprover where nobody else could; an administrator of ours who is not concerned may."""
    if has_duty(by, StaffDuty.ADMINISTRATOR) and by != membership.person:
        return
    others = membership.organisation.memberships.filter(person__is_active=True).exclude(pk=membership.pk)
    if membership.is_owner and not (after and after.is_owner) and not others.filter(is_owner=True).exists():
        raise LastOwner
    decides = membership.role == MemberRole.APPROVER
    if decides and (after is None or after.role != MemberRole.APPROVER) and not others.filter(role=MemberRole.APPROVER).exists():
        raise LastApprover


def as_they_are(organisation: Organisation, by: Person) -> Person:
    """`by` with the places that they have now, not those of when their page began, in the organisation's turn.

    Its people are changed one after the other. Raises NotAllowed for whoever does not look after them.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    giver = Person.objects.get(pk=by.pk)
    if not giver.is_active or not may_look_after(giver, organisation):
        raise NotAllowed
    return giver


def _locked(membership: Membership, by: Person) -> tuple[Membership, Person]:
    """The place as it stands, and who is about to change it."""
    giver, found = as_they_are(membership.organisation, by), _found(membership)
    if found is None:
        raise PlaceChanged
    return found, giver


def _found(membership: Membership) -> Membership | None:
    return Membership.objects.select_related("person", "organisation").filter(pk=membership.pk).first()
