"""A statement as a file: for paper, for a spreadsheet, for a program (rules C9, C15, P4).

`table` is the one table of rows behind all three · `as_pdf` a document with letterhead · `as_xlsx` a workbook with real
numbers and dates · `as_csv` text, separated as the reader's spreadsheet expects. `rounding_pdf` is the receipt of what
rounding did in a quarter.
"""

from credits.exports.as_csv import statement_csv
from credits.exports.as_pdf import MOST_PRINTED, StatementTooLong, statement_pdf
from credits.exports.as_xlsx import statement_xlsx
from credits.exports.rounding_pdf import rounding_pdf

__all__ = ["MOST_PRINTED", "StatementTooLong", "rounding_pdf", "statement_csv", "statement_pdf", "statement_xlsx"]
