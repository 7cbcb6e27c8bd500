"""Another technician takes over at the time that was agreed, and it costs the client nothing (rules R2, R6)."""

from datetime import timedelta

import pytest

from clients.models import StaffDuty
from core.errors import NotAllowed
from core.reasons import ReasonMissing
from credits.audit import audit
from sessions import chronicle, reassignment
from sessions.life import SessionMovedOn
from sessions.models import Purpose, Reservation, Session, State
from sessions.models.sessions import EventKind
from sessions.reassignment import AlreadyThere, NotThere, TechnicianNotFree
from tests.cast import NOON, a_client, a_colleague, a_provider, a_technician
from tests.racing import race
from tests.sessions.booked import TUESDAY, book, crew_names, figures, mails
from tests.sessions.factories import a_session, a_started_session

FROZEN = ("starts_at", "ends_at", "start_number", "agreed_at", "free_change", "notice_minutes", "factor_percent", "hold_id", "state")


@pytest.fixture
def session(cast, acme):
    """An hour of Tessa's on Tuesday at nine, of eight hours' credit."""
    return book(cast, acme, credit=480, technician=cast.tessa)


def hand_over(session, cast, *, takes=None, by=None, reason="Tessa is ill", leaves=None):
    leaves, takes = leaves or cast.tessa, takes or cast.theo
    return reassignment.reassign(session=session, leaves=leaves, takes=takes, reason=reason, by=by or cast.max, at=NOON)


def test_r2_another_takes_over_and_nothing_else_changes(cast, acme, session):
    before, credit = {name: getattr(session, name) for name in FROZEN}, figures(acme.account)

    found = hand_over(session, cast)

    found.refresh_from_db()
    assert {name: getattr(found, name) for name in FROZEN} == before
    assert (crew_names(found), figures(acme.account)) == (["Theo"], credit)
    assert Reservation.objects.filter(session=found).count() == 1
    assert not Session.objects.visible_to(cast.tessa.person).filter(pk=found.pk).exists()
    assert audit().findings == []


def test_r6_the_change_leaves_a_trace_that_names_both(cast, session):
    hand_over(session, cast)

    event = session.events.get(kind=EventKind.REASSIGNED)
    assert (event.by, event.reason, event.facts) == (
        cast.max,
        "Tessa is ill",
        {"start": 1, "left": cast.tessa.pk, "took": cast.theo.pk},
    )
    assert chronicle.chronicle(session)[0].told == "Other technician: Theo Testsson instead of Tessa Testsson"


def test_m4_the_client_and_both_technicians_are_told(cast, session):
    hand_over(session, cast)

    told = mails("Another technician")
    assert set(told) == {"rolf", "tessa", "theo", "max"}
    assert "is done by Theo Testsson instead of Tessa Testsson" in told["rolf"]
    assert "“Tessa is ill”" in told["rolf"]
    assert "It can be moved or cancelled free until Mon 23 Nov 09:00." in told["rolf"]


def test_r2_the_crew_a_dispatcher_and_the_account_manager_may(cast, acme):
    dora = a_colleague("Dora", StaffDuty.DISPATCHER)
    for number, person in enumerate((cast.tessa.person, dora, cast.max)):
        found = a_session(cast, acme, starts_at=TUESDAY + timedelta(hours=number))
        assert crew_names(hand_over(found, cast, by=person)) == ["Theo"]


def test_r2_nobody_else_may(cast, acme, session):
    mona = a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)
    for person in (cast.theo.person, mona, cast.fia, cast.ada, acme.approver):
        with pytest.raises(NotAllowed):
            hand_over(session, cast, by=person)

    assert crew_names(session) == ["Tessa"]


def test_r2_a_booking_that_awaits_a_top_up_can_be_handed_over(cast, acme):
    waiting = book(cast, acme, technician=cast.tessa)

    found = hand_over(waiting, cast)

    assert (found.state, crew_names(found)) == (State.AWAITING_TOP_UP, ["Theo"])


def test_r2_a_session_that_should_have_begun_can_still_be_handed_over(cast, acme):
    late = a_session(cast, acme, starts_at=NOON - timedelta(minutes=30))

    assert crew_names(hand_over(late, cast)) == ["Theo"]


def test_r2_one_of_two_is_replaced(cast, acme):
    tom = a_technician("Tom")
    both = book(cast, acme, credit=480, technician_count=2, technician=cast.tessa)

    found = hand_over(both, cast, takes=tom)

    assert crew_names(found) == ["Theo", "Tom"]
    with pytest.raises(AlreadyThere):
        hand_over(found, cast, leaves=tom)
    with pytest.raises(NotThere):
        hand_over(found, cast)


def test_r2_who_is_not_free_is_refused_and_who_is_free_is_named(cast, acme, session):
    tom = a_technician("Tom")
    a_session(cast, acme, technicians=[cast.theo], starts_at=TUESDAY + timedelta(minutes=30))

    with pytest.raises(TechnicianNotFree, match=r"Theo Testsson cannot take this over.*Free then: Tom Testsson\.") as refused:
        hand_over(session, cast)

    assert (refused.value.technician, refused.value.free) == (cast.theo, [tom])
    assert crew_names(session) == ["Tessa"]


def test_r2_who_does_not_do_this_kind_of_work_is_refused(cast, session):
    cast.theo.purposes.add(Purpose.objects.create(code="disks", name_en="Disks", name_sv="Diskar", position=2))

    with pytest.raises(TechnicianNotFree, match="Nobody else is free then either"):
        hand_over(session, cast)


def test_r2_a_reason_is_needed(cast, session):
    with pytest.raises(ReasonMissing):
        hand_over(session, cast, reason=" ")


def test_r6_work_that_has_begun_is_not_handed_over(cast, acme):
    with pytest.raises(SessionMovedOn):
        hand_over(a_started_session(cast, acme), cast)


def test_r2_a_session_that_was_moved_meanwhile_is_looked_at_again(cast, session):
    Session.objects.filter(pk=session.pk).update(start_number=2)

    with pytest.raises(SessionMovedOn):
        hand_over(session, cast)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_r2_of_many_who_hand_over_at_once_one_does():
    cast = a_provider()
    acme, others = a_client(cast), [a_technician(f"Tom{number}") for number in range(4)]
    session = book(cast, acme, credit=480, technician=cast.tessa)

    outcome = race(4, lambda number: hand_over(session, cast, takes=others[number]))

    assert (len(outcome.results), [type(error) for error in outcome.errors]) == (1, [NotThere] * 3)
    assert Reservation.objects.filter(live=True).count() == 1
    assert session.events.filter(kind=EventKind.REASSIGNED).count() == 1
    assert outcome.most_inside >= 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_r2_who_takes_over_is_never_booked_twice_when_somebody_else_wants_them():
    cast = a_provider()
    acme, borealis = a_client(cast), a_client(cast, "Borealis")
    session = book(cast, acme, credit=480, technician=cast.tessa)
    acts = [lambda: hand_over(session, cast), lambda: book(cast, borealis, credit=480, technician=cast.theo)]

    outcome = race(2, lambda number: acts[number]())

    assert (len(outcome.results), [type(error).__name__ for error in outcome.errors]) in (
        (1, ["SlotTaken"]),
        (1, ["TechnicianNotFree"]),
    )
    assert Reservation.objects.filter(live=True, technician=cast.theo).count() == 1
    assert outcome.most_inside >= 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_r2_two_who_swap_their_sessions_at_once_neither_deadlock_nor_double_book():
    cast = a_provider()
    acme, borealis = a_client(cast), a_client(cast, "Borealis")
    hers = book(cast, acme, credit=480, technician=cast.tessa)
    his = book(cast, borealis, credit=480, technician=cast.theo)
    acts = [lambda: hand_over(hers, cast), lambda: hand_over(his, cast, leaves=cast.theo, takes=cast.tessa)]

    outcome = race(2, lambda number: acts[number]())

    assert [type(error) for error in outcome.errors] == [TechnicianNotFree] * 2
    assert (crew_names(hers), crew_names(his)) == (["Tessa"], ["Theo"])
