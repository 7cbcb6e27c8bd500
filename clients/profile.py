"""The provider profile: everything that the provider decides, as one readable TOML file (rule P1).

Each app answers for its own section: when it is ready it registers how the section is validated and how it is
applied. A file is read whole before anything changes, every fault names file, key and reason, and applying the
same file again changes nothing. This app's own section is `[provider]`, the provider's identity.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.validators import URLValidator, validate_email
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients import numbers
from clients.models import Provider
from clients.profile_table import Fault, Table, country, currency
from core.errors import DomainError
from people.models import Language, validate_time_zone

A_WEEK = 7 * 24 * 60
"""Minutes."""

Validate = Callable[[Table], Any]
Apply = Callable[[Any, str], Sequence[str]]


@dataclass(frozen=True)
class Section:
    """How one app reads its section, and how it applies what was read: it returns the changes, in words."""

    validate: Validate
    apply: Apply
    required: bool = True


@dataclass(frozen=True)
class Profile:
    """A file without faults: what each section says, ready to be applied."""

    name: str
    sections: Mapping[str, Any]


class ProfileRefused(DomainError):
    """The file has faults; nothing has changed. `lines` name file, key and reason."""

    message = gettext_lazy("The profile has faults. Nothing has changed.")

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__(lines)
        self.lines = lines


_SECTIONS: dict[str, Section] = {}


def register(section: str, validate: Validate, apply: Apply, *, required: bool = True) -> None:
    """Let an app answer for `[section]` of the profile. Called once, from its AppConfig.ready.

    What is registered last is read and applied first, and what it read is in `table.sections` of the later ones. A
    section that is not `required` may be left out: then the provider does not sell what it is about.
    """
    _SECTIONS[section] = Section(validate, apply, required)


def read(*, path: Path) -> Profile:
    """The profile in a file, wholly validated (rule P1). Changes nothing. Raises ProfileRefused with all faults."""
    document = _parse(path)
    faults: list[Fault] = []
    top = Table("", document, faults)
    sections: dict[str, Any] = {}
    for name, section in reversed(_SECTIONS.items()):  # apps that stand lower get ready later
        table = top.table(name, required=section.required)
        table.sections = sections
        if name in document:
            sections[name] = section.validate(table)
            table.close()
    top.close()
    if faults:
        raise ProfileRefused([f"{path}: {fault.key}: {fault.reason}" for fault in faults])
    return Profile(name=path.name, sections=sections)


@transaction.atomic
def load(*, profile: Profile) -> list[str]:
    """Make the profile the terms in force, all sections or none (rule P1). Returns what changed, in words.

    The same profile again changes nothing and leaves no trace in the history.
    """
    Provider.objects.select_for_update().filter(pk=1).first()
    changes: list[str] = []
    for name, values in profile.sections.items():
        changes += _SECTIONS[name].apply(values, profile.name)
    return changes


def write_row(found: models.Model | None, row: models.Model, *, source: str) -> list[str]:
    """Make `found` say what `row` says, or create it. Nothing is written where nothing differs; history names `source`."""
    columns = [field for field in row._meta.concrete_fields if not field.primary_key]
    title = f"{row._meta.verbose_name} ({row})" if str(row) != str(row._meta.verbose_name) else str(row)
    if found is None:
        _save(row, source)
        return [_("%(row)s: created") % {"row": title}]
    changed = [column for column in columns if getattr(found, column.name) != getattr(row, column.name)]
    changes = [
        _("%(row)s: %(column)s: %(old)s → %(new)s")
        % {"row": title, "column": column.verbose_name, "old": getattr(found, column.name), "new": getattr(row, column.name)}
        for column in changed
    ]
    for column in changed:
        setattr(found, column.name, getattr(row, column.name))
    if changed:
        _save(found, source)
    return changes


def validate_provider(table: Table) -> Provider:
    """`[provider]`: who sells, where its calendar dates are, and in which currency its books are kept."""
    place = table.checked("country", country)
    provider = Provider(
        pk=1,
        name=table.text("name"),
        legal_name=table.text("legal_name"),
        organisation_number=table.checked("organisation_number", lambda text: numbers.organisation_number(number=text, country=place)),
        vat_number=table.checked("vat_number", lambda text: numbers.vat_number(number=text, country=place), default=""),
        address=table.lines("address"),
        country=place,
        time_zone=table.checked("time_zone", validate_time_zone),
        currency=table.checked("currency", currency),
        language=table.choice("language", Language.values),
        email=table.checked("email", validate_email),
        booking_email=table.checked("booking_email", validate_email, default=""),
        case_domain=table.text("case_domain", default=""),
        phone=table.text("phone", default=""),
        website=table.checked("website", URLValidator(schemes=["http", "https"]), default=""),
        escalation_days=table.count("deputy_asked_after", "working day", least=1),
        needs_processing_agreement=table.flag("data_processing_agreement_needed", required=False),
        invitation_hours=table.minutes("invitations_good_for", least=60, default=A_WEEK) // 60,
    )
    table.fits(provider, {"escalation_days": "deputy_asked_after", "invitation_hours": "invitations_good_for"})
    return provider


def apply_provider(provider: Provider, source: str) -> list[str]:
    """Write the provider's identity, its one row."""
    return write_row(Provider.objects.filter(pk=1).first(), provider, source=source)


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise ProfileRefused([_("%(path)s: cannot be read: %(error)s") % {"path": path, "error": error.strerror}]) from error
    except UnicodeDecodeError as error:
        raise ProfileRefused([_("%(path)s: is not written in UTF-8") % {"path": path}]) from error
    except tomllib.TOMLDecodeError as error:
        raise ProfileRefused([_("%(path)s: is not TOML: %(error)s") % {"path": path, "error": error}]) from error


def _save(row: models.Model, source: str) -> None:
    row._change_reason = source[:100]  # type: ignore[attr-defined]  # how django-simple-history takes a reason
    row.save()
