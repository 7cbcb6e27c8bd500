"""Done, and accepted as done: told, accepted, answered with faults, mended, recorded (rule D5)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clients.models import Deputyship, StaffDuty
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from delivery import completion, life
from delivery.completion import AnswerGiven, FaultSaid
from delivery.models import (
    AcceptedBy,
    Basis,
    BillableKind,
    DeliveryTime,
    EstimateState,
    Fault,
    TaskEventKind,
    TaskState,
)
from notices.models import Notice
from tests.cast import NOON, a_colleague, at_stockholm
from tests.delivery.scene import a_draft, a_task, a_working, an_accepted, delivery_terms
from tests.delivery.working import WORDS, a_done, mails, work

A_DAY = timedelta(days=1)
DUE = at_stockholm(2026, 12, 2, 12)
"""Ten working days after NOON."""


@pytest.fixture
def task(cast, acme):
    delivery_terms()
    return a_working(cast, acme, basis=Basis.FIXED)


@pytest.fixture
def done(task, cast):
    return a_done(task, cast.max)


def test_d5_the_account_manager_tells_the_client_what_was_delivered_and_until_when(task, cast, acme):
    told = a_done(task, cast.max)

    task.refresh_from_db()
    assert (told.number, told.words, told.due_at, told.told_by, told.silence_accepts) == (1, WORDS, DUE, cast.max, False)
    assert task.state == TaskState.DONE
    event = task.events.get(kind=TaskEventKind.DONE)
    assert event.facts == {"completion": told.pk, "number": 1, "due_at": DUE.isoformat()}
    assert mails("Done, D") == {acme.requester.email, acme.approver.email}
    body = Notice.objects.filter(subject__contains="Done, D").first().body.replace("\N{NO-BREAK SPACE}", " ")
    assert WORDS in body
    assert "by Wed 2 Dec 12:00" in body
    assert "SEK 24,000.00 without VAT is invoiced" in body
    assert "If we hear nothing" not in body


def test_d5_only_the_account_manager_or_the_deputy_tells_it(task, cast, acme, borealis):
    other = a_colleague("Moa", StaffDuty.ACCOUNT_MANAGER)
    for person in (cast.tessa.person, cast.fia, cast.ada, other, acme.approver, acme.requester, borealis.approver):
        with pytest.raises(NotAllowed):
            a_done(task, person)
    assert not task.completions.exists()

    task.organisation.deputy_manager = other
    task.organisation.save()

    assert a_done(task, other).told_by == other


@pytest.mark.parametrize("words", ["", "  \n", "\0", "x" * 5_001])
def test_d5_what_was_delivered_has_to_be_said(task, cast, words):
    with pytest.raises(completion.NothingTold):
        a_done(task, cast.max, words=words)

    task.refresh_from_db()
    assert (task.state, task.completions.count()) == (TaskState.WORKING, 0)


def test_d5_only_what_is_in_work_is_told_to_be_done(cast, acme):
    delivery_terms()
    ready = an_accepted(acme, cast.tessa.person, cast.max)
    waiting = a_task(acme, cast.max)
    for task in (ready, waiting):
        with pytest.raises(life.TaskMovedOn):
            a_done(task, cast.max)


def test_d5_nothing_is_done_while_an_estimate_is_not_settled(task, cast):
    draft = a_draft(task, cast.tessa.person, basis=Basis.FIXED)

    with pytest.raises(completion.EstimateWaits):
        a_done(task, cast.max)

    life.step_estimate(draft, to=EstimateState.WITHDRAWN, closed_at=NOON, closed_by=cast.max)
    assert a_done(task, cast.max).number == 1


def test_d5_it_is_told_once(done, task, cast):
    with pytest.raises(life.TaskMovedOn):
        a_done(task, cast.max)

    assert task.completions.count() == 1


def test_d5_an_approver_accepts_it_and_it_is_to_be_invoiced(done, task, cast, acme):
    completion.accept(done, by=acme.approver, at=NOON + A_DAY, shown=Decimal("24000.00"))

    task.refresh_from_db()
    done.refresh_from_db()
    assert (task.state, task.closed_at) == (TaskState.ACCEPTED, NOON + A_DAY)
    assert (done.accepted, done.answered_by, done.answered_at, done.way) == (True, acme.approver, NOON + A_DAY, AcceptedBy.PAGE)
    row = task.billables.get()
    assert (row.kind, row.net, row.vat_percent, row.currency) == (BillableKind.COMPLETION, Decimal(24000), Decimal(25), "SEK")
    assert (row.cause, row.text) == (f"delivery:{task.pk}:completion:25", f"D{task.pk} Single sign-on, accepted as done")
    assert [event.kind for event in task.events.order_by("pk")][-2:] == [TaskEventKind.COMPLETED, TaskEventKind.BILLABLE]
    assert mails("Accepted as done") == {cast.max.email, cast.tessa.person.email, acme.requester.email}


def test_d5_only_an_approver_or_the_deputy_of_one_accepts_or_lists_faults(done, cast, acme, borealis):
    for person in (acme.requester, borealis.approver, cast.max, cast.tessa.person, cast.ada):
        with pytest.raises(NotAllowed):
            completion.accept(done, by=person, at=NOON)
        with pytest.raises(NotAllowed):
            completion.list_faults(done, faults=[FaultSaid("Wrong")], by=person, at=NOON)
    done.refresh_from_db()
    assert done.answered_at is None

    today = NOON.date()
    Deputyship.objects.create(
        organisation=acme.organisation, approver=acme.approver, deputy=acme.requester, first_on=today, last_on=today, named_at=NOON
    )

    assert completion.accept(done, by=acme.requester, at=NOON).answered_by == acme.requester


def test_d5_it_is_answered_once(done, task, acme):
    completion.accept(done, by=acme.approver, at=NOON)

    with pytest.raises(completion.CompletionAnswered):
        completion.accept(done, by=acme.approver, at=NOON, shown=Decimal(24000))
    with pytest.raises(completion.CompletionAnswered):
        completion.list_faults(done, faults=[FaultSaid("Wrong", Decimal(5))], by=acme.approver, at=NOON)

    assert task.billables.count() == 1
    assert not Fault.objects.exists()


def test_d5_a_sum_that_is_not_the_one_shown_is_not_accepted(done, task, acme):
    with pytest.raises(completion.SumChanged):
        completion.accept(done, by=acme.approver, at=NOON, shown=Decimal("23999.99"))

    done.refresh_from_db()
    assert done.answered_at is None
    assert not task.billables.exists()


def test_d5_faults_bring_the_task_back_to_work_and_what_is_undisputed_is_invoiced(done, task, cast, acme):
    said = [FaultSaid("  Guests cannot sign in. ", Decimal("4000.00")), FaultSaid("The logo is old.")]

    rows = completion.list_faults(done, faults=said, by=acme.approver, at=NOON)

    task.refresh_from_db()
    done.refresh_from_db()
    assert (task.state, done.accepted) == (TaskState.WORKING, False)
    assert [(row.number, row.text, row.disputed_net) for row in rows] == [
        (1, "Guests cannot sign in.", Decimal(4000)),
        (2, "The logo is old.", Decimal(0)),
    ]
    billed = task.billables.get()
    assert (billed.kind, billed.net, billed.cause) == (BillableKind.PART, Decimal(20000), f"delivery:{task.pk}:part:1:25")
    assert mails("Faults listed") == {cast.max.email, cast.tessa.person.email, acme.requester.email}
    body = Notice.objects.filter(subject__contains="Faults listed").first().body.replace("\N{NO-BREAK SPACE}", " ")
    assert "1. Guests cannot sign in." in body
    assert "Held back until then: SEK 4,000.00" in body


@pytest.mark.parametrize(
    ("faults", "refusal"),
    [
        ([], completion.NoFaults),
        ([FaultSaid("Wrong")] * 51, completion.NoFaults),
        ([FaultSaid("Fine"), FaultSaid("  ")], completion.FaultRefused),
        ([FaultSaid("x" * 501)], completion.FaultRefused),
        ([FaultSaid("Wrong", Decimal(-1))], completion.FaultRefused),
        ([FaultSaid("Wrong", Decimal("0.001"))], completion.FaultRefused),
        ([FaultSaid("Wrong", Decimal("NaN"))], completion.FaultRefused),
        ([FaultSaid("Wrong", Decimal("24000.01"))], completion.HeldBackTooMuch),
        ([FaultSaid("Wrong", Decimal(20000)), FaultSaid("Wrong too", Decimal("4000.01"))], completion.HeldBackTooMuch),
    ],
)
def test_d5_a_list_of_faults_that_is_none_changes_nothing(done, task, acme, faults, refusal):
    with pytest.raises(refusal):
        completion.list_faults(done, faults=faults, by=acme.approver, at=NOON)

    done.refresh_from_db()
    task.refresh_from_db()
    assert (done.answered_at, task.state, task.billables.count(), task.faults.count()) == (None, TaskState.DONE, 0, 0)


def test_d5_mended_faults_are_told_and_then_it_is_done_anew(done, task, cast, acme):
    tessa = cast.tessa.person
    first, second = completion.list_faults(done, faults=[FaultSaid("One", Decimal(4000)), FaultSaid("Two")], by=acme.approver, at=NOON)
    with pytest.raises(completion.FaultsLeft):
        a_done(task, cast.max)

    completion.mend(first, how="Guests are let in.", by=tessa, at=NOON)
    assert mails("Fault mended") == {acme.requester.email}
    completion.mend(second, how="New logo.", by=tessa, at=NOON)

    assert mails("Fault mended") == {acme.requester.email, cast.max.email}
    first.refresh_from_db()
    assert (first.mended_at, first.mended_by, first.mended_how) == (NOON, tessa, "Guests are let in.")
    again = a_done(task, cast.max)
    assert again.number == 2
    completion.accept(again, by=acme.approver, at=NOON)
    assert [row.net for row in task.billables.order_by("pk")] == [Decimal(20000), Decimal(4000)]


def test_d5_a_fault_is_mended_once_by_those_who_work_with_a_word_of_how(done, cast, acme, borealis):
    (fault,) = completion.list_faults(done, faults=[FaultSaid("One")], by=acme.approver, at=NOON)
    for person in (acme.approver, borealis.requester, cast.fia, cast.ada):
        with pytest.raises(NotAllowed):
            completion.mend(fault, how="So", by=person, at=NOON)
    with pytest.raises(ReasonMissing):
        completion.mend(fault, how=" ", by=cast.tessa.person, at=NOON)
    completion.mend(fault, how="So", by=cast.tessa.person, at=NOON)

    with pytest.raises(completion.FaultMended):
        completion.mend(fault, how="Again", by=cast.max, at=NOON)

    fault.refresh_from_db()
    assert fault.mended_how == "So"


def test_d5_time_that_mends_a_fault_is_never_billed(done, task, cast, acme):
    (fault,) = completion.list_faults(done, faults=[FaultSaid("One", Decimal(1))], by=acme.approver, at=NOON)
    entry = work(task, cast.tessa.person, 60)
    DeliveryTime.objects.create(
        task=task,
        person=cast.theo.person,
        fault=fault,
        billable=False,
        started_at=entry.started_at,
        ended_at=entry.ended_at,
        note="Mending",
        logged_at=NOON,
        rate=Decimal(1200),
    )
    completion.mend(fault, how="So", by=cast.tessa.person, at=NOON)
    completion.accept(a_done(task, cast.max), by=acme.approver, at=NOON)

    assert [(row.kind, row.net, row.minutes) for row in task.billables.order_by("pk")] == [
        (BillableKind.PART, Decimal(23999), 0),
        (BillableKind.COMPLETION, Decimal(1), 60),
    ]


@pytest.mark.parametrize("way", [AcceptedBy.PHONE, AcceptedBy.MAIL])
def test_d5_the_account_manager_records_an_answer_with_its_evidence(done, task, cast, acme, way):
    answer = AnswerGiven(acme.approver, way, "Anna said yes at 10:15.")

    completion.record(done, answer, by=cast.max, at=NOON)

    done.refresh_from_db()
    task.refresh_from_db()
    assert (done.accepted, done.answered_by, done.recorded_by, done.way) == (True, acme.approver, cast.max, way)
    assert done.evidence == "Anna said yes at 10:15."
    assert task.state == TaskState.ACCEPTED
    event = task.events.get(kind=TaskEventKind.COMPLETED)
    assert (event.by, event.reason, event.facts["answered_by"]) == (cast.max, "Anna said yes at 10:15.", acme.approver.pk)
    assert acme.approver.email in mails("Accepted as done")


def test_d5_faults_by_phone_are_recorded_as_the_approvers(done, task, cast, acme):
    answer = AnswerGiven(acme.approver, AcceptedBy.PHONE, "Anna, 10:15", [FaultSaid("Guests", Decimal(100))])

    completion.record(done, answer, by=cast.max, at=NOON)

    fault = task.faults.get()
    assert (fault.listed_by, fault.disputed_net) == (acme.approver, Decimal(100))
    assert task.billables.get().net == Decimal(23900)


def test_d5_a_recorded_answer_needs_the_manager_an_approver_and_evidence(done, cast, acme, borealis):
    good = AnswerGiven(acme.approver, AcceptedBy.PHONE, "Anna, 10:15")
    for person in (cast.tessa.person, cast.ada, acme.approver):
        with pytest.raises(NotAllowed):
            completion.record(done, good, by=person, at=NOON)
    for bad, refusal in [
        (AnswerGiven(acme.approver, AcceptedBy.PHONE, " "), completion.EvidenceMissing),
        (AnswerGiven(acme.approver, AcceptedBy.PAGE, "Anna"), completion.EvidenceMissing),
        (AnswerGiven(acme.requester, AcceptedBy.PHONE, "Rolf"), completion.NotAnApprover),
        (AnswerGiven(borealis.approver, AcceptedBy.MAIL, "Anna"), completion.NotAnApprover),
    ]:
        with pytest.raises(refusal):
            completion.record(done, bad, by=cast.max, at=NOON)

    done.refresh_from_db()
    assert done.answered_at is None


def test_d5_mails_are_in_their_readers_language(cast, acme):
    delivery_terms(silence_accepts=True)
    for person in (acme.approver, acme.requester, cast.max):
        person.language = "sv"
        person.save()
    acme.organisation.language = "sv"
    acme.organisation.save()
    task = a_working(cast, acme, basis=Basis.FIXED)

    done = a_done(task, cast.max)
    completion.accept(done, by=acme.approver, at=NOON)

    notice = Notice.objects.filter(body__contains=WORDS).first()
    assert "24\N{NO-BREAK SPACE}000,00\N{NO-BREAK SPACE}kr" in notice.body
    assert "ons 2 dec 12:00" in notice.body
