"""The demo is a sound installation in the middle of things, on whatever day it is loaded (rule P1)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from cases import audit as case_audit
from cases.help import suggest
from cases.models import Case, HelpArticle
from credits.audit import audit
from dashboard import demo
from dashboard.due import run_due
from delivery import audit as delivery_audit
from delivery.models import DeliveryTask, DeliveryTerms, Estimate, TaskEvent
from sessions.models import Session
from tests.cast import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def profile():
    call_command("load_profile", "profiles/easyredmine.toml", verbosity=0)


def loaded(day: int) -> None:
    """The demo, loaded so many days after that Wednesday, and found to be sound."""
    demo.load(at=NOON + timedelta(days=day))

    assert set(Case.objects.values_list("state", flat=True)) == {"new", "open", "waiting", "proposed", "closed"}
    states = set(Session.objects.values_list("state", flat=True))
    assert states == {"confirmed", "submitted", "scheduled", "awaiting_top_up", "disputed"}
    assert audit().findings == []
    assert case_audit.audit().findings == []
    assert run_due(at=NOON + timedelta(days=day))[1] == []


def test_p1_d2_on_a_wednesday_the_demo_has_tasks_on_their_way_each_with_its_trace(profile):
    loaded(day=0)

    found = {task.title: (task.state, task.case_id is not None, task.is_free) for task in DeliveryTask.objects.all()}
    assert found == {
        "Logo in the reminders": ("working", False, True),
        "Nya roller i behörigheterna": ("ready", False, True),
        "Gemensam inloggning": ("reviewing", False, False),
        "Read our second directory too": ("estimating", True, False),
        "Board of late orders": ("estimating", False, False),
        "Archive of old orders": ("accepted", False, False),
        "Labels with the new address": ("done", False, False),
        "Orders from the web shop": ("working", False, False),
        "Stock levels in the web shop": ("offered", False, False),
    }
    # 24 h at 1,300, 3 h of travel at 800, 120 km at 25; and 16 h at 1,300 with 6,000
    sums = Estimate.objects.filter(offered_at=None).order_by("net").values_list("task__title", "state", "net", "total")
    assert list(sums) == [
        ("Read our second directory too", "draft", Decimal(26_800), Decimal(33_500)),
        ("Gemensam inloggning", "reviewing", Decimal(36_600), Decimal(45_750)),
    ]
    assert set(TaskEvent.objects.values_list("kind", flat=True)) >= {
        "opened",
        "sent_free",
        "assigned",
        "planned",
        "begun",
        "submitted",
        "accepted",
        "done",
        "billable",
    }
    assert delivery_audit.audit().findings == []


def test_p1_a_profile_without_delivery_gives_a_demo_without(profile):
    DeliveryTerms.objects.all().delete()

    demo.load(at=NOON)

    assert not DeliveryTask.objects.exists()


def test_p1_demo_data_is_never_mixed_with_what_is_there(acme):
    with pytest.raises(CommandError, match="empty installation"):
        call_command("load_demo")


def test_p1_on_a_saturday_the_sign_ins_are_shown_only_where_the_demo_is_loaded(profile, capsys):
    capsys.readouterr()
    call_command("load_demo", "--show")
    assert capsys.readouterr().out == ""

    loaded(day=3)
    call_command("load_demo", "--show")
    assert "anna@acme.example" in capsys.readouterr().out


def test_p1_s14_on_a_monday_the_demo_has_help_in_both_languages(profile):
    loaded(day=5)

    assert HelpArticle.objects.filter(published=True).count() == 8
    assert [found.slug for found in suggest(typed="Mails wait in the queue", language="en")][:1] == ["mail-not-delivered"]
    assert [found.slug for found in suggest(typed="säkerhetskopia", language="sv")][:1] == ["backup-restore"]
