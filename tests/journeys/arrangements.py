"""What Acme has arranged about its credit, something at every stage, for `belongings`."""

from datetime import timedelta
from types import SimpleNamespace

from clients.models import Agreement
from credits import accounts, topups, transfers
from notices import mailroom
from notices.models import IncomingMail
from people.models import Person
from sessions import changes, life, worklogs
from sessions.models import Answer, LateWork, Session
from sessions.models.sessions import EventKind
from tests.approving import a_deputy, a_member, an_approver
from tests.cast import NOON, Cast, Client
from tests.sessions.calendar_replies import an_invited_session
from tests.sessions.factories import a_session, a_started_session
from tests.sessions.penalised import penalty_of

A_DAY = timedelta(days=1)


def arrangements(cast: Cast, acme: Client) -> SimpleNamespace:
    """An order and a transfer that wait, a penalty, work that was logged late, a deputy, the agreement."""
    branch = accounts.open_account(organisation=acme.organisation, name="Branch")
    lisa, dan = _reading_as(acme.approver, an_approver(acme, "Lisa", limit=1), a_member(acme, "Dan"))
    wish = transfers.Wish(source=acme.account, target=branch, minutes=30, reason="The branch pays its own")
    return SimpleNamespace(
        order=topups.order(account=acme.account, minutes=480, cause=f"form:2:{acme.account.pk}", by=lisa, at=NOON),
        transfer=transfers.propose(wish=wish, cause=f"form:3:{acme.account.pk}", by=cast.max, at=NOON),
        penalty=_a_penalty(cast, acme),
        late=_late_work(cast, acme),
        declined=_declined(cast, acme),
        mail_in=_mail_in(acme),
        deputyship=a_deputy(acme, dan),
        agreement=Agreement.objects.filter(organisation=acme.organisation).latest("pk"),
        lot=acme.account.lots.earliest("pk"),
        entry=acme.account.entries.earliest("pk"),
    )


def _reading_as(approver: Person, *people: Person) -> tuple[Person, ...]:
    """The people, who read in the approver's language."""
    for person in people:
        person.language = approver.language
        person.save(update_fields=["language"])
    return people


def _a_penalty(cast: Cast, acme: Client):
    session = a_session(cast, acme, starts_at=NOON + timedelta(hours=7))
    changes.cancel(session=session, shown_minutes=120, by=acme.requester, at=NOON)
    return penalty_of(session)


def _late_work(cast: Cast, acme: Client) -> LateWork:
    began = NOON - 20 * A_DAY
    session = a_started_session(cast, acme, starts_at=began)
    entry = worklogs.log(
        session=session,
        technician_person=cast.tessa.person,
        started_at=began,
        ended_at=began + timedelta(minutes=30),
        note="Cleaned up",
        late_reason="I was ill",
        by=cast.tessa.person,
        at=NOON,
    )
    return LateWork.objects.get(entry=entry)


def _declined(cast: Cast, acme: Client) -> Session:
    """A session that Rolf declined to come to, so that its page asks what becomes of it."""
    session = an_invited_session(cast, acme, starts_at=NOON + 8 * A_DAY)
    session.attendees.filter(person=acme.requester).update(answer=Answer.DECLINED, answered_at=NOON, answer_stamp=NOON)
    facts = {"answer": "declined", "person": acme.requester.pk, "start": session.start_number}
    life.note(session, EventKind.ANSWERED, at=NOON, by=acme.requester, facts=facts)
    return session


def _mail_in(acme: Client) -> IncomingMail:
    """A mail that is held for staff."""
    return mailroom.receive_head(head=f"Subject: From {acme.account.pk}\r\n\r\n".encode(), source="imap", at=NOON)
