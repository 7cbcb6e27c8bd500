"""Somebody who is named in every kind of place, for the tests of copies and of erasing."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.admin.models import LogEntry
from django.contrib.sessions.backends.db import SessionStore

from cases.models import CallTask, Case, CaseEvent, EventKind, Message, Voice
from clients import invitations
from clients.invitations import Newcomer, Wanted
from clients.members import Place
from clients.models import MemberRole, StaffDuty
from credits import ledger
from notices import mailroom, outbox
from people.models import Person
from sessions import feeds, notes
from tests.cases.opened import a_case, a_plan, bind
from tests.cast import NOON, Cast, Client, a_colleague
from tests.credits.posting import bought, voucher
from tests.sessions.factories import a_session

NAME, EMAIL, MOBILE = "Åsa Öberg", "asa.oberg@acme.example", "+46701234567"
OLD = (NAME, EMAIL, MOBILE)
NAMESAKE = "joasa.oberg@acme.example"


@dataclass
class Leaving:
    """Åsa, a requester of Acme's, her case, and Alva, a second administrator."""

    person: Person
    alva: Person
    case: Case


def leaving(cast: Cast, acme: Client) -> Leaving:
    """Åsa, named by herself and others: in mails, cases, sessions, calendars, logs, and in the ledger."""
    asa = _who_was_invited(cast, acme)
    bind(acme, a_plan())
    case = a_case(acme, reporter=asa, by=asa, text=f"I am {NAME}, {EMAIL}, not {NAMESAKE}.\nCall {MOBILE}.\nÅsa\n  Öberg")
    said = {"case": case, "at": NOON, "voice": Voice.STAFF, "author": cast.max}
    Message.objects.create(cause="said:1", text=f"{NAMESAKE}, {EMAIL} and ÅSA ÖBERG", html=f"<a href='mailto:{EMAIL}'>{NAME}</a>", **said)
    CaseEvent.objects.create(case=case, kind=EventKind.NOTED, by=cast.max, at=NOON, reason=f"{NAME} called", facts={"who": [NAME, EMAIL]})
    CallTask.objects.create(
        case=case, cause="call:1", reason="answers", raised_at=NOON, closed_at=NOON, closed_by=cast.max, note=f"Told {NAME}"
    )
    session = a_session(cast, acme, starts_at=NOON + timedelta(days=3))
    notes.add_note(session=session, text=f"{NAME} opens the door", cause="note:1", by=asa, at=NOON)
    feeds.make_feed(person=asa, at=NOON)
    ledger.grant(account=acme.account, minutes=60, terms=bought(), voucher=voucher(reason=f"{NAME} asked for it"))
    mail = mailroom.receive(raw=a_mail(), source="pipe", at=NOON)
    type(mail).objects.filter(pk=mail.pk).update(sender=EMAIL, subject=f"From {NAME}")
    _told(cast, asa)
    LogEntry.objects.create(user=cast.ada, action_flag=2, object_repr=NAME, change_message=f'[{{"changed": "{EMAIL}"}}]')
    _signed_in(asa)
    return Leaving(asa, a_colleague("Alva", StaffDuty.ADMINISTRATOR), case)


def _who_was_invited(cast: Cast, acme: Client) -> Person:
    """Åsa, who came by a link that was sent to her address, and gave her number later."""
    wanted = Wanted(email=EMAIL, language="en", place=Place(MemberRole.REQUESTER))
    sent = invitations.invite_member(organisation=acme.organisation, wanted=wanted, key="asa", by=cast.ada, at=NOON)
    newcomer = Newcomer(name=NAME, language="en", time_zone="Europe/Stockholm", password="a-fine-long-password")
    asa = invitations.join(token=str(sent.token), newcomer=newcomer, at=NOON).accepted_by
    Person.objects.filter(pk=asa.pk).update(mobile=MOBILE)
    return Person.objects.get(pk=asa.pk)


def a_mail() -> bytes:
    """A mail of hers in which nothing stands plainly."""
    text = b64encode(f"Greetings\n{NAME}".encode()).decode()
    subject = b64encode(f"From {NAME}".encode()).decode()
    head = f"From: =?utf-8?b?{b64encode(NAME.encode()).decode()}?= <ASA.Oberg@acme.example>\nTo: support@provider.example\n"
    more = f"Subject: =?utf-8?b?{subject}?=\nMessage-ID: <1@acme.example>\nContent-Type: text/plain; charset=utf-8\n"
    return f"{head}{more}Content-Transfer-Encoding: base64\n\n{text}\n".encode()


def _told(cast: Cast, asa: Person) -> None:
    """A mail to her that was sent, one that waits, and an invitation to somebody else that folds her address."""
    sent = outbox.write(cause="told:1", person=asa, subject=f"For {NAME}", body=f"Dear {NAME}", at=NOON)
    type(sent).objects.filter(pk=sent.pk).update(state="sent", sent_at=NOON)
    outbox.write(cause="told:2", person=asa, subject="Later", body="It waits", at=NOON)
    folded = f"ATTENDEE;CN=Somebody who comes too:mailto:{EMAIL[:9]}\r\n {EMAIL[9:]}"
    part = outbox.CalendarPart("REQUEST", folded, "support@provider.example")
    outbox.write(cause="told:3", person=cast.max, subject="Invitation", body="See", at=NOON, calendar=part)


def _signed_in(person: Person) -> None:
    store = SessionStore()
    store["_auth_user_id"] = str(person.pk)
    store.save()
