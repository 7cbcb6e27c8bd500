"""Whatever is spoiled in delivery behind the product's back is found and named, and what is sound is not (rules D1 to D6)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from core import guards
from delivery import completion, milestones, tasks
from delivery.audit import audit, checks
from delivery.completion import FaultSaid
from delivery.estimates import Line, Step
from delivery.models import AcceptedBy, Basis, DeliveryCost, DeliveryTime, EstimateDocument, LineKind, Milestone, SpokenAnswer
from tests.cast import NOON
from tests.delivery.scene import a_task, a_working, an_offered, delivery_terms
from tests.delivery.working import a_done, credit_of, pays_with_credit, use, work
from tests.proofs.books import at_rest

HOURS = Line(LineKind.HOURS, "Work", Decimal(40), Decimal("999.99"))
LICENCE = Line(LineKind.FIXED, "Licence", Decimal(1), Decimal("2000.02"), Decimal(25))
FOOD = Line(LineKind.EXPENSE, "Food", Decimal(10), Decimal("100.10"), Decimal(12))


@dataclass
class Stage:
    """Tasks in every shape: `milestoned` and billed in part, `faulty`, `done`, `accepted`, `by_credit` in work and `paid` from it."""

    milestoned: object
    faulty: object
    done: object
    accepted: object
    by_credit: object
    free: object


@pytest.fixture
def stage(cast, acme):
    delivery_terms()
    credit_of(acme, 20_000)
    tessa = cast.tessa.person
    milestoned = a_working(
        cast, acme, HOURS, FOOD, basis=Basis.FIXED, milestones=[Step("Half", Decimal(20000)), Step("All", Decimal("21000.60"))]
    )
    work(milestoned, tessa, 91, rate=1200)
    milestones.reach_milestone(Milestone.objects.get(title="Half", estimate__task=milestoned), by=cast.max, at=NOON)
    faulty = a_working(cast, acme, HOURS, LICENCE, basis=Basis.CEILING)
    work(faulty, tessa, 100, rate=1000)
    completion.list_faults(a_done(faulty, cast.max), faults=[FaultSaid("Wrong", Decimal(10))], by=acme.approver, at=NOON)
    fault = faulty.faults.get()
    last = DeliveryTime.objects.order_by("-ended_at").first()
    DeliveryTime.objects.create(
        task=faulty,
        person=cast.theo.person,
        fault=fault,
        billable=False,
        note="Mending",
        logged_at=NOON,
        started_at=last.started_at,
        ended_at=last.ended_at,
    )
    done = a_working(cast, acme, HOURS, basis=Basis.RUNNING)
    a_done(done, cast.max)
    accepted = a_working(cast, acme, HOURS, FOOD, LICENCE, basis=Basis.CEILING)
    _spend(accepted, tessa)
    completion.accept(a_done(accepted, cast.max), by=acme.approver, at=NOON)
    free = tasks.hand_over_free(a_task(acme, cast.max), by=cast.max, at=NOON, reason="A gift")
    return Stage(milestoned, faulty, done, accepted, _by_credit(cast, acme), free)


def _spend(task, person):
    DeliveryCost.objects.create(
        task=task,
        kind="expense",
        text="Food",
        spent_on=NOON.date(),
        quantity=1,
        unit_price=Decimal("100.10"),
        net=Decimal("100.10"),
        logged_at=NOON,
        logged_by=person,
    )
    work(task, person, 7, rate=1000)
    use(task, Decimal("116.67") + Decimal("100.10"))


def _by_credit(cast, acme):
    """Two tasks that credit pays for: one is paid, and the other, which is returned, is in work."""
    paid, by_credit = (_begun_on_credit(cast, acme) for _ in range(2))
    completion.accept(a_done(paid, cast.max), by=acme.approver, at=NOON)
    return by_credit


def _begun_on_credit(cast, acme):
    offered = an_offered(a_task(acme, cast.max), cast.tessa.person, cast.max, HOURS, basis=Basis.FIXED, credit_price_per_hour=Decimal(1000))
    task, _hold = pays_with_credit(offered, acme)
    return tasks.begin(task, by=cast.tessa.person, at=NOON)


@dataclass(frozen=True)
class Corruption:
    """One statement that spoils task {t} of the kind `of`, and the sentence that names it."""

    statement: str
    sentence: str
    of: str = "accepted"


_ESTIMATE = "(SELECT MIN(id) FROM delivery_estimate WHERE task_id = {t})"
_HOLD = f"(SELECT hold_cause FROM delivery_acceptance WHERE estimate_id = {_ESTIMATE})"
CORRUPTIONS = {
    "more is used than was logged": Corruption(
        "UPDATE delivery_deliverytask SET used_net = used_net + 0.01 WHERE id = {t}",
        "what is used of a task is what was logged and counts, each price rounded once",
    ),
    "what was invoiced is not used any more": Corruption(
        "UPDATE delivery_deliverytask SET used_net = 0 WHERE id = {t}",
        "what is to be invoiced is never more than was earned: what was used, and the fixed sums",
        of="faulty",
    ),
    "time vanishes": Corruption(
        "UPDATE delivery_deliverytime SET live = NOT live WHERE task_id = {t} AND billable",
        "what is used of a task is what was logged and counts, each price rounded once",
    ),
    "work was begun without a cost": Corruption(
        "UPDATE delivery_deliverytask SET is_free = NOT is_free WHERE id = {t}",
        "what was begun, and whatever came of it, has an accepted cost or is free",
        of="free",
    ),
    "more is accepted than anybody accepted": Corruption(
        "UPDATE delivery_deliverytask SET accepted_net = accepted_net + 1 WHERE id = {t}",
        "what is accepted of a task is the sum of its accepted estimates",
    ),
    "fixed sums become time": Corruption(
        "UPDATE delivery_deliverytask SET workable_net = accepted_net WHERE id = {t}",
        "what is for time and expenses is what was accepted without fixed sums",
    ),
    "a line costs more than was accepted": Corruption(
        f"UPDATE delivery_estimateline SET net = net + 1 WHERE estimate_id = {_ESTIMATE} AND position = 1",
        "an estimate's net is the sum of its lines",
    ),
    "a cent of VAT is added": Corruption(
        f"UPDATE delivery_estimate SET vat = vat + 0.01 WHERE id = {_ESTIMATE}",
        "an estimate's VAT is rounded once for each rate of its lines",
    ),
    "a milestone grows": Corruption(
        f"UPDATE delivery_milestone SET net = net + 1 WHERE estimate_id = {_ESTIMATE} AND position = 2",
        "milestones come to the sum of their estimate",
        of="milestoned",
    ),
    "a yes vanishes": Corruption(
        f"UPDATE delivery_acceptance SET completed_at = NULL WHERE estimate_id = {_ESTIMATE}",
        "an accepted estimate has its complete acceptance, and no other has one that is complete",
    ),
    "another sum was accepted": Corruption(
        f"UPDATE delivery_acceptance SET total = total + 5 WHERE estimate_id = {_ESTIMATE}",
        "an acceptance is of its estimate's sum",
    ),
    "another document was accepted": Corruption(
        f"UPDATE delivery_acceptance SET digest = 'x' WHERE estimate_id = {_ESTIMATE}",
        "an acceptance names the digest of a document of its own estimate",
    ),
    "the author approved": Corruption(
        f"UPDATE delivery_estimateapproval SET person_id = (SELECT prepared_by_id FROM delivery_estimate WHERE id = {_ESTIMATE}) "
        f"WHERE estimate_id = {_ESTIMATE}",
        "the author of an estimate never approves it",
    ),
    "currencies are mixed": Corruption(
        "UPDATE delivery_billable SET currency = 'EUR' WHERE task_id = {t}", "all sums of a task are in one currency"
    ),
    "an answer vanishes": Corruption(
        "UPDATE delivery_completion SET answered_at = NULL, accepted = NULL WHERE task_id = {t}",
        "a task that is done waits for one answer, and no other does",
    ),
    "a no becomes a yes": Corruption(
        "UPDATE delivery_completion SET accepted = NOT accepted WHERE task_id = {t}",
        "a task is accepted as done by its last completion",
        of="faulty",
    ),
    "a fault is left behind": Corruption(
        "UPDATE delivery_deliverytask SET state = 'ready' WHERE id = {t}", "no fault is left when a task is done", of="faulty"
    ),
    "more is to be invoiced than was accepted": Corruption(
        "UPDATE delivery_billable SET net = 99999 WHERE task_id = {t}",
        "what is to be invoiced is never more than was accepted and not paid with credit",
    ),
    "something is never invoiced": Corruption(
        "DELETE FROM delivery_billable WHERE task_id = {t} AND vat_percent = 12",
        "of what is accepted as done all is to be invoiced that was used, and the fixed sums",
    ),
    "a milestone was never reached": Corruption(
        f"UPDATE delivery_milestone SET reached_at = NULL WHERE estimate_id = {_ESTIMATE}",
        "a milestone brings no more than its sum, and only once it is reached",
        of="milestoned",
    ),
    "credit that was to pay is freed": Corruption(
        f"UPDATE credits_hold SET state = 'voided', resolved_at = placed_at WHERE cause = {_HOLD}",
        "credit that is to pay for a task is held until it is used",
        of="by_credit",
    ),
    "credit stays held for what is withdrawn": Corruption(
        "UPDATE delivery_deliverytask SET state = 'withdrawn' WHERE id = {t}",
        "credit that is to pay for a task is held until it is used",
        of="by_credit",
    ),
    "the hold is gone": Corruption(
        f"UPDATE delivery_acceptance SET hold_cause = 'delivery:none' WHERE estimate_id = {_ESTIMATE}",
        "credit that is to pay for a task is held until it is used",
        of="by_credit",
    ),
    "mending is charged": Corruption(
        "UPDATE delivery_deliverytime SET billable = NOT billable WHERE task_id = {t}",
        "what mends a fault is free, and of the same task",
        of="faulty",
    ),
}


@contextmanager
def spoiled() -> Iterator[CursorWrapper]:
    """Everything that is done inside is undone afterwards."""
    with transaction.atomic():
        with at_rest(checks=True) as cursor:
            yield cursor
        transaction.set_rollback(True)


def test_d3_what_is_sound_raises_no_alarm(stage):
    report = audit()

    assert [str(finding) for finding in report.findings] == []
    assert report.figures == {"delivery tasks": 7, "estimates": 6, "to be invoiced": 5}


def test_d3_whatever_is_spoiled_in_delivery_is_found_and_named(stage):
    missed = {}
    for name, corruption in CORRUPTIONS.items():
        task = getattr(stage, corruption.of).pk
        with spoiled() as cursor:
            cursor.execute(corruption.statement.format(t=task))
            assert cursor.rowcount >= 1, name
            found = audit().findings
        if not any(f.sentence == corruption.sentence and f.subject.split(",")[0] == f"D{task}" for f in found):
            missed[name] = [str(finding) for finding in found]

    assert missed == {}


def test_d3_every_sentence_about_delivery_has_a_corruption_that_proves_it():
    assert {check.sentence for check in checks()} - {corruption.sentence for corruption in CORRUPTIONS.values()} == set()


def test_d1_a_document_that_was_exchanged_is_found(stage):
    document = EstimateDocument.objects.filter(estimate__task=stage.accepted.pk).first()
    with spoiled() as cursor:
        cursor.execute("UPDATE delivery_estimatedocument SET pdf = %s WHERE id = %s", [b"%PDF another", document.pk])
        (finding,) = [found for found in audit().findings if "digest" in found.sentence]

    assert (finding.sentence, finding.subject) == (
        "the digest of a document is that of its bytes",
        f"D{stage.accepted.pk}, document {document.pk}",
    )


def test_d1_evidence_that_was_exchanged_is_found(cast, acme):
    delivery_terms()
    estimate = an_offered(a_task(acme, cast.max), cast.tessa.person, cast.max, HOURS)
    SpokenAnswer.objects.create(
        estimate=estimate,
        person=acme.approver,
        accepts=False,
        way=AcceptedBy.MAIL,
        said_at=NOON,
        file_name="no.eml",
        file=b"No",
        digest="0" * 64,
        recorded_at=NOON,
        recorded_by=cast.max,
    )

    (finding,) = audit().findings

    assert (finding.sentence, finding.found) == ("the digest of evidence is that of its bytes", "0" * 64)


def test_c14_a_guard_that_is_missing_is_named(db):
    (guard,) = [guard for guard in guards.declared() if guard.table == "delivery_spokenanswer"]
    with transaction.atomic():
        with connection.cursor() as cursor:
            for statement in guard.remove(connection):
                cursor.execute(statement)
        found = [finding.subject for finding in audit().findings]
        transaction.set_rollback(True)

    assert found == [f"guard {name}" for name in sorted(guard.names(connection))]


def test_d3_the_audit_of_everything_names_the_first_fault_and_exits_1(stage):
    call_command("audit", stdout=(sound := StringIO()))
    assert "delivery" in sound.getvalue().splitlines()[-1]

    with at_rest() as cursor:
        cursor.execute("UPDATE delivery_deliverytask SET used_net = 0 WHERE id = %s", [stage.accepted.pk])
    with pytest.raises(SystemExit) as exit_:
        call_command("audit", stdout=StringIO(), stderr=(said := StringIO()))

    assert exit_.value.code == 1
    assert f"delivery: D{stage.accepted.pk}: what is used of a task is what was logged" in said.getvalue()
