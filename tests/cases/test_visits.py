"""Visits to the client's site (rule S12): planned at once, with the clocks running, included unless that is priced."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from cases import visits
from cases.life import CaseClosed
from cases.models import EventKind, Visit
from cases.visits import (
    ConsultantAway,
    NotAConsultant,
    NotMadeYet,
    PlaceMissing,
    Plan,
    VisitMismatch,
    VisitNotIncluded,
    VisitOver,
    VisitTimesRefused,
)
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from notices.models import Notice
from sessions import visiting
from sessions.availability import Wanted, slot_at
from sessions.visiting import ConsultantBooked
from tests.cases.opened import a_case, a_plan, bind
from tests.cast import NOON, at_stockholm
from tests.journeys.belongings import browser_of
from tests.racing import race
from tests.sessions.factories import a_session

MORNING, ELEVEN = at_stockholm(2026, 11, 19, 9), at_stockholm(2026, 11, 19, 11)


@pytest.fixture
def case(acme):
    bind(acme, a_plan(visit_included=True, solution={3: 960}))
    return a_case(acme)


@pytest.fixture
def wanted(cast):
    return Plan(consultant=cast.tessa.person, starts_at=MORNING, ends_at=ELEVEN, place="Storgatan 1", purpose="Change the switch")


def plan(case, wanted, cast, *, cause="v"):
    return visits.plan(case, wanted, by=cast.tessa.person, at=NOON, cause=cause)


def test_s12_a_visit_is_planned_at_once_and_the_clocks_run_on(cast, acme, case, wanted):
    before = list(case.clocks.values_list("kind", "due_at"))

    visit = plan(case, wanted, cast)

    case.refresh_from_db()
    assert (visit.starts_at, visit.ends_at, visit.sequence) == (MORNING, ELEVEN, 0)
    assert list(case.clocks.values_list("kind", "due_at")) == before
    assert case.events.get(kind=EventKind.VISIT_PLANNED).facts["place"] == "Storgatan 1"


def test_s12_both_sides_are_invited_in_a_way_that_calendars_understand(cast, acme, case, wanted):
    visit = plan(case, wanted, cast)

    told = {notice.address: notice for notice in Notice.objects.filter(cause__contains=":event:")}
    assert set(told) == {acme.requester.email, cast.tessa.person.email}
    for notice in told.values():
        assert notice.method == "REQUEST"
        assert f"UID:{visit.uid}" in notice.calendar
        assert "DTSTART:20261119T080000Z" in notice.calendar
    assert "Storgatan 1" in told[acme.requester.email].body


def test_s12_a_change_and_a_cancellation_reach_the_same_event_of_the_calendar(cast, acme, case, wanted):
    visit = plan(case, wanted, cast)

    visits.move(visit, replace(wanted, starts_at=ELEVEN, ends_at=ELEVEN + timedelta(hours=1)), by=cast.max, at=NOON)
    visits.cancel(visit, reason="Solved remotely", by=cast.max, at=NOON)

    found = list(Notice.objects.filter(address=acme.requester.email, cause__contains=":event:").order_by("pk"))
    assert [notice.method for notice in found] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [f"SEQUENCE:{number}" in notice.calendar for number, notice in enumerate(found)] == [True] * 3
    visit.refresh_from_db()
    assert (visit.live, visit.ended_as, visit.outcome) == (False, "cancelled", "Solved remotely")


def test_s12_who_was_to_come_and_does_not_any_more_is_told(cast, acme, case, wanted):
    visit = plan(case, wanted, cast)

    visits.move(visit, replace(wanted, consultant=cast.theo.person), by=cast.max, at=NOON)

    (notice,) = Notice.objects.filter(address=cast.tessa.person.email, method="CANCEL")
    assert cast.theo.person.name in notice.body


def test_s12_where_visits_are_priced_none_is_planned_from_the_case(cast, borealis, wanted):
    bind(borealis, a_plan("basic"))

    with pytest.raises(VisitNotIncluded):
        plan(a_case(borealis), wanted, cast)

    assert Visit.objects.count() == 0


def test_s12_nobody_is_at_two_places_at_once_whoever_writes(cast, acme, case, wanted):
    visit = plan(case, wanted, cast)
    later = replace(wanted, starts_at=ELEVEN - timedelta(minutes=1), ends_at=ELEVEN + timedelta(hours=1))

    with pytest.raises(ConsultantAway):
        plan(case, later, cast, cause="w")
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.create(
            case=case,
            consultant=visit.consultant,
            starts_at=MORNING,
            ends_at=ELEVEN,
            place="x",
            purpose="x",
            cause="x",
            planned_at=NOON,
            planned_by=cast.max,
        )

    assert plan(case, replace(wanted, starts_at=ELEVEN, ends_at=ELEVEN + timedelta(hours=1)), cast, cause="w").live


def test_s12_the_same_form_plans_one_visit_and_another_of_the_same_key_is_refused(cast, acme, case, wanted):
    first = plan(case, wanted, cast)

    assert plan(case, wanted, cast) == first
    with pytest.raises(VisitMismatch):
        plan(case, replace(wanted, place="Elsewhere"), cast)
    assert Visit.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"starts_at": NOON - timedelta(minutes=1)}, VisitTimesRefused),
        ({"ends_at": MORNING}, VisitTimesRefused),
        ({"ends_at": MORNING + timedelta(hours=15)}, VisitTimesRefused),
        ({"starts_at": MORNING + timedelta(days=400), "ends_at": ELEVEN + timedelta(days=400)}, VisitTimesRefused),
        ({"place": "  "}, PlaceMissing),
        ({"purpose": " "}, ReasonMissing),
    ],
)
def test_s12_what_cannot_be_is_refused_and_nothing_is_planned(cast, acme, case, wanted, change, refusal):
    with pytest.raises(refusal):
        plan(case, replace(wanted, **change), cast)

    assert Visit.objects.count() == 0


def test_s12_only_staff_plan_visits_and_only_who_works_cases_comes(cast, acme, borealis, case, wanted):
    for person in (acme.approver, acme.requester, borealis.approver, cast.fia):
        with pytest.raises(NotAllowed):
            visits.plan(case, wanted, by=person, at=NOON, cause="v")
    with pytest.raises(NotAConsultant):
        plan(case, replace(wanted, consultant=cast.fia), cast)


def test_s12_a_visit_ends_once_and_not_before_it_began(cast, acme, case, wanted):
    visit = plan(case, wanted, cast)

    with pytest.raises(NotMadeYet):
        visits.tell_made(visit, outcome="Done", by=cast.tessa.person, at=NOON)
    visits.tell_made(visit, outcome="The switch is new.", by=cast.tessa.person, at=ELEVEN)
    with pytest.raises(VisitOver):
        visits.cancel(visit, reason="No", by=cast.max, at=ELEVEN)

    assert "The switch is new." in Notice.objects.filter(address=acme.requester.email).latest("pk").body


def test_s12_a_closed_case_takes_no_visit(cast, acme, case, wanted):
    from cases import solutions  # noqa: PLC0415 -- only here

    solutions.withdraw(case, reason="Gone", by=acme.requester, at=NOON)

    with pytest.raises(CaseClosed):
        plan(case, wanted, cast)


def test_r2_a_visit_takes_the_technicians_time_and_a_session_the_visits(cast, acme, case, wanted):
    wish = Wanted(purpose=cast.purpose, minutes=60, technician=cast.tessa)
    assert slot_at(wanted=wish, starts_at=MORNING, at=NOON) is not None

    visiting.plan(case, wanted, by=cast.max, at=NOON, cause="v")

    assert slot_at(wanted=wish, starts_at=MORNING, at=NOON) is None
    a_session(cast, acme, technicians=[cast.theo], starts_at=MORNING)
    with pytest.raises(ConsultantBooked):
        visiting.plan(case, replace(wanted, consultant=cast.theo.person), by=cast.max, at=NOON, cause="w")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_s12_of_two_who_send_the_same_person_at_once_one_does(cast, acme, wanted):
    bind(acme, a_plan(visit_included=True))
    cases = [a_case(acme, cause=f"race:{number}") for number in range(4)]

    outcome = race(4, lambda number: visiting.plan(cases[number], wanted, by=cast.max, at=NOON, cause=f"race:{number}"))

    assert len(outcome.results) == 1
    assert {type(error) for error in outcome.errors} == {ConsultantAway}
    assert outcome.most_inside > 1 or connection.vendor == "sqlite"


def test_s12_staff_plan_change_and_end_a_visit_on_pages_and_the_client_reads_it(cast, acme, borealis, case):
    typed = {"consultant": cast.tessa.person.pk, "on": "2026-11-19", "begins": "09:00", "ends": "11:00", "place": "Storgatan 1"}
    typed |= {"contact": "Bo, 070", "purpose": "Change the switch", "key": "k"}
    with time_machine.travel(NOON, tick=False):
        tessa, anna = browser_of(cast.tessa.person), browser_of(acme.approver)

        assert tessa.get(f"/desk/cases/{case.pk}/").content.count(b"Plan a visit") == 1
        sent = tessa.post(reverse("desk-visit-plan", args=[case.pk]), typed)

        visit = Visit.objects.get()
        assert (sent.status_code, visit.starts_at) == (302, MORNING)
        assert b"Storgatan 1" in anna.get(f"/cases/{case.pk}/").content
        again = tessa.post(reverse("desk-visit-change", args=[visit.pk]), typed | {"ends": "08:00"})
        assert again.status_code == 409
        assert "Storgatan 1" in again.content.decode()
        for person in (acme.approver, borealis.approver):
            assert browser_of(person).get(reverse("desk-visit-cancel", args=[visit.pk])).status_code == 404
        assert tessa.post(reverse("desk-visit-cancel", args=[visit.pk]), {"reason": "Solved"}).status_code == 302
    visit.refresh_from_db()
    assert visit.ended_as == "cancelled"
