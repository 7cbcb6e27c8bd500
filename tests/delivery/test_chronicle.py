"""One timeline of a task, from the mail or report that began it to what is to be invoiced (rules T2, D1 to D7)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from cases import worklog
from cases.intake import Caller
from cases.models import DeliveryGround, Opened
from cases.triage import Judgement
from clients.models import Deployment
from delivery import chronicle, completion, handover, life, milestones, tasks
from delivery.completion import FaultSaid
from delivery.estimates import Step
from delivery.models import AcceptedBy, Basis, TaskEventKind
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON
from tests.delivery.scene import a_task, a_task_from_case, a_working, accept, an_offered, delivery_terms
from tests.delivery.working import WORDS, a_done, credit_of, pays_with_credit, use

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def terms(db):
    return delivery_terms()


def told(happenings):
    return [(happening.told.replace("\N{NO-BREAK SPACE}", " "), happening.reason) for happening in happenings]


def the_whole_story(cast, acme):
    """From a case to an agreed service, an hour between the steps."""
    task = a_task_from_case(acme, a_dispatcher(), at=NOON)
    steps = [Step("Design", Decimal(10000)), Step("Running", Decimal(14000))]
    offered = an_offered(task, cast.tessa.person, cast.max, at=NOON + HOUR, basis=Basis.FIXED, milestones=steps)
    task = accept(offered, acme, at=NOON + 2 * HOUR)
    tasks.begin(task, by=cast.tessa.person, at=NOON + 3 * HOUR)
    milestones.reach_milestone(offered.milestones.get(title="Design"), by=cast.max, at=NOON + 4 * HOUR)
    done = a_done(task, cast.max, at=NOON + 5 * HOUR)
    said = [FaultSaid("Guests cannot sign in.", Decimal(4000)), FaultSaid("The logo is old.")]
    faults = completion.list_faults(done, faults=said, by=acme.approver, at=NOON + 6 * HOUR)
    for number, fault in enumerate(faults):
        completion.mend(fault, how=f"So {number}.", by=cast.tessa.person, at=NOON + 7 * HOUR)
    completion.accept(a_done(task, cast.max, at=NOON + 8 * HOUR), by=acme.approver, at=NOON + 9 * HOUR)
    handover.agree_service(task, name="Sign-on", description="", deployment=Deployment.HOSTED, by=cast.max, at=NOON + 10 * HOUR)
    task.refresh_from_db()
    return task, offered


def test_d5_the_client_reads_the_whole_story_from_the_report_to_what_is_invoiced(cast, acme):
    task, offered = the_whole_story(cast, acme)

    story = chronicle.for_client(task)

    digest = offered.acceptance.digest[:16]
    version = f"version {offered.number}, SEK 24,000.00"
    assert told(story) == [
        (
            f"Reported as case #{task.case_id} “Users are not created”, Client portal",
            "The synchronisation creates no users since this morning.",
        ),
        (
            "Judged to be delivery: A change of configuration to an agreed service",
            "This changes how sign-on is configured.",
        ),
        (f"Task opened: from case #{task.case_id}", ""),
        (f"Estimate sent to you: {version}", ""),
        (f"Cost accepted: {version}, on the page, document SHA-256 {digest}…", ""),
        ("Work begun", ""),
        ("Milestone reached: Design, SEK 10,000.00 without VAT", ""),
        ("To be invoiced: SEK 10,000.00 without VAT", ""),
        ("Told to be done", WORDS),
        ("You list faults: SEK 4,000.00 held back", "1. Guests cannot sign in. · 2. The logo is old."),
        ("To be invoiced: SEK 10,000.00 without VAT", ""),
        ("Fault mended: 1. Guests cannot sign in.", "So 0."),
        ("Fault mended: 2. The logo is old.", "So 1."),
        ("Told to be done", WORDS),
        ("Accepted as done", ""),
        ("To be invoiced: SEK 4,000.00 without VAT", ""),
        ("Became an agreed service: Sign-on", ""),
    ]
    assert [happening.at for happening in story] == sorted(happening.at for happening in story)
    who = {happening.kind: happening.by for happening in story}
    assert (who["offered"], who["accepted"], who["begun"], who["mended"]) == (cast.max, acme.approver, cast.tessa.person, cast.tessa.person)
    assert story[0].by == acme.requester


def test_d4_staff_read_what_is_internal_and_the_client_does_not(cast, acme):
    task, offered = the_whole_story(cast, acme)
    life.note_internally(task, TaskEventKind.NOTED, at=NOON, by=cast.max, reason="Careful with them.")

    for_staff = {happening.kind for happening in chronicle.for_staff(task)}
    for_client = chronicle.for_client(task)

    assert {"estimated", "submitted", "noted"} <= for_staff
    assert not {happening.kind for happening in for_client} & {"estimated", "submitted", "noted"}
    assert all("Careful" not in happening.reason and not happening.internal for happening in for_client)
    (submitted,) = [happening for happening in chronicle.for_staff(task) if happening.kind == "submitted"]
    assert told([submitted]) == [(f"Estimate handed in for review: version {offered.number}, SEK 24,000.00", "")]


def test_t2_time_worked_as_support_and_who_entered_the_report_are_told(cast, acme):
    disa = a_dispatcher()
    bind(acme, a_plan())
    caller = Caller("Rolf", "Acme", "+46 8 1", "rolf@acme.example")
    case = a_case(acme, at=NOON - 2 * HOUR, by=disa, via=Opened.PHONE, caller=caller)
    times = {"started_at": NOON - 2 * HOUR, "ended_at": NOON - timedelta(minutes=40)}
    worklog.log(case=case, person=disa, note="Looked", by=disa, at=NOON, **times)
    judgement = Judgement(DeliveryGround.VISIT, "Somebody has to come.")
    task = tasks.open_from_case(case=case, judgement=judgement, by=disa, at=NOON, cause="t")

    assert told(chronicle.for_client(task)[:2]) == [
        (f"Reported as case #{case.pk} “Users are not created”, Phone, entered by Disa Testsson", case.messages.order_by("pk")[0].text),
        (
            "Judged to be delivery: A visit that your plan does not include; 1 h 20 min worked as support until then",
            "Somebody has to come.",
        ),
    ]


def test_t2_an_objection_is_told_once_whether_or_not_the_task_tells_of_it(cast, acme):
    task = a_task_from_case(acme, a_dispatcher())
    decision = task.decision
    decision.objected_at, decision.objected_by, decision.objection = NOON + HOUR, acme.requester, "It is support."
    decision.settled_at, decision.settled_by, decision.settlement, decision.upheld = NOON + 2 * HOUR, cast.max, "It changes things.", True
    decision.save()

    assert told(chronicle.for_client(task))[-2:] == [
        ("You object: it is support", "It is support."),
        ("Objection decided: it stays delivery", "It changes things."),
    ]
    assert told(chronicle.for_staff(task))[-2][0] == "The client objects: it is support"

    life.note(task, TaskEventKind.OBJECTED, at=NOON + HOUR, by=acme.requester, reason="It is support.")
    objections = [happening for happening in chronicle.for_client(task) if happening.reason == "It is support."]
    assert len(objections) == 1


def test_d6_credit_that_was_used_and_silence_are_told(cast, acme, terms):
    terms.silence_accepts = True
    terms.save()
    credit_of(acme, 2400)
    offered = an_offered(a_task(acme, cast.max), cast.tessa.person, cast.max, basis=Basis.CEILING, credit_price_per_hour=Decimal(1200))
    task, _hold = pays_with_credit(offered, acme)
    tasks.begin(task, by=cast.tessa.person, at=NOON)
    use(task, 6000)
    done = a_done(task, cast.max)
    completion.lapse_due(done.due_at)

    last = chronicle.for_client(task)[-2:]

    assert told(last) == [("Accepted as done: by silence, as announced", ""), ("Paid with credit: version 1, 5 h", "")]
    assert [happening.by for happening in last] == [None, None]


def test_d5_an_answer_by_phone_names_who_gave_it_and_its_evidence(cast, acme):
    task = a_working(cast, acme, basis=Basis.FIXED)
    answer = completion.AnswerGiven(acme.approver, AcceptedBy.PHONE, "Anna said yes at 10:15.")
    completion.record(a_done(task, cast.max), answer, by=cast.max, at=NOON)

    (accepted,) = [happening for happening in chronicle.for_staff(task) if happening.kind == "completed"]

    assert told([accepted]) == [("Accepted as done: Anna Testsson by phone", "Anna said yes at 10:15.")]
    assert accepted.by == cast.max


def test_d5_many_events_take_as_many_queries_as_few(cast, acme):
    task, _offered = the_whole_story(cast, acme)
    with CaptureQueriesContext(connection) as few:
        chronicle.for_staff(task)
    for number in range(200):
        facts = {"person": cast.theo.person.pk, "minutes": number}
        life.note(task, TaskEventKind.LOGGED, at=NOON + timedelta(minutes=number), by=cast.tessa.person, facts=facts)

    with CaptureQueriesContext(connection) as many:
        story = chronicle.for_staff(task)

    assert len(many) <= len(few) + 1  # who is named in the events
    assert len(story) > 200
    assert len(many) <= 9


def test_d5_facts_that_nobody_foresaw_are_passed_over(cast, acme):
    task = a_task(acme, cast.max)
    strange = {"estimate": 99, "net": "much", "minutes": "long", "person": "somebody", "completion": None, "faults": [7], "way": "smoke"}
    for kind in TaskEventKind:
        life.note(task, kind, at=NOON, by=None, facts=strange)

    assert len(chronicle.for_staff(task)) == len(TaskEventKind) + 1


def test_d5_it_is_told_in_its_readers_language(cast, acme):
    task, _offered = the_whole_story(cast, acme)

    with translation.override("sv"):
        story = told(chronicle.for_client(task))

    assert any("24 000,00 kr" in words for words, _reason in story)
