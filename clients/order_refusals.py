"""What the verbs of purchase orders refuse, and how they say it (rule I8)."""

from datetime import date

from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from core.errors import DomainError
from core.formatting import day, money


class OfOrder(DomainError):
    """A refusal that names the order."""

    def __init__(self, number: str) -> None:
        super().__init__(number)
        self.number = number


class NumberUnreadable(DomainError):
    """Nothing that can be read was written, or too much."""

    message = _("A purchase order has a number of 80 characters at most. Nothing has changed.")


class NumberTaken(DomainError):
    """Another open order of the client has the number."""

    message = _("There is an open purchase order with this number already. Nothing has changed.")


class SumUnreadable(DomainError):
    """No sum, or one that cannot be written down."""

    message = _("A purchase order is for a sum above zero, to the cent. Nothing has changed.")


class PeriodReversed(DomainError):
    """The last day lies before the first."""

    message = _("The order ends before it begins. Choose a later last day. Nothing has changed.")


class OrderMismatch(DomainError):
    """The same form has already opened another order."""

    message = _("This form has already been used for another purchase order. Open the page again. Nothing has changed.")


class UseMismatch(DomainError):
    """The same thing has used an order already, in another way."""

    message = _("This has already been ordered on a purchase order, with another sum. Nothing has changed.")


class OrderNumberMissing(DomainError):
    """The client wants an order number on everything that it orders, and none was given."""

    message = _("Your organisation wants an order number on every invoice. Write it here. Nothing has been ordered.")


class LessThanUsed(DomainError):
    """The sum would be less than what has been ordered already."""

    def __init__(self, used: Money) -> None:
        super().__init__(used)
        self.used = used

    @property
    def message(self) -> str:
        """The sentence with what is used."""
        return _("%(used)s of this order is used already: its sum cannot be less. Nothing has changed.") % {"used": money(self.used)}


class OrderExhausted(OfOrder):
    """There is less left on the order than what was to be ordered on it: `left`, without VAT."""

    def __init__(self, number: str, left: Money) -> None:
        super().__init__(number)
        self.left = left

    @property
    def message(self) -> str:
        """The sentence with what is left."""
        return _(
            "Purchase order %(number)s has %(left)s left, without VAT, which is not enough. Raise its sum or choose another. "
            "Nothing has changed."
        ) % {"number": self.number, "left": money(self.left)}


class OrderEnded(OfOrder):
    """Its last day is over."""

    def __init__(self, number: str, ends_on: date) -> None:
        super().__init__(number)
        self.ends_on = ends_on

    @property
    def message(self) -> str:
        """The sentence with its last day."""
        return _("Purchase order %(number)s ended on %(last)s. Choose another. Nothing has changed.") % {
            "number": self.number,
            "last": day(self.ends_on),
        }


class OrderNotBegun(OfOrder):
    """Its first day is still to come."""

    def __init__(self, number: str, starts_on: date) -> None:
        super().__init__(number)
        self.starts_on = starts_on

    @property
    def message(self) -> str:
        """The sentence with its first day."""
        return _("Purchase order %(number)s begins on %(first)s. Choose another. Nothing has changed.") % {
            "number": self.number,
            "first": day(self.starts_on),
        }


class OrderClosed(OfOrder):
    """Somebody has closed it."""

    @property
    def message(self) -> str:
        """The sentence with its number."""
        return _("Purchase order %(number)s is closed. Choose another. Nothing has changed.") % {"number": self.number}


class CurrencyDiffers(OfOrder):
    """It is in another currency than what is ordered."""

    @property
    def message(self) -> str:
        """The sentence with its number."""
        return _("Purchase order %(number)s is in another currency. Nothing has changed.") % {"number": self.number}
