"""The audit log, for the walk through every address (see `belongings.py`)."""

from tests.cast import Cast, Client
from tests.journeys.belongings import Own
from trail.models import Entry


def audit_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """An entry about Acme, which administrators read and nobody else."""
    entry = Entry.objects.filter(organisation=acme.organisation).earliest("pk")
    others = [acme.approver, acme.requester, cast.tessa.person, cast.max, cast.fia]
    return {"desk-audit-entry": Own({"entry_id": entry.pk}, cast.ada, strangers=others)}
