"""What is overdue, as a file: what somebody typed never becomes a formula, sums are numbers (rule I5)."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clients.agreements import local_date
from core.once import at_one_moment
from delivery.report_files import Cell, Table
from invoicing.due_listing import Row


@at_one_moment()
def table(rows: Iterable[Row]) -> Table:
    """One line for each invoice, in the active language."""
    headings = [
        _("Client"),
        _("Organisation number"),
        _("Number"),
        _("Date"),
        _("Due"),
        _("Days late"),
        _("To pay"),
        _("Left to pay"),
        _("Currency"),
        _("Last step"),
        _("Sent"),
        _("Next step"),
        _("Next step on"),
        _("Halted"),
        _("Why"),
        _("Late charges so far"),
    ]
    return Table(pgettext("invoices", "Overdue"), headings, [_line(row) for row in rows])


def _line(row: Row) -> Sequence[Cell]:
    invoice, reminder = row.invoice, row.reminder
    return (
        invoice.organisation.name,
        invoice.organisation.organisation_number,
        invoice.number or "",
        invoice.issued_on.isoformat() if invoice.issued_on else "",
        invoice.due_on.isoformat() if invoice.due_on else "",
        row.days,
        invoice.payable,
        invoice.open.amount,
        invoice.currency,
        reminder.step if reminder else None,
        local_date(reminder.sent_at).isoformat() if reminder else "",
        row.next_step.number if row.next_step and row.next_on else None,
        row.next_on.isoformat() if row.next_on else "",
        str(row.halt.label) if row.halt else "",
        _why(row),
        row.cost.amount if row.cost is not None else None,
    )


def _why(row: Row) -> str:
    if row.contest is not None:
        return row.contest.reason
    return row.stop.why if row.stop is not None else ""
