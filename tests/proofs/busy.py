"""Clients for whom there is something to do, and the jobs that do it: for proofs that kill whoever does it."""

from datetime import timedelta

from invoicing import issue_batches
from tests.cast import NOON, Cast, Client, a_client
from tests.credits.posting import grant
from tests.invoicing.scene import a_draft

DUE = (
    "expire credit whose last day is over",
    "issue what batches ask for",
    "make the documents of invoices",
    "deliver notices",
)
YESTERDAY = NOON - timedelta(days=2)


def a_busy_client(cast: Cast, number: int) -> Client:
    """Has credit whose last day is over, and a draft that is to be issued."""
    client = a_client(cast, f"Acme{number}")
    grant(client.account, 480, expires_on=YESTERDAY.date(), at=YESTERDAY)
    issue_batches.begin([a_draft(client)], by=cast.fia, at=NOON, cause=f"test:points:{number}")
    return client
