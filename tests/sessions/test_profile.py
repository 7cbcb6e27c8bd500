from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import translation

from clients import profile
from sessions.models import Purpose, SessionTerms

SHIPPED = Path(__file__).resolve().parents[2] / "profiles" / "easyredmine.toml"


@pytest.fixture
def edited(tmp_path):
    """The shipped profile after one replacement."""

    def edit(old, new):
        assert old in SHIPPED.read_text()
        (tmp_path / "edited.toml").write_text(SHIPPED.read_text().replace(old, new, 1))
        return tmp_path / "edited.toml"

    return edit


def load(path):
    out = StringIO()
    call_command("load_profile", path, stdout=out)
    return out.getvalue().splitlines()


def test_p1_the_shipped_profile_makes_the_session_terms(db):
    load(SHIPPED)

    found = SessionTerms.objects.values().get()
    assert found == {
        "id": 1,
        "notice_minutes": 24 * 60,
        "penalty_minutes": 120,
        "penalty_kinds": ["postpone", "cancel", "no_show", "earlier"],
        "penalty_capped_at_estimate": False,
        "undo_minutes": 30,
        "tolerance_percent": 15,
        "no_show_wait_minutes": 15,
        "our_late_change_minutes": 120,
        "contest_days": 60,
        "silence_days": 10,
        "reminder_days": 3,
        "settlement_days": 5,
        "penalty_dispute_days": 30,
        "late_log_days": 5,
        "urgent_cap_minutes": 60,
        "estimate_step_minutes": 30,
        "slot_step_minutes": 30,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 15,
        "minimum_lead_minutes": 120,
        "furthest_ahead_days": 60,
        "top_up_deadline_minutes": 24 * 60,
        "most_awaiting": 2,
        "reminder_minutes": [48 * 60, 25 * 60, 60],
        "access_kept_days": 30,
        "rest_minutes": 11 * 60,
        "series_ahead_days": 30,
        "warn_percent": 80,
        "busy_read_minutes": 15,
        "cancelled_kept_days": 30,
    }


def test_r1_the_shipped_profile_names_every_purpose_of_server_support_in_both_languages(db):
    load(SHIPPED)

    purposes = list(Purpose.objects.order_by("position"))
    with translation.override("en"):
        english = [str(purpose) for purpose in purposes]
    with translation.override("sv"):
        swedish = [str(purpose) for purpose in purposes]
    assert english == [
        "Installation, upgrade or migration of data",
        "Deploying or starting virtual machines",
        "Configuration of the environment",
        "Services (scheduled jobs)",
        "Components (disks)",
        "Processes",
        "Web servers",
        "Application servers",
        "Databases",
        "Configuration of e-mail",
        "Training in any of these",
        "Investigation of local application errors",
    ]
    assert len(set(swedish)) == 12
    assert not set(swedish) & set(english)


def test_p1_loading_sessions_twice_changes_nothing_and_writes_no_history(db):
    load(SHIPPED)

    again = load(SHIPPED)

    assert again == [f"{SHIPPED} is in force already: nothing changed."]
    assert (SessionTerms.history.count(), Purpose.history.count()) == (1, 12)


def test_r1_a_purpose_that_the_profile_no_longer_names_is_not_offered_and_not_deleted(db, edited):
    load(SHIPPED)

    load(edited('code = "processes"\nen = "Processes"\nsv = "Processer"\n\n[[sessions.purposes]]\n', ""))

    assert Purpose.objects.count() == 12
    assert list(Purpose.objects.filter(offered=False).values_list("code", flat=True)) == ["processes"]


def test_r1_a_purpose_that_comes_back_is_offered_again(db, edited):
    load(SHIPPED)
    load(edited('code = "processes"\nen = "Processes"\nsv = "Processer"\n\n[[sessions.purposes]]\n', ""))

    load(SHIPPED)

    assert Purpose.objects.filter(offered=True).count() == 12


def test_c10_no_kind_of_late_change_needs_to_be_sanctioned(db, edited):
    load(edited('["postpone", "cancel", "no_show", "earlier"]', "[]"))

    assert SessionTerms.objects.get().penalty_kinds == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('notice = "24 h"', 'notice = "1 day"', "sessions.late_change.notice: must be a duration like “24 h”, “10 min” or “2 h 30 min”"),
        (
            '["postpone", "cancel", "no_show", "earlier"]',
            '["posponed"]',
            "sessions.late_change.sanctioned: must be one of: postpone, cancel, no_show, earlier",
        ),
        (
            '["postpone", "cancel", "no_show", "earlier"]',
            '["cancel", "cancel"]',
            "sessions.late_change.sanctioned: names something twice",
        ),
        ("capped_at_estimate = false", 'capped_at_estimate = "no"', "sessions.late_change.capped_at_estimate: must be true or false"),
        ('tolerance = "15 %"', 'tolerance = "12.5 %"', "sessions.confirmation.tolerance: must be a whole percentage"),
        (
            'every = "3 working days"',
            'every = "3 days"',
            "sessions.confirmation.remind_every: must be a whole number with its unit, like “3 working days” or “1 working day”",
        ),
        ('every = "3 working days"', 'every = "0 working days"', "sessions.confirmation.remind_every: must be at least 1"),
        (
            "most_per_account = 2",
            "most_per_account = true",
            "sessions.awaiting_top_up.most_per_account: must be a whole number from 0 to 100",
        ),
        (
            "most_per_account = 2",
            "most_per_account = -1",
            "sessions.awaiting_top_up.most_per_account: must be a whole number from 0 to 100",
        ),
        (
            'estimate_step = "30 min"',
            'estimate_step = "0 min"',
            "sessions.booking.estimate_step: must be a whole number of minutes above 0",
        ),
        ('code = "processes"', 'code = "services"', "sessions.purposes: “services” stands there twice"),
        (
            'code = "processes"',
            'code = "web processes"',
            "sessions.purposes[6].code: Enter a valid “slug” consisting of letters, numbers, underscores or hyphens.",
        ),
        ('sv = "Processer"', 'swedish = "Processer"', "sessions.purposes[6].sv: is missing"),
    ],
)
def test_p1_each_fault_of_the_sessions_is_told(edited, old, new, fault):
    with pytest.raises(profile.ProfileRefused) as refused:
        profile.read(path=edited(old, new))

    assert refused.value.lines[0].partition("edited.toml: ")[2] == fault


def test_p1_sessions_without_credit_are_a_fault(tmp_path):
    text = SHIPPED.read_text()
    begins, ends = text.index("\n[credit]"), text.index("\n[sessions.booking]")
    (tmp_path / "free.toml").write_text(text[:begins] + text[ends:])

    with pytest.raises(profile.ProfileRefused) as refused:
        profile.read(path=tmp_path / "free.toml")

    assert [line.partition(": ")[2] for line in refused.value.lines] == ["sessions: needs [credit]: sessions are paid with it"]
