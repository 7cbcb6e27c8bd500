"""Which card service is offered, if any: that of the installation's settings (CARD_SERVICE)."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from invoicing.cards.interface import CardService

KNOWN = {"stripe": "invoicing.cards.stripe_checkout.StripeCheckout"}


def offered() -> CardService | None:
    """The service; None where the installation has none."""
    name = settings.CARD_SERVICE
    return _made(KNOWN.get(name, name)) if name else None


@cache
def _made(path: str) -> CardService:
    made: CardService = import_string(path)()
    return made
