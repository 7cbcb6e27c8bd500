"""Copies of everything about a person: asked for, made by a job in steps, fetched for some days, then gone (GDPR articles 15, 20).

Parts are made one after the other into a folder of the copy, each under the fingerprint of its name, and put together when all that
there are then have been made: what dies in between goes on where it was, and what comes in between comes in too. The archive lies
under a random name that no address leads to; who fetches it has shown who they are just before.
"""

import logging
import shutil
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import file_digest, sha256
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.access import has_duty
from clients.models import ExportDownload, ExportState, PersonExport, StaffDuty
from clients.privacy import archive
from core.batches import each
from core.errors import DomainError, NotAllowed
from people.models import Person

FOLDER = "exports"
BEGUN, NOTHING = ".begun", ".nothing"
DAYS = 14
"""How long a copy can be fetched, unless the retention time says else."""
MOST_AT_ONCE = 40
"""Parts that one tick makes of one copy."""
COPIES_AT_ONCE = 20

logger = logging.getLogger(__name__)


class ExportGone(DomainError):
    """Its days are over, or it is not ready yet."""

    message = _("This copy is not there: it is still being made, or its days are over. Ask for a new one.")


@transaction.atomic
def ask(*, person: Person, by: Person, at: datetime) -> PersonExport:
    """Have a copy made of everything about `person`, for themselves. One that is being made is not asked for twice. Raises NotAllowed."""
    if by != person and not has_duty(by, StaffDuty.ADMINISTRATOR):
        raise NotAllowed
    try:
        with transaction.atomic():
            return PersonExport.objects.create(person=person, asked_by=by, asked_at=at)
    except IntegrityError:
        return PersonExport.objects.get(person=person, state=ExportState.ASKED)


def fetch(export: PersonExport, *, by: Person, at: datetime) -> Path:
    """Where the archive lies, for the person it is about and for nobody else; the download is noted. Raises NotAllowed, ExportGone."""
    if by.pk != export.person_id:
        raise NotAllowed
    path = _root() / export.file
    if export.state != ExportState.READY or not path.is_file():
        raise ExportGone
    ExportDownload.objects.create(export=export, by=by, at=at)
    return path


def make_due(*, at: datetime, most: int = MOST_AT_ONCE) -> int:
    """Go on with the copies that were asked for, each on its own (`core.batches.each`); returns how many became ready."""
    waiting = PersonExport.objects.filter(state=ExportState.ASKED).order_by("pk")
    return each(waiting, lambda export: _go_on(export.pk, at, most), most=COPIES_AT_ONCE)


def past(before: datetime) -> QuerySet[PersonExport]:
    """Copies that can still be fetched, though they were ready before."""
    return PersonExport.objects.filter(Q(state=ExportState.READY), ready_at__lt=before)


def remove(keys: Sequence[int], at: datetime) -> int:
    """Let the archives of these copies go."""
    for export in PersonExport.objects.filter(pk__in=keys, state=ExportState.READY):
        (_root() / export.file).unlink(missing_ok=True)
    return PersonExport.objects.filter(pk__in=keys, state=ExportState.READY).update(state=ExportState.GONE, file="", gone_at=at)


def drop_all_of(person: Person, *, at: datetime) -> None:
    """Who is erased has no copy left, and gets none."""
    for export in PersonExport.objects.filter(person=person, state=ExportState.ASKED):
        shutil.rmtree(_folder(export), ignore_errors=True)
    remove([export.pk for export in PersonExport.objects.filter(person=person, state=ExportState.READY)], at)
    PersonExport.objects.filter(person=person, state=ExportState.ASKED).update(state=ExportState.GONE, gone_at=at)


@transaction.atomic
def _go_on(pk: int, at: datetime, most: int) -> bool:
    """Make the next parts of one copy, and put it together after the last. True where it became ready."""
    export = PersonExport.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk, state=ExportState.ASKED).first()
    if export is None:
        return False
    parts = archive.parts(export.person)
    folder = _folder(export)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    missing = [part for part in parts if not _is_made(part, folder)]
    for part in missing[:most]:
        _make(part, _place(part, folder))
    if len(missing) > most:
        PersonExport.objects.filter(pk=pk).update(done=len(parts) - len(missing) + most, total=len(parts))
        return False
    name = f"{FOLDER}/{token_hex(16)}.zip"
    path = _put_together(parts, folder, _root() / name)
    with path.open("rb") as content:
        digest = file_digest(content, "sha256").hexdigest()
    ready = {"state": ExportState.READY, "file": name, "size": path.stat().st_size, "digest": digest, "ready_at": at}
    PersonExport.objects.filter(pk=pk).update(done=len(parts), total=len(parts), **ready)
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))
    return True


def _place(part: archive.Part, folder: Path) -> Path:
    return folder / sha256(part.path.encode()).hexdigest()


def _is_made(part: archive.Part, folder: Path) -> bool:
    place = _place(part, folder)
    return place.exists() or place.with_suffix(NOTHING).exists()


def _make(part: archive.Part, path: Path) -> None:
    """The bytes of one part, whole or not at all; a mark where there is nothing of it, or its file is gone."""
    content = part.read()
    begun = path.with_suffix(BEGUN)
    begun.unlink(missing_ok=True)
    begun.touch(mode=0o600)
    begun.write_bytes(content or b"")
    begun.replace(path.with_suffix(NOTHING) if content is None else path)


def _put_together(parts: Sequence[archive.Part], folder: Path, path: Path) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in parts:
            if (made := _place(part, folder)).exists():
                packed.write(made, part.path)
    return path


def _folder(export: PersonExport) -> Path:
    return _root() / FOLDER / f"making-{export.pk}"


def _root() -> Path:
    return Path(settings.MEDIA_ROOT)


def until(export: PersonExport, days: int | None) -> datetime | None:
    """When a copy that is ready goes."""
    return export.ready_at + timedelta(days=days) if export.ready_at and days is not None else None
