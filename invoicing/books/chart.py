"""The chart of accounts: what each is for, and its number and name in the provider's books (rules P1, I6)."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from clients.vat import Treatment
from core.errors import DomainError
from invoicing.models import BookAccount, Meaning

TREATED = {Treatment.REVERSE_CHARGE: Meaning.REVERSE_CHARGE, Treatment.OUTSIDE_SCOPE: Meaning.OUTSIDE_EU}
"""Sales without VAT have an account by the reason, whatever is sold."""


class BooksNotSet(DomainError):
    """The provider's profile has no chart of accounts."""

    message = _("There is no chart of accounts: the provider’s profile has no [invoicing.accounts]. Nothing has changed.")


class AccountMissing(DomainError):
    """The chart has no account for this."""

    def __init__(self, meaning: Meaning, percent: Decimal | None = None) -> None:
        super().__init__(meaning, percent)
        self.meaning, self.percent = meaning, percent

    @property
    def message(self) -> str:
        """Which one."""
        if self.percent is None:
            return _("The chart of accounts has none for “%(meaning)s”. It was not posted.") % {"meaning": self.meaning.label}
        said = _("The chart of accounts has none for “%(meaning)s” at %(percent)s %% VAT. It was not posted.")
        return said % {"meaning": self.meaning.label, "percent": f"{self.percent.normalize():f}"}


class Chart:
    """The accounts by what they are for."""

    def __init__(self, accounts: Iterable[BookAccount]) -> None:
        self._found = {(account.meaning, account.percent): account for account in accounts}

    def of(self, meaning: Meaning, percent: Decimal | None = None) -> BookAccount:
        """The account of a meaning, of one rate where it goes by rate. Raises AccountMissing."""
        found = self._found.get((meaning, percent))
        if found is None:
            raise AccountMissing(meaning, percent)
        return found

    def sales(self, meaning: Meaning, *, treatment: str, percent: Decimal) -> BookAccount:
        """The account of something sold: by its rate, or by why it bears no VAT. Raises AccountMissing."""
        treated = TREATED.get(Treatment(treatment))
        return self.of(treated) if treated else self.of(meaning, percent.quantize(Decimal("0.01")))


def offered() -> bool:
    """Whether the provider has a chart of accounts, and so books of ours."""
    return BookAccount.objects.exists()


def current() -> Chart:
    """The chart in force now. Raises BooksNotSet."""
    chart = list(BookAccount.objects.all())
    if not chart:
        raise BooksNotSet
    return Chart(chart)
