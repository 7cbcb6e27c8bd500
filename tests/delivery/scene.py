"""Delivery tasks in every state, for tests. What the verbs of estimates and acceptance do is written as rows here: quick,
without mails and real documents, for tests of what comes after.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from djmoney.money import Money

from cases.models import DeliveryGround
from cases.triage import Judgement
from delivery import estimates, life, tasks
from delivery.estimates import Content, Line
from delivery.models import (
    Acceptance,
    AcceptedBy,
    Basis,
    DeliveryTask,
    DeliveryTerms,
    Estimate,
    EstimateApproval,
    EstimateDocument,
    EstimateState,
    LineKind,
    TaskEventKind,
    TaskState,
)
from delivery.tasks import Wish
from people.models import Person
from tests.cases.opened import a_case
from tests.cast import NOON, Cast, Client

A_DAY = timedelta(days=1)
TWENTY_HOURS = Line(LineKind.HOURS, "Single sign-on for the intranet", Decimal(20), Decimal(1200))
"""24 000 without VAT."""


def delivery_terms(**fields: Any) -> DeliveryTerms:
    """1 200 SEK an hour, 800 an hour's travel, 25 a kilometre, VAT 25 %; above 100 000 a second account manager."""
    given: dict[str, Any] = {"hourly_rate": Money(1200, "SEK"), "travel_rate": Money(800, "SEK"), "mileage_rate": Money(25, "SEK")}
    given |= {"vat_percent": Decimal(25), "second_above": Decimal(100_000), "terms_en": "Our terms.", "terms_sv": "Våra villkor."}
    return DeliveryTerms.objects.create(pk=1, **(given | fields))


def a_task(client: Client, by: Person, *, at: datetime = NOON, title: str = "Single sign-on", **fields: Any) -> DeliveryTask:
    """A task whose cost is to be estimated, that no case gave rise to."""
    wish = Wish(title, fields.pop("description", ""), fields.pop("contact", client.requester))
    cause = fields.pop("cause", f"test:task:{DeliveryTask.objects.count() + 1}")
    return tasks.open_directly(organisation=client.organisation, wish=wish, by=by, at=at, cause=cause)


def a_task_from_case(client: Client, by: Person, *, at: datetime = NOON, **fields: Any) -> DeliveryTask:
    """A task that a case became; `by` judged."""
    case = a_case(client, at=at - timedelta(hours=1), **fields)
    judgement = Judgement(DeliveryGround.CONFIGURATION, "This changes how sign-on is configured.")
    return tasks.open_from_case(case=case, judgement=judgement, by=by, at=at, cause=f"test:triage:{case.pk}")


def a_draft(task: DeliveryTask, by: Person, *lines: Line, at: datetime = NOON, **content: Any) -> Estimate:
    """An estimate of these lines, or of twenty hours, that is still written."""
    cause = f"test:estimate:{Estimate.objects.count() + 1}"
    return estimates.draft(task, Content(lines or (TWENTY_HOURS,), **content), by=by, at=at, cause=cause)


def an_offered(task: DeliveryTask, by: Person, manager: Person, *lines: Line, at: datetime = NOON, **content: Any) -> Estimate:
    """An estimate that `manager` approved and the client has, with a document in each language."""
    estimate = estimates.submit(a_draft(task, by, *lines, at=at, **content), by=by, at=at)
    EstimateApproval.objects.create(estimate=estimate, submission=estimate.submission, person=manager, at=at)
    for language in ("en", "sv"):
        pdf = f"%PDF estimate {estimate.pk} {language}".encode()
        EstimateDocument.objects.create(estimate=estimate, language=language, pdf=pdf, digest=sha256(pdf).hexdigest(), made_at=at)
    life.step_estimate(estimate, to=EstimateState.OFFERED, offered_at=at)
    if estimate.task.state == TaskState.REVIEWING:
        life.step(estimate.task, to=TaskState.OFFERED, at=at)
    life.note(estimate.task, TaskEventKind.OFFERED, at=at, by=manager, facts={"estimate": estimate.pk, "number": estimate.number})
    return estimate


def an_accepted(client: Client, by: Person, manager: Person, *lines: Line, at: datetime = NOON, **content: Any) -> DeliveryTask:
    """A task that is ready: the client's approver has accepted its estimate on the page."""
    return accept(an_offered(a_task(client, by, at=at), by, manager, *lines, at=at, **content), client, at=at)


def accept(estimate: Estimate, client: Client, *, at: datetime = NOON, **fields: Any) -> DeliveryTask:
    """The approver's yes as the rows that it leaves; `fields` are of the acceptance."""
    task, document = estimate.task, estimate.documents.get(language="en")
    sums = {name: getattr(estimate, name) for name in ("currency", "net", "vat", "total")}
    acceptance = Acceptance(estimate=estimate, person=client.approver, at=at, way=AcceptedBy.PAGE, address="192.0.2.7", document=document)
    acceptance.digest, acceptance.completed_at = document.digest, at
    for name, value in (sums | fields).items():
        setattr(acceptance, name, value)
    acceptance.save()
    life.step_estimate(estimate, to=EstimateState.ACCEPTED, closed_at=at, closed_by=client.approver)
    fixed = sum((line.net for line in estimate.lines.filter(kind=LineKind.FIXED)), Decimal(0))
    workable = estimate.net if estimate.basis == Basis.FIXED else estimate.net - fixed
    columns = {"accepted_net": task.accepted_net + estimate.net, "workable_net": task.workable_net + workable}
    if task.state == TaskState.OFFERED:
        life.step(task, to=TaskState.READY, at=at, **columns)
    else:
        life.amend(task, **columns)
    life.note(task, TaskEventKind.ACCEPTED, at=at, by=client.approver, facts={"estimate": estimate.pk, "net": str(estimate.net)})
    return task


def a_working(cast: Cast, client: Client, *lines: Line, at: datetime = NOON, **content: Any) -> DeliveryTask:
    """A task in work: Tessa wrote its estimate, Max approved it, Anna accepted it, and Tessa has begun."""
    task = an_accepted(client, cast.tessa.person, cast.max, *lines, at=at, **content)
    return tasks.begin(task, by=cast.tessa.person, at=at)
