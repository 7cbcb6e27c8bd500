"""Word to people about hours: to confirm, confirmed, disputed, settled; more time asked for; logged late (rules C8, R6, M4).

Also about sessions that came to nothing: missed, begun late by us, broken off (rules C10, R6).

Each is written in the transaction that caused it, once for each event, in its reader's language and zone.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import Any

from clients import access
from credits import spending
from notices import outbox
from people.models import Person
from sessions import factors
from sessions.crew import crew
from sessions.models import Consent, Dispute, LateWork, Session
from sessions.models.sessions import EventKind
from sessions.receipts import Receipt, charge_of


def hours_to_confirm(session: Session, *, bill: Receipt, silence_at: datetime | None, at: datetime) -> None:
    """Ask the approvers to confirm or dispute; `silence_at` is when silence will confirm, where it does."""
    why = session.events.filter(kind=EventKind.ABORTED).order_by("pk").last() if session.fault else None
    context = {"bill": bill, "silence_at": silence_at, "broken_off": why.reason if why else ""}
    _tell(session, f"submission:{session.round}", spending.deciders(session.account, at=at), "hours_to_confirm", context, at)


def reminder(session: Session, *, number: int, silence_at: datetime | None, at: datetime) -> None:
    """Remind the approvers that hours wait for them."""
    cause = f"submission:{session.round}:reminder:{number}"
    _tell(session, cause, spending.deciders(session.account, at=at), "reminder", {"silence_at": silence_at}, at)


def second_yes_asked(session: Session, *, people: Iterable[Person], at: datetime) -> None:
    """Ask those who can be the second approver to confirm what another one has confirmed (rules: People)."""
    _tell(session, f"submission:{session.round}:second", people, "second_yes_asked", {}, at)


def waits_too_long(session: Session, *, what: str, number: int, since: datetime, people: Iterable[Person], at: datetime) -> None:
    """Ask others about what has waited too long: `what` of `sessions.waiting`, and its number (rules: People)."""
    context = {"what": what, "number": number, "since": since}
    _tell(session, f"{what}:{number}:waits", people, "waits_too_long", context, at)


def confirmed(session: Session, *, by: Person | None, contest_until: datetime | None = None, at: datetime) -> None:
    """Tell the technicians and who booked it that hours are confirmed; where silence did it, the approvers too."""
    contesting = [] if by else spending.deciders(session.account, at=at)
    context = {"by": by, "contest_until": contest_until, "contesting": contesting}
    _tell(session, f"confirmed:{session.round}", chain(_crew(session), _bookers(session), contesting), "confirmed", context, at)


def disputed(dispute: Dispute, *, claimed_minutes: int, at: datetime) -> None:
    """Hand a dispute to the account manager and the deputy."""
    session = dispute.session
    context = {"dispute": dispute, "claimed_minutes": claimed_minutes}
    _tell(session, f"disputed:{session.round}", access.managers(session.organisation), "disputed", context, at)


def settled(dispute: Dispute, *, submitted_minutes: int | None, at: datetime) -> None:
    """Tell the client how a dispute ended, and why."""
    session = dispute.session
    context = {"dispute": dispute, "submitted_minutes": submitted_minutes}
    _tell(session, f"settled:{session.round}", _clients(session, at=at), "settled", context, at)


def missed(session: Session, *, minutes: int, reason: str, at: datetime) -> None:
    """Tell the client that the session was missed, and what it cost."""
    context = {"minutes": minutes, "reason": reason}
    _tell(session, f"start:{session.start_number}:missed", _clients(session, at=at), "missed", context, at)


def came_late(session: Session, *, credited: int, at: datetime) -> None:
    """Tell the client that we were late, and what credit that brought; in minutes."""
    _tell(session, f"start:{session.start_number}:came-late", _clients(session, at=at), "came_late", {"credited": credited}, at)


def broken_off(session: Session, *, reason: str, by: Person, at: datetime) -> None:
    """Tell the client that a session was broken off at no cost, through whose fault and why."""
    _tell(session, f"broken-off:{session.round}", _clients(session, at=at), "broken_off", {"reason": reason, "by": by}, at)


def consent_asked(consent: Consent, *, at: datetime) -> None:
    """Ask the client for more time, with what it comes to in credit where that is another amount (rule C17)."""
    session = consent.session
    context = {"consent": consent, "factor": factors.of(session), "cost_minutes": charge_of(session, consent.minutes)}
    _tell(session, f"consent:{consent.pk}:asked", _clients(session, at=at), "consent_asked", context, at)


def late_work_asked(late: LateWork, *, at: datetime) -> None:
    """Ask the approvers to accept work that was logged late."""
    session = late.entry.session
    approvers = spending.deciders(session.account, at=at)
    _tell(session, f"late-work:{late.pk}:asked", approvers, "late_work_asked", {"late": late}, at)


def late_work_answered(late: LateWork, *, at: datetime) -> None:
    """Tell who worked, and the crew, whether the client accepts what was logged late."""
    session = late.entry.session
    _tell(session, f"late-work:{late.pk}:answered", [late.entry.person, *_crew(session)], "late_work_answered", {"late": late}, at)


def reopened(session: Session, *, reason: str, at: datetime) -> None:
    """Tell the approvers that the hours they were asked to confirm will come anew."""
    _tell(session, f"reopened:{session.round}", spending.deciders(session.account, at=at), "reopened", {"reason": reason}, at)


def _tell(session: Session, cause: str, people: Iterable[Person], template: str, context: dict[str, Any], at: datetime) -> None:
    """Write `template` to each of `people` once; `cause` is the event within the session."""
    outbox.compose(
        cause=f"session:{session.pk}:{cause}",
        people={person.pk: person for person in people}.values(),
        template=f"sessions/mail/{template}",
        context={"session": session, **context},
        at=at,
    )


def _clients(session: Session, *, at: datetime) -> Iterable[Person]:
    """The approvers, and who booked the session."""
    return chain(spending.deciders(session.account, at=at), _bookers(session))


def _bookers(session: Session) -> list[Person]:
    """Who booked the session, if a member of the client still."""
    booker = session.requested_by
    return [booker] if access.is_member(booker, session.organisation) else []


def _crew(session: Session) -> list[Person]:
    return [technician.person for technician in crew(session).select_related("person")]
