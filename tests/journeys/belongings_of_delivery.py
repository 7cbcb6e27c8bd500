"""Deliveries of Acme's at each turn of their course, for the walk through every address (see `belongings.py`)."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

from cases import server_support
from cases.models import Case
from delivery import completion, links, objections, tasks, worklog
from delivery.completion import FaultSaid
from delivery.estimates import Line, Step
from delivery.models import AcceptedBy, DeliveryTask, DeliveryTerms, Estimate, LineKind, SpokenAnswer
from delivery.worklog import Cost, Worked
from people.models import Person
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON, Cast, Client
from tests.delivery.scene import a_draft, a_task, a_task_from_case, an_accepted, an_offered, delivery_terms
from tests.delivery.working import a_done
from tests.journeys.belongings import Own

HOUR = timedelta(hours=1)
EARLIER = NOON - 3 * HOUR
SEVERAL = (
    Line(LineKind.HOURS, "Build it", Decimal(20), Decimal(1000)),
    Line(LineKind.MILEAGE, "To Malmö", Decimal(100), Decimal(25)),
)
CASES = {"desk-delivery-triage": "plain", "desk-delivery-question": "asked"}
TASKS = {
    "task": "working",
    "estimate-new": "estimating",
    "free": "estimating",
    "assign": "working",
    "plan": "working",
    "workspace": "working",
    "say": "working",
    "spend": "working",
    "begin": "ready",
    "put-back": "idle",
    "withdraw": "ready",
    "done": "working",
    "record": "done",
    "service": "accepted",
}
ESTIMATES = {
    "estimate": "draft",
    "estimate-write": "draft",
    "estimate-submit": "draft",
    "estimate-approve": "reviewing",
    "estimate-give-back": "reviewing",
    "estimate-withdraw": "offered",
    "estimate-revise": "offered",
    "estimate-document": "offered",
    "acceptance": "offered",
}
BUTTONS = {"assign", "plan", "workspace", "say", "spend", "begin", "estimate-submit", "estimate-approve", "estimate-give-back"} | {
    "estimate-revise"
}


def delivery_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """Acme's own pages, which staff do not have, and the desk's, which Acme does not have."""
    things = at_each_turn(cast, acme)
    anna, staff, ours = acme.approver, [cast.tessa.person, cast.max, cast.fia], [acme.approver, acme.requester]
    return {
        **_portal(things, acme, staff),
        **{name: Own({"case_id": things.cases[turn].pk}, cast.max, strangers=[*ours, cast.fia]) for name, turn in CASES.items()},
        **{
            f"desk-delivery-{name}": Own({"task_id": things.tasks[turn].pk}, cast.max, acts_only=name in BUTTONS, strangers=ours)
            for name, turn in TASKS.items()
        },
        **{
            f"desk-delivery-{name}": Own({"estimate_id": things.estimates[turn].pk}, cast.max, acts_only=name in BUTTONS, strangers=ours)
            for name, turn in ESTIMATES.items()
        },
        "desk-delivery-objection": Own({"task_id": things.tasks["objected"].pk}, things.decides, strangers=ours),
        "desk-delivery-evidence": Own({"answer_id": things.spoken.pk}, cast.max, strangers=ours),
        "desk-delivery-fault": Own({"fault_id": things.fault.pk}, cast.tessa.person, strangers=ours),
        "desk-delivery-milestone": Own({"milestone_id": things.milestone.pk}, cast.max, strangers=ours),
        "desk-delivery-time-take-back": Own({"task_id": things.entry.task_id, "entry_id": things.entry.pk}, cast.max, strangers=ours),
        "desk-delivery-cost-take-back": Own({"task_id": things.cost.task_id, "cost_id": things.cost.pk}, cast.max, strangers=ours),
        "desk-task-time-take-back": Own({"entry_id": things.entry.pk}, cast.tessa.person, strangers=ours),
        "desk-delivery-reports-csv": Own({"table": "judgements"}, cast.max, strangers=[*ours, cast.tessa.person]),
        "delivery-estimate-link": Own({"token": things.token}, anna, strangers=staff),
    }


def _portal(things: SimpleNamespace, acme: Client, staff: list[Person]) -> dict[str, Own]:
    anna, tasks_of, estimates = acme.approver, things.tasks, things.estimates
    return {
        "delivery-task": Own({"task_id": tasks_of["working"].pk}, anna),
        "delivery-say": Own({"task_id": tasks_of["working"].pk}, anna, acts_only=True, strangers=staff),
        "delivery-completion": Own({"task_id": tasks_of["done"].pk}, anna, strangers=staff),
        "delivery-completion-faults": Own({"task_id": tasks_of["done"].pk}, anna, strangers=staff),
        "delivery-objection": Own({"task_id": tasks_of["judged"].pk}, anna, strangers=staff),
        "delivery-credit": Own({"case_id": things.cases["asked"].pk}, anna, strangers=staff),
        "delivery-estimate": Own({"estimate_id": estimates["offered"].pk}, anna, strangers=staff),
        "delivery-estimate-decline": Own({"estimate_id": estimates["offered"].pk}, anna, strangers=staff),
        "delivery-estimate-document": Own({"estimate_id": estimates["offered"].pk}, anna, strangers=staff),
    }


def at_each_turn(cast: Cast, client: Client) -> SimpleNamespace:
    """A delivery of the client's at each turn that something can be done about, and what hangs on it."""
    if not DeliveryTerms.objects.exists():
        delivery_terms()
    code = f"delivery-{client.organisation.pk}"
    bind(client, a_plan(code))
    made = SimpleNamespace(cast=cast, client=client, code=code, tessa=cast.tessa.person, max=cast.max)
    made.cases, made.tasks, made.estimates = _cases(made), _tasks(made), _estimates(made)
    _judged(made)
    _worked(made)
    made.token = links.url_for(made.estimates["offered"], client.approver).rstrip("/").rsplit("/", 1)[-1]
    return made


def _cases(made: SimpleNamespace) -> dict[str, Case]:
    found = {turn: a_case(made.client, at=NOON, cause=f"{made.code}:{turn}") for turn in ("plain", "asked")}
    reason = "This is server support."
    server_support.ask_for_credit(found["asked"], reason=reason, by=made.max, at=NOON, cause=f"{made.code}:ask")
    return found


def _tasks(made: SimpleNamespace) -> dict[str, DeliveryTask]:
    client, tessa, manager = made.client, made.tessa, made.max
    found = {"estimating": a_task(client, tessa), "ready": an_accepted(client, tessa, manager)}
    for turn in ("working", "idle", "done", "accepted", "faulty", "stepped"):
        milestones = (Step("Built", Decimal(20_000)), Step("Used", Decimal(2_500))) if turn == "stepped" else ()
        ready = an_accepted(client, tessa, manager, *SEVERAL, at=EARLIER, milestones=milestones)
        found[turn] = tasks.begin(ready, by=tessa, at=EARLIER)
    return found


def _estimates(made: SimpleNamespace) -> dict[str, Estimate]:
    from delivery import estimates  # noqa: PLC0415 -- a word that everything here is called

    client, tessa = made.client, made.tessa
    handed_in = a_draft(a_task(client, tessa), tessa)
    return {
        "draft": a_draft(a_task(client, tessa), tessa),
        "reviewing": estimates.submit(handed_in, by=tessa, at=NOON),
        "offered": an_offered(a_task(client, tessa, at=EARLIER), tessa, made.max, at=EARLIER),
    }


def _judged(made: SimpleNamespace) -> None:
    """A task that a case became, and one to which the client objects; who judged does not decide."""
    made.tasks["judged"] = a_task_from_case(made.client, made.max, cause=f"{made.code}:judged")
    made.tasks["objected"] = objected = a_task_from_case(made.client, made.max, cause=f"{made.code}:objected")
    if objected.decision is not None:
        objections.object_to(objected.decision, reason="It never worked", by=made.client.approver, at=NOON)
    made.decides = a_dispatcher(f"Decider{made.client.organisation.pk}")


def _worked(made: SimpleNamespace) -> None:
    client, tessa, working = made.client, made.tessa, made.tasks["working"]
    made.entry = worklog.log(working, Worked(tessa, EARLIER + HOUR / 4, EARLIER + HOUR / 2, "Built it"), by=tessa, at=NOON)
    cost = Cost(LineKind.MILEAGE, "To Malmö", NOON.date(), Decimal(10), Decimal(25))
    made.cost = worklog.spend(working, cost, by=tessa, at=NOON, cause=f"{made.code}:cost")
    a_done(made.tasks["done"], made.max)
    completion.accept(a_done(made.tasks["accepted"], made.max), by=client.approver, at=NOON)
    (made.fault,) = completion.list_faults(
        a_done(made.tasks["faulty"], made.max), faults=[FaultSaid("The list is empty")], by=client.approver, at=NOON
    )
    made.milestone = made.tasks["stepped"].estimates.get().milestones.order_by("position").first()
    made.spoken = SpokenAnswer.objects.create(
        estimate=made.estimates["offered"],
        person=client.approver,
        accepts=False,
        way=AcceptedBy.MAIL,
        said_at=NOON,
        file_name="no.eml",
        file=b"No",
        digest="1ea442a134b2a184bd5d40104401f2a37fbc09ccf3f4bc9da161c6099be3691d",
        recorded_at=NOON,
        recorded_by=made.max,
    )
