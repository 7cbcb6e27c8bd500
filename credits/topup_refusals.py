"""What the verbs of top-ups refuse, and how they say it (rules C2 to C4)."""

from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from core.errors import DomainError
from core.formatting import hours, money


class BelowMinimum(DomainError):
    """A top-up has a smallest size (rule C2). Minutes."""

    def __init__(self, *, minimum: int) -> None:
        super().__init__(minimum)
        self.minimum = minimum

    @property
    def message(self) -> str:
        """The sentence that names the smallest top-up."""
        return _("The smallest top-up is %(minimum)s. Nothing has been ordered.") % {"minimum": hours(self.minimum)}


class TopUpMismatch(DomainError):
    """The same form has already ordered something else."""

    message = _("This form has already been used for another order. Open the page again to order more.")


class TopUpClosed(DomainError):
    """The order was already paid or cancelled."""

    message = _("This top-up has already been paid or cancelled. Nothing has changed.")


class TopUpInvoiced(TopUpClosed):
    """An invoice has been issued for the order: it is corrected by a credit note, not withdrawn (rules C4, I1)."""

    message = _("This top-up has been invoiced, and cannot be withdrawn any more. Nothing has changed; ask us for a credit note.")


class OwedAlready(TopUpClosed):
    """It is the price of work that was done: nobody ordered it, and nobody withdraws it (rule C11)."""

    message = _("This is owed for work that was done, and cannot be withdrawn. Nothing has changed; dispute the hours instead.")


class NotApprovedYet(DomainError):
    """The order waits for a second approver, so that nothing is to be paid yet (rules: People)."""

    message = _("This top-up still waits for a second approver of the client. Nothing has changed.")


class WrongAmount(DomainError):
    """The payment is not what the order costs."""

    def __init__(self, *, expected: Money) -> None:
        super().__init__(expected)
        self.expected = expected

    @property
    def message(self) -> str:
        """The sentence that names the right amount."""
        return _("The order is for %(expected)s. Another amount cannot be marked as its payment.") % {"expected": money(self.expected)}


class NotPaidYet(DomainError):
    """A payment cannot lie in the future."""

    message = _("The payment date lies in the future. Nothing has changed.")


class PaidTooEarly(DomainError):
    """Nobody pays more than a year before they order: the date is a slip of the pen."""

    message = _("The payment date lies more than a year before the order. Nothing has changed.")
