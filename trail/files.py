"""The audit log as a file: what somebody typed never becomes a formula (proof SEC10)."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from delivery.report_files import Cell, Table
from trail.reading import Line


def table(lines: Iterable[Line], *, zone: ZoneInfo) -> Table:
    """One row for each entry, in the active language. Times are to the second, with their distance from UTC, in `zone`."""
    headings = [
        _("Number"),
        _("When"),
        _("Kind"),
        _("Who"),
        _("E-mail address"),
        _("Client"),
        _("What was done"),
        _("To what"),
        _("Before and after"),
        _("Why"),
        _("By way of"),
        _("Account on the server"),
        _("Network address"),
    ]
    return Table(_("Audit log"), headings, [_row(line, zone) for line in lines])


def _row(line: Line, zone: ZoneInfo) -> list[Cell]:
    entry = line.entry
    changed = "; ".join(f"{change.column}: {change.before or '–'} → {change.after or '–'}" for change in line.changes.columns)
    return [
        entry.pk,
        entry.at.astimezone(zone).isoformat(timespec="seconds"),
        str(entry.get_kind_display()),
        line.who,
        entry.person.email if entry.person else "",
        entry.organisation.name if entry.organisation else "",
        line.what,
        line.thing,
        changed,
        line.changes.why,
        line.where,
        entry.operator,
        line.address,
    ]
