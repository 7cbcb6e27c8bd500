"""Who takes our e-invoices and hands them on in Peppol, by HTTP: `[invoicing.access_point]` of the provider profile (rules I4, P1).

The profile holds no secret: it names the environment variable that does, which must begin with ACCESS_POINT_, so that no other
secret of this machine can be sent away by a slip of the pen.
"""

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clients.profile_table import Table
from core.addresses import AddressRefused, place_of
from core.environment import Environment
from core.errors import DomainError
from invoicing import terms

UBL, MULTIPART = "ubl", "multipart"
NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
VARIABLE = re.compile(r"ACCESS_POINT_[A-Z0-9_]{1,50}")
POINTER = re.compile(r"(/[^/\s]{0,80}){1,10}")
ID = "{id}"


class AccessPointMissing(DomainError):
    """Nobody takes e-invoices for us."""

    message = _("No access point for e-invoices is set up.")


class SecretMissing(DomainError):
    """The environment variable that the profile names is not set."""

    message = _("The key of the access point is missing: the environment variable that the profile names is not set.")


@dataclass(frozen=True, kw_only=True)
class AccessPoint:
    """Where e-invoices are posted, and how.

    The header `header` carries what the environment variable `secret_from` holds. The number that the other side gives is in
    the header `id_header`, or in its JSON at the pointer `id_at` (RFC 6901). `status_url`, with {id} in it, says later what became
    of it: a word at `status_at`, which means delivered or refused where it is among those.
    """

    url: str
    header: str = "Authorization"
    secret_from: str = ""
    format: str = UBL
    id_header: str = ""
    id_at: str = ""
    status_url: str = ""
    status_at: str = ""
    delivered: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    def authorisation(self) -> dict[str, str]:
        """The header that lets us in; none where none is asked for. Raises SecretMissing."""
        if not self.secret_from:
            return {}
        secret = Environment.ENVIRON.get(self.secret_from, "").strip()
        if not secret:
            raise SecretMissing
        return {self.header: secret}


def configured() -> AccessPoint | None:
    """The one in force now; None where the profile names none."""
    now = terms.offered()
    return of(now.access_point) if now and now.access_point else None


def current() -> AccessPoint:
    """The one in force now. Raises AccessPointMissing."""
    found = configured()
    if found is None:
        raise AccessPointMissing
    return found


def of(kept: dict[str, Any]) -> AccessPoint:
    """As it is kept on the terms."""
    words = {name: tuple(kept.get(name, ())) for name in ("delivered", "refused")}
    return AccessPoint(**{**kept, **words})


def read(table: Table) -> dict[str, Any]:
    """The table of the profile as it is kept; empty where it was left out. Faults go to the table."""
    if not table.values:
        return {}
    read = AccessPoint(
        url=table.checked("url", _address),
        header=table.checked("header", _shaped(NAME, _("must be the name of a header")), default="Authorization"),
        secret_from=table.checked("secret_from", _shaped(VARIABLE, _("must be like ACCESS_POINT_TOKEN")), default=""),
        format=table.choice("format", (UBL, MULTIPART)),
        id_header=table.checked("id_header", _shaped(NAME, _("must be the name of a header")), default=""),
        id_at=table.checked("id_at", _pointer, default=""),
        status_url=table.checked("status_url", _status_address, default=""),
        status_at=table.checked("status_at", _pointer, default=""),
        delivered=_words(table, "delivered"),
        refused=_words(table, "refused"),
    )
    if read.status_url and not (read.status_at and (read.id_at or read.id_header)):
        table.fault("status_url", str(_("needs status_at, and id_at or id_header")))
    table.close()
    kept = asdict(read)
    return kept | {name: list(kept[name]) for name in ("delivered", "refused")}


def _words(table: Table, key: str) -> tuple[str, ...]:
    """Words apart by commas, in small letters."""
    said = table.text(key, default="")
    return tuple(word.strip().lower() for word in said.split(",") if word.strip())


def _address(text: str) -> str:
    try:
        place_of(text)
    except AddressRefused as refusal:
        raise ValidationError(str(refusal)) from None
    return text


def _status_address(text: str) -> str:
    if text and ID not in text:
        raise ValidationError(_("must have {id} where the number goes"))
    return _address(text.replace(ID, "1")) and text if text else ""


def _pointer(text: str) -> str:
    return _shaped(POINTER, _("must be a JSON pointer like /data/id"))(text)


def _shaped(pattern: re.Pattern[str], reason: Any) -> Callable[[str], str]:
    def check(text: str) -> str:
        if text and not pattern.fullmatch(text):
            raise ValidationError(reason)
        return text

    return check
