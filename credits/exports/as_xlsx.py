"""A statement as a workbook: real numbers and real dates, whatever language it is opened in (rule C15).

No cell is ever a formula: text is written as text, and what begins like a formula is marked as well, for a workbook
may be saved as something else later.
"""

from collections.abc import Iterable
from io import BytesIO
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import TYPE_STRING
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from credits.exports.table import Cell, begins_like_a_formula, headings, rows, safe
from credits.statement import Statement

WIDTHS = (9, 12, 12, 24, 40, 10, 10, 10, 10, 10, 24, 44)
NOT_IN_A_SHEET_NAME = str.maketrans(dict.fromkeys(r"[]:*?/\'", " "))
LONGEST_SHEET_NAME = 31
PLAIN, BOLD, TOP = Font(), Font(bold=True), Alignment(vertical="top", wrap_text=True)


def statement_xlsx(statement: Statement, *, zone: ZoneInfo) -> bytes:
    """The statement as a workbook of one sheet, in the active language. `zone` is that of its dates."""
    book = Workbook()
    book.remove(book.worksheets[0])
    sheet: Worksheet = book.create_sheet()
    account = statement.account
    sheet.title = _sheet_name(account.name)
    book.properties.title = safe(_("Statement %(account)s") % {"account": account})
    book.properties.subject = safe(account.reference)
    book.properties.creator = "Tillgodo"
    _write(sheet, 1, headings(), font=BOLD)
    for number, row in enumerate(rows(statement, zone), start=2):
        _write(sheet, number, row, font=BOLD if row.number is None else PLAIN)
    _lay_out(sheet)
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def _write(sheet: Worksheet, number: int, row: Iterable[Cell], *, font: Font) -> None:
    for column, value in enumerate(row, start=1):
        if value is None or value == "":
            continue
        cell = sheet.cell(number, column, safe(value) if isinstance(value, str) else value)
        cell.alignment, cell.font = TOP, font
        if isinstance(value, str):
            cell.data_type = TYPE_STRING


def _lay_out(sheet: Worksheet) -> None:
    """Columns as wide as what they hold; the heading stays in sight, on the screen and on every printed page."""
    for column, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr = 0, PageSetupProperties(fitToPage=True)


def _sheet_name(account: str) -> str:
    """The account's name as far as a sheet may bear it; never the beginning of a formula."""
    name = safe(account).translate(NOT_IN_A_SHEET_NAME)
    while begins_like_a_formula(name):
        name = name.strip()[1:]
    return name[:LONGEST_SHEET_NAME].strip() or _("Statement")
