"""What cases hold about a person, and who has to hand over before they go (GDPR articles 5, 15, 17; rule S1).

What somebody wrote in a case belongs to the organisation that reported it, and stays; its author bears a number.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Attachment, AttachmentGone, Case, State, Visit
from people import duties, keeping, personal
from people.keeping import Keeping
from people.models import Person
from people.personal import Erasing, PersonalFile

REMOVED = "–"
SETTINGS = gettext_lazy("Settings of the provider, of nobody in particular.")
AFTER = 3 * 365


def declare() -> None:
    """Say it."""
    why = gettext_lazy("It belongs to the organisation whose case it is; its author bears a number.")
    personal.exported("cases", "cases.Case", emails=("caller_email",), hidden=("mail_token", "terms"), why=why)
    personal.exported("case-messages", "cases.Message", emails=("address",), why=why)
    personal.exported("case-files", "cases.Attachment", through=("message__author",), why=why)
    personal.exported("case-log", "cases.CaseEvent", "cases.CaseTime", "cases.CallTask", "cases.Page", why=why)
    personal.exported("case-decisions", "cases.TriageDecision", "cases.Reclassification", "cases.Solution", "cases.Visit", why=why)
    personal.exported("own-lists", "cases.SavedView", "cases.Watcher", erasing=Erasing.REMOVE)
    personal.left_out(gettext_lazy("Message-IDs and clocks of a case: they name nobody."), "cases.CaseMail", "cases.Clock")
    personal.left_out(SETTINGS, *("cases.Team", "cases.Tag", "cases.CannedAnswer", "cases.CaseSettings", "cases.HelpArticle"))
    personal.coded("cases.Case", "cause", "mail_token")
    personal.coded("cases.Attachment", "digest")
    for name in ("CallTask", "Message", "Page", "Visit"):
        personal.coded(f"cases.{name}", "cause")
    personal.files_of("case-files", _files_of)
    duties.register("cases", standing)
    keeping.register(
        Keeping(
            name="attachments",
            title=gettext_lazy("Files of closed cases"),
            why=gettext_lazy("Three years after closing, as long as somebody may come back to it. Their names stay in the case."),
            days=AFTER,
            due=_files_before,
            since="case__closed_at",
            purge=_remove_files,
        )
    )
    keeping.register(
        Keeping(
            name="callers",
            title=gettext_lazy("Names and numbers of who phoned about closed cases"),
            why=gettext_lazy("Three years after closing. The case itself belongs to the organisation, and stays."),
            days=AFTER,
            due=_callers_before,
            since="closed_at",
            purge=_forget_callers,
        )
    )


def standing(person: Person, _at: datetime) -> Iterator[str]:
    """Open cases and visits of a technician."""
    if owned := Case.objects.filter(owner=person).exclude(state=State.CLOSED).count():
        yield _("Open cases are assigned to them (%(count)s): assign them to somebody else.") % {"count": owned}
    if visits := Visit.objects.filter(consultant=person, ended_at=None).count():
        yield _("Visits are planned with them (%(count)s): send somebody else.") % {"count": visits}


def _files_of(person: Person) -> Iterator[PersonalFile]:
    for attachment in Attachment.objects.filter(message__author=person).order_by("pk"):
        yield PersonalFile(f"{attachment.pk}-{attachment.name}", lambda file=str(attachment.content.name): _bytes_of(file))  # type: ignore[misc]


def _bytes_of(name: str) -> bytes | None:
    if not default_storage.exists(name):
        return None
    with default_storage.open(name) as content:
        return bytes(content.read())


def _files_before(before: datetime) -> QuerySet[Attachment]:
    return Attachment.objects.filter(case__closed_at__lt=before, gone=None)


def _remove_files(keys: Sequence[int], at: datetime) -> int:
    """The bytes go; that there was a file, its name, size and fingerprint stay in the case."""
    found = Attachment.objects.filter(pk__in=keys)
    for attachment in found:
        default_storage.delete(str(attachment.content.name))
    return len(AttachmentGone.objects.bulk_create((AttachmentGone(attachment=each, at=at) for each in found), ignore_conflicts=True))


def _callers_before(before: datetime) -> QuerySet[Case]:
    return Case.objects.filter(closed_at__lt=before).exclude(caller_name__in=["", REMOVED])


def _forget_callers(keys: Sequence[int], _at: datetime) -> int:
    """A case that came by phone has to name a caller: it names nobody in particular."""
    nobody = {"caller_name": REMOVED, "caller_phone": REMOVED, "caller_email": "erased@erased.invalid"}
    return Case.objects.filter(pk__in=keys).update(**nobody)
