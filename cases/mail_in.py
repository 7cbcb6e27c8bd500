"""Mail about cases: it joins its case, opens one, or is held for staff (rule S8).

The rules in their order: what machines send is answered by nothing; a mail joins the case that its address, its
references or the signed number in its subject lead to, if its sender is known there; else it opens a new one for a
sender whom we know; else it is held. Nothing is lost, and no two machines write to each other.

Who a mail is from can be forged. So the word of one of ours is only a note, never an answer to the client, and a number
or an address alone lets nobody in.
"""

from datetime import datetime

from django.db.models import Max, QuerySet
from django.utils.translation import gettext_noop

from cases import addresses, life, mail_bounces, mail_files, mail_out, mail_text, merging, report_choices, words
from cases.attachments import bytes_follow_rows
from cases.intake import Report, open_case
from cases.mail_text import own_cause, same_words, shared_cause
from cases.models import Case, CaseMail, EventKind, Message, Opened, Way
from cases.words import Said
from clients import agreements, domains, support_terms
from clients.access import ACTING, is_provider_staff
from clients.models import Organisation, Priority
from core.once import once
from core.reasons import LONGEST_REASON
from notices import machine_mail
from notices.addresses import tokens_in
from notices.incoming import Mail
from notices.mailroom import Outcome
from notices.models import IncomingMail, MailState
from people.models import Person

MOST_IDS = 500
MOST_KEPT = 1_000
MOST_RECIPIENTS = 100
FOR_CALENDARS = ("REPLY", "COUNTER", "REFRESH")

JOINED = gettext_noop("It joined its case.")
JOINED_CLOSED = gettext_noop("It joined its case, which is closed; somebody has to see whether that goes on.")
NOTED = gettext_noop("One of ours wrote it. It is an internal note in its case: answers to clients are written on the page.")
OPENED = gettext_noop("It opened a new case.")
CAME_BEFORE = gettext_noop("The same mail came before, and is in its case.")
BY_MACHINE = gettext_noop("A machine answered in a case. It is noted there for staff, and nobody was told.")
UNKNOWN_SENDER = gettext_noop("We do not know its sender. Somebody has to decide what becomes of it.")
NO_SENDER = gettext_noop("It does not say who wrote it, or names several. Somebody has to read it.")
NOT_ON_CASE = gettext_noop("It answers in a case on which its sender is not known. Somebody has to decide.")
OF_SEVERAL = gettext_noop("Its sender belongs to several clients. Somebody has to say for which it is.")
OF_OURS = gettext_noop("One of ours wrote it, about no case. Somebody has to read it.")
NOBODY_ANSWERS = gettext_noop("It comes from a client’s domain, but nobody of that client can sign in. Somebody has to read it.")


def takes(mail: Mail) -> bool:
    """Whether the mail is the cases': all that people write, but answers to invitations; of machines' only what is about a case."""
    if any(part.method in FOR_CALENDARS for part in mail.calendars):
        return False
    if machine_mail.is_report(mail):
        return mail_bounces.about_case(mail) is not None
    return not machine_mail.is_automatic(mail) or _known_on(mail) is not None


@bytes_follow_rows()
def handle(mail: Mail, row: IncomingMail, at: datetime) -> Outcome:
    """Let the mail join its case, or open one, or be held (rule S8). Never sends anything to a machine."""
    if machine_mail.is_report(mail):
        return mail_bounces.handle(mail, row, at)
    if machine_mail.is_automatic(mail):
        return _note_machine(mail, row, at)
    if not mail.author or machine_mail.is_our_address(mail.author):
        return Outcome(MailState.HELD, NO_SENDER)
    if _came_before(mail, row):
        return Outcome(MailState.IGNORED, CAME_BEFORE)
    case = _known_on(mail)
    if case is not None:
        return join(case, mail, row, at=at)
    return _new(mail, row, at)


def join(case: Case, mail: Mail, row: IncomingMail, *, at: datetime) -> Outcome:
    """Add the mail to `case`, on which its sender is known: the client's word, or a note of one of ours."""
    case = life.locked(case)
    person = _person(mail.author)
    when = not_before(case, row.received_at, at)
    if person is not None and not life.may_speak(person, case) and life.may_work(person, case):
        message = words.add_note(case, said(mail, row), by=person, at=when, cause=cause_of(mail, row))
        mail_out.keep_incoming(case, message, mail.message_id, at=when)
        mail_files.keep(message, mail, at=when)
        return Outcome(MailState.HANDLED, NOTED)
    speaker = person if person is not None and life.may_speak(person, case) else None
    message = words.client_says(case, said(mail, row), by=speaker, at=when, cause=cause_of(mail, row))
    mail_out.keep_incoming(case, message, mail.message_id, at=when)
    mail_files.keep(message, mail, at=when)
    return Outcome(MailState.HANDLED, JOINED_CLOSED if case.closed_at else JOINED)


def open_for(organisation: Organisation, reporter: Person, mail: Mail, row: IncomingMail, *, by: Person, at: datetime) -> Case:
    """Open a case for `reporter` from the mail, read at `at`, as of when it reached us (rules S1, S4). Raises as `intake.open_case`.

    A priority that the reporter names in the subject is chosen as if in the portal (rule S2).
    """
    stranger = mail.author if mail.author != reporter.email.lower() else ""
    priority = None if stranger else _priority_asked(organisation, mail, at=row.received_at)
    report = Report(
        organisation=organisation,
        reporter=reporter,
        via=Opened.EMAIL,
        subject=mail.subject,
        text=mail_text.text_of(mail),
        html=mail.html,
        mail=row,
        mail_id=mail.message_id,
        address=stranger,
        read_at=at,
        priority=priority,
    )
    case = open_case(report, cause=cause_of(mail, row), by=by, at=row.received_at)
    mail_files.keep(case.messages.order_by("pk")[0], mail, at=row.received_at)
    return case


def said(mail: Mail, row: IncomingMail) -> Said:
    """The mail as a word in a case."""
    return Said(mail_text.text_of(mail), Way.EMAIL, mail.html, row, mail.author)


def cause_of(mail: Mail, row: IncomingMail) -> str:
    """The same for the same mail, though it came twice with other bytes; of its own where staff decide about each of them."""
    cause = shared_cause(mail, row.digest)
    return own_cause(row.digest) if _earlier(cause, row).exists() else cause


def not_before(case: Case, reached_at: datetime, at: datetime) -> datetime:
    """When the word counts: when it reached us, but after all that had happened in the case when it was read (rule S6)."""
    last = case.events.aggregate(last=Max("at"))["last"]
    return min(max(reached_at, last or reached_at), max(at, last or at))


def _new(mail: Mail, row: IncomingMail, at: datetime) -> Outcome:
    """A new case where the sender belongs to one client; else the mail is held, with the reason."""
    person = _person(mail.author)
    if person is not None and is_provider_staff(person):
        return Outcome(MailState.HELD, OF_OURS)
    organisations = list(Organisation.objects.acting(person)[:2]) if person is not None else []
    if len(organisations) > 1:
        return Outcome(MailState.HELD, OF_SEVERAL)
    reporter = person if organisations else None
    if person is None and (owner := domains.owner_of(mail.author)) is not None and not _is_locked_out(mail.author):
        organisations, reporter = [owner], _who_answers(owner)
        if reporter is None:
            return Outcome(MailState.HELD, NOBODY_ANSWERS)
    if not organisations or reporter is None:
        return Outcome(MailState.HELD, NOT_ON_CASE if _led_to(mail) else UNKNOWN_SENDER)
    open_for(organisations[0], reporter, mail, row, by=reporter, at=at)
    return Outcome(MailState.HANDLED, OPENED)


def _priority_asked(organisation: Organisation, mail: Mail, *, at: datetime) -> int | None:
    """The priority that the subject names, if it is one of the client's plan; None leaves it to the plan (rules S2, S3)."""
    asked = mail_text.priority_in(mail.subject)
    if asked is None:
        return None
    terms = support_terms.in_force(organisation, on=agreements.local_date(at), at=at)
    offered = Priority.objects.filter(number=asked).exists() and report_choices.is_offered(asked, terms)
    return asked if offered else None


def _who_answers(organisation: Organisation) -> Person | None:
    """Who of the client stands for a sender who is no user: an approver, else anybody."""
    members = organisation.memberships.filter(person__is_active=True, role__in=ACTING).select_related("person").order_by("role", "pk")
    first = members.first()
    return first.person if first else None


def _note_machine(mail: Mail, row: IncomingMail, at: datetime) -> Outcome:
    """What a machine answers in a case is noted for staff. It moves no clock, and is answered by nothing."""
    case = _known_on(mail)
    if case is None:
        return Outcome(MailState.HELD, machine_mail.SAID[machine_mail.Sign.NULL_RETURN_PATH])
    case = life.locked(case)
    facts = {"mail": row.pk, "automatic": True}
    if not case.events.filter(kind=EventKind.NOTED, facts__mail=row.pk).exists():
        when = not_before(case, row.received_at, at)
        reason = f"{mail.author}: {mail.subject}"[:LONGEST_REASON]
        life.note_internally(case, EventKind.NOTED, at=when, by=None, reason=reason, facts=facts)
    return Outcome(MailState.IGNORED, BY_MACHINE)


def _known_on(mail: Mail) -> Case | None:
    """The first case that the mail leads to on which its sender is known."""
    person = _person(mail.author)
    locked_out = person is None and _is_locked_out(mail.author)
    owner = domains.owner_of(mail.author) if person is None and not locked_out else None
    for case in _led_to(mail):
        if owner is not None and owner.pk == case.organisation_id:
            return case
        if person is not None and (life.may_speak(person, case) or life.may_work(person, case)):
            return case
    return None


def _led_to(mail: Mail) -> list[Case]:
    """The cases that the mail leads to: by its address, by what it answers, by the signed numbers in its subject. In this order."""
    cases = Case.objects.select_related("organisation")
    tokens = tokens_in(mail.recipients[:MOST_RECIPIENTS])
    by_token = {case.mail_token: case for case in cases.filter(mail_token__in=tokens)}
    ids = [found for found in mail.answers_to if machine_mail.is_own_id(found)][:MOST_IDS] + list(mail.answers_to[:MOST_IDS])
    by_id: dict[str, list[Case]] = {}
    for kept in CaseMail.objects.filter(mail_id__in=ids).select_related("case__organisation").order_by("-ours", "pk")[:MOST_KEPT]:
        by_id.setdefault(kept.mail_id, []).append(kept.case)
    numbers = addresses.numbers_in(mail.subject)
    by_number = cases.in_bulk(numbers)
    answered = [case for mail_id in ids for case in by_id.get(mail_id, ())]
    found = [*(by_token.get(token) for token in tokens), *answered, *(by_number.get(number) for number in numbers)]
    return list(dict.fromkeys(merging.surviving(case) for case in found if case is not None))


def _came_before(mail: Mail, row: IncomingMail) -> bool:
    """Whether the same mail, by other bytes, is in a case already. With other words in it, it is another one: none is lost."""
    earlier = _earlier(shared_cause(mail, row.digest), row).values_list("text", flat=True)
    return any(same_words(text, mail_text.text_of(mail)) for text in earlier)


def _earlier(cause: str, row: IncomingMail) -> QuerySet[Message]:
    return Message.objects.filter(cause__in=[cause, f"{cause}:report"]).exclude(mail=row)


def _person(address: str) -> Person | None:
    """Who has the address, with their duties: read once for each mail, for every rule asks."""
    known = Person.objects.filter(email=address, is_active=True).prefetch_related("staff_roles")
    return once(("person", address), known.first) if address else None


def _is_locked_out(address: str) -> bool:
    """Whether the address is of a user who may no longer sign in: the domain does not let them in again."""
    return Person.objects.filter(email=address, is_active=False).exists()
