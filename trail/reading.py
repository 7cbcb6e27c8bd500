"""Reading the audit log: filters, words, and pages that go on after the last entry of the one before (rule C14).

A page costs the same among a hundred and among a hundred thousand entries: its order, and each filter by itself, stands in an index.
Nothing is counted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from clients.models import Organisation
from core.errors import DomainError
from people.models import Person
from trail.changes import NONE, Change, Changes, histories, of_entries
from trail.models import Entry, Kind, Whereabouts
from trail.things import BESIDES, BY_NUMBER, PERSON
from trail.words import AT_ADDRESSES, HEARD

PAGE_LENGTH = 50
MOST_NAMED = 100
MOST_EXPORTED = 20_000
AT_ONCE = 500
ORDER = ("-at", "-pk")


class TooManyToExport(DomainError):
    """More entries were asked for than one file holds."""

    @property
    def message(self) -> str:
        """How many it holds, and what to do."""
        return _("A file holds at most %(most)s entries. Choose a shorter period or other filters.") % {"most": MOST_EXPORTED}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which entries, as it stands in the address. `first` and `last` are dates in the reader's zone, both included.

    `who` and `client` are parts of names (a person's also of the address), `thing` is a model's label, `number` its key, `words` are
    part of what was done or of any name. `after` is the place of the last entry of the page before.
    """

    kind: str = ""
    who: str = ""
    client: str = ""
    thing: str = ""
    number: int | None = None
    first: date | None = None
    last: date | None = None
    words: str = ""
    after: str = ""


@dataclass(frozen=True)
class Line:
    """An entry in words. `where` is the address or command that a change came by, where that says more than `what`."""

    entry: Entry
    who: str
    what: str
    thing: str
    where: str
    changes: Changes

    @property
    def address(self) -> str:
        """The network address, as long as it is kept."""
        try:
            return self.entry.whereabouts.address
        except Whereabouts.DoesNotExist:
            return ""

    @property
    def few(self) -> list[Change]:
        """The first of what was changed."""
        return self.changes.columns[:4]

    @property
    def more(self) -> int:
        """How much more was changed."""
        return max(0, len(self.changes.columns) - 4)


@dataclass(frozen=True)
class Page:
    """A page of the log, the newest first. `after` leads to the next one, where there is one."""

    lines: list[Line]
    after: str


def page(wanted: Wanted) -> Page:
    """The 50 entries that follow `wanted.after`."""
    listed = list(beside(found(wanted), wanted.after)[: PAGE_LENGTH + 1])
    shown = listed[:PAGE_LENGTH]
    return Page(lines(shown), place(shown[-1]) if len(listed) > PAGE_LENGTH else "")


def exported(wanted: Wanted) -> Iterator[Line]:
    """All entries that are asked for, the newest first, read in portions. Raises TooManyToExport."""
    asked = found(replace(wanted, after=""))
    if asked.order_by()[: MOST_EXPORTED + 1].count() > MOST_EXPORTED:
        raise TooManyToExport
    after = ""
    while portion := list(beside(asked, after)[:AT_ONCE]):
        yield from lines(portion)
        after = place(portion[-1])


def found(wanted: Wanted) -> QuerySet[Entry]:
    """The entries that are asked for, in no order."""
    asked = Entry.objects.all()
    if wanted.kind:
        asked = asked.filter(kind=wanted.kind)
    if wanted.who:
        asked = asked.filter(_of(person=people(wanted.who)))
    if wanted.client:
        asked = asked.filter(_of(organisation=clients(wanted.client)))
    if wanted.thing:
        asked = asked.filter(thing=wanted.thing)
    if wanted.number is not None:
        asked = asked.filter(number=wanted.number)
    if wanted.first:
        asked = asked.filter(at__gte=_midnight(wanted.first))
    if wanted.last:
        asked = asked.filter(at__lt=_midnight(wanted.last + timedelta(days=1)))
    return asked.filter(_about(wanted.words)) if wanted.words else asked


def beside(asked: QuerySet[Entry], after: str) -> QuerySet[Entry]:
    """What follows the entry that stands at `after`, with all that a line shows; from the newest where that says nothing."""
    at, _tilde, number = after.partition("~")
    instant = _instant(at)
    if instant is not None and number.isdecimal() and len(number) < 19:
        asked = asked.filter(Q(at__lt=instant) | Q(at=instant, pk__lt=int(number)), at__lte=instant)
    return asked.select_related("person", "organisation", "whereabouts").order_by(*ORDER)


def place(entry: Entry) -> str:
    """Where an entry stands, for an address."""
    return f"{entry.at.isoformat()}~{entry.pk}"


def lines(entries: Iterable[Entry]) -> list[Line]:
    """These entries in words."""
    read = list(entries)
    told = of_entries(read)
    return [_line(entry, told.get(entry.pk, NONE)) for entry in read]


def things() -> dict[str, str]:
    """The sorts of things that entries may tell of, by label, in words and in their order. No query."""
    labels = {label.lower() for label in (*BY_NUMBER.values(), *BESIDES.values())} | set(histories()) | {PERSON}
    named = {label: capfirst(str(models()[label]._meta.verbose_name)) for label in labels}
    return dict(sorted(named.items(), key=lambda item: item[1].casefold()))


@cache
def models() -> dict[str, type[Model]]:
    """Every model, by its label in small letters."""
    return {model._meta.label_lower: model for model in apps.get_models()}


def people(words: str) -> list[int]:
    """The people with this in their name or address, by number, at most 100."""
    asked = Person.objects.filter(Q(name__icontains=words) | Q(email__icontains=words))
    return list(asked.order_by("pk").values_list("pk", flat=True)[:MOST_NAMED])


def clients(words: str) -> list[int]:
    """The clients with this in their name, by number, at most 100."""
    return list(Organisation.objects.filter(name__icontains=words).order_by("pk").values_list("pk", flat=True)[:MOST_NAMED])


def _of(**columns: list[int]) -> Q:
    """One of these numbers; a single one leads into the index."""
    (name, numbers), *_rest = columns.items()
    return Q(**{name: numbers[0]}) if len(numbers) == 1 else Q(**{f"{name}__in": numbers})


def _about(words: str) -> Q:
    """In what was done, as the reader reads it, or in the name of who did it or whose it was; a number: also the thing's."""
    small = words.casefold()
    said = [name for name, word in (AT_ADDRESSES | HEARD).items() if small in str(word).casefold() or small == name]
    about = Q(what__in=said) | Q(person__in=people(words)) | Q(organisation__in=clients(words)) | Q(what=words) | Q(operator=words)
    number = words.lstrip("#")
    return about | Q(number=int(number)) if number.isdecimal() and len(number) < 19 else about


def _line(entry: Entry, told: Changes) -> Line:
    where = "" if entry.via in ("", entry.what) else _word(entry.via)
    return Line(entry, _who(entry), _word(entry.what), _thing(entry), where, told)


def _who(entry: Entry) -> str:
    if entry.person is not None:
        return entry.person.name
    if entry.person_id:
        return _("Person %(number)s") % {"number": entry.person_id}
    return entry.operator or (_("Nobody who signed in") if entry.kind == Kind.FAILED else _("By itself"))


def _word(what: str) -> str:
    """What was done; of the administration its own name for it, of a new address the address's name."""
    said: str | Promise | None = AT_ADDRESSES.get(what) or HEARD.get(what)
    if said is None and what.startswith("admin:"):
        return what.removeprefix("admin:").replace("_", " ")
    return str(said or what)


def _thing(entry: Entry) -> str:
    if not entry.thing:
        return ""
    model = models().get(entry.thing)
    name = capfirst(str(model._meta.verbose_name)) if model else entry.thing
    return name if entry.number is None else f"{name} {entry.number}"


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _instant(text: str) -> datetime | None:
    try:
        found_there = parse_datetime(text)
    except ValueError:
        return None
    return found_there if found_there is not None and timezone.is_aware(found_there) else None
