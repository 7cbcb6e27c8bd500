"""A statement as a document with letterhead, to print, to send and to keep (rules C7, C9, C15, P4).

It is drawn while its reader waits, so that its length is bounded; a spreadsheet takes any.
"""

from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from clients.models import Provider
from core import pdf
from core.errors import DomainError
from core.templatetags.tillgodo import credit_bar
from credits import portal
from credits import terms as credit_terms
from credits.accounts import CreditAccount
from credits.exports.table import rows
from credits.statement import Statement

MOST_PRINTED = 1_000
"""Lines; more of them would keep their reader waiting, and fill more paper than anybody reads."""


class StatementTooLong(DomainError):
    """More lines were asked for on paper than are drawn at once."""

    def __init__(self, lines: int) -> None:
        super().__init__(lines)
        self.lines = lines

    @property
    def message(self) -> str:
        """How long it is, how long it may be, and what to do."""
        said = _("This period has %(lines)s lines, and a PDF holds at most %(most)s. Choose a shorter period, or download the spreadsheet.")
        return said % {"lines": self.lines, "most": MOST_PRINTED}


def statement_pdf(statement: Statement, *, provider: Provider, language: str, at: datetime) -> bytes:
    """The statement as a PDF in `language`, made at the instant `at`; dates are the provider's. Raises StatementTooLong."""
    if len(statement.entries) > MOST_PRINTED:
        raise StatementTooLong(len(statement.entries))
    account = statement.account
    with translation.override(language):
        listed = list(rows(statement, provider.zone))
    context = {
        "provider": provider,
        "organisation": account.organisation,
        "statement": statement,
        "rows": listed,
        "bar": _bar(account),
        "lots": list(portal.lots_left(account)),
    }
    return pdf.render(template="credits/pdf/statement.html", context=context, language=language, zone=provider.zone, at=at)


def _bar(account: CreditAccount) -> dict[str, Any]:
    """The credit bar of what there is now."""
    return credit_bar(
        available=account.available_minutes,
        held=account.held_minutes,
        used=portal.usage([account])[account.pk].used_minutes,
        owed=account.debt_minutes,
        step=credit_terms.current().rounding_step_minutes,
    )
