"""What is kept about people, table by table, and what becomes of it (GDPR articles 15, 17 and 20).

Every app says in `AppConfig.ready`, by its `privacy.declare`, of each of its tables that can hold something about a person
whether its rows go into that person's export, and what erasing does to them. A table of which nobody has said anything fails
a test. `clients.privacy` does what is said here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import JSONField, Model, Q
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from people.models import Person

HISTORY = _("Who changed a setting, and when: what staff did at work, and nothing else about them.")
SHORTEST = 30
"""Characters. A shorter column holds a code or a number, but nobody's name and address."""


class Erasing(Enum):
    """What erasing a person does to a table: names in its texts are replaced, their own rows go, or nothing changes."""

    REPLACE = "replace"
    REMOVE = "remove"
    KEEP = "keep"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What was decided about one table. `export`: its file in the archive, empty where it is left out, which `why` gives reasons for.

    `emails` are the columns that name a person by address, `through` lookups of a person that the row only leads to; `hidden`
    columns nobody gets, for they are secrets.
    """

    label: str
    export: str = ""
    erasing: Erasing = Erasing.REPLACE
    why: str | StrPromise = ""
    emails: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def model(self) -> type[Model]:
        """The table."""
        return apps.get_model(self.label)

    def rows_of(self, person: Person) -> Q:
        """The rows about or by `person`."""
        found = Q(pk__in=())
        for name in (*people_columns(self.model), *self.through):
            found |= Q(**{name: person})
        for name in self.emails:
            found |= Q(**{f"{name}__iexact": person.email})
        return Q(pk=person.pk) if self.model is Person else found


@dataclass(frozen=True)
class PersonalFile:
    """A file that goes into an export: where it stands there, and how its bytes are read; None where they are gone."""

    path: str
    read: Callable[[], bytes | None]


Files = Callable[[Person], Iterable[PersonalFile]]
Step = Callable[[Person, datetime], None]


@dataclass(frozen=True)
class Clearing:
    """A column whose text is encoded or folded, and cannot be replaced in place: where `text` of it names the person, `values` are set."""

    column: str
    text: Callable[[Any], str]
    values: dict[str, Any]


@dataclass
class _Said:
    decisions: dict[str, Decision] = field(default_factory=dict)
    files: dict[str, Files] = field(default_factory=dict)
    leaving: dict[str, Step] = field(default_factory=dict)
    clearing: dict[str, Clearing] = field(default_factory=dict)
    coded: dict[str, tuple[str, ...]] = field(default_factory=dict)
    addresses: dict[str, Callable[[Person], Iterable[str]]] = field(default_factory=dict)


_said = _Said()


def exported(
    export: str,
    *labels: str,
    emails: tuple[str, ...] = (),
    through: tuple[str, ...] = (),
    hidden: tuple[str, ...] = (),
    erasing: Erasing = Erasing.REPLACE,
    why: str | StrPromise = "",
) -> None:
    """Rows about a person in these tables go into the archive's file `export`; erasing replaces names in their texts, unless said else."""
    for label in labels:
        _keep(Decision(label=label, export=export, erasing=erasing, why=why, emails=emails, through=through, hidden=hidden))


def left_out(why: str | StrPromise, *labels: str, erasing: Erasing = Erasing.REPLACE) -> None:
    """These tables are not exported, for `why`; names in their texts are replaced all the same."""
    for label in labels:
        _keep(Decision(label=label, erasing=erasing, why=why))


def files_of(name: str, find: Files) -> None:
    """An export also holds these files, in the folder `name`."""
    _said.files[name] = find


def when_leaving(name: str, step: Step) -> None:
    """What an app does, in the transaction of the second yes, so that a person who is erased can do nothing more, and gets no word."""
    _said.leaving[name] = step


def known_by(name: str, addresses: Callable[[Person], Iterable[str]]) -> None:
    """Ask this app, too, by which other addresses a person is known."""
    _said.addresses[name] = addresses


def other_addresses(person: Person) -> list[str]:
    """The addresses of a person besides the one they sign in with."""
    return sorted({address for find in _said.addresses.values() for address in find(person)} - {person.email})


def cleared(label: str, column: str, *, text: Callable[[Any], str], values: dict[str, Any]) -> None:
    """Erasing sets `values` in rows of this table where what `text` makes of `column` names the person."""
    _said.clearing[label] = Clearing(column, text, values)


def clearing_of(model: type[Model]) -> Clearing | None:
    """What is done about a column of this table that cannot be replaced in place."""
    return _said.clearing.get(model._meta.label)


def coded(label: str, *columns: str) -> None:
    """The product composes these columns itself, of codes, numbers and chance: they name nobody, and erasing looks into none of them."""
    _said.coded[label] = columns


def is_coded(model: type[Model], column: "models.Field[object, object]") -> bool:
    """Whether nobody can be named in it."""
    return column.name in _said.coded.get(model._meta.label, ())


def decision_of(model: type[Model]) -> Decision | None:
    """What was decided of a table; the history of one goes with it. None where nobody has said anything."""
    label = model._meta.label
    if found := _said.decisions.get(label):
        return found
    app, name = label.split(".")
    origin = _said.decisions.get(f"{app}.{name.removeprefix('Historical')}") if name.startswith("Historical") else None
    if origin is None:
        return None if not name.startswith("Historical") or _needs_one(app, name) else Decision(label=label, why=HISTORY)
    export = f"{origin.export}-history" if origin.export else ""
    erasing = Erasing.REPLACE if origin.erasing == Erasing.REMOVE else origin.erasing
    return Decision(label=label, export=export, erasing=erasing, why=origin.why, emails=origin.emails, hidden=origin.hidden)


def decisions() -> list[Decision]:
    """What was decided of every table there is, in the order of their names."""
    found = (decision_of(model) for model in apps.get_models(include_auto_created=True))
    return sorted((decision for decision in found if decision), key=lambda decision: decision.label)


def files(person: Person) -> Iterator[PersonalFile]:
    """The files of `person`, each under the name of its folder."""
    for name, find in sorted(_said.files.items()):
        for file in find(person):
            yield PersonalFile(f"{name}/{file.path}", file.read)


def leave(person: Person, *, at: datetime) -> None:
    """Do what every app does when a person is erased; then what is theirs alone goes."""
    for step in _said.leaving.values():
        step(person, at)
    for decision in decisions():
        if decision.erasing == Erasing.REMOVE:
            decision.model._base_manager.filter(decision.rows_of(person)).delete()


def people_columns(model: type[Model]) -> list[str]:
    """The columns that name a person; who wrote a line of history is not what the line is about."""
    return [
        column.name
        for column in model._meta.concrete_fields
        if column.is_relation and column.related_model is Person and column.name != "history_user"
    ]


def text_columns(model: type[Model]) -> list["models.Field[object, object]"]:
    """The columns that can hold what somebody wrote."""
    return [column for column in model._meta.concrete_fields if _holds_text(column)]


def needs_decision(model: type[Model]) -> bool:
    """Whether somebody has to say what becomes of this table: it names people, or has room for a name and an address."""
    roomy = any(column.max_length is None or column.max_length >= SHORTEST for column in text_columns(model))
    return roomy or bool(people_columns(model)) or any(column.related_model is Person for column in model._meta.concrete_fields)


def _needs_one(app: str, history: str) -> bool:
    """Whether the table that this is the history of would have to be decided about itself."""
    return needs_decision(apps.get_model(app, history.removeprefix("Historical")))


def _holds_text(column: "models.Field[object, object]") -> bool:
    return isinstance(column, models.CharField | models.TextField | JSONField) and not column.choices and not column.primary_key


def _keep(decision: Decision) -> None:
    _said.decisions[decision.label] = decision
