"""The demo is a sound installation in the middle of things, on whatever day it is loaded (rule P1)."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from cases import audit as case_audit
from cases.help import suggest
from cases.models import Case, HelpArticle
from credits.audit import audit
from dashboard import demo
from dashboard.due import run_due
from sessions.models import Session
from tests.cast import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def profile():
    call_command("load_profile", "profiles/easyredmine.toml", verbosity=0)


@pytest.mark.parametrize("day", range(7))
def test_p1_the_demo_loads_on_every_day_of_the_week(profile, day):
    demo.load(at=NOON + timedelta(days=day))

    assert set(Case.objects.values_list("state", flat=True)) == {"new", "open", "waiting", "proposed", "closed"}
    states = set(Session.objects.values_list("state", flat=True))
    assert states == {"confirmed", "submitted", "scheduled", "awaiting_top_up", "disputed"}
    assert audit().findings == []
    assert case_audit.audit().findings == []
    assert run_due(at=NOON + timedelta(days=day))[1] == []


def test_p1_demo_data_is_never_mixed_with_what_is_there(acme):
    with pytest.raises(CommandError, match="empty installation"):
        call_command("load_demo")


def test_p1_the_sign_ins_are_shown_only_where_the_demo_is_loaded(profile, capsys):
    capsys.readouterr()
    call_command("load_demo", "--show")
    assert capsys.readouterr().out == ""

    demo.load(at=NOON)
    call_command("load_demo", "--show")
    assert "anna@acme.example" in capsys.readouterr().out


def test_s14_the_demo_has_help_in_both_languages(profile):
    demo.load(at=NOON)

    assert HelpArticle.objects.filter(published=True).count() == 8
    assert [found.slug for found in suggest(typed="Mails wait in the queue", language="en")][:1] == ["mail-not-delivered"]
    assert [found.slug for found in suggest(typed="säkerhetskopia", language="sv")][:1] == ["backup-restore"]
