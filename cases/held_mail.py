"""What staff decide about a mail that is held (rule S8): it becomes a case of a client, or joins a case. Nothing is lost."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from cases import life, mail_in, merging
from cases.attachments import bytes_follow_rows
from cases.models import Case, CaseMail, EventKind, Message
from clients import provider
from clients.access import acts_for, has_duty
from clients.models import Organisation, StaffDuty
from core.errors import DomainError, NotAllowed
from notices import incoming, mailroom
from notices.mailroom import Outcome
from notices.models import IncomingMail, MailState
from people.models import Person

LET_IN = gettext_noop("Somebody of ours opened a new case from it.")
PUT_IN = gettext_noop("Somebody of ours put it into a case.")


class ReporterAbsent(DomainError):
    """A case needs somebody of the client who reports it."""

    message = _("That person does not belong to this client. Nothing has changed.")


class CaseOutOfSight(DomainError):
    """There is no case of that number that this person may work on."""

    message = _("There is no such case. Nothing has changed.")


def visible_to(person: Person) -> QuerySet[IncomingMail]:
    """The mails that `person` may decide about: held ones, for administrators; those about cases for dispatchers, too."""
    held = IncomingMail.objects.defer("raw").filter(state=MailState.HELD)
    if person.is_active and has_duty(person, StaffDuty.ADMINISTRATOR):
        return held
    if person.is_active and has_duty(person, StaffDuty.DISPATCHER):
        return held.filter(Q(route="case"))
    return held.none()


@bytes_follow_rows()
@transaction.atomic
def open_case(mail: IncomingMail, *, organisation: Organisation, reporter: Person, by: Person, at: datetime) -> Case:
    """Open a case of `organisation` from a held mail, as of when it reached us; `by` stays named as who entered it.

    Raises NotAllowed, MailNotHeld, ReporterAbsent, and as `intake.open_case`.
    """
    _check(mail, by)
    if not acts_for(reporter, organisation):
        raise ReporterAbsent
    mailroom.settle(mail=mail, outcome=Outcome(MailState.HANDLED, LET_IN), route="case", at=at)
    return mail_in.open_for(organisation, reporter, incoming.parse(bytes(mail.raw)), mail, by=by, at=at)


@bytes_follow_rows()
@transaction.atomic
def join(mail: IncomingMail, *, number: int, by: Person, at: datetime) -> Case:
    """Put a held mail into case `number`, as the client's word. Raises NotAllowed, MailNotHeld, CaseOutOfSight."""
    _check(mail, by)
    case = Case.objects.visible_to(by).filter(pk=number).first()
    if case is None:
        raise CaseOutOfSight
    case = merging.surviving(case)
    mailroom.settle(mail=mail, outcome=Outcome(MailState.HANDLED, PUT_IN), route="case", at=at)
    mail_in.join(case, incoming.parse(bytes(mail.raw)), mail, at=at)
    with translation.override(provider.current().language):
        reason = gettext("A mail that was held was put into the case.")
    life.note_internally(case, EventKind.NOTED, at=at, by=by, reason=reason, facts={"mail": mail.pk})
    return case


def case_of(mail: IncomingMail) -> Case | None:
    """The case that a mail is in."""
    said = Message.objects.filter(mail=mail).select_related("case").first()
    if said is not None:
        return said.case
    told = CaseMail.objects.filter(notice=mail.about_id, ours=True).select_related("case").first() if mail.about_id else None
    return told.case if told else None


def _check(mail: IncomingMail, by: Person) -> None:
    if not has_duty(by, StaffDuty.ADMINISTRATOR, StaffDuty.DISPATCHER):
        raise NotAllowed
    if not visible_to(by).filter(pk=mail.pk).exists():
        raise mailroom.MailNotHeld
