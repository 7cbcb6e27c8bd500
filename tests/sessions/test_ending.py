"""What the end of an agreement means for bookings and open sessions, and winding it up (rule P5)."""

from datetime import date, timedelta

import pytest

from clients import agreements
from clients.agreements import AgreementEnded
from clients.models import Agreement, EndedBy, Organisation
from core.errors import NotAllowed
from credits import winding_up
from credits.audit import audit
from credits.models import CreditAccount
from dashboard.due import JOBS
from notices.models import Notice
from sessions import changes, confirmation, ending, penalties
from sessions.models import Session, State
from tests.cast import NOON, a_client, at_stockholm
from tests.credits.posting import grant
from tests.sessions.booked import TUESDAY, book, figures, mails
from tests.sessions.changing import cancel, postpone
from tests.sessions.factories import a_lot, a_submitted_session
from tests.sessions.penalised import LAST_MOMENT, a_late_cancellation, disputed

pytestmark = pytest.mark.django_db

END = date(2026, 12, 1)
"""A Tuesday: Monday 30 November is the last day."""
ENDED = at_stockholm(2026, 12, 1)
LAST_EVENING = at_stockholm(2026, 11, 30, 16)
NEXT_MORNING = at_stockholm(2026, 12, 1, 8)


@pytest.fixture(autouse=True)
def the_books_are_sound():
    yield
    assert audit().findings == []


@pytest.fixture
def ends(acme):
    """Acme's agreement ends before 1 December."""
    Agreement.objects.update(ends_on=END, ended_by=EndedBy.CLIENT)
    return Agreement.objects.get()


def the_end_comes():
    """Notice is given after everything was booked."""
    Agreement.objects.update(ends_on=END)


def wind_up(cast, *, at=ENDED, by=None):
    return ending.wind_up(agreement=Agreement.objects.get(), reason="Settled with Anna", by=by or cast.max, at=at)


# Bookings.


def test_p5_nothing_is_booked_for_the_time_after_the_end(cast, acme, ends):
    with pytest.raises(AgreementEnded) as refused:
        book(cast, acme, credit=120, starts_at=NEXT_MORNING)

    assert refused.value.ends_on == END
    assert "The agreement ends on Mon 30 Nov." in str(refused.value)
    assert not Session.objects.exists()


def test_p5_until_the_last_evening_it_is_booked(cast, acme, ends):
    assert book(cast, acme, credit=120, starts_at=LAST_EVENING).state == State.SCHEDULED


def test_p5_the_account_manager_books_nothing_after_the_end_either(cast, acme, ends):
    with pytest.raises(AgreementEnded):
        book(cast, acme, credit=120, by=cast.max, starts_at=NEXT_MORNING)


def test_p5_a_following_agreement_lets_it_be_booked(cast, acme, ends):
    Agreement.objects.create(organisation=acme.organisation, starts_on=END)

    assert book(cast, acme, credit=120, starts_at=NEXT_MORNING).state == State.SCHEDULED


def test_p5_between_two_agreements_nothing_is_booked(cast, acme, ends):
    Agreement.objects.create(organisation=acme.organisation, starts_on=END + timedelta(days=7))

    with pytest.raises(AgreementEnded):
        book(cast, acme, credit=120, starts_at=NEXT_MORNING)
    assert book(cast, acme, starts_at=NEXT_MORNING + timedelta(days=7)).state == State.SCHEDULED


@pytest.mark.parametrize("first_starts", [None, END])
def test_p3_who_has_had_no_agreement_is_under_the_providers_terms(cast, acme, first_starts):
    Agreement.objects.all().delete()
    if first_starts:
        Agreement.objects.create(organisation=acme.organisation, starts_on=first_starts)

    assert book(cast, acme, credit=120).state == State.SCHEDULED


def test_c14_a_booking_that_was_made_is_answered_again_after_notice_was_given(cast, acme):
    first = book(cast, acme, credit=120, cause="form:x", starts_at=NEXT_MORNING)
    the_end_comes()

    assert book(cast, acme, cause="form:x", starts_at=NEXT_MORNING) == first


# Open sessions.


def test_p5_a_session_after_the_end_runs_or_is_cancelled_free_and_the_client_is_told(cast, acme):
    session = book(cast, acme, credit=120, starts_at=NEXT_MORNING)
    the_end_comes()

    assert ending.free_after_the_end(at=NOON) == 1
    session.refresh_from_db()
    cancel(session, acme, at=NEXT_MORNING - timedelta(minutes=5))

    assert figures(acme.account) == (120, 0, 0)
    assert set(mails("After the end of your agreement")) == {"anna", "rolf"}
    assert "cancel it free of charge" in mails("After the end")["rolf"]


def test_p5_one_before_the_end_costs_what_was_agreed(cast, acme):
    book(cast, acme, credit=300, starts_at=LAST_EVENING)
    the_end_comes()

    assert ending.free_after_the_end(at=NOON) == 0
    with pytest.raises(changes.CostChanged):
        cancel(Session.objects.get(), acme, at=LAST_EVENING - timedelta(hours=1))


def test_p5_the_job_is_done_once_for_each_start_and_stops_where_a_new_agreement_comes(cast, acme):
    session = book(cast, acme, credit=300, starts_at=NEXT_MORNING)
    the_end_comes()
    done = [ending.free_after_the_end(at=NOON) for _ in range(2)]
    session.refresh_from_db()
    postpone(session, acme, to=NEXT_MORNING + timedelta(hours=3))
    done.append(ending.free_after_the_end(at=NOON))
    postpone(Session.objects.get(), acme, to=NEXT_MORNING + timedelta(hours=4))
    Agreement.objects.create(organisation=acme.organisation, starts_on=END)
    done.append(ending.free_after_the_end(at=NOON))

    assert done == [1, 0, 1, 0]


def test_p5_the_client_moves_nothing_beyond_the_end(cast, acme):
    session = book(cast, acme, credit=300)
    the_end_comes()

    with pytest.raises(AgreementEnded):
        postpone(session, acme, to=NEXT_MORNING)
    session.refresh_from_db()
    assert (session.starts_at, session.start_number) == (TUESDAY, 1)
    assert postpone(session, acme, to=LAST_EVENING).starts_at == LAST_EVENING


def test_p5_one_that_awaits_a_top_up_becomes_free_too(cast, acme):
    book(cast, acme, starts_at=NEXT_MORNING)
    the_end_comes()

    assert ending.free_after_the_end(at=NOON) == 1
    a_lot(acme.account, 60)
    assert Session.objects.get().free_change


def test_p5_many_clients_are_looked_at_in_one_query(cast, acme, django_assert_num_queries):
    a_client(cast, "Borealis")

    with django_assert_num_queries(2):
        assert ending.free_after_the_end(at=NOON) == 0


# Winding up.


def test_p5_while_a_session_is_open_nothing_is_wound_up(cast, acme):
    session = book(cast, acme, credit=120)
    the_end_comes()

    with pytest.raises(ending.StillOpen) as refused:
        wind_up(cast)
    changes.call_off(session=session, by=cast.max, at=NOON, reason="Ends")

    assert list(refused.value.found.sessions) == [session]
    assert "1 session is open." in str(refused.value)
    assert wind_up(cast).agreement.wound_up_at == ENDED


def test_p5_hours_are_settled_first_and_the_rest_is_paid_back(cast, acme):
    grant(acme.account, 480)
    session = a_submitted_session(cast, acme, credit=0, worked=[50])
    the_end_comes()
    with pytest.raises(ending.StillOpen):
        wind_up(cast)
    confirmation.confirm(session=session, by=acme.approver, at=NOON + timedelta(hours=2))

    done = wind_up(cast)

    assert [refund.minutes for refund in done.refunds] == [430]
    assert CreditAccount.objects.get().closed_at == ENDED


def test_p5_while_a_penalty_is_disputed_nothing_is_wound_up(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme)
    raised = disputed(penalty, acme)
    the_end_comes()

    with pytest.raises(ending.StillOpen, match="1 penalty is disputed"):
        wind_up(cast)
    penalties.let_stand(dispute=raised, reason="x", by=cast.max, at=NOON + timedelta(days=10))

    assert wind_up(cast).agreement.wound_up_at == ENDED


def test_p5_while_hours_that_silence_confirmed_can_be_contested_nothing_is_wound_up(cast):
    silent = a_client(cast, "Certus", silence_confirms=True)
    session = a_submitted_session(cast, silent, credit=600, worked=(60,))
    silent_at = confirmation.silence_confirms_at(session)
    assert silent_at is not None
    session = confirmation.confirm_by_silence(session=session, at=silent_at)
    the_end_comes()
    until = confirmation.contest_until(session)
    assert until is not None

    with pytest.raises(ending.StillOpen, match="The client can object to hours or penalties until") as refused:
        wind_up(cast, at=until)
    with pytest.raises(ending.StillOpen):
        ending.close_account(account=silent.account, reason="x", by=cast.max, at=until)

    assert refused.value.found.contestable == [(session, until)]
    assert wind_up(cast, at=until + timedelta(seconds=1)).closed == [silent.account]


def test_p5_while_a_penalty_can_be_disputed_nothing_is_wound_up(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme)
    the_end_comes()

    with pytest.raises(ending.StillOpen) as refused:
        wind_up(cast, at=LAST_MOMENT)

    assert [found.entry for found in refused.value.found.disputable] == [penalty]
    assert wind_up(cast, at=LAST_MOMENT + timedelta(seconds=1)).agreement.wound_up_at


def test_p5_the_reminder_says_until_when_the_client_can_object(cast, acme):
    a_late_cancellation(cast, acme)
    the_end_comes()

    ending.remind_of_ended(at=ENDED + timedelta(hours=1))

    assert "The client can object to hours or penalties until Wed 23 Dec" in mails("to be wound up")["max"]


def test_p5_only_the_account_manager_winds_up_and_it_is_done_once(cast, acme, ends):
    for person in (cast.fia, acme.approver, cast.tessa.person):
        with pytest.raises(NotAllowed):
            wind_up(cast, by=person)
    wind_up(cast)

    with pytest.raises(winding_up.AlreadyWoundUp):
        wind_up(cast)


def test_p5_an_account_with_an_open_session_or_dispute_is_not_closed(cast, acme):
    _session, penalty = a_late_cancellation(cast, acme, credit=120)
    raised = disputed(penalty, acme)

    def close():
        return ending.close_account(account=acme.account, reason="x", by=cast.max, at=NOON + timedelta(days=10))

    with pytest.raises(ending.StillOpen):
        close()
    with pytest.raises(NotAllowed):
        ending.close_account(account=acme.account, reason="x", by=acme.approver, at=NOON)
    penalties.let_stand(dispute=raised, reason="x", by=cast.max, at=NOON + timedelta(days=10))

    assert close().closed_at


# Reminding.


def test_p5_the_account_manager_is_reminded_every_week_until_it_is_wound_up(cast, acme, ends):
    book(cast, acme, credit=60, starts_at=TUESDAY)
    days = [-1, 0, 0, 6, 7, 8, 14]

    done = [ending.remind_of_ended(at=ENDED + timedelta(days=number, hours=1)) for number in days]
    cancel(Session.objects.get(), acme, at=NOON)
    wind_up(cast, at=ENDED + timedelta(days=20))
    done.append(ending.remind_of_ended(at=ENDED + timedelta(days=30)))

    assert done == [0, 1, 0, 0, 1, 0, 1, 0]
    first = Notice.objects.filter(subject__contains="to be wound up").earliest("pk")
    assert first.address == cast.max.email
    assert "1 session is still open." in first.body
    assert f"/desk/agreements/{ends.pk}/winding-up/" in first.body


def test_p5_where_another_agreement_follows_nobody_is_reminded(cast, acme, ends):
    Agreement.objects.create(organisation=acme.organisation, starts_on=END)

    assert ending.remind_of_ended(at=ENDED) == 0
    assert list(agreements.to_wind_up(on=END)) == []


def test_p5_of_several_agreements_the_last_one_is_wound_up(cast, acme, ends):
    Agreement.objects.create(organisation=acme.organisation, starts_on=END, ends_on=END + timedelta(days=30))

    assert [found.starts_on for found in agreements.to_wind_up(on=END + timedelta(days=30))] == [END]
    assert Organisation.objects.count() == 1


def test_the_jobs_run_with_all_others():
    assert {ending.free_after_the_end, ending.remind_of_ended} <= set(JOBS.values())
