"""What the outbox and the mailroom hold about a person (GDPR articles 5, 15, 17; rules M4, S8)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.privacy.words import unfolded
from notices import incoming
from notices.models import IncomingMail, MailState, Notice, NoticeState
from people import keeping, personal
from people.keeping import Keeping
from people.models import Person
from people.personal import Erasing, PersonalFile

LEFT = "the person was erased"


def declare() -> None:
    """Say it."""
    sent = _("That something was sent, and when, stays; nothing in it names the person.")
    came = _("Mails that name the person are emptied whole. That one came, and its fingerprint, stay.")
    personal.exported("notices", "notices.Notice", emails=("address",), why=sent)
    personal.exported("mails-sent-to-us", "notices.IncomingMail", emails=("sender",), why=came)
    personal.exported("notification-choices", "notices.NotificationChoice", erasing=Erasing.REMOVE)
    personal.left_out(_("Settings of the provider, of nobody in particular."), "notices.OutgoingHold")
    personal.coded("notices.IncomingMail", "digest", "source")
    personal.files_of("mails-sent-to-us", _mails_of)
    personal.cleared("notices.IncomingMail", "raw", text=_read, values={"raw": b""})
    personal.cleared("notices.Notice", "calendar", text=unfolded, values={"calendar": "", "method": ""})
    personal.when_leaving("notices", _write_no_more)
    keeping.register(
        Keeping(
            name="incoming-mail",
            title=_("Mail that came in, byte for byte"),
            why=_("Two years, so that what was said can be proved. What belongs to a case stays there as text."),
            days=2 * 365,
            due=_mails_before,
            since="received_at",
            purge=_empty_mails,
        )
    )
    keeping.register(
        Keeping(
            name="notices",
            title=_("Texts of mails and messages that were sent"),
            why=_("A year, to answer questions about them. That something was sent, when and to whom stays."),
            days=365,
            due=_notices_before,
            since="written_at",
            purge=_empty_notices,
        )
    )


def _mails_of(person: Person) -> Iterator[PersonalFile]:
    for pk in IncomingMail.objects.filter(sender__iexact=person.email).order_by("pk").values_list("pk", flat=True):
        yield PersonalFile(f"mail-{pk}.eml", lambda pk=pk: bytes(IncomingMail.objects.get(pk=pk).raw) or None)  # type: ignore[misc]


def _read(raw: bytes) -> str:
    """All that a mail says, decoded: its heads and its texts."""
    read = incoming.parse(bytes(raw))
    return "\n".join([*_heads(bytes(raw)), *read.recipients, read.author, read.sent_by, read.subject, read.text, read.html])


def _heads(raw: bytes) -> Iterable[str]:
    """The bytes as they are, for what stands in them plainly."""
    yield unfolded(raw.decode("latin-1"))
    yield raw.decode("utf-8", errors="replace")


def _write_no_more(person: Person, _at: datetime) -> None:
    """What waits to be sent to the person is not sent."""
    Notice.objects.filter(person=person, state=NoticeState.WAITING).update(state=NoticeState.FAILED, last_error=LEFT)


def _mails_before(before: datetime) -> QuerySet[IncomingMail]:
    """Mails that are dealt with, and are still kept whole."""
    done = Q(state__in=[MailState.HANDLED, MailState.IGNORED])
    return IncomingMail.objects.filter(done, received_at__lt=before).exclude(raw=b"")


def _empty_mails(keys: Sequence[int], _at: datetime) -> int:
    """The bytes go, whole; the row stays with its fingerprint, so that the same mail is not taken for a new one."""
    return IncomingMail.objects.filter(pk__in=keys).update(raw=b"")


def _notices_before(before: datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(written_at__lt=before).exclude(state=NoticeState.WAITING).exclude(body="")


def _empty_notices(keys: Sequence[int], _at: datetime) -> int:
    """The text goes; the row stays, so that nothing is sent twice (rule M4)."""
    return Notice.objects.filter(pk__in=keys).update(subject="", body="", calendar="", method="")
