"""Mails of cases that did not arrive (rule S8): linked to what they told, and told to whoever has the case."""

from datetime import datetime

from django.utils.translation import gettext_noop

from cases import life, messages
from cases.models import CaseEvent, CaseMail, EventKind
from notices import bounces
from notices.incoming import Mail
from notices.mailroom import COMPLAINED, Outcome
from notices.models import IncomingMail, MailState, Notice

BOUNCED = gettext_noop("A mail of a case did not arrive. It is noted in the case, and whoever has that was told.")
DELAYED = gettext_noop("A mail server reports about a mail of a case: it is late, or was read. Nothing has to be done.")


def about_case(mail: Mail) -> CaseMail | None:
    """The mail of a case that the report is about."""
    report = bounces.read(mail)
    if report is None:
        return None
    return CaseMail.objects.filter(notice=report.notice, ours=True).select_related("case", "notice").first()


def handle(mail: Mail, row: IncomingMail, at: datetime) -> Outcome:
    """Record the report once for each mail of ours, and tell ours of a failure. Nothing is answered, no clock moves."""
    report, kept = bounces.read(mail), about_case(mail)
    if report is None or kept is None:
        return Outcome(MailState.HELD, DELAYED)
    bounces.record(report, row, at=at)
    if report.complained:
        return Outcome(MailState.HELD, COMPLAINED)
    if not report.failed:
        return Outcome(MailState.HANDLED, DELAYED)
    case = life.locked(kept.case)
    if not case.events.filter(kind=EventKind.BOUNCED, facts__notice=report.notice.pk).exists():
        facts = {"notice": report.notice.pk, "mail": row.pk, "status": report.status}
        event = life.note_internally(case, EventKind.BOUNCED, at=at, by=None, reason=report.notice.address, facts=facts)
        readers = [] if _told_of_bounce(report.notice) else messages.ours(case)
        readers = [person for person in readers if person.email != report.notice.address]
        messages.happened(case, "bounced", event, readers, address=report.notice.address)
    return Outcome(MailState.HANDLED, BOUNCED)


def _told_of_bounce(notice: Notice) -> bool:
    """Whether the mail that came back told itself of one: then nobody is told by mail, or two dead mailboxes of ours never rest."""
    number = notice.cause.rpartition(":event:")[2]
    return number.isdecimal() and CaseEvent.objects.filter(pk=int(number), kind=EventKind.BOUNCED).exists()
