"""A card service for tests: it opens pages that are nowhere, and signs what it tells with a word."""

import json

from invoicing.cards import paying
from invoicing.cards.interface import Checkout, Happened, NotGenuine, Opened, Outcome, from_minor
from invoicing.models import CardPayment
from people.models import Person
from tests.cast import NOON, Client
from tests.invoicing.scene import an_invoice, paid

WORD = "signed-by-the-card-service-of-tests"


class CardService:
    """What was asked of it stands in `opened` and `returned`."""

    name = "tests"

    def __init__(self) -> None:
        self.opened: list[Checkout] = []
        self.returned: list[str] = []

    def open(self, checkout: Checkout) -> Opened:
        self.opened.append(checkout)
        return Opened(f"visit:{checkout.reference}", f"https://cards.example/{checkout.reference}")

    def read(self, body: bytes, signature: str) -> Happened | None:
        if signature != WORD:
            raise NotGenuine
        said = json.loads(body)
        amount = from_minor(said["units"], said["currency"])
        outcome = Outcome(said["outcome"])
        return Happened(event=said["event"], kind="told", outcome=outcome, identity=said["visit"], amount=amount, taken="money:1")

    def pay_back(self, taken: str, *, reference: str) -> str:
        self.returned.append(reference)
        return f"back:{taken}"


def told(visit: CardPayment, *, event: str = "event:1", outcome: str = "paid", units: int = 1_200_000, currency: str = "sek") -> bytes:
    """What the service says of a visit to its page."""
    said = {"event": event, "visit": visit.identity, "outcome": outcome, "units": units, "currency": currency}
    return json.dumps(said).encode()


def a_kept_card_payment(client: Client, finance: Person) -> CardPayment:
    """A payment of an invoice that had been paid by then."""
    invoice = an_invoice(client, finance)
    visit = paying.begin(invoice, by=client.approver, at=NOON, cause=f"card:{invoice.pk}")
    paid(invoice, 12000, finance)
    heard = paying.hear(told(visit, event=f"event:{visit.pk}"), WORD, at=NOON)
    assert heard is not None
    return heard
