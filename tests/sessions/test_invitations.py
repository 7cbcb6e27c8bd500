"""Who gets which invitation, over the life of a booking (rule R4; RFC 5545, 5546)."""

from datetime import timedelta

import pytest

from clients.models import Membership
from credits import ledger
from notices.models import Notice
from sessions import attendance, bookings, changes, cover, jobs, life, messages, release
from sessions.models import Answer, Attendee, CalendarObject, Purpose, State
from sessions.models.sessions import EventKind
from tests.cast import NOON, a_person
from tests.sessions.booked import TUESDAY, a_wish, book, hold_of
from tests.sessions.changing import HOUR, WEDNESDAY, cancel, postpone
from tests.sessions.factories import a_lot, a_session
from tests.sessions.invited import invitations, sent


@pytest.fixture
def session(cast, acme):
    """An hour of Tessa's on Tuesday at nine, whose first invitations have gone out."""
    booked = book(cast, acme, credit=480)
    sent(at=NOON)
    return booked


def our_move(session, cast, *, to=WEDNESDAY):
    return changes.move_by_provider(session=session, starts_at=to, by=cast.max, at=NOON, reason="Tessa is ill")


# First invitations.


def test_r4_a_booking_invites_who_booked_and_the_technician(cast, acme):
    session = book(cast, acme, credit=480)

    mails = sent(at=NOON)

    assert invitations(mails) == [("rolf", "REQUEST", 0, "CONFIRMED"), ("tessa", "REQUEST", 0, "CONFIRMED")]
    assert {str(mail.event["uid"]) for mail in mails} == {str(session.calendar_object.uid)}
    assert [(row.person, row.side, row.live, row.sequence, row.address) for row in session.attendees.order_by("side")] == [
        (acme.requester, "client", True, 0, "rolf@acme.example"),
        (cast.tessa.person, "technician", True, 0, "tessa@provider.example"),
    ]


def test_r4_the_object_says_when_in_utc_who_asks_and_whom(cast, acme):
    book(cast, acme, credit=480)

    rolfs, _ = sent(at=NOON)

    event, attendee = rolfs.event, rolfs.event["attendee"]
    assert (event["dtstart"].dt, event["dtend"].dt, event["dtstamp"].dt) == (TUESDAY, TUESDAY + HOUR, NOON)
    assert b"DTSTART:20261124T080000Z\r\nDTEND:20261124T090000Z\r\n" in rolfs.ics
    assert (event["organizer"], event["organizer"].params["CN"]) == ("mailto:support@provider.example", "Example Support")
    assert (attendee, dict(attendee.params)) == (
        "mailto:rolf@acme.example",
        {"CN": "Rolf Testsson", "CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE"},
    )
    assert (event["transp"], event["summary"]) == ("OPAQUE", "Disk is full")
    assert rolfs.calendar["method"] == "REQUEST"
    assert b"VTIMEZONE" not in rolfs.ics


def test_r4_the_text_says_what_to_prepare_and_the_cut_off_in_the_readers_zone_and_language(cast, acme):
    Purpose.objects.update(prepare_en="A backup.", prepare_sv="En säkerhetskopia.")
    cast.purpose.refresh_from_db()
    acme.requester.time_zone, acme.requester.language = "America/New_York", "sv"
    acme.requester.save()
    session = book(cast, acme, credit=480, description="The password is hunter2")

    rolfs, tessas = sent(at=NOON)

    address = f"http://127.0.0.1:8000/sessions/{session.pk}/"
    assert "Processer" in rolfs.event["description"]
    assert "\nEn säkerhetskopia.\n" in rolfs.event["description"]
    assert "mån 23 nov 03:00" in rolfs.event["description"]
    assert (rolfs.event["description"].split("\n")[-1], rolfs.event["url"]) == (address, address)
    assert "Mon 23 Nov 09:00" in tessas.event["description"]
    assert "backup" not in tessas.event["description"]
    assert tessas.event["summary"] == "Acme: Disk is full"
    assert tessas.event["url"] == f"http://127.0.0.1:8000/desk/sessions/{session.pk}/"
    assert b"hunter2" not in rolfs.ics + tessas.ics


def test_r4_what_the_manager_books_invites_the_clients_approvers(cast, acme):
    book(cast, acme, credit=480, by=cast.max)

    assert invitations(sent(at=NOON)) == [("anna", "REQUEST", 0, "CONFIRMED"), ("tessa", "REQUEST", 0, "CONFIRMED")]


def test_r4_two_technicians_are_both_invited_each_in_a_mail_of_their_own(cast, acme):
    book(cast, acme, credit=480, technician_count=2)

    mails = sent(at=NOON)

    assert [mail.told[0] for mail in mails] == ["rolf", "tessa", "theo"]
    assert [str(mail.event["attendee"]) for mail in mails] == [f"mailto:{mail.to}" for mail in mails]


def test_r4_the_same_booking_sent_twice_invites_once(cast, acme):
    session = book(cast, acme, credit=480, cause="form")
    again = bookings.request(account=acme.account, wish=a_wish(cast), cause="form", by=acme.requester, at=NOON)

    assert (again, CalendarObject.objects.get().sequence) == (session, 0)
    assert len(sent(at=NOON)) == 2


# Awaiting a top-up.


def test_c6_what_awaits_a_top_up_is_tentative_and_agreed_is_a_request_with_the_next_sequence(cast, acme):
    session = book(cast, acme)
    waits = sent(at=NOON)
    a_lot(acme.account, 480, at=NOON)
    cover.follow_account(account_id=acme.account.pk, at=NOON)
    agreed = sent(at=NOON)

    assert invitations(waits) == [("rolf", "REQUEST", 0, "TENTATIVE"), ("tessa", "REQUEST", 0, "TENTATIVE")]
    assert [mail.to.split("@")[0] for mail in waits] == ["anna", "rolf", "tessa"]
    assert invitations(agreed) == [("rolf", "REQUEST", 1, "CONFIRMED"), ("tessa", "REQUEST", 1, "CONFIRMED")]
    assert {str(mail.event["uid"]) for mail in [*waits, *agreed] if mail.part} == {str(session.calendar_object.uid)}


def test_c6_a_start_that_is_allowed_without_cover_is_confirmed(cast, acme):
    session = book(cast, acme)
    sent(at=NOON)

    changes.allow_start(session=session, by=cast.max, at=NOON, reason="Outage")

    assert invitations(sent(at=NOON)) == [("rolf", "REQUEST", 1, "CONFIRMED"), ("tessa", "REQUEST", 1, "CONFIRMED")]


def test_c6_what_is_given_up_is_cancelled_for_all(cast, acme):
    session = book(cast, acme)
    sent(at=NOON)

    release.release(session=session, at=TUESDAY - timedelta(days=1))

    mails = sent(at=TUESDAY)
    assert invitations(mails) == [("rolf", "CANCEL", 1, "CANCELLED"), ("tessa", "CANCEL", 1, "CANCELLED")]
    assert [mail.to.split("@")[0] for mail in mails] == ["anna", "max", "rolf", "tessa"]
    assert not Attendee.objects.filter(live=True).exists()


def test_c6_a_move_that_loses_its_cover_tells_calendars_once(cast, acme):
    session = book(cast, acme, credit=60)
    sent(at=NOON)

    postpone(session, acme, to=WEDNESDAY, at=TUESDAY - HOUR, shown=120)

    mails = sent(at=TUESDAY)
    assert invitations(mails) == [("rolf", "REQUEST", 1, "TENTATIVE"), ("tessa", "REQUEST", 1, "TENTATIVE")]
    assert [mail.to.split("@")[0] for mail in mails] == ["anna", "anna", "rolf", "rolf", "tessa"]


def test_c6_a_booking_that_loses_its_cover_becomes_tentative_and_its_technician_is_told(cast, acme):
    session = book(cast, acme, credit=60)
    sent(at=NOON)
    ledger.rebook_hold(hold=hold_of(session), minutes=120, at=NOON)

    jobs.follow_holds(at=NOON)

    annas, rolfs, tessas = sent(at=NOON)
    assert (annas.part, rolfs.told, tessas.told) == (
        None,
        ("rolf", "REQUEST", 1, "TENTATIVE"),
        ("tessa", "REQUEST", 1, "TENTATIVE"),
    )
    assert "of credit is missing" in rolfs.message["Subject"]
    assert "Awaits a top-up again" in tessas.message["Subject"]


# Changes.


@pytest.mark.parametrize("ours", [True, False])
def test_c10_a_move_by_either_side_is_a_request_to_the_new_time(cast, acme, session, ours):
    if ours:
        our_move(session, cast)
    else:
        postpone(session, acme, to=WEDNESDAY)

    mails = [mail for mail in sent(at=NOON) if mail.part]
    assert [mail.told for mail in mails] == [("rolf", "REQUEST", 1, "CONFIRMED"), ("tessa", "REQUEST", 1, "CONFIRMED")]
    assert {mail.event["dtstart"].dt for mail in mails} == {WEDNESDAY}


def test_c10_the_manager_who_moves_it_is_told_but_not_invited(cast, session):
    our_move(session, cast)

    assert [(mail.to.split("@")[0], mail.part is None) for mail in sent(at=NOON)] == [("max", True), ("rolf", False), ("tessa", False)]


def test_r4_another_technician_is_invited_and_the_first_is_cancelled_each_with_their_own_attendee(cast, acme, session):
    uid = str(session.calendar_object.uid)
    a_session(cast, acme, starts_at=WEDNESDAY)  # keeps Tessa busy

    our_move(session, cast)

    mails = [mail for mail in sent(at=NOON) if mail.part]
    assert [mail.told for mail in mails] == [
        ("rolf", "REQUEST", 1, "CONFIRMED"),
        ("tessa", "CANCEL", 1, "CANCELLED"),
        ("theo", "REQUEST", 1, "CONFIRMED"),
    ]
    assert [str(mail.event["attendee"]) for mail in mails] == [f"mailto:{mail.to}" for mail in mails]
    assert {str(mail.event["uid"]) for mail in mails} == {str(uid)}
    assert mails[1].event["attendee"].params["RSVP"] == "FALSE"


@pytest.mark.parametrize("ours", [True, False])
def test_c10_a_cancellation_by_either_side_cancels_all(cast, acme, session, ours):
    if ours:
        changes.call_off(session=session, by=cast.max, at=NOON, reason="Ill")
    else:
        cancel(session, acme)

    assert invitations(sent(at=NOON)) == [("rolf", "CANCEL", 1, "CANCELLED"), ("tessa", "CANCEL", 1, "CANCELLED")]


def test_r4_the_sequence_never_falls_over_a_long_life(cast, acme, session):
    mails = []
    for hour in range(1, 4):
        session.refresh_from_db()
        our_move(session, cast, to=WEDNESDAY + hour * HOUR)
        mails += sent(at=NOON)
    session.refresh_from_db()
    cancel(session, acme)

    told = [mail.told for mail in [*mails, *sent(at=NOON)] if mail.to.startswith("rolf")]
    assert [(method, sequence) for _, method, sequence, _ in told] == [("REQUEST", 1), ("REQUEST", 2), ("REQUEST", 3), ("CANCEL", 4)]


def test_r4_one_mail_to_each_person_for_each_event(cast, acme, session):
    our_move(session, cast)

    by_cause = Notice.objects.values_list("cause", "address")
    assert len(by_cause) == len(set(by_cause)) == 5


def test_r4_what_calendars_need_not_know_is_told_by_a_plain_mail(cast, session):
    event = life.note(session, EventKind.USED_UP, at=NOON, by=None)

    messages.changed("moved", session, event, [cast.tessa], was=TUESDAY)

    mails = sent(at=NOON)
    assert ([mail.to.split("@")[0] for mail in mails], invitations(mails)) == (["rolf", "tessa"], [])
    assert CalendarObject.objects.get().sequence == 0


def test_r4_while_it_goes_on_nothing_is_said_of_a_change_that_is_free(cast, acme, session):
    life.step(session, to=State.IN_PROGRESS, at=TUESDAY, started_at=TUESDAY)

    attendance.invite(session=session, person=acme.approver, by=acme.requester, at=TUESDAY)

    assert not [mail for mail in sent(at=TUESDAY) if "free" in mail.event["description"] + mail.message.get_body().get_content()]


# Answers, and who is gone.


def answered(session, person, answer=Answer.ACCEPTED):
    Attendee.objects.filter(session=session, person=person).update(answer=answer, answered_at=NOON)


def partstat(mails, name):
    return next(mail.event["attendee"].params["PARTSTAT"] for mail in mails if mail.part and mail.to.startswith(name))


def test_r4_an_answer_stands_until_the_time_changes(cast, acme, session):
    answered(session, acme.requester)
    attendance.invite(session=session, person=acme.approver, by=acme.requester, at=NOON)
    same_time = sent(at=NOON)
    our_move(session, cast)
    other_time = sent(at=NOON)

    assert (partstat(same_time, "rolf"), partstat(other_time, "rolf")) == ("ACCEPTED", "NEEDS-ACTION")
    row = Attendee.objects.get(session=session, person=acme.requester)
    assert (row.answer, row.answered_at, row.sequence) == (Answer.NONE, None, 2)


def test_r4_who_has_left_the_client_is_taken_off_and_told_nothing_of_the_change(cast, acme, session):
    Membership.objects.filter(person=acme.requester).delete()

    our_move(session, cast)

    (rolfs,) = [mail for mail in sent(at=NOON) if mail.to.startswith("rolf") and mail.part]
    assert rolfs.told == ("rolf", "CANCEL", 1, "CANCELLED")
    assert rolfs.message["Subject"] == "You are no longer invited: Disk is full"


def test_r4_who_may_no_longer_sign_in_is_not_written_to(cast, acme, session):
    acme.requester.is_active = False
    acme.requester.save()

    our_move(session, cast)

    assert [mail.to.split("@")[0] for mail in sent(at=NOON)] == ["max", "tessa"]


def test_r4_who_has_another_address_is_invited_there(cast, acme, session):
    acme.requester.email = "rolf@new.example"
    acme.requester.save()

    our_move(session, cast)

    rolfs = next(mail for mail in sent(at=NOON) if mail.to == "rolf@new.example")
    assert rolfs.event["attendee"] == "mailto:rolf@new.example"
    assert Attendee.objects.get(session=session, person=acme.requester).address == "rolf@new.example"


def test_r4_a_session_of_before_invitations_begins_at_its_next_change(cast, acme):
    session = a_session(cast, acme, starts_at=TUESDAY)

    our_move(session, cast)

    assert invitations(sent(at=NOON)) == [("rolf", "REQUEST", 0, "CONFIRMED"), ("tessa", "REQUEST", 0, "CONFIRMED")]


def test_r4_a_session_of_before_invitations_is_cancelled_without_one(cast, acme):
    cancel(a_session(cast, acme, starts_at=TUESDAY), acme)

    mails = sent(at=NOON)
    assert ([mail.to.split("@")[0] for mail in mails], invitations(mails)) == (["rolf", "tessa"], [])


def test_r4_the_clients_terms_do_not_reach_the_calendar_of_another_client(cast, acme, borealis):
    book(cast, acme, credit=480)
    book(cast, borealis, credit=480, starts_at=WEDNESDAY)

    mails = sent(at=NOON)

    theirs = {name: b"".join(mail.ics for mail in mails if mail.to.endswith(f"@{name}.example")) for name in ("acme", "borealis")}
    assert b"Borealis" not in theirs["acme"]
    assert b"Acme" not in theirs["borealis"]


def test_r4_booking_asks_as_often_for_many_on_the_clients_side_as_for_one(cast, acme, session, django_assert_max_num_queries):
    with django_assert_max_num_queries(100) as few:
        our_move(session, cast)
    for number in range(5):
        guest = a_person(f"Guest{number}")
        Membership.objects.create(organisation=acme.organisation, person=guest, role="requester")
        Attendee.objects.create(session=session, person=guest, side="client", address=guest.email)
    session.refresh_from_db()

    with django_assert_max_num_queries(len(few)):
        our_move(session, cast, to=WEDNESDAY + HOUR)
