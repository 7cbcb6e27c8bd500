"""The files of a mail, kept with the word that it is in a case (rules S1, S8). What is refused, staff read; the mail itself is whole."""

from collections.abc import Sequence
from datetime import datetime

from django.core.files.base import ContentFile
from django.utils import translation

from cases import attachments, life, terms
from cases.attachments import MIB, Upload
from cases.models import Attachment, EventKind, Message
from clients import provider
from core.reasons import LONGEST_REASON
from notices.incoming import Mail
from notices.mime import Part

READ_AS_WORDS = ("text/plain", "text/html")


def keep(message: Message, mail: Mail, *, at: datetime) -> list[Attachment]:
    """Keep what can be kept of the mail's files with `message`; what was refused, and why, is noted for staff.

    A message that has files already keeps those: the mail came before.
    """
    parts = files_of(mail)
    if not parts or message.attachments.exists():
        return []
    with translation.override(provider.current().language):
        done = attachments.keep(message, _uploads(parts), at=at)
    if done.refused:
        reason = " ".join(done.refused)[:LONGEST_REASON]
        life.note_internally(message.case, EventKind.NOTED, at=at, by=None, reason=reason, facts={"refused_files": len(done.refused)})
    return done.kept


def files_of(mail: Mail) -> list[Part]:
    """The parts that are files: attached, named, or nothing that is read as words."""
    return [part for part in mail.parts if part.is_attachment or part.name or part.content_type not in READ_AS_WORDS]


def _uploads(parts: Sequence[Part]) -> list[Upload]:
    """The parts as files. Those beyond the number that is taken are refused by that, and not decoded."""
    limits = terms.current()
    most = limits.attachment_mib * MIB + 1
    return [
        Upload(part.name, part.content_type, ContentFile(part.content(most) if number < limits.attachments_at_once else b""))
        for number, part in enumerate(parts)
    ]
