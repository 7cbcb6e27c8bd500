"""Sessions from before Tillgodo, imported as history only: they are read and counted, and never post (rules C14, R7).

A file is imported wholly or not at all, as often as wanted: what is there already, by its reference, must say the
same. Every fault carries line, column and reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from clients import csv_cells as cells
from clients.agreements import local_date
from clients.csv_rows import FileRefused, Problem, Row, read_rows, shown
from clients.models import Organisation
from people.models import Person
from sessions.models import PastWork, Purpose

__all__ = ["COLUMNS", "FileRefused", "PastWork", "import_past_work", "readable_by"]

COLUMNS = ("organisation_number", "reference", "worked_on", "technician", "title", "hours", "charged_hours")
OPTIONAL_COLUMNS = ("purpose",)
COMPARED = ("worked_on", "technician", "purpose_id", "title", "minutes", "charged_minutes")


@transaction.atomic
def import_past_work(*, data: bytes, at: datetime) -> int:
    """Add the sessions of a CSV file, worked before the provider's today; how many were not there yet.

    Hours are numbers, "1,5" or "1.5", that come to whole minutes; what was charged may be 0. `purpose` is a code of
    ours, or empty. Raises FileRefused with every fault found.
    """
    rows, problems = read_rows(data, columns=COLUMNS, optional=OPTIONAL_COLUMNS)
    reader = _Reader(
        today=local_date(at),
        at=at,
        problems=problems,
        organisations={organisation.organisation_number: organisation for organisation in Organisation.objects.all()},
        purposes={purpose.code: purpose for purpose in Purpose.objects.all()},
    )
    found = [work for row in rows if (work := reader.read(row)) is not None]
    new = _not_there_yet(found, problems)
    if problems:
        raise FileRefused(problems)
    PastWork.objects.bulk_create(work for _line, work in new)
    return len(new)


def readable_by(person: Person) -> QuerySet[PastWork]:
    """The past sessions of the organisations whose affairs `person` may read."""
    mine = PastWork.objects.filter(organisation__in=Organisation.objects.visible_to(person))
    return mine.select_related("organisation", "purpose")


@dataclass
class _Reader:
    """Reads rows into unsaved sessions. Faults are collected; a row with one is left out."""

    today: date
    at: datetime
    problems: list[Problem]
    organisations: Mapping[str, Organisation]
    purposes: Mapping[str, Purpose]

    def read(self, row: Row) -> tuple[int, PastWork] | None:
        before = len(self.problems)
        work = PastWork(
            organisation=self._organisation(row),
            reference=self._words(row, "reference", 80),
            worked_on=self._day(row),
            technician=self._words(row, "technician", 120),
            purpose=self._purpose(row),
            title=self._words(row, "title", 120),
            minutes=self._minutes(row, "hours"),
            charged_minutes=self._minutes(row, "charged_hours"),
            imported_at=self.at,
        )
        return (row.line, work) if len(self.problems) == before else None

    def _organisation(self, row: Row) -> Organisation | None:
        number = row.cells["organisation_number"]
        if number not in self.organisations:
            self._fault(row, "organisation_number", _("no client has the number “%(number)s”") % {"number": shown(number)})
        return self.organisations.get(number)

    def _purpose(self, row: Row) -> Purpose | None:
        code = row.cells.get("purpose", "")
        if code and code not in self.purposes:
            self._fault(row, "purpose", _("no purpose has the code “%(code)s”") % {"code": shown(code)})
        return self.purposes.get(code)

    def _words(self, row: Row, column: str, most: int) -> str:
        if not row.cells[column]:
            self._fault(row, column, _("is missing"))
        try:
            return cells.words(row.cells[column], most)
        except cells.Unreadable as fault:
            self._fault(row, column, str(fault))
            return ""

    def _day(self, row: Row) -> date:
        try:
            worked_on = cells.day(row.cells["worked_on"])
        except cells.Unreadable as fault:
            self._fault(row, "worked_on", str(fault))
            return self.today
        if worked_on > self.today:
            self._fault(row, "worked_on", _("lies in the future"))
        return worked_on

    def _minutes(self, row: Row, column: str) -> int:
        written = row.cells[column]
        if written in ("0", "0,0", "0.0", "0,00", "0.00"):
            return 0
        try:
            return cells.minutes(written)
        except cells.Unreadable as fault:
            self._fault(row, column, str(fault))
            return 0

    def _fault(self, row: Row, column: str, reason: str) -> None:
        self.problems.append(Problem(row.line, column, reason))


def _not_there_yet(found: Iterable[tuple[int, PastWork]], problems: list[Problem]) -> list[tuple[int, PastWork]]:
    """Those whose reference is new for their client. One that is there and says something else is a fault."""
    listed = list(found)
    there = PastWork.objects.filter(organisation__in={work.organisation_id for _line, work in listed})
    known = {(work.organisation_id, work.reference): work for work in there}
    new: list[tuple[int, PastWork]] = []
    for line, work in listed:
        first = known.setdefault((work.organisation_id, work.reference), work)
        if first is work:
            new.append((line, work))
        elif first._state.adding:
            problems.append(Problem(line, "reference", _("stands in the file twice")))
        elif any(getattr(first, column) != getattr(work, column) for column in COMPARED):
            problems.append(Problem(line, "reference", _("was imported before with other details")))
    return new
