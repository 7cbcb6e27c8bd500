"""Whether this machine has what the product needs: room, a folder, keys, files of its own, and libraries for documents."""

import re
import shutil
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.storage import storages

from clients import provider
from core import production
from core.pdf_process import STYLE_SHEET
from dashboard.health.findings import Said, fault, note, ok
from invoicing import sound_terms
from invoicing.models import InvoicingTerms

LEAST_FREE = 500 * 2**20
LITTLE_FREE = 2 * 2**30
ANEW = "Install the product anew."
_URL = re.compile(r"""url\(\s*["']?(?!data:)([^"')?#]+)""")
"""An address in a style sheet, up to its query or fragment; what stands in the sheet itself is none."""


def configuration(at: datetime) -> Said:
    """Whether settings are fit for production; where they are not for that, what would be missing."""
    faults = production.faults(_settings())
    if settings.PRODUCTION and faults:
        return fault(faults[0], "Set what is named, as docs/environment.md says.")
    if faults:
        return note(f"this is a trial; for production {len(faults)} things are to be named", faults[0])
    return ok("fit for production")


def keys(at: datetime) -> Said:
    """Whether keys are strong, and those that were made here are kept from others."""
    if weak := production.weak_keys(_settings()):
        return fault(weak[0], "Name a strong one. SECRET_KEY may be changed at any time; SEALING_KEYS as docs/running.md says.")
    readable = [path.name for path in _made() if path.stat().st_mode & 0o077]
    if readable:
        return fault(f"others on this machine can read {readable[0]} in {settings.VAR}", f"chmod 600 {settings.VAR / readable[0]}")
    return ok("strong")


def disk(at: datetime) -> Said:
    """Whether there is room where files are kept."""
    free = shutil.disk_usage(settings.VAR).free
    says = f"{free / 2**30:.1f} GiB are free in {settings.VAR}"
    if free < LEAST_FREE:
        return fault(says, "Make room: without it no file can be taken in, and SQLite stops writing.")
    return note(says, "Make room before it is used up.") if free < LITTLE_FREE else ok(says)


def folder(at: datetime) -> Said:
    """Whether files that people send can be kept."""
    place = Path(settings.MEDIA_ROOT)
    advice = f"Let the user that runs Tillgodo write there: chown and chmod 700 {place}."
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=place) as file:
            file.write(b"well")
    except OSError as error:
        return fault(f"nothing can be written to {place} ({error.strerror})", advice)
    return ok(f"files can be kept in {place}")


def documents(at: datetime) -> Said:
    """Whether PDFs can be made: the libraries that draw them, and our font."""
    advice = "Install libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0."
    try:
        from core import pdf_drawing  # noqa: F401, PLC0415  it cannot be imported without them, and takes memory that else its own process has
    except OSError:
        return fault("WeasyPrint does not find its libraries, so that no PDF can be made", advice)
    sheet = Path(settings.STATICFILES_DIRS[0]) / STYLE_SHEET
    if not sheet.is_file():
        return fault("the style sheet of documents is missing", ANEW)
    if gone := _gone(sheet):
        return fault(f"{gone[0]}, which the style sheet of documents names, is missing, so that no PDF can be made", ANEW)
    import weasyprint  # noqa: PLC0415

    return ok(f"WeasyPrint {weasyprint.__version__} finds its libraries")


def static_files(at: datetime) -> Said:
    """Whether styles and scripts of this release were collected, and the files that styles name are there."""
    storage, advice = storages["staticfiles"], "Run `manage.py collectstatic --noinput`, and start the web processes anew."
    names = [name for finder in get_finders() for name, _ in finder.list(["CVS", ".*", "*~"])]
    if isinstance(storage, ManifestStaticFilesStorage):
        missing = [name for name in names if storage.hashed_files.get(name) is None]
    else:
        missing = [name for name in names if not storage.exists(name)]
    if missing:
        return fault(f"{len(missing)} of {len(names)} static files were not collected, {missing[0]} among them", advice)
    stale = [name for name in names if name.endswith(".js") and _content(finders.find(name)) != _content(storage.path(name))]
    if stale:
        return fault(f"{stale[0]} is of another release", advice)
    gone = [name for sheet in names if sheet.endswith(".css") for name in _gone(Path(storage.path(sheet)))]
    if gone:
        return fault(f"{gone[0]}, which a style sheet names, is missing", advice)
    return ok(f"{len(names)} files were collected")


def profile(at: datetime) -> Said:
    """Whether the provider's terms are there, and invoices say where they can be paid."""
    found, terms = provider.known(), InvoicingTerms.objects.first()
    if found is None:
        return fault("no provider profile is loaded", "Run `manage.py load_profile` with your own copy of one in profiles/.")
    if terms and (wrong := sound_terms.wrong_with(terms)):
        field, why = next(iter(wrong.items()))
        advice = "Correct it in the profile and load it anew, or in the administration under Terms of invoicing."
        return fault(f"the terms of invoicing have a wrong {field}: {why}", advice)
    return ok(f"the terms of {found.name} are loaded")


def _settings() -> dict[str, object]:
    return {name: getattr(settings, name) for name in production.NEEDED}


def _made() -> list[Path]:
    """The keys that this installation made for itself."""
    return [path for path in (settings.VAR / "secret_key", settings.VAR / "sealing_key") if path.exists()]


def _content(path: str | None) -> bytes:
    return Path(path).read_bytes() if path else b""


def _gone(sheet: Path) -> list[str]:
    """The names of files that a style sheet asks for, and that are not there."""
    return [Path(name).name for name in _URL.findall(sheet.read_text()) if not (sheet.parent / name).is_file()]
