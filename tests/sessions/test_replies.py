"""Answers to invitations by mail are read, and only those that count (rules R4, C10)."""

import re
from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices import incoming, mailroom
from notices.models import MailState, Notice
from sessions import changes, replies
from sessions.models import Answer, Attendee, CalendarObject
from sessions.models.sessions import EventKind
from tests.cast import NOON
from tests.sessions import calendar_replies as shapes
from tests.sessions.booked import TUESDAY, figures
from tests.sessions.calendar_replies import an_invited_session, gmail, later, said

RECEIVED = NOON + timedelta(minutes=6)


@pytest.fixture
def session(cast, acme):
    return an_invited_session(cast, acme)


def come_in(*raws, at=RECEIVED):
    """These mails come in, and are dealt with; returns what became of them."""
    kept = [mailroom.receive(raw=raw, source="pipe", at=at) for raw in raws]
    mailroom.handle_due(at=at)
    for mail in kept:
        mail.refresh_from_db()
    return [(mail.state, mail.outcome) for mail in kept]


def answers(session):
    return dict(Attendee.objects.filter(session=session).exclude(answer=Answer.NONE).values_list("address", "answer"))


def happened(session):
    return list(session.events.filter(kind=EventKind.ANSWERED).order_by("pk").values_list("by__email", "facts__answer"))


@pytest.mark.parametrize("shape", shapes.SHAPES)
@pytest.mark.parametrize(
    ("partstat", "answer"), [("ACCEPTED", Answer.ACCEPTED), ("TENTATIVE", Answer.TENTATIVE), ("DECLINED", Answer.DECLINED)]
)
def test_r4_every_program_is_understood(session, shape, partstat, answer):
    raw = shapes.SHAPES[shape](said(session, partstat=partstat))

    assert come_in(raw) == [(MailState.HANDLED, replies.RECORDED)]

    rolf = Attendee.objects.get(session=session, address=shapes.ROLF)
    assert (rolf.answer, rolf.answered_at, rolf.answer_stamp) == (answer, RECEIVED, NOON + timedelta(minutes=5))
    assert happened(session) == [(shapes.ROLF, answer.value)]


def test_c10_no_answer_costs_or_cancels_anything(session, acme):
    before = figures(acme.account)

    come_in(*(gmail(said(session, partstat=partstat, stamp=later(number))) for number, partstat in enumerate(replies.ANSWERS)))

    session.refresh_from_db()
    assert (session.state, figures(acme.account)) == ("scheduled", before)


def test_r4_the_latest_answer_counts_in_whatever_order_they_come(session):
    first, second = gmail(said(session, stamp=later(1))), gmail(said(session, partstat="TENTATIVE", stamp=later(2)))

    outcomes = come_in(second, first)

    assert outcomes == [(MailState.HANDLED, replies.RECORDED), (MailState.IGNORED, replies.OLDER)]
    assert answers(session) == {shapes.ROLF: "tentative"}


def test_r4_the_same_answer_twice_is_recorded_once(session):
    it = said(session)

    outcomes = come_in(gmail(it), gmail(it), gmail(it).replace(b"Rolf has", b"He has"))

    assert outcomes == [(MailState.HANDLED, replies.RECORDED)] * 2 + [(MailState.IGNORED, replies.OLDER)]
    assert len(happened(session)) == 1


def test_r4_an_answer_to_an_earlier_time_changes_nothing(cast, acme):
    session = an_invited_session(cast, acme, sequence=2)

    outcomes = come_in(*(gmail(said(session, sequence=number)) for number in ("1", "", "x", "-4")), gmail(said(session, sequence="2")))

    assert outcomes == [(MailState.IGNORED, replies.EARLIER_TIME)] * 4 + [(MailState.HANDLED, replies.RECORDED)]


def test_an_answer_without_a_stamp_counts_as_written_when_it_came(session):
    assert come_in(gmail(said(session, stamp=""))) == [(MailState.HANDLED, replies.RECORDED)]
    assert Attendee.objects.get(address=shapes.ROLF).answer_stamp == RECEIVED


def test_a_clock_that_is_years_ahead_does_not_silence_later_answers(session):
    come_in(gmail(said(session, stamp="20991231T000000Z")))

    at = RECEIVED + timedelta(days=2)
    assert come_in(gmail(said(session, partstat="DECLINED", stamp=shapes.stamp(at))), at=at) == [(MailState.HANDLED, replies.RECORDED)]


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"sender": "mallory@evil.example"}, replies.NOT_THE_SENDER),
        ({"sender": "anna@acme.example"}, replies.NOT_THE_SENDER),
        ({"address": "mallory@evil.example"}, replies.NOT_INVITED),
        ({"address": "rolf@borealis.example"}, replies.NOT_INVITED),
        ({"uid": "11111111-2222-4333-8444-555555555555@provider.example"}, replies.UNKNOWN_SESSION),
        ({"uid": "040000008200E00074C5B7101A82E008"}, replies.UNKNOWN_SESSION),
        ({"uid": ""}, replies.UNKNOWN_SESSION),
        ({"method": "COUNTER"}, replies.COUNTER),
        ({"method": "REFRESH"}, replies.REFRESH),
        ({"partstat": "DELEGATED"}, replies.DELEGATED),
        ({"partstat": "NEEDS-ACTION"}, replies.UNREADABLE),
    ],
)
@pytest.mark.parametrize("shape", [shapes.gmail, shapes.outlook])
def test_r4_what_a_person_should_look_at_is_held_with_the_reason(session, borealis, shape, other, reason):
    assert come_in(shape(said(session, **other))) == [(MailState.HELD, reason)]
    assert (answers(session), happened(session)) == ({}, [])


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"SUMMARY", b"ATTENDEE;PARTSTAT=ACCEPTED:mailto:anna@acme.example\r\nSUMMARY", replies.NOT_ONE),
        (b"ATTENDEE;CN=Rolf", b"X-GONE;CN=Rolf", replies.NOT_ONE),
        (b"SUMMARY", b"RECURRENCE-ID:20261124T080000Z\r\nSUMMARY", replies.NOT_ONE),
        (b"END:VEVENT\r\n", b"END:VEVENT\r\nBEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\n", replies.NOT_ONE),
        (b"BEGIN:VEVENT", b"BEGIN:VTODO", replies.NOT_ONE),
        (b"END:VEVENT\r\n", b"", replies.NOT_ONE),
        (b"END:VCALENDAR", b"no line at all", replies.UNREADABLE),
        (b":mailto:", b":tel:", replies.NOT_THE_SENDER),
        (b"SUMMARY", b"X-LONG:" + b"x" * 70_000 + b"\r\nSUMMARY", replies.UNREADABLE),
        (b"From: ", b"From: anna@acme.example\r\nFrom: ", replies.NOT_THE_SENDER),
        (b"<rolf@acme.example>", b"<rolf@acme.example>, anna@acme.example", replies.NOT_THE_SENDER),
    ],
)
def test_r4_an_answer_that_is_not_one_is_held(session, old, new, reason):
    raw = shapes.thunderbird(said(session)).replace(old, new)

    assert come_in(raw) == [(MailState.HELD, reason)]
    assert answers(session) == {}


def test_who_is_no_longer_invited_does_not_answer(session):
    Attendee.objects.filter(address=shapes.ROLF).update(live=False)

    assert come_in(gmail(said(session))) == [(MailState.HELD, replies.NOT_INVITED)]


def test_addresses_are_the_same_in_any_case(session):
    Attendee.objects.filter(address=shapes.ROLF).update(address="Rolf@Acme.example")

    assert come_in(gmail(said(session, address="ROLF@acme.EXAMPLE"))) == [(MailState.HANDLED, replies.RECORDED)]


def test_r4_an_answer_to_what_is_over_or_given_up_changes_nothing(session, acme):
    over = come_in(gmail(said(session, partstat="DECLINED")), at=TUESDAY + timedelta(hours=1))
    changes.cancel(session=session, shown_minutes=0, by=acme.approver, at=NOON)

    assert over == [(MailState.IGNORED, replies.OVER)]
    assert come_in(gmail(said(session))) == [(MailState.IGNORED, replies.OVER)]
    assert (answers(session), Notice.objects.filter(subject__contains="declined").count()) == ({}, 0)


def test_an_out_of_office_answer_to_an_invitation_is_no_reply(session):
    raw = b"From: rolf@acme.example\r\nSubject: Automatic reply: Booked\r\nAuto-Submitted: auto-replied\r\n\r\nI am away."

    assert [state for state, _ in come_in(raw)] == [MailState.IGNORED]
    assert answers(session) == {}


def test_our_own_invitation_come_back_is_no_reply(session):
    raw = gmail(said(session, method="REQUEST"))

    assert [state for state, _ in come_in(raw)] == [MailState.HANDLED]  # as a case: somebody known wrote it
    assert answers(session) == {}


def test_two_sessions_are_told_apart_by_their_uid(cast, acme, session):
    other = an_invited_session(cast, acme, starts_at=TUESDAY + timedelta(days=1))

    come_in(gmail(said(other)))

    assert (answers(session), answers(other)) == ({}, {shapes.ROLF: "accepted"})


@given(st.sampled_from(sorted(shapes.SHAPES)), st.data())
def test_no_change_of_a_reply_is_beyond_reading(shape, data):
    it = shapes.Said(uid="11111111-2222-4333-8444-555555555555@provider.example", partstat="DECLINED")
    raw = bytearray(shapes.SHAPES[shape](it))
    for _ in range(data.draw(st.integers(1, 6))):
        place, cut = data.draw(st.integers(0, len(raw))), data.draw(st.integers(0, 30))
        raw[place : place + cut] = data.draw(
            st.one_of(
                st.binary(max_size=20),
                st.sampled_from([b"\r\n", b"BEGIN:VEVENT\r\n", b"END:VCALENDAR\r\n", b';=":', b"RRULE:FREQ=SECONDLY\r\n"]),
            )
        )
    mail = incoming.parse(bytes(raw))

    with suppress(replies.NotForUs):
        assert isinstance(replies.read(mail), replies.Reply)
    assert replies.takes(mail) in (True, False)


def test_a_reply_whose_stamp_cannot_be_read_is_read_without_it():
    it = shapes.Said(uid="11111111-2222-4333-8444-555555555555@provider.example", partstat="DECLINED")
    raw = re.sub(rb"DTSTAMP[^\r\n]*", rb"DTSTAMP: 20261118T110500Z", shapes.SHAPES["bare"](it))

    assert replies.read(incoming.parse(raw)).stamp is None


def test_a_reply_knows_its_session_by_the_uid_alone(session):
    plain = said(session, uid=str(CalendarObject.objects.get(session=session).uid).upper())

    assert come_in(gmail(plain)) == [(MailState.HANDLED, replies.RECORDED)]


def test_r4_a_clock_that_runs_ahead_does_not_outlive_the_time_it_answered_to(session, cast):
    ahead = said(session, partstat="DECLINED").but(stamp=shapes.stamp(NOON + timedelta(hours=20)))
    assert come_in(gmail(ahead)) == [(MailState.HANDLED, replies.RECORDED)]
    session.refresh_from_db()
    wednesday = TUESDAY + timedelta(days=1)
    changes.move_by_provider(session=session, starts_at=wednesday, by=cast.max, at=NOON + timedelta(minutes=10), reason="Ill")
    sequence = CalendarObject.objects.get(session=session).sequence
    at = NOON + timedelta(minutes=21)

    answer = said(session, partstat="ACCEPTED").but(sequence=str(sequence), stamp=shapes.stamp(at))

    assert come_in(gmail(answer), at=at) == [(MailState.HANDLED, replies.RECORDED)]
    assert answers(session)[shapes.ROLF] == Answer.ACCEPTED


def test_c10_who_declines_is_told_what_a_change_costs_when_the_answer_is_read(session):
    came_in = TUESDAY - timedelta(hours=24, minutes=10)
    mailroom.receive(raw=gmail(said(session, partstat="DECLINED")), source="pipe", at=came_in)

    mailroom.handle_due(at=came_in + timedelta(hours=1))

    told = Notice.objects.filter(address=shapes.ROLF).latest("pk").body
    assert "2 h" in told
    assert Attendee.objects.get(session=session, address=shapes.ROLF).answered_at == came_in
