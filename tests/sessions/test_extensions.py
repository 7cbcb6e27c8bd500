from datetime import timedelta

import pytest

from core.errors import NotAllowed
from credits.audit import audit as ledger_audit
from sessions import audit, consents, extensions, life, reach, unclosed, worklogs
from sessions.models import BusyTime, Consent, Reservation
from sessions.models.sessions import EventKind
from sessions.reach import TechnicianTaken
from tests.cast import NOON
from tests.sessions.booked import mails
from tests.sessions.factories import a_session, a_started_session, account_of, minutes, work
from tests.sessions.proposing import proposed

MEANWHILE, ONE, TWO = NOON + minutes(40), NOON + minutes(60), NOON + minutes(120)


def ask(session, cast, *, total=120, at=MEANWHILE, by=None):
    return extensions.ask(session=session, minutes=total, reason="Two more disks", by=by or cast.tessa.person, at=at)


def give(consent, acme):
    return consents.give_consent(consent=consent, by=acme.requester, at=NOON + minutes(45))


def times(session):
    session.refresh_from_db()
    return session.ends_at, list(session.reservations.filter(live=True).values_list("blocked_until", flat=True))


def test_c8_a_technician_asks_for_more_time_until_a_later_end(cast, acme):
    session = a_started_session(cast, acme)

    consent = ask(session, cast)

    assert (consent.minutes, consent.ends_at, consent.given) == (120, TWO, None)
    assert times(session) == (ONE, [ONE])
    assert "would end at 14:00 instead of 13:00" in mails("May we work")["rolf"]


def test_r2_with_the_clients_yes_time_reservations_and_hold_grow_together(cast, acme):
    session = a_started_session(cast, acme, credit=200)
    Reservation.objects.update(blocked_until=ONE + minutes(15))  # a buffer of 15 minutes

    give(ask(session, cast), acme)

    assert times(session) == (TWO, [TWO + minutes(15)])
    assert (session.hold.minutes, account_of(session).available_minutes) == (120, 80)
    event = session.events.get(kind=EventKind.EXTENDED)
    assert (event.by, event.facts["minutes"], event.facts["ends_at"]) == (acme.requester, 120, TWO.isoformat())
    assert (audit.audit().findings, ledger_audit().findings) == ([], [])


def test_m4_technicians_and_who_booked_are_told(cast, acme):
    session = a_started_session(cast, acme, technicians=[cast.tessa, cast.theo], credit=400)

    give(ask(session, cast, total=240), acme)

    told = mails("It goes on until 14:00")
    assert set(told) == {"rolf", "tessa", "theo"}
    assert "agreed to 4 h in all" in told["theo"]
    assert "until 14:00 instead of 13:00" in told["rolf"]


def test_c5_what_credit_does_not_cover_is_said_and_owed(cast, acme):
    session = a_started_session(cast, acme, credit=100)
    consent = ask(session, cast)

    seen = extensions.outlook(session, 120)
    give(consent, acme)

    assert (seen.ends_at, seen.missing_minutes) == (TWO, 20)
    assert times(session)[0] == TWO
    assert (session.hold.minutes, session.hold.covered_minutes) == (120, 100)


def test_c8_a_refusal_moves_nothing(cast, acme):
    session = a_started_session(cast, acme, credit=200)

    consents.refuse_consent(consent=ask(session, cast), by=acme.requester, at=NOON + minutes(45))

    assert times(session) == (ONE, [ONE])
    assert not session.events.filter(kind=EventKind.EXTENDED).exists()


def test_r2_two_technicians_share_what_is_asked_for(cast, acme):
    session = a_started_session(cast, acme, technicians=[cast.tessa, cast.theo])

    assert ask(session, cast, total=180).ends_at == NOON + minutes(90)


def test_r2_asking_says_how_long_everybody_is_free(cast, acme):
    session = a_started_session(cast, acme, technicians=[cast.tessa, cast.theo])
    a_session(cast, acme, technicians=[cast.theo], starts_at=NOON + minutes(90))

    with pytest.raises(reach.TechnicianTaken) as refused:
        ask(session, cast, total=240)

    assert refused.value.free_minutes == 30
    assert "can go on for 30 min beyond its agreed end" in str(refused.value)
    assert not Consent.objects.exists()
    assert ask(session, cast, total=180).ends_at == NOON + minutes(90)


def test_r2_right_before_another_session_it_cannot_go_on(cast, acme):
    session = a_started_session(cast, acme)
    a_session(cast, acme, starts_at=ONE)

    with pytest.raises(reach.TechnicianTaken) as refused:
        ask(session, cast)

    assert str(refused.value) == "Something else is booked right after the agreed end: the session cannot go on. Nothing has changed."


@pytest.mark.parametrize(("begins", "ends", "free"), [(90, 150, 30), (30, 70, 0), (0, 60, 24 * 60), (-60, 0, 24 * 60)])
def test_r2_what_stands_in_their_own_calendar_ends_it(cast, acme, begins, ends, free):
    session = a_started_session(cast, acme)
    BusyTime.objects.create(technician=cast.tessa, starts_at=NOON + minutes(begins), ends_at=NOON + minutes(ends))

    assert reach.free_minutes(session) == free


def test_r2_where_somebody_was_booked_meanwhile_nothing_is_agreed_to(cast, acme):
    session = a_started_session(cast, acme, credit=200)
    consent = ask(session, cast)
    a_session(cast, acme, starts_at=ONE + minutes(30))

    with pytest.raises(reach.TechnicianTaken) as refused:
        give(consent, acme)

    assert refused.value.free_minutes == 30
    assert times(session) == (ONE, [ONE])
    consent.refresh_from_db()
    assert (consent.given, session.hold.minutes) == (None, 60)
    assert not session.events.filter(kind__in=[EventKind.CONSENT_GIVEN, EventKind.EXTENDED]).exists()


def test_r2_of_two_technicians_none_goes_on_where_one_was_booked_meanwhile(cast, acme):
    session = a_started_session(cast, acme, technicians=[cast.tessa, cast.theo], credit=400)
    consent = ask(session, cast, total=240)
    a_session(cast, acme, technicians=[cast.theo], starts_at=ONE)

    with pytest.raises(reach.TechnicianTaken):
        give(consent, acme)

    assert times(session) == (ONE, [ONE, ONE])


def test_c8_it_can_be_extended_again(cast, acme):
    session = a_started_session(cast, acme, credit=400)
    give(ask(session, cast), acme)

    give(ask(session, cast, total=150, at=NOON + minutes(100)), acme)

    assert times(session) == (NOON + minutes(150), [NOON + minutes(150)])


def test_c8_a_plain_question_moves_no_end(cast, acme):
    session = a_started_session(cast, acme, credit=200)
    consent = consents.ask_consent(session=session, minutes=120, reason="More", by=cast.tessa.person, at=NOON)

    give(consent, acme)

    assert consent.ends_at is None
    assert times(session) == (ONE, [ONE])


def test_r6_a_session_that_goes_on_is_unclosed_only_after_its_new_end(cast, acme):
    session = a_started_session(cast, acme, credit=200)
    give(ask(session, cast), acme)
    day = timedelta(days=1)

    assert list(unclosed.unclosed(at=ONE + day)) == []
    assert list(unclosed.unclosed(at=TWO + day)) == [session]


def test_c8_what_is_worked_until_the_new_end_is_charged(cast, acme):
    session = a_started_session(cast, acme, credit=200)
    work(session, cast.tessa, length=45)
    give(ask(session, cast), acme)
    work(session, cast.tessa, start=45, length=75)

    submitted = worklogs.submit(session=session, summary="Done", by=cast.tessa.person, at=TWO)

    assert (submitted.free_minutes, submitted.charged_minutes) == (0, 120)
    assert ledger_audit().findings == []


def test_c8_only_the_crew_asks_and_only_while_it_runs_by_the_calendar(cast, acme):
    running = a_started_session(cast, acme)

    for person in (cast.theo.person, acme.approver, cast.max):
        with pytest.raises(NotAllowed):
            ask(running, cast, by=person)
    with pytest.raises(life.SessionMovedOn):
        ask(a_session(cast, acme, starts_at=TWO), cast)
    assert not extensions.can_extend(proposed(cast, acme, credit=60))


def test_c8_one_question_stands_at_a_time(cast, acme):
    session = a_started_session(cast, acme)
    ask(session, cast)

    with pytest.raises(consents.ConsentAlreadyAsked):
        ask(session, cast, total=150)


def test_c8_what_needs_no_consent_is_not_asked(cast, acme):
    with pytest.raises(consents.ConsentNotNeeded):
        ask(a_started_session(cast, acme), cast, total=60)


def test_c17_a_session_goes_on_only_as_long_as_the_rest_before_the_next_day_is_kept(cast, acme):
    session = a_started_session(cast, acme, credit=2000, estimate=60)
    a_session(cast, acme, technicians=[cast.tessa], starts_at=NOON + timedelta(hours=20), estimate=60)

    assert reach.free_minutes(session) == 8 * 60
    with pytest.raises(TechnicianTaken):
        extensions.ask(session=session, minutes=12 * 60, reason="More logs", by=cast.tessa.person, at=NOON + minutes(30))


def test_c17_a_booking_for_the_next_morning_that_came_meanwhile_is_seen_at_the_yes(cast, acme):
    session = a_started_session(cast, acme, credit=2000, estimate=60)
    consent = extensions.ask(session=session, minutes=12 * 60, reason="More logs", by=cast.tessa.person, at=NOON + minutes(30))
    a_session(cast, acme, technicians=[cast.tessa], starts_at=NOON + timedelta(hours=20), estimate=60)

    with pytest.raises(TechnicianTaken):
        consents.give_consent(consent=consent, by=acme.requester, at=NOON + minutes(40))

    session.refresh_from_db()
    assert session.ends_at == NOON + minutes(60)
