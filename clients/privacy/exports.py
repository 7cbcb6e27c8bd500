"""Copies of everything about a person: asked for, made by a job in steps, fetched for some days, then gone (GDPR articles 15, 20).

Parts are made one after the other into a folder of the copy, and put together at the end: what dies in between goes on where
it was. The archive lies under a random name that no address leads to; who fetches it has shown who they are just before.
"""

import logging
import shutil
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from secrets import token_hex

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from clients.access import has_duty
from clients.models import ExportDownload, ExportState, PersonExport, StaffDuty
from clients.privacy import archive
from core.errors import DomainError, NotAllowed
from people.models import Person

FOLDER = "exports"
DAYS = 14
"""How long a copy can be fetched, unless the retention time says else."""
MOST_AT_ONCE = 40
"""Parts that one tick makes of one copy."""

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
    """Go on with the copies that were asked for; returns how many became ready."""
    waiting = PersonExport.objects.filter(state=ExportState.ASKED).order_by("pk")
    return sum(_go_on(pk, at, most) for pk in list(waiting.values_list("pk", flat=True)[:20]))


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
    upto = min(export.done + most, len(parts))
    for number in range(export.done, upto):
        _make(parts[number], folder / f"{number:06}")
    if upto < len(parts):
        PersonExport.objects.filter(pk=pk).update(done=upto, total=len(parts))
        return False
    name = f"{FOLDER}/{token_hex(16)}.zip"
    path = _put_together([part.path for part in parts], folder, _root() / name)
    with path.open("rb") as content:
        digest = file_digest(content, "sha256").hexdigest()
    ready = {"state": ExportState.READY, "file": name, "size": path.stat().st_size, "digest": digest, "ready_at": at}
    PersonExport.objects.filter(pk=pk).update(done=upto, total=len(parts), **ready)
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))
    return True


def _make(part: archive.Part, path: Path) -> None:
    """The bytes of one part; nothing where there is nothing of it, or its file is gone."""
    content = part.read()
    path.unlink(missing_ok=True)
    if content is not None:
        path.touch(mode=0o600)
        path.write_bytes(content)


def _put_together(names: Sequence[str], folder: Path, path: Path) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for number, name in enumerate(names):
            if (made := folder / f"{number:06}").exists():
                packed.write(made, name)
    return path


def _folder(export: PersonExport) -> Path:
    return _root() / FOLDER / f"making-{export.pk}"


def _root() -> Path:
    return Path(settings.MEDIA_ROOT)


def until(export: PersonExport, days: int | None) -> datetime | None:
    """When a copy that is ready goes."""
    return export.ready_at + timedelta(days=days) if export.ready_at and days is not None else None
