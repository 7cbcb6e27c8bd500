"""How VAT is treated in a sale of ours to a client, as both are registered now (rule I2)."""

from decimal import Decimal

from clients import provider, vat
from clients.models import Organisation


def treatment(client: Organisation) -> vat.Treatment:
    """Which VAT a service that we sell to the client bears."""
    seller = provider.current()
    return vat.treatment(seller_country=seller.country, buyer_country=client.country, buyer_vat_number=client.vat_number)


def percent(client: Organisation, domestic: Decimal) -> Decimal:
    """The rate in percent: the `domestic` one, or none where no VAT is due here."""
    return vat.percent(treatment(client), domestic)
