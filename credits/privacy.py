"""What credit holds about a person: the ledger is of the books, and stays as it is (GDPR articles 15, 17(3)(b); rule C14)."""

from django.utils.translation import gettext_lazy as _

from people import keeping, personal
from people.keeping import Keeping
from people.personal import Erasing

BOOKS = _("Books: kept as they are for seven years after the end of the calendar year (Swedish Bookkeeping Act, chapter 7, section 2).")


def declare() -> None:
    """Say it."""
    personal.exported("credit", "credits.Entry", "credits.TopUp", "credits.Transfer", erasing=Erasing.KEEP, why=BOOKS)
    personal.exported("credit", "credits.AutoTopUp", erasing=Erasing.KEEP, why=BOOKS)
    personal.exported("credit", "credits.Spender", erasing=Erasing.REMOVE)
    personal.left_out(BOOKS, "credits.CreditAccount", "credits.Lot", "credits.Hold", "credits.Move", erasing=Erasing.KEEP)
    personal.left_out(_("Settings of the provider, of nobody in particular."), "credits.CreditTerms", "credits.Campaign")
    keeping.register(Keeping(name="ledger", title=_("The ledger of credit, its lots, debts and orders"), why=BOOKS, days=None))
