"""The factor of a session: fixed at booking, held and charged by, and what moves do to it (rule C17)."""

from datetime import UTC, datetime, time

import pytest
from django.utils import translation

from credits.ledger import Entry, EntryKind
from sessions import bookings, changes, confirmation, consents, factors, previews, quotes, receipts, worklogs
from sessions.cover import start_of
from sessions.factors import Factor
from sessions.models import PenaltyKind, SessionTerms, State, Technician, TimeBand, WeeklyHours
from tests.cast import NOON, at_stockholm
from tests.sessions.banded import AFTERNOON, a_band, a_level, an_evening
from tests.sessions.booked import TUESDAY, a_wish, book, figures, hold_of
from tests.sessions.changing import HOUR, LATE, last_facts, postpone
from tests.sessions.factories import a_lot, minutes

NEXT_AFTERNOON = AFTERNOON + 24 * HOUR
NEXT_MORNING = TUESDAY + 24 * HOUR


@pytest.fixture
def evening(cast):
    return an_evening()


def factor_of(session):
    session.refresh_from_db()
    return session.factor_percent, session.band, session.skill_level


def worked(session, technician, length, *, start=0):
    began = session.starts_at + minutes(start)
    return worklogs.log(
        session=session,
        technician_person=technician.person,
        started_at=began,
        ended_at=began + minutes(length),
        note="Cleaned up",
        by=technician.person,
        at=began + minutes(length),
    )


def submitted(session, *lengths):
    """The session after work of Tessa's, one stretch after another."""
    tessa = session.reservations.filter(live=True).first().technician
    worklogs.start(session=session, by=tessa.person, at=session.starts_at)
    for number, length in enumerate(lengths):
        worked(session, tessa, length, start=sum(lengths[:number]))
    done = session.starts_at + minutes(sum(lengths))
    return worklogs.submit(session=session, summary="Done.", by=tessa.person, at=done)


# At booking


@pytest.mark.parametrize(
    ("start", "percent", "held"),
    [
        (AFTERNOON - minutes(30), 100, 60),  # reaches into the band, and began before it
        (AFTERNOON, 150, 90),
        (AFTERNOON + HOUR, 150, 90),
    ],
)
def test_c17_a_session_has_the_factor_of_the_band_it_begins_in(cast, acme, evening, start, percent, held):
    session = book(cast, acme, credit=480, starts_at=start)

    assert factor_of(session) == (percent, evening if percent == 150 else None, None)
    assert (hold_of(session).minutes, figures(acme.account)) == (held, (480 - held, held, 0))


def test_c17_a_session_that_reaches_beyond_its_band_has_the_factor_for_all_of_it(cast, acme):
    a_band("early", time(9), time(10), 200, weekdays=[1])

    session = book(cast, acme, credit=480, estimate_minutes=120)

    assert hold_of(session).minutes == 240


def test_c17_a_band_and_a_skill_multiply(cast, acme, evening):
    specialist = a_level(cast)

    session = book(cast, acme, credit=480, starts_at=AFTERNOON, technician_count=2)

    assert factor_of(session) == (180, evening, specialist)
    assert hold_of(session).minutes == 220  # 2 × 60 × 180 % = 216


def test_c17_a_skill_counts_at_any_time(cast, acme):
    specialist = a_level(cast)

    assert factor_of(book(cast, acme, credit=480)) == (120, None, specialist)


def test_c17_what_is_not_offered_any_more_does_not_count(cast, acme, evening):
    level = a_level(cast)
    TimeBand.objects.update(offered=False)
    type(level).objects.update(offered=False)
    cast.purpose.refresh_from_db()

    assert factor_of(book(cast, acme, credit=480, starts_at=AFTERNOON)) == (100, None, None)


def test_c17_the_factor_stays_what_was_agreed_when_the_band_changes(cast, acme, evening):
    session = book(cast, acme, credit=480, starts_at=AFTERNOON)

    TimeBand.objects.update(factor_percent=300, offered=False)

    assert factor_of(session)[0] == 150
    assert factors.of(session).reason == "Evening 150%"


def test_c17_the_reason_names_the_parts_in_the_readers_language(cast, acme, evening):
    a_level(cast)
    session = book(cast, acme, credit=480, starts_at=AFTERNOON)

    with translation.override("sv"):
        swedish = factors.of(session).reason

    assert factors.of(session).reason == "Evening 150% × Specialist 120%"
    assert swedish.replace("\N{NO-BREAK SPACE}", " ") == "Evening (sv) 150 % × Specialist (sv) 120 %"


def test_c17_the_reason_says_the_whole_where_the_parts_have_changed_since(cast, acme, evening):
    a_level(cast)
    session = book(cast, acme, credit=480, starts_at=AFTERNOON)

    TimeBand.objects.update(factor_percent=200)
    session.refresh_from_db()

    assert factors.of(session).reason == "Evening, Specialist 180%"


def test_c17_a_date_beats_the_weekday_and_may_make_time_cheaper(cast, acme, evening):
    quiet = a_band("quiet", time(0), time(0), 50, dates=["2026-11-24"], position=9)

    session = book(cast, acme, credit=480, starts_at=AFTERNOON)

    assert (factor_of(session), hold_of(session).minutes) == ((50, quiet, None), 30)


@pytest.mark.parametrize(("fold", "utc_hour"), [(0, 0), (1, 1)])
def test_c17_on_the_day_the_clocks_go_back_both_hours_lie_in_the_band(cast, acme, fold, utc_hour):
    WeeklyHours.objects.create(technician=cast.tessa, weekday=6, opens=time(0), closes=time(6))
    night = a_band("night", time(2), time(3), 200, weekdays=[6])
    start = datetime(2026, 10, 25, utc_hour, 30, tzinfo=UTC)

    session = book(cast, acme, credit=480, starts_at=start, at=at_stockholm(2026, 10, 20, 12))

    assert start_of(session).astimezone(cast.provider.zone).fold == fold
    assert (factor_of(session), hold_of(session).minutes) == ((200, night, None), 120)


@pytest.mark.parametrize(("hour", "percent"), [(0, 100), (1, 200), (2, 100)])
def test_c17_on_the_day_the_clocks_go_forward_the_band_is_an_hour_shorter(cast, acme, hour, percent):
    WeeklyHours.objects.create(technician=cast.tessa, weekday=6, opens=time(0), closes=time(6))
    Technician.objects.update(country="US")  # that day is Easter Sunday, which Sweden has off
    a_band("night", time(2), time(4), 200, weekdays=[6])  # two o'clock is skipped: from three to four
    start = datetime(2027, 3, 28, hour, 0, tzinfo=UTC)

    session = book(cast, acme, credit=480, starts_at=start, at=at_stockholm(2027, 3, 22, 12))

    assert factor_of(session)[0] == percent


def test_c6_what_is_missing_is_credit_not_work(cast, acme, evening):
    session = book(cast, acme, credit=60, starts_at=AFTERNOON)
    session.account.refresh_from_db()
    wish = a_wish(cast, starts_at=AFTERNOON + 24 * HOUR)

    told = previews.preview(account=session.account, wish=wish, at=NOON)

    assert (session.state, hold_of(session).missing_minutes) == (State.AWAITING_TOP_UP, 90)
    assert (told.estimated_minutes, told.held_minutes, told.missing_minutes) == (60, 90, 120)
    assert told.factor == Factor(150, evening)


def test_c17_a_booking_at_another_amount_than_was_shown_is_refused(cast, acme, evening):
    wish = a_wish(cast, starts_at=AFTERNOON, shown_held=60)
    a_lot(acme.account, 480)

    with pytest.raises(bookings.AmountChanged, match="1 h 30 min of credit would be held now"):
        bookings.request(account=acme.account, wish=wish, cause="form:x", by=acme.requester, at=NOON)

    assert figures(acme.account) == (480, 0, 0)
    assert book(cast, acme, starts_at=AFTERNOON, shown_held=90).state == State.SCHEDULED


# Moved by the client


def test_c17_a_client_who_moves_into_a_band_takes_its_factor(cast, acme, evening):
    session = book(cast, acme, credit=480)

    quote = quotes.quote(session=session, kind=PenaltyKind.POSTPONE, at=NOON, starts_at=NEXT_AFTERNOON)
    postpone(session, acme, to=NEXT_AFTERNOON, shown_held=90)

    assert (quote.factor, quote.held_minutes, quote.left_minutes) == (Factor(150, evening), 90, 390)
    assert factor_of(session) == (150, evening, None)
    assert (hold_of(session).minutes, figures(acme.account)) == (90, (390, 90, 0))
    assert last_facts(session, "postponed")["factor_percent"] == 150


def test_c17_a_client_who_moves_out_of_a_band_leaves_its_factor(cast, acme, evening):
    session = book(cast, acme, credit=480, starts_at=AFTERNOON)

    postpone(session, acme, to=NEXT_MORNING, shown_held=60)

    assert factor_of(session) == (100, None, None)
    assert figures(acme.account) == (420, 60, 0)


def test_c17_moving_within_a_band_keeps_what_was_agreed(cast, acme, evening):
    session = book(cast, acme, credit=480, starts_at=AFTERNOON)
    TimeBand.objects.update(factor_percent=200)

    postpone(session, acme, to=NEXT_AFTERNOON)

    assert factor_of(session)[0] == 150


def test_c17_moving_at_another_amount_than_was_shown_changes_nothing(cast, acme, evening):
    session = book(cast, acme, credit=480)

    with pytest.raises(changes.AmountChanged):
        postpone(session, acme, to=NEXT_AFTERNOON, shown_held=60)

    session.refresh_from_db()
    assert (session.starts_at, session.factor_percent, figures(acme.account)) == (TUESDAY, 100, (420, 60, 0))


def test_c17_a_move_that_the_credit_does_not_cover_awaits_a_top_up(cast, acme, evening):
    session = book(cast, acme, credit=70)

    quote = quotes.quote(session=session, kind=PenaltyKind.POSTPONE, at=NOON, starts_at=NEXT_AFTERNOON)
    postpone(session, acme, to=NEXT_AFTERNOON)

    assert (quote.covered, quote.left_minutes) == (False, 70)
    assert (factor_of(session)[0], session.state) == (150, State.AWAITING_TOP_UP)
    assert (hold_of(session).missing_minutes, figures(acme.account)) == (90, (70, 0, 0))


def test_c17_a_booking_that_waits_for_credit_is_agreed_when_it_moves_to_a_time_that_fits(cast, acme, evening):
    session = book(cast, acme, credit=60, starts_at=AFTERNOON)

    quote = quotes.quote(session=session, kind=PenaltyKind.POSTPONE, at=NOON, starts_at=NEXT_MORNING)
    postpone(session, acme, to=NEXT_MORNING)

    assert (quote.covered, quote.left_minutes) == (True, 0)
    assert (factor_of(session)[0], session.state, figures(acme.account)) == (100, State.SCHEDULED, (0, 60, 0))


def test_c17_a_booking_that_waits_for_credit_waits_for_more_when_it_moves_into_a_band(cast, acme, evening):
    session = book(cast, acme, credit=30)

    postpone(session, acme, to=NEXT_AFTERNOON)

    assert (hold_of(session).missing_minutes, session.state) == (90, State.AWAITING_TOP_UP)


def test_c17_a_late_move_pays_its_penalty_and_holds_the_new_amount(cast, acme, evening):
    session = book(cast, acme, credit=480)

    postpone(session, acme, to=NEXT_AFTERNOON, shown=120, shown_held=90, at=LATE)

    assert figures(acme.account) == (270, 90, 0)


# Moved by us


def move(session, cast, to):
    return changes.move_by_provider(session=session, starts_at=to, by=cast.max, at=NOON, reason="Ill")


def test_c10_our_move_into_a_band_costs_the_client_nothing(cast, acme, evening):
    session = book(cast, acme, credit=480)

    move(session, cast, NEXT_AFTERNOON)

    assert (factor_of(session), figures(acme.account)) == ((100, None, None), (420, 60, 0))


def test_c10_our_move_out_of_a_band_lets_the_client_have_the_lower_factor(cast, acme, evening):
    session = book(cast, acme, credit=480, starts_at=AFTERNOON)

    move(session, cast, NEXT_MORNING)

    assert (factor_of(session), figures(acme.account)) == ((100, None, None), (420, 60, 0))
    assert last_facts(session, "moved")["was_percent"] == 150


def test_c10_our_move_between_bands_keeps_the_lower(cast, acme, evening):
    a_band("early", time(9), time(10), 200, weekdays=[2])
    session = book(cast, acme, credit=480, starts_at=AFTERNOON)

    move(session, cast, NEXT_MORNING)

    assert factor_of(session) == (150, evening, None)


def test_c10_our_move_of_a_booking_that_waits_makes_it_wait_for_less(cast, acme, evening):
    session = book(cast, acme, credit=60, starts_at=AFTERNOON)

    move(session, cast, NEXT_MORNING)

    session.refresh_from_db()
    assert (session.state, figures(acme.account)) == (State.SCHEDULED, (0, 60, 0))


# Worked, confirmed, charged


def test_c17_entries_are_multiplied_together_and_rounded_once(cast, acme, evening):
    session = submitted(book(cast, acme, credit=480, starts_at=AFTERNOON, technician=cast.tessa), 13, 13, 13)

    bill = receipts.receipt(session)

    assert (bill.raw_minutes, str(bill.exact_minutes), bill.charged_minutes) == (39, "58.5", 60)
    assert (bill.factor, hold_of(session).minutes) == (Factor(150, evening), 60)


def test_c17_the_deduction_keeps_the_raw_minutes_and_the_factor_beside(cast, acme, evening):
    session = submitted(book(cast, acme, credit=480, starts_at=AFTERNOON), 39)

    confirmation.confirm(session=session, by=acme.approver, at=AFTERNOON + 2 * HOUR)

    entry = Entry.objects.get(kind=EntryKind.DEDUCTION)
    assert (entry.minutes, entry.raw_minutes, entry.factor_percent) == (-60, 39, 150)


def test_c8_the_limit_is_of_work_before_any_factor(cast, acme, evening):
    session = submitted(book(cast, acme, credit=480, starts_at=AFTERNOON), 90)

    assert receipts.limit_minutes(session) == 69
    assert (session.free_minutes, session.charged_minutes) == (21, 100)  # 69 × 150 % = 103.5


def test_c8_consent_is_to_work_before_any_factor(cast, acme, evening):
    session = book(cast, acme, credit=480, starts_at=AFTERNOON, technician=cast.tessa)
    worklogs.start(session=session, by=cast.tessa.person, at=AFTERNOON)
    asked = consents.ask_consent(session=session, minutes=90, reason="More to do", by=cast.tessa.person, at=AFTERNOON)
    consents.give_consent(consent=asked, by=acme.approver, at=AFTERNOON)
    worked(session, cast.tessa, 90)

    bill = receipts.receipt(session)

    assert (bill.free_minutes, bill.charged_minutes) == (0, 140)  # 90 × 150 % = 135


def test_c11_what_the_factor_makes_beyond_the_credit_is_owed(cast, acme, evening):
    session = submitted(book(cast, acme, credit=90, starts_at=AFTERNOON), 69)

    confirmation.confirm(session=session, by=acme.approver, at=AFTERNOON + 2 * HOUR)

    assert figures(acme.account) == (0, 0, 10)


@pytest.mark.parametrize(("start", "cost"), [(TUESDAY, 60), (AFTERNOON, 90)])
def test_c10_a_capped_penalty_is_never_above_what_is_held(cast, acme, evening, start, cost):
    SessionTerms.objects.update(penalty_capped_at_estimate=True)
    session = book(cast, acme, credit=480, starts_at=start)

    assert quotes.cost_minutes(session=session, kind=PenaltyKind.CANCEL, at=start - HOUR) == cost


def test_c5_what_is_held_is_what_the_estimate_would_be_charged_at(cast, acme, evening):
    cast.credit_terms.minimum_charge_minutes = 120
    cast.credit_terms.save()

    session = book(cast, acme, credit=480, starts_at=AFTERNOON)

    assert (session.held_minutes, hold_of(session).minutes) == (120, 120)


def test_c5_an_estimate_that_comes_to_nothing_still_holds_a_minute(cast, acme):
    SessionTerms.objects.update(estimate_step_minutes=4)

    assert hold_of(book(cast, acme, credit=480, estimate_minutes=4)).minutes == 1
