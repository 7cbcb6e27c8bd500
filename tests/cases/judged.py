"""Cases that are judged, for tests: as server support that the client agrees to, and services that the agreement names."""

from datetime import datetime, timedelta
from typing import Any

from cases import server_support
from cases.models import Case, TriageDecision
from clients.models import AgreedService, Agreement
from people.models import Person
from tests.cast import Client

A_MINUTE = timedelta(minutes=1)
MAY_WE = "May we use credit for this?"


def a_service(client: Client, name: str = "Identity", **fields: Any) -> AgreedService:
    """A service that the client's agreement names."""
    return AgreedService.objects.create(agreement=Agreement.objects.get(organisation=client.organisation), name=name, **fields)


def ask(case: Case, by: Person, *, at: datetime | None = None, cause: str = "") -> TriageDecision:
    """`by` judges it as server support, a minute after the report."""
    at = at or case.opened_at + A_MINUTE
    return server_support.ask_for_credit(case, MAY_WE, by=by, at=at, cause=cause or f"test:credit:{case.pk}:{at}")


def agree_to_credit(case: Case, by: Person, client: Person, *, at: datetime | None = None) -> TriageDecision:
    """The same, and `client` agrees a minute later."""
    decision = ask(case, by, at=at)
    return server_support.answer_credit(decision, agreed=True, by=client, at=decision.decided_at + A_MINUTE)
