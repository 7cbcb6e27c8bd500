"""A case is judged: as support, or closed as delivery, by who may and as often as it makes sense (rules T1, T2, S12)."""

from datetime import timedelta

import pytest
from django.db import transaction

from cases import merging, replay, solutions, triage, words, worklog
from cases.life import CaseClosed
from cases.models import ClosedAs, DeliveryGround, EventKind, State, TriageDecision
from cases.triage import AlreadyJudged, Judgement, QuestionWaits, ServiceNotAgreed, VisitIncluded
from cases.words import Said
from clients.models import StaffDuty
from core.errors import NotAllowed
from core.reasons import ReasonMissing, ReasonTooLong
from notices.models import Notice
from tests.cases.judged import a_service, ask
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import a_colleague, at_stockholm

pytestmark = pytest.mark.django_db
NINE, TEN, ELEVEN = (at_stockholm(2026, 11, 23, hour) for hour in (9, 10, 11))
WHY = "This changes how sign-on is configured."
ROLES = ["requester", "approver", "stranger", "technician", "finance", "administrator", "dispatcher", "manager", "deputy"]


@pytest.fixture
def disa(acme):
    return a_dispatcher()


@pytest.fixture
def case(acme, disa):
    bind(acme, a_plan(solution={3: 480}))
    return a_case(acme, at=NINE)


def close(case, by, *, at=TEN, ground=DeliveryGround.CONFIGURATION, reason=WHY, service=None, cause="t"):
    with transaction.atomic():
        return triage.close_as_delivery(case, Judgement(ground, reason, service), by=by, at=at, cause=cause)


def kinds(case):
    return list(case.events.order_by("pk").values_list("kind", flat=True))


def agrees(case):
    return [str(found) for found in replay.differences(case)] == []


def test_t1_it_is_support_and_the_record_says_so_but_the_client_is_told_nothing(acme, disa, case):
    service = a_service(acme)
    before = Notice.objects.count()

    decision = triage.call_support(case, note="The synchronisation is theirs", service=service, by=disa, at=TEN)

    case.refresh_from_db()
    assert (decision.way, decision.reason, decision.service) == ("support", "The synchronisation is theirs", service)
    assert (case.state, case.messages.count(), Notice.objects.count()) == (State.NEW, 1, before)
    event = case.events.get(kind=EventKind.TRIAGED)
    assert (event.internal, event.by, event.facts) == (True, disa, {"decision": decision.pk, "way": "support"})


def test_t1_support_without_a_note_says_what_support_is(disa, case):
    decision = triage.call_support(case, by=disa, at=TEN)

    assert decision.reason == "Help with an agreed service."


def test_t1_the_same_again_is_refused_and_another_service_is_another_judgement(acme, disa, case):
    triage.call_support(case, by=disa, at=TEN)

    with pytest.raises(AlreadyJudged):
        triage.call_support(case, by=disa, at=ELEVEN)
    triage.call_support(case, service=a_service(acme), by=disa, at=ELEVEN)

    assert case.triage_decisions.count() == 2


def test_t1_only_services_of_the_agreement_in_force_can_be_named(acme, borealis, disa, case):
    theirs = a_service(borealis, "Mail")

    with pytest.raises(ServiceNotAgreed):
        triage.call_support(case, service=theirs, by=disa, at=TEN)
    with pytest.raises(ServiceNotAgreed):
        close(case, disa, service=theirs)

    assert (TriageDecision.objects.count(), case.messages.count()) == (0, 1)


def test_t2_the_client_is_told_in_the_case_and_it_is_closed_with_that_reason(acme, disa, case):
    service = a_service(acme)
    ended = NINE + timedelta(minutes=20)
    worklog.log(case=case, person=disa, started_at=NINE, ended_at=ended, note="Looked", by=disa, at=ended)

    decision = close(case, disa, service=service)

    case.refresh_from_db()
    assert (case.state, case.closed_as, case.closed_at) == (State.CLOSED, ClosedAs.DELIVERY, TEN)
    assert (decision.way, decision.ground, decision.reason, decision.service) == ("delivery", "configuration", WHY, service)
    assert (decision.support_minutes, decision.decided_by) == (20, disa)
    assert case.messages.order_by("pk").last().text == WHY
    assert not case.clocks.filter(met_at=None, ended_at=None).exists()
    assert case.clocks.get(kind="response").met_at == TEN
    assert agrees(case)


def test_t2_one_mail_tells_it_with_the_words_and_how_to_object(acme, disa, case):
    close(case, disa)

    told = Notice.objects.filter(person=acme.requester).exclude(cause__endswith="receipt")
    assert [WHY in notice.body for notice in told] == [True]
    closed = f"Case #{case.pk} is closed as delivery"
    for said in (
        closed,
        "you get an estimate to accept or decline",
        "how to object",
        f"/cases/{case.pk}/",
    ):
        assert said in told[0].body


def test_t2_a_solution_a_question_and_calls_that_were_open_end(acme, disa, case):
    solution = solutions.propose(case, Said("Restart it."), by=disa, at=NINE + timedelta(minutes=30), cause="p")

    close(case, disa)

    solution.refresh_from_db()
    case.refresh_from_db()
    assert (solution.answer, case.closed_as) == ("withdrawn", ClosedAs.DELIVERY)
    assert not case.call_tasks.filter(closed_at=None).exists()
    assert agrees(case)


@pytest.mark.parametrize("way", ["waiting", "proposed", "open"])
def test_t2_it_is_closed_from_every_open_state(acme, disa, case, way):
    if way == "waiting":
        words.ask(case, Said("Which?"), by=disa, at=TEN - timedelta(minutes=5), cause="q")
    if way == "proposed":
        solutions.propose(case, Said("Restart it."), by=disa, at=TEN - timedelta(minutes=5), cause="p")
    if way == "open":
        words.answer(case, Said("We look"), by=disa, at=TEN - timedelta(minutes=5), cause="a")

    close(case, disa)

    case.refresh_from_db()
    assert (case.state, case.closed_as) == (State.CLOSED, ClosedAs.DELIVERY)
    assert agrees(case)


def test_t2_a_closed_and_a_merged_case_are_refused(acme, disa, case):
    other = a_case(acme, at=NINE)
    merging.merge(case=other, into=case, reason="The same", by=disa, at=TEN)
    solutions.withdraw(case, reason="Found it", by=acme.requester, at=TEN)

    for closed in (case, other):
        with pytest.raises(CaseClosed):
            close(closed, disa, at=ELEVEN)
        with pytest.raises(CaseClosed):
            triage.call_support(closed, by=disa, at=ELEVEN)

    assert TriageDecision.objects.count() == 0


def test_s12_a_visit_is_no_delivery_where_the_plan_of_the_case_includes_it(acme, disa):
    bind(acme, a_plan(visit_included=True))
    case = a_case(acme, at=NINE)

    with pytest.raises(VisitIncluded):
        close(case, disa, ground=DeliveryGround.VISIT)

    case.refresh_from_db()
    assert (case.state, TriageDecision.objects.count(), case.messages.count()) == (State.NEW, 0, 1)
    assert close(case, disa, ground=DeliveryGround.ENVIRONMENT).ground == "environment"


def test_s12_elsewhere_a_visit_is_delivery(disa, case):
    assert close(case, disa, ground=DeliveryGround.VISIT).ground == "visit"


def test_t3_while_the_client_is_asked_no_other_judgement_is_possible(disa, case):
    ask(case, disa, at=TEN)

    for judge in (lambda: close(case, disa, at=ELEVEN), lambda: triage.call_support(case, by=disa, at=ELEVEN)):
        with pytest.raises(QuestionWaits):
            judge()

    assert case.triage_decisions.count() == 1


def test_t2_a_reason_is_needed_and_must_fit(disa, case):
    before = kinds(case)

    with pytest.raises(ReasonMissing):
        close(case, disa, reason="  ")
    with pytest.raises(ReasonTooLong):
        close(case, disa, reason="x" * 501)

    case.refresh_from_db()
    assert (case.state, case.messages.count(), kinds(case)) == (State.NEW, 1, before)


@pytest.mark.parametrize("who", ROLES)
def test_t2_dispatchers_and_the_account_manager_judge_and_nobody_else(cast, acme, borealis, disa, case, who):
    acme.organisation.deputy_manager = a_colleague("Dag", StaffDuty.ACCOUNT_MANAGER)
    acme.organisation.save()
    people = {"requester": acme.requester, "approver": acme.approver, "stranger": borealis.approver, "technician": cast.tessa.person}
    people |= {"finance": cast.fia, "administrator": cast.ada, "dispatcher": disa, "manager": cast.max}
    person = (people | {"deputy": acme.organisation.deputy_manager})[who]
    may = who in ("dispatcher", "manager", "deputy")

    for judge in (lambda: triage.call_support(case, by=person, at=TEN), lambda: close(case, person, at=ELEVEN)):
        if may:
            assert judge().decided_by == person
        else:
            with pytest.raises(NotAllowed):
                judge()

    case.refresh_from_db()
    assert (case.state == State.CLOSED, case.triage_decisions.count()) == (may, 2 if may else 0)
