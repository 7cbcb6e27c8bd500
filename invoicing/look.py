"""How an invoice looks on paper, as it was on the day of its issue (rules I1, I4): its foot, its colour, its logo and the zone of its days.

It stands on the row with the seller, so that the paper is the same whenever it is drawn. The logo's bytes are kept once for all
invoices that show it, by their SHA-256: the file may be another by then, or gone. What was issued before any of this was frozen
is drawn as things are now.
"""

from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation

from clients import provider
from invoicing import terms
from invoicing.models import Invoice, PaperLogo

KEY = "look"
"""Under which name it stands in what was frozen of the seller."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a paper shows beside its facts. `logo` is the name of a file of the static folder, `digest` the SHA-256 of its bytes."""

    footer: str = ""
    colour: str = ""
    logo: str = ""
    digest: str = ""
    zone: str = ""


def to_freeze(language: str) -> dict[str, dict[str, str]]:
    """The look of now, for an invoice in that language, as it is written beside the seller; its logo is kept."""
    look, logo = _now(language)
    if look.digest:
        PaperLogo.objects.get_or_create(digest=look.digest, defaults={"content": logo})
    return {KEY: asdict(look)}


def of(invoice: Invoice) -> Look:
    """The look of an issued invoice."""
    frozen = invoice.seller.get(KEY)
    return _now(invoice.language)[0] if frozen is None else Look(**frozen)


def zone_of(invoice: Invoice) -> ZoneInfo:
    """The zone in which its days are counted: the provider's when it was issued."""
    return ZoneInfo(of(invoice).zone)


def files_of(look: Look) -> dict[str, bytes]:
    """The bytes of the logo by its name, as they were kept."""
    kept = PaperLogo.objects.filter(digest=look.digest).first() if look.digest else None
    return {look.logo: bytes(kept.content)} if kept else {}


def logo_of(name: str) -> str:
    """The address of the logo for the document; nothing where the static folder has no such file."""
    folder = _folder()
    found = (folder / name).resolve() if name else folder
    return found.relative_to(folder).as_posix() if found.is_file() and found.is_relative_to(folder) else ""


def _now(language: str) -> tuple[Look, bytes]:
    """The look of now, and the bytes of its logo, read once: whoever changes the file meanwhile changes nothing of this."""
    now, zone = terms.offered(), provider.current().zone.key
    if now is None:
        return Look(zone=zone), b""
    logo = logo_of(now.logo)
    content = (_folder() / logo).read_bytes() if logo else b""
    with translation.override(language):
        footer = now.footer
    digest = sha256(content).hexdigest() if logo else ""
    return Look(footer=footer, colour=now.colour, logo=logo, digest=digest, zone=zone), content


def _folder() -> Path:
    return Path(settings.STATICFILES_DIRS[0]).resolve()
