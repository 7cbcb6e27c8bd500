"""Visits to Acme, for the walk through every address (see `belongings.py`)."""

from datetime import datetime, timedelta

from cases import visits
from cases.models import Case, Visit
from cases.visits import Plan
from people.models import Person
from tests.cases.opened import a_case, a_plan, bind
from tests.cast import NOON, Cast, Client
from tests.journeys.belongings import Own

A_DAY = timedelta(days=1)
PAGES = {"desk-visit-change": "coming", "desk-visit-cancel": "coming", "desk-visit-made": "begun"}


def visit_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """What staff do about visits; the client reads of them in the case."""
    found, tessa, ours = planned(cast, acme), cast.tessa.person, [acme.approver, acme.requester, cast.fia]
    pages = {name: Own({"visit_id": found[which].pk}, tessa, strangers=ours) for name, which in PAGES.items()}
    return pages | {"desk-visit-plan": Own({"case_id": found["coming"].case_id}, tessa, strangers=ours)}


def planned(cast: Cast, client: Client) -> dict[str, Visit]:
    """A visit to come, and one that has begun. The technician's name makes them theirs alone."""
    code = f"visits-{client.organisation.pk}"
    bind(client, a_plan(code, visit_included=True))
    case = a_case(client, at=NOON - A_DAY, cause=code)
    begun, coming = NOON - timedelta(hours=1), NOON + 40 * A_DAY
    return {"coming": _visit(cast, case, coming, f"{code}:1"), "begun": _visit(cast, case, begun, f"{code}:2")}


def _visit(cast: Cast, case: Case, starts_at: datetime, cause: str) -> Visit:
    plan = Plan(
        consultant=Person.objects.get(pk=cast.tessa.person.pk),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        place="Storgatan 1",
        purpose="Change the switch",
    )
    return visits.plan(case, plan, by=cast.tessa.person, at=NOON - A_DAY, cause=cause)
