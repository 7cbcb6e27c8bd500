"""Cases of Acme's at each turn of their course, for the walk through every address (see `belongings.py`)."""

from types import SimpleNamespace

from cases import escalations, objections, priorities, solutions, words
from cases.models import Case, Environment
from cases.words import Said
from clients.models import Priority
from people.models import Person
from tests.cases.opened import a_case, a_plan, bind
from tests.cast import NOON, Cast, Client
from tests.journeys.belongings import Own

PORTAL = {
    "approve": "proposed",
    "refuse": "proposed",
    "reopen": "closed",
    "priority": "plain",
    "objection": "lowered",
    "escalation": "plain",
}
DESK = {
    "priority": "plain",
    "wish": "wished",
    "objection": "objected",
    "propose": "plain",
    "take-back": "proposed",
    "external": "plain",
    "facts": "plain",
    "escalation": "escalated",
    "call": "plain",
    "estimate": "plain",
}


def course_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """What Acme's people and Max do about the course of a case; nobody of the provider has the client's pages."""
    things, staff = at_each_turn(cast, acme), [cast.tessa.person, cast.max, cast.fia]
    ours = [acme.approver, acme.requester]
    return {
        **{f"case-{name}": Own({"case_id": things[turn].pk}, acme.approver, strangers=staff) for name, turn in PORTAL.items()},
        **{f"desk-case-{name}": Own({"case_id": things[turn].pk}, cast.max, strangers=ours) for name, turn in DESK.items()},
        "desk-call-drop": Own({"task_id": things["called"].call_tasks.get().pk}, cast.max, strangers=ours),
    }


def at_each_turn(cast: Cast, client: Client) -> dict[str, Case]:
    """A case at each turn that something can be done about."""
    code = f"course-{client.organisation.pk}"
    bind(client, a_plan(code, response={1: 240, 2: 480, 3: 960}, call_after_answers=1))
    Priority.objects.filter(number=1).update(production_only=True, lowered_to=3)
    made = SimpleNamespace(max=cast.max, client=client, code=code)
    found = {turn: _a_case(made, turn) for turn in ("plain", "proposed", "closed", "wished", "escalated", "called")}
    found |= {turn: _a_case(made, turn, priority=1, environment=Environment.STAGING) for turn in ("lowered", "objected")}
    _turned(found, by=client.approver, ours=cast.max, code=code)
    return found


def _a_case(made: SimpleNamespace, turn: str, **fields: object) -> Case:
    return a_case(made.client, at=NOON, cause=f"{made.code}:{turn}", **fields)


def _turned(found: dict[str, Case], *, by: Person, ours: Person, code: str) -> None:
    solutions.propose(found["proposed"], Said("Restart it."), by=ours, at=NOON, cause=f"{code}:proposal")
    solutions.withdraw(found["closed"], reason="Gone", by=by, at=NOON)
    priorities.ask_higher(found["wished"], to=2, reason="All are hit", by=by, at=NOON)
    escalations.escalate(found["escalated"], reason="Slow", by=by, at=NOON)
    words.answer(found["called"], Said("Try this"), by=ours, at=NOON, cause=f"{code}:answer")
    if (lowering := objections.standing(found["objected"])) is not None:
        objections.object_to(lowering, reason="We sell it", by=by, at=NOON)
