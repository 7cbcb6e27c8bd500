"""From the top-up to confirmed hours, through the pages, as everybody in it would (rules C1 to C11, C14, C15, R1, R2, R6, R7)."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.management import call_command

from credits.audit import audit
from dashboard.due import run_due
from notices.models import Notice
from sessions.models import Session
from tests.cast import at_stockholm
from tests.journeys.story import Story, travel

pytestmark = pytest.mark.django_db


def test_c3_c4_an_approver_tops_up_and_finance_marks_it_paid(story):
    story.tops_up()

    page = story.anna.open("/")

    assert "8 h" in page.text
    assert story.figures() == (480, 0, 0)


def test_c5_r2_a_requester_books_an_open_slot_and_its_credit_is_held(story):
    story.tops_up()
    story.books(day=20, hour=10)

    session = Session.objects.get()
    assert (session.state, session.starts_at, story.figures()) == ("scheduled", at_stockholm(2026, 11, 20, 10), (360, 120, 0))
    assert "2 h" in story.rolf.open("/").text


def test_c10_a_postponement_in_time_is_free_and_a_late_one_costs_two_hours(story):
    story.tops_up()
    story.books(day=20, hour=10)
    with travel(18, 11):
        story.postpones(to=at_stockholm(2026, 11, 23, 10), cost="0")
    assert story.figures() == (360, 120, 0)

    with travel(22, 14):
        page = story.postpones(to=at_stockholm(2026, 11, 24, 10), cost="120")

    assert "Late change" in page.text or "2 h" in page.text
    assert story.figures() == (240, 120, 0)


def test_c10_a_cost_that_changed_while_the_form_was_open_is_shown_again_and_nothing_is_done(story):
    story.tops_up()
    story.books(day=20, hour=10)
    with travel(19, 9, 59):
        form = story.cost_page(to=at_stockholm(2026, 11, 23, 10)).form(to="/postponement/")

    with travel(19, 10, 1):
        page = story.rolf.send(form, status=409)

    assert "2 h" in page.text
    assert story.figures() == (360, 120, 0)


def test_c15_the_whole_loop_adds_up_and_everybody_can_see_why(story):
    story.tops_up()
    story.books(day=20, hour=10)
    with travel(18, 11):
        story.postpones(to=at_stockholm(2026, 11, 23, 10), cost="0")
    with travel(22, 14):
        story.postpones(to=at_stockholm(2026, 11, 24, 10), cost="120")
    story.is_worked(day=24, hour=10)
    story.is_disputed_and_settled()
    story.books_again_and_confirms()

    story.the_statement_shows_every_line()
    story.everybody_was_told()
    assert story.figures() == (480 - 120 - 40 - 50, 0, 0)
    assert audit().findings == []
    call_command("audit_ledger")


@pytest.fixture
def story(cast, acme):
    """The people at their browsers, and what they do. Nobody has tried to sign in too often before."""
    cache.clear()
    with travel(18, 10):
        return Story(cast, acme)


def test_c6_a_booking_without_credit_waits_for_the_top_up_and_is_scheduled_by_it(story):
    story.books(day=24, hour=10, technicians=1)
    session = Session.objects.get()
    with travel(18, 11):
        page = story.rolf.open(f"/sessions/{session.pk}/")
    assert session.state == "awaiting_top_up"
    assert "1 h" in page.text

    story.tops_up()

    session.refresh_from_db()
    assert (session.state, story.figures()) == ("scheduled", (420, 60, 0))


def test_c6_a_booking_without_credit_is_released_at_its_deadline_and_both_sides_are_told(story):
    story.books(day=24, hour=10, technicians=1)
    deadline = at_stockholm(2026, 11, 23, 10)

    run_due(at=deadline - timedelta(minutes=1))
    assert Session.objects.get().state == "awaiting_top_up"
    run_due(at=deadline)

    assert Session.objects.get().state == "released"
    told = set(Notice.objects.filter(subject__startswith="Given up").values_list("address", flat=True))
    assert {"rolf@acme.example", "anna@acme.example"} <= told
    assert any(address.endswith("@provider.example") for address in told)
