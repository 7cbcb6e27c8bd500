"""Hours above the sum that an approver decides alone (rules: People, C8).

They are confirmed by two approvers: the first yes is noted and the others are asked, the second confirms. A first yes
is forgotten when the hours are opened again or disputed. Whoever decides the sum alone needs no second, also later,
when a limit was raised. A yes given counts as of when it was given: also once the deputyship in which it was said is
over, or who said it has lost the role.
"""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from clients import limits
from clients.access import Voice, Yes
from clients.limits import NoSecondApprover, SecondApproverNeeded
from credits.prices import to_cents
from people.models import Person
from sessions import hours_messages, life
from sessions.models import Session
from sessions.models.sessions import EventKind

__all__ = ["FORGOTTEN", "NoSecondApprover", "SecondApproverNeeded", "completes", "first_yes", "note_first", "seconds", "worth"]

FORGOTTEN = {"first_confirmed_at": None, "first_confirmed_by": None}
"""The columns of a session whose first yes does not count any more."""


def worth(session: Session) -> Decimal:
    """What the submitted hours come to without VAT, at the price that was agreed at booking (rule P3)."""
    return to_cents(session.price_per_hour.amount * (session.charged_minutes or 0) / 60)


def first_yes(session: Session) -> Yes | None:
    """The first yes of two to the hours, where it is there."""
    if session.first_confirmed_by is None or session.first_confirmed_at is None:
        return None
    return Yes(session.organisation_id, session.first_confirmed_by, session.first_confirmed_at)


def completes(session: Session, by: Person, *, among: Collection[Voice]) -> bool:
    """Whether the yes of `by` confirms the hours: alone, or as the second one. `among` are those who decide about them."""
    if limits.decides_alone(by, worth(session), among=among):
        return True
    first = first_yes(session)
    return first is not None and by in limits.seconds_to(first, among=among)


def seconds(session: Session, by: Person, *, among: Collection[Voice]) -> list[Person]:
    """Who can give the second yes: to the first one, or where there is none to that of `by`."""
    first = first_yes(session)
    return limits.seconds_to(first, among=among) if first else limits.seconds(by, among=among)


def note_first(session: Session, *, by: Person, among: Collection[Voice], at: datetime) -> None:
    """Note the first yes to the hours of the locked `session`, and ask those who can give the second.

    Raises SecondApproverNeeded where it is there already, NoSecondApprover where nobody could give the second.
    """
    if session.first_confirmed_by is not None:
        raise SecondApproverNeeded
    others = limits.seconds(by, among=among)
    if not others:
        raise NoSecondApprover
    life.amend(session, first_confirmed_at=at, first_confirmed_by=by)
    facts = {"round": session.round, "charged_minutes": session.charged_minutes}
    life.note(session, EventKind.FIRST_CONFIRMED, at=at, by=by, facts=facts)
    hours_messages.second_yes_asked(session, people=others, at=at)
