"""What rounding did in a quarter as a document with letterhead: a receipt, deduction by deduction (rules C7, C9, I4, P4).

It is archivable, and the same receipt made at the same instant is the same bytes.
"""

from collections.abc import Sequence
from datetime import datetime

from clients.models import Provider
from core import pdf
from credits import terms as credit_terms
from credits.accounts import CreditAccount
from credits.exports.as_pdf import MOST_PRINTED, StatementTooLong
from credits.rounding_report import Line, Quarter

ARCHIVED = pdf.Paper(variant=pdf.ARCHIVED)


def rounding_pdf(
    account: CreditAccount, quarter: Quarter, lines: Sequence[Line], *, provider: Provider, language: str, at: datetime
) -> bytes:
    """The receipt of `quarter`, summed from `lines`, as a PDF in `language`, made at the instant `at`. Raises StatementTooLong."""
    if len(lines) > MOST_PRINTED:
        raise StatementTooLong(len(lines))
    context = {
        "provider": provider,
        "organisation": account.organisation,
        "account": account,
        "quarter": quarter,
        "lines": lines,
        "step": credit_terms.current().rounding_step_minutes,
    }
    return pdf.render(template="credits/pdf/rounding.html", context=context, language=language, zone=provider.zone, at=at, paper=ARCHIVED)
