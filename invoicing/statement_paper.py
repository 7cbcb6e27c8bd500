"""A client's statement of account as a document with letterhead, in the look of our invoices (rules I4, P4).

It is archivable, and the same statement made at the same instant is the same bytes.
"""

from datetime import datetime

from clients import provider
from core import pdf
from invoicing import look, terms
from invoicing.client_statement import MOST_PRINTED, ClientStatement, StatementTooLong


def drawn(statement: ClientStatement, *, language: str, at: datetime) -> bytes:
    """The statement as a PDF in `language`, made at the instant `at`; dates are the provider's. Raises StatementTooLong."""
    if statement.length > MOST_PRINTED:
        raise StatementTooLong
    ours, now = provider.current(), terms.offered()
    context = {
        "provider": ours,
        "organisation": statement.organisation,
        "statement": statement,
        "logo": look.logo_of(now.logo if now else ""),
    }
    paper = pdf.Paper(variant=pdf.ARCHIVED, colour=now.colour if now else "")
    return pdf.render(template="invoicing/pdf/statement.html", context=context, language=language, zone=ours.zone, at=at, paper=paper)
