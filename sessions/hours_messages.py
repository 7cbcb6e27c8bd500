"""Word to people about hours: to confirm, confirmed, disputed, settled; more time asked for; a session missed (rules C8, C10, M4).

Each is written in the transaction that caused it, once for each event, in its reader's language and zone.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import Any

from clients import access
from notices import outbox
from people.models import Person
from sessions.crew import crew
from sessions.models import Consent, Dispute, Session
from sessions.receipts import Receipt


def hours_to_confirm(session: Session, *, bill: Receipt, silence_at: datetime | None, at: datetime) -> None:
    """Ask the approvers to confirm or dispute; `silence_at` is when silence will confirm, where it does."""
    context = {"bill": bill, "silence_at": silence_at}
    _tell(session, f"submission:{session.round}", access.approvers(session.organisation, at=at), "hours_to_confirm", context, at)


def reminder(session: Session, *, number: int, silence_at: datetime | None, at: datetime) -> None:
    """Remind the approvers that hours wait for them."""
    cause = f"submission:{session.round}:reminder:{number}"
    _tell(session, cause, access.approvers(session.organisation, at=at), "reminder", {"silence_at": silence_at}, at)


def confirmed(session: Session, *, by: Person | None, contest_until: datetime | None = None, at: datetime) -> None:
    """Tell the technicians and who booked it that hours are confirmed; where silence did it, the approvers too."""
    contesting = [] if by else list(access.approvers(session.organisation, at=at))
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


def consent_asked(consent: Consent, *, at: datetime) -> None:
    """Ask the client for more time."""
    _tell(consent.session, f"consent:{consent.pk}:asked", _clients(consent.session, at=at), "consent_asked", {"consent": consent}, at)


def reopened(session: Session, *, reason: str, at: datetime) -> None:
    """Tell the approvers that the hours they were asked to confirm will come anew."""
    _tell(session, f"reopened:{session.round}", access.approvers(session.organisation, at=at), "reopened", {"reason": reason}, at)


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
    return chain(access.approvers(session.organisation, at=at), _bookers(session))


def _bookers(session: Session) -> list[Person]:
    """Who booked the session, if a member of the client still."""
    booker = session.requested_by
    return [booker] if access.is_member(booker, session.organisation) else []


def _crew(session: Session) -> list[Person]:
    return [technician.person for technician in crew(session).select_related("person")]
