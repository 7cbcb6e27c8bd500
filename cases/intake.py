"""A case is opened: through the portal, by mail, by phone, in chat, or by ourselves (rules S1 to S4, P3).

It gets its number and its clocks at once, under the terms that are in force when the report reached us, and whoever
reported it gets a receipt with the response deadline. The same cause again returns the first case.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from secrets import token_hex

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from cases import life, mail_out, messages, paging, priorities, timing
from cases.models import Case, Environment, EventKind, Message, Opened, Voice, Way
from clients import agreements, support_terms
from clients.access import acts_for, has_duty, manages
from clients.models import AgreedService, CaseKind, Deployment, Organisation, Priority, StaffDuty, SupportChannel
from clients.support_terms import SupportTerms
from core.errors import DomainError, NotAllowed
from core.once import at_one_moment
from notices.models import IncomingMail
from people.models import Person

LONGEST_TEXT = 200_000
BY_STAFF = (Opened.PHONE, Opened.VIDEO, Opened.CHAT, Opened.STAFF)


class SubjectMissing(DomainError):
    """A case says what it is about, and what is wrong."""

    message = _("Please give the case a subject, and say what is wrong. Nothing has been reported yet.")


class TextTooLong(DomainError):
    """More than anybody reads: it belongs in a file."""

    message = _("That is too long: 200,000 characters at most. Attach it as a file instead. Nothing has been saved.")


class PriorityUnknown(DomainError):
    """The plan has no such priority."""

    message = _("There is no such priority in your plan. Nothing has been reported yet.")


class ChannelNotIncluded(DomainError):
    """The plan does not have this way to support (rule S1)."""

    message = _("The plan does not include this channel. Nothing has been reported yet.")


class CallerMissing(DomainError):
    """Who phones is asked for name, company, direct number and e-mail (rule S1)."""

    message = _("A report by phone needs the caller’s name, company, direct number and e-mail. Nothing has been saved.")


class ReporterElsewhere(DomainError):
    """The reporter belongs to another client."""

    message = _("The reporter does not belong to this client. Nothing has been reported.")


class ReportMismatch(DomainError):
    """The form was sent before for somebody else, or with another subject: it is another report."""

    message = _("This form has been sent already, with something else in it. Open a new one. Nothing more has been reported.")


@dataclass(frozen=True)
class Caller:
    """Who phoned (rule S1)."""

    name: str = ""
    company: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What is reported (rule S1). `priority` None: the plan's default (rule S3). `called`: a call confirms the priority (rule S2).

    `by_outage_path`: it came by the path for outages, and is none; that path takes it as an ordinary case (rule S2).
    `mail`: the mail that it came by, and its Message-ID. `address`: who wrote that, where it was no user: the reporter
    answers for them (rule S8). `read_at`: when it was read, if that was later than it reached us: pages go out then (rule S18).
    """

    organisation: Organisation
    reporter: Person
    via: Opened
    subject: str
    text: str
    html: str = ""
    mail: IncomingMail | None = None
    mail_id: str = ""
    address: str = ""
    kind: CaseKind = CaseKind.INCIDENT
    priority: int | None = None
    environment: Environment = Environment.PRODUCTION
    version: str = ""
    system: str = ""
    impact: str = ""
    language: str = ""
    service: AgreedService | None = None
    is_outage: bool = False
    by_outage_path: bool = False
    called: bool = False
    caller: Caller = field(default_factory=Caller)
    read_at: datetime | None = None


@at_one_moment()
@transaction.atomic
def open_case(report: Report, *, cause: str, by: Person, at: datetime) -> Case:
    """Open a case from `report`, which reached us at `at` (rules S1 to S4). The same cause again returns its first case.

    `by` is the reporter, or somebody of ours who enters it. Raises NotAllowed, ReporterElsewhere, SubjectMissing,
    TextTooLong, PriorityUnknown, ChannelNotIncluded, CallerMissing, ReportMismatch.
    """
    if earlier := Case.objects.filter(cause=cause).first():
        return _the_same(earlier, report)
    _check_who(report, by)
    report = _checked(report)
    terms = support_terms.in_force(report.organisation, on=agreements.local_date(at), at=at)
    _check_channel(report, terms)
    case = _row(report, terms, cause=cause, by=by, at=at)
    try:
        with transaction.atomic():
            case.save(force_insert=True)
    except IntegrityError:
        if earlier := Case.objects.filter(cause=cause).first():  # the same report at the same moment
            return _the_same(earlier, report)
        raise
    _begin(case, report, by=by, at=at)
    return case


def _the_same(case: Case, report: Report) -> Case:
    """The case that came of it the first time. A mail is known by its own cause, whatever its servers made of it."""
    if report.mail is None:
        said = (report.organisation.pk, report.reporter.pk, _checked(report).subject)
        if said != (case.organisation_id, case.reporter_id, case.subject):
            raise ReportMismatch
    return case


def _begin(case: Case, report: Report, *, by: Person, at: datetime) -> None:
    """The first word, the clocks, the receipt."""
    message = Message.objects.create(
        case=case,
        voice=Voice.STAFF if case.opened_via == Opened.STAFF else Voice.CLIENT,
        way=Way.PORTAL if case.opened_via == Opened.STAFF else Way(report.via.value),
        author=_author(case, report, by),
        address=report.address,
        text=report.text,
        html=report.html,
        mail=report.mail,
        at=at,
        cause=f"{case.cause}:report",
    )
    facts = {"priority": case.priority, "asked": case.priority_asked, "environment": case.environment, "via": case.opened_via}
    life.note(case, EventKind.OPENED, at=at, by=by, facts=facts)
    timing.start(case, at=at)
    timing.refresh(case)
    if report.mail is not None:
        mail_out.keep_incoming(case, message, report.mail_id, at=at)
    messages.opened(case, at=at)
    wanted = life.terms_of(case).default_priority if report.priority is None else report.priority
    if case.priority > wanted and case.priority_asked is None:
        priorities.note_lowered_report(case, asked=wanted, at=at)
    paging.page_if_on_call(case, at=max(at, report.read_at or at))


def _author(case: Case, report: Report, by: Person) -> Person | None:
    """Whose words the report is in; nobody's where somebody wrote it who is no user."""
    if report.address:
        return None
    return by if case.opened_via == Opened.STAFF else case.reporter


def _row(report: Report, terms: SupportTerms, *, cause: str, by: Person, at: datetime) -> Case:
    priority, asked = _priorities(report, terms)
    caller = {f"caller_{name}": getattr(report.caller, name).strip() for name in ("name", "company", "phone", "email")}
    preview = report.service is not None and report.service.preview
    return Case(
        organisation=report.organisation,
        reporter=report.reporter,
        opened_via=report.via,
        opened_at=at,
        entered_by=None if by == report.reporter else by,
        cause=cause,
        kind=report.kind,
        subject=report.subject,
        language=report.language or report.reporter.language,
        service=report.service,
        environment=report.environment,
        version=report.version.strip(),
        system=report.system,
        impact=report.impact.strip(),
        is_outage=report.is_outage,
        priority=priority,
        priority_asked=asked,
        plan_id=terms.plan_id,
        plan_rank=terms.rank,
        terms=terms.to_json(),
        guaranteed=report.kind in terms.guaranteed_kinds and not preview,
        last_word_at=at,
        last_word_by_client=report.via != Opened.STAFF,
        mail_token=token_hex(10),
        **caller,
    )


def _priorities(report: Report, terms: SupportTerms) -> tuple[int, int | None]:
    """The priority that stands, and the one that was asked for where it does not stand yet (rules S2, S3, S5)."""
    wanted = report.priority if report.priority is not None else terms.default_priority
    found = {priority.number: priority for priority in Priority.objects.all()}
    if report.priority is not None and wanted not in found:
        raise PriorityUnknown
    chosen = found.get(wanted)
    if chosen is None:
        return wanted, None
    if chosen.production_only and report.environment != Environment.PRODUCTION and chosen.lowered_to:
        return chosen.lowered_to, None
    called = report.called or report.via == Opened.PHONE
    if chosen.needs_call and not called and wanted < terms.default_priority:
        return terms.default_priority, wanted
    return wanted, None


def _check_who(report: Report, by: Person) -> None:
    if not acts_for(report.reporter, report.organisation):
        raise ReporterElsewhere
    works = has_duty(by, StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER, StaffDuty.ADMINISTRATOR)
    ours = by.is_active and (works or manages(by, report.organisation))
    if not (ours or (by == report.reporter and by.is_active)) or (report.via in BY_STAFF and not ours):
        raise NotAllowed
    caller = report.caller
    if report.via == Opened.PHONE and not all(text.strip() for text in (caller.name, caller.company, caller.phone, caller.email)):
        raise CallerMissing


def _check_channel(report: Report, terms: SupportTerms) -> None:
    """The channel is the plan's (rule S1). Mail is kept whatever the plan says: it cannot be refused any more (rule S8).

    So is what comes by the plan's path for outages, whether it is one or not (rule S2).
    """
    by_outage_path = report.is_outage or (report.by_outage_path and bool(terms.outage_phone))
    free = report.via in (Opened.STAFF, Opened.EMAIL) or by_outage_path
    if not free and SupportChannel(report.via.value).value not in terms.channels:
        raise ChannelNotIncluded


def _checked(report: Report) -> Report:
    """The report with a subject of one line and a text. A mail without a subject takes its first line.

    What is no outage of something hosted is an ordinary case, whichever way it came (rule S2).
    """
    if report.is_outage and report.service is not None and report.service.deployment != Deployment.HOSTED:
        report = replace(report, is_outage=False, by_outage_path=True)
    text = report.text.replace("\0", "").strip("\r\n")
    subject = _line(report.subject) or (_line(text.strip().partition("\n")[0]) if report.via == Opened.EMAIL else "")
    if report.via == Opened.EMAIL:
        subject = subject or str(_("(no subject)"))
    elif not subject or not text.strip():
        raise SubjectMissing
    if len(text) > LONGEST_TEXT:
        raise TextTooLong
    return replace(report, subject=subject[:200], text=text)


def _line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029\s]+", " ", text).strip()
