"""“Declined” is a request that is answered with the cost and a button, never a charge (rule C10)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clients.models import MemberRole, Membership, StaffDuty
from core.errors import NotAllowed
from credits.models import Spender
from notices.models import Notice
from sessions import changes, declines
from sessions.models import SessionTerms
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_colleague, a_person
from tests.racing import race
from tests.sessions.booked import TUESDAY, figures, mails
from tests.sessions.calendar_replies import an_invited_session, apple, later, said
from tests.sessions.test_replies import RECEIVED, come_in

LATE = TUESDAY - timedelta(hours=3)


@pytest.fixture
def session(cast, acme):
    return an_invited_session(cast, acme)


def decline(session, *, who="rolf@acme.example", at=RECEIVED, partstat="DECLINED"):
    stamped = (at - timedelta(seconds=1)).strftime("%Y%m%dT%H%M%SZ")
    return come_in(apple(said(session, partstat=partstat, address=who, stamp=stamped, sequence=str(session.start_number - 1))), at=at)


def named(session):
    session.refresh_from_db()
    return [person.name.split()[0] for person in declines.standing(session)]


def test_c10_who_declines_in_time_is_told_that_it_stands_and_how_to_cancel_it_free(session, acme):
    decline(session)

    (body,) = mails("You declined, but it stands").values()
    assert "the session stands until it is cancelled on its page" in body
    assert "Cancelling or moving it is free until Mon 23 Nov 09:00." in body
    assert f"/sessions/{session.pk}/cancellation/" in body
    assert f"/sessions/{session.pk}/postponement/" in body


def test_c10_who_declines_late_is_told_the_cost_and_charged_nothing(session, acme):
    before = figures(acme.account)

    decline(session, at=LATE)

    assert "costs 2 h of credit now. It was free until Mon 23 Nov 09:00." in mails("You declined")["rolf"]
    assert figures(acme.account) == before


@pytest.mark.parametrize(
    ("kinds", "told"),
    [
        (["cancel"], "Cancelling it costs 2 h of credit now; it was free until Mon 23 Nov 09:00. Moving it is free."),
        (["postpone"], "Moving it costs 2 h of credit now; it was free until Mon 23 Nov 09:00. Cancelling it is free."),
        (["no_show"], "Cancelling or moving it is free now."),
    ],
)
def test_c10_where_moving_and_cancelling_cost_differently_both_are_said(cast, acme, kinds, told):
    SessionTerms.objects.update(penalty_kinds=kinds)

    decline(an_invited_session(cast, acme), at=LATE)

    assert told in mails("You declined")["rolf"]


def test_c10_it_is_said_once_a_start_and_person(session):
    for number, partstat in enumerate(["DECLINED", "ACCEPTED", "DECLINED"]):
        decline(session, at=RECEIVED + timedelta(minutes=number), partstat=partstat)
    decline(session, who="anna@acme.example")

    assert sorted(mails("You declined")) == ["anna", "rolf"]
    assert Notice.objects.filter(subject__startswith="You declined").count() == 2


def test_c10_another_start_asks_again(session, acme):
    decline(session)
    changes.postpone(session=session, starts_at=TUESDAY + timedelta(hours=2), shown_minutes=0, by=acme.approver, at=RECEIVED)
    session.refresh_from_db()

    assert named(session) == []
    decline(session, at=RECEIVED + timedelta(minutes=1))
    assert (named(session), Notice.objects.filter(subject__startswith="You declined").count()) == (["Rolf"], 2)


def test_c10_where_somebody_else_of_the_client_declines_who_booked_is_told(session, acme):
    Spender.objects.create(account=acme.account, person=acme.requester)
    quinn = a_person("Quinn")
    Membership.objects.create(organisation=acme.organisation, person=quinn, role=MemberRole.REQUESTER)
    session.attendees.create(person=quinn, side="client", address=quinn.email)

    decline(session, who=quinn.email)

    assert list(mails("Quinn Testsson will not attend")) == ["rolf"]
    assert "it costs nothing" in mails("Quinn Testsson will not attend")["rolf"]
    assert mails("You declined") == {}


def test_c10_where_who_booked_may_not_change_it_who_decides_is_told(session, acme):
    Spender.objects.create(account=acme.account, person=acme.approver)

    decline(session)

    assert list(mails("Rolf Testsson will not attend")) == ["anna"]


def test_a_technician_who_declines_concerns_manager_and_dispatchers(session, cast):
    a_colleague("Dora", StaffDuty.DISPATCHER)

    decline(session, who="tessa@provider.example")

    told = mails("Tessa Testsson declined")
    assert sorted(told) == ["dora", "max"]
    assert f"/desk/sessions/{session.pk}/" in told["max"]
    assert named(session) == []


def test_it_is_said_in_the_readers_language(session, acme):
    type(acme.requester).objects.filter(pk=acme.requester.pk).update(language="sv")

    decline(session)

    assert Notice.objects.get(person=acme.requester, cause__contains="declined").language == "sv"


def test_the_page_asks_until_it_is_kept_and_again_when_somebody_else_declines(session, acme):
    decline(session)
    asked = named(session)

    declines.keep(session=session, by=acme.approver, at=RECEIVED)
    declines.keep(session=session, by=acme.approver, at=RECEIVED)
    kept = named(session)
    decline(session, who="anna@acme.example", at=RECEIVED + timedelta(minutes=5))

    assert (asked, kept, named(session)) == (["Rolf"], [], ["Anna"])
    assert session.events.filter(kind=EventKind.ANSWERED, facts__kept=True).count() == 1


def test_who_accepts_after_all_asks_nothing(session):
    decline(session)
    decline(session, partstat="ACCEPTED", at=RECEIVED + timedelta(minutes=1))

    assert named(session) == []


def test_only_who_may_change_it_keeps_it(session, borealis):
    with pytest.raises(NotAllowed):
        declines.keep(session=session, by=borealis.approver, at=NOON)


def test_c10_the_page_shows_the_request_with_its_cost(session, acme, client_of, time_machine):
    time_machine.move_to(LATE, tick=False)
    decline(session, at=LATE)

    page = client_of(acme.requester).get(reverse("session", args=[session.pk])).content.decode()

    assert "Rolf Testsson declined the invitation" in page
    assert "Cancel it, for 2 h" in page
    assert "Invitation answered: declined" in page


def test_keeping_it_answers_the_request(session, acme, client_of, time_machine):
    time_machine.move_to(NOON + timedelta(hours=1), tick=False)
    decline(session)

    page = client_of(acme.requester).post(reverse("session-keep", args=[session.pk]), follow=True).content.decode()

    assert "The session stands as agreed." in page
    assert "Kept although the invitation was declined" in page
    assert "declined the invitation<" not in page


def test_strangers_and_staff_find_no_such_request(session, cast, borealis, client_of):
    people = (borealis.approver, cast.max, cast.tessa.person)

    assert {client_of(person).post(reverse("session-keep", args=[session.pk])).status_code for person in people} == {404}
    assert client_of(session.requested_by).get(reverse("session-keep", args=[session.pk])).status_code == 405


def test_a_session_that_is_over_is_not_kept(session, acme, client_of, time_machine):
    time_machine.move_to(NOON, tick=False)
    changes.cancel(session=session, shown_minutes=0, by=acme.approver, at=NOON)

    page = client_of(acme.requester).post(reverse("session-keep", args=[session.pk]), follow=True).content.decode()

    assert "has moved on meanwhile" in page


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_c10_answers_that_meet_are_recorded_one_after_another(cast, acme):
    session = an_invited_session(cast, acme)
    raws = [apple(said(session, partstat="DECLINED", stamp=later(number))) for number in range(6)]

    outcome = race(6, lambda number: come_in(raws[number])[0][0])

    assert (outcome.errors, set(outcome.results) <= {"handled", "ignored", "waiting"}) == ([], True)
    assert outcome.most_inside >= 2
    stamps = list(session.attendees.filter(address="rolf@acme.example").values_list("answer_stamp", flat=True))
    assert stamps == [NOON + timedelta(minutes=5)]
    assert Notice.objects.filter(subject__startswith="You declined").count() == 1
