"""Files that come with what is said in a case (rule S1): checked, kept under random names, and handed out by `cases.views.files`.

How large and how many they may be, and how much a client may keep altogether, are settings. What a file is, its content
says (`cases.file_kinds`), never its name. Nothing is opened, unpacked or shown.

Bytes belong to rows: whoever writes both does so inside `bytes_follow_rows`, and where the rows are not written the
bytes go too. What a crash leaves behind, `sweep` finds.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _
from django_stubs_ext import StrPromise

from cases import terms
from cases.file_kinds import HEAD, FileKind, kind_of
from cases.file_names import clean_name, clean_type
from cases.models import Attachment, Case, Message, Voice
from clients.access import is_provider_staff
from clients.models import Organisation
from core.errors import DomainError
from people.models import Person

MIB = 1024 * 1024
FOLDER = "cases"
LEFT_BEHIND = timedelta(days=1)
"""How old bytes without a row are before they are taken for those of a crash."""

_stored: ContextVar[list[str] | None] = ContextVar("stored", default=None)


class FilesRefused(DomainError):
    """One of the files cannot be taken; `reasons` say which and why."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(*reasons)
        self.reasons = list(reasons)

    @property
    def message(self) -> str | StrPromise:
        """All the reasons. Nothing is kept."""
        return f"{' '.join(self.reasons)} {_('Nothing has been sent.')}"


@dataclass(frozen=True)
class Upload:
    """A file as it came: its name and type as the sender says, and its bytes, open for reading."""

    name: str
    content_type: str
    content: File[bytes]

    @property
    def size(self) -> int:
        """Bytes."""
        return int(self.content.size)


@dataclass
class Kept:
    """What became of some files: those that are kept, and for each of the others the reason."""

    kept: list[Attachment] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@contextmanager
def bytes_follow_rows() -> Iterator[None]:
    """Bytes that are stored within the block, or the function that this decorates, go again if it raises: their rows were undone."""
    stored: list[str] = []
    token = _stored.set(stored)
    try:
        yield
    except BaseException:
        for name in stored:
            default_storage.delete(name)
        raise
    finally:
        _stored.reset(token)
        if (outer := _stored.get()) is not None:
            outer += stored


def attach(message: Message, uploads: Iterable[Upload], *, at: datetime) -> list[Attachment]:
    """Keep all of `uploads` with `message`, or none of them. A message that has files already keeps those: it was sent before.

    Raises FilesRefused.
    """
    if found := list(message.attachments.all()):
        return found
    done = keep(message, uploads, at=at)
    if done.refused:
        raise FilesRefused(done.refused)
    return done.kept


def keep(message: Message, uploads: Iterable[Upload], *, at: datetime) -> Kept:
    """Keep with `message` what can be kept of `uploads`, and say of the rest why not: a mail never fails because of a file (rule S8)."""
    done = Kept()
    with bytes_follow_rows(), transaction.atomic():
        uploads = list(uploads)
        room = _room(message.case) if uploads else 0
        for number, upload in enumerate(uploads):
            if reason := refusal(upload, number=number) or _no_room(upload, room):
                done.refused.append(reason)
            else:
                done.kept.append(_kept(message, upload, at=at))
                room -= upload.size
    return done


def refusal(upload: Upload, *, number: int = 0) -> str:
    """Why `upload`, which comes after `number` others, cannot be kept; empty where it can."""
    limits, name = terms.current(), clean_name(upload.name)
    if number >= limits.attachments_at_once:
        return _("“%(name)s”: %(most)s files at once at most.") % {"name": name, "most": limits.attachments_at_once}
    if upload.size > limits.attachment_mib * MIB:
        return too_large(upload.name)
    upload.content.seek(0)
    if kind_of(upload.content.read(HEAD)) == FileKind.PROGRAM:
        return _("“%(name)s” is a program. Programs are not taken, whatever their name.") % {"name": name}
    return ""


def too_large(name: str) -> str:
    """That a file is larger than is taken."""
    return _("“%(name)s” is larger than %(most)s MB.") % {"name": clean_name(name), "most": terms.current().attachment_mib}


def visible(case: Case, person: Person) -> QuerySet[Attachment]:
    """The files of a case that `person` sees: those of internal notes are for staff."""
    found = Attachment.objects.filter(case=case)
    return found if is_provider_staff(person) else found.exclude(message__voice=Voice.NOTE)


def sweep(*, at: datetime) -> int:
    """Remove bytes that no row names and that are older than a day: those of a crash. Returns how many."""
    removed = 0
    for folder in _listed(FOLDER)[0]:
        names = [f"{FOLDER}/{folder}/{name}" for name in _listed(f"{FOLDER}/{folder}")[1]]
        known = set(Attachment.objects.filter(content__in=names).values_list("content", flat=True)) if names else set()
        removed += sum(_removed(name, before=at - LEFT_BEHIND) for name in names if name not in known)
    return removed


def _removed(name: str, *, before: datetime) -> bool:
    """Remove these bytes if they are older. False where they are not, or another sweep at the same moment was quicker."""
    try:
        if default_storage.get_modified_time(name) >= before:
            return False
    except FileNotFoundError:
        return False
    default_storage.delete(name)
    return True


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """The folders and files in a folder, which there may not be yet."""
    try:
        return default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []


def _kept(message: Message, upload: Upload, *, at: datetime) -> Attachment:
    """The bytes on the disk, under a random name, and the row."""
    digest = sha256()
    upload.content.seek(0)
    for chunk in upload.content.chunks():
        digest.update(chunk)
    upload.content.seek(0)
    kept = Attachment(case_id=message.case_id, message=message, size=upload.size, digest=digest.hexdigest(), at=at)
    kept.name, kept.content_type = clean_name(upload.name), clean_type(upload.content_type)
    kept.content.save("", upload.content, save=False)
    if (stored := _stored.get()) is not None:
        stored.append(str(kept.content.name))
    kept.save(force_insert=True)
    return kept


def _room(case: Case) -> int:
    """The bytes that the client may still keep. One at a time asks, so that two together keep no more (rule S1)."""
    Organisation.objects.select_for_update(no_key=True).get(pk=case.organisation_id)
    used = Attachment.objects.filter(case__organisation=case.organisation_id).aggregate(used=Sum("size"))["used"] or 0
    return terms.current().client_quota_mib * MIB - int(used)


def _no_room(upload: Upload, room: int) -> str:
    if upload.size <= room:
        return ""
    words = _("“%(name)s”: the files of your organisation have no room left. Ask us to remove some, or send it another way.")
    return words % {"name": clean_name(upload.name)}
