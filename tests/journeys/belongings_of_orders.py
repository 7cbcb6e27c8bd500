"""Purchase orders and automatic top-ups of Acme's, for the walk through every address (see `belongings.py`)."""

from types import SimpleNamespace

from clients.models import PurchaseOrder
from credits import accounts, auto_top_ups
from credits.auto_top_ups import AutoTopUp, Terms
from people.models import Person
from tests.approving import an_approver
from tests.cast import NOON, Cast, Client
from tests.clients.purchase import an_order
from tests.journeys.belongings import Own

ORDERS = {"change": "changing", "close": "closing", "usual": "usual"}
AGREEMENTS = {"approve": "waiting", "stop": "stopping", "issuing": "issuing"}


def order_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """What the client shares with its account manager and finance."""
    things, anna, tessa = at_each_turn(acme), acme.approver, [cast.tessa.person]
    people = {"approve": anna, "stop": anna, "issuing": cast.fia}
    return {
        "purchase-order": Own({"order_id": things.changing.pk}, anna, strangers=tessa),
        **{
            f"purchase-order-{name}": Own({"order_id": getattr(things, turn).pk}, anna, acts_only=True, strangers=tessa)
            for name, turn in ORDERS.items()
        },
        "auto-top-up": Own({"account_id": things.empty.pk}, anna, strangers=tessa),
        **{
            f"auto-top-up-{name}": Own({"agreement_id": getattr(things, turn).pk}, people[name], acts_only=True, strangers=tessa)
            for name, turn in AGREEMENTS.items()
        },
    }


def at_each_turn(client: Client) -> SimpleNamespace:
    """An order and an agreement for each thing that can be done about them, and an account about which nothing is agreed."""
    lina = an_approver(client, f"Lina{client.organisation.pk}", limit=1)
    lina.language = client.approver.language
    lina.save(update_fields=["language"])
    return SimpleNamespace(
        **{turn: _order(client, turn) for turn in ORDERS.values()},
        waiting=_agreed(client, "Waits", lina),
        stopping=_agreed(client, "Stops", client.approver),
        issuing=_agreed(client, "Issues", client.approver),
        empty=accounts.open_account(organisation=client.organisation, name="Not automatic"),
    )


def _order(client: Client, turn: str) -> PurchaseOrder:
    return an_order(client, number=f"PO {turn}")


def _agreed(client: Client, name: str, by: Person) -> AutoTopUp:
    account = accounts.open_account(organisation=client.organisation, name=name)
    wanted = Terms(below_minutes=60, minutes=480, most_a_month=1)
    return auto_top_ups.agree(account=account, wanted=wanted, cause=f"form:auto:{account.pk}", by=by, at=NOON)
