"""Unplanned work for tests, proposed, agreed to and begun through the verbs."""

from itertools import count
from typing import Any

from sessions import consents, unplanned, worklogs
from sessions.models import Consent, Session
from sessions.unplanned import Proposal
from tests.cast import NOON, Cast, Client
from tests.sessions.factories import a_lot, minutes

_forms = count(1)


def a_proposal(cast: Cast, **details: Any) -> Proposal:
    """Tessa, half an hour, a disk that fills up."""
    wishes: dict[str, Any] = {
        "purpose": cast.purpose,
        "title": "Disk fills up",
        "reason": "It is full by tonight",
        "estimate_minutes": 30,
        "worker": cast.tessa,
    }
    return Proposal(**(wishes | details))


def proposed(cast: Cast, client: Client, *, credit: int = 0, **details: Any) -> Session:
    """Tessa proposes it at noon; `credit` minutes are granted before."""
    if credit:
        a_lot(client.account, credit)
    return unplanned.propose(
        account=client.account, proposal=a_proposal(cast, **details), cause=f"form:u{next(_forms)}", by=cast.tessa.person, at=NOON
    )


def urgent(cast: Cast, client: Client, *, credit: int = 0, **details: Any) -> Session:
    """The same, begun at once at noon."""
    if credit:
        a_lot(client.account, credit)
    return unplanned.begin_urgently(
        account=client.account,
        proposal=a_proposal(cast, **details),
        urgency="Mail is down",
        cause=f"form:u{next(_forms)}",
        by=cast.tessa.person,
        at=NOON,
    )


def question(session: Session) -> Consent:
    """What waits for the client's answer."""
    return session.consents.get(given=None)


def agreed(cast: Cast, client: Client, **details: Any) -> Session:
    """Anna agrees five minutes later."""
    session = proposed(cast, client, **details)
    consents.give_consent(consent=question(session), by=client.approver, at=NOON + minutes(5))
    session.refresh_from_db()
    return session


def begun(cast: Cast, client: Client, **details: Any) -> Session:
    """Tessa starts it ten minutes after noon."""
    return worklogs.start(session=agreed(cast, client, **details), by=cast.tessa.person, at=NOON + minutes(10))


def works(session: Session, cast: Cast, *, start: int, length: int) -> None:
    """Tessa logs `length` minutes from `start` minutes after noon, when they are done."""
    worklogs.log(
        session=session,
        technician_person=cast.tessa.person,
        started_at=NOON + minutes(start),
        ended_at=NOON + minutes(start + length),
        note="Cleaned up",
        by=cast.tessa.person,
        at=NOON + minutes(start + length),
    )
