"""When people are reminded, in the administration (rules R5, P1)."""

import pytest
from django.forms.models import model_to_dict
from django.urls import reverse

from sessions.models import SessionTerms

CHANGE = "admin:support_sessions_sessionterms_change"


def change(browser, reminders):
    told = {name: value for name, value in model_to_dict(SessionTerms.objects.get()).items() if value is not False}
    return browser.post(reverse(CHANGE, args=[1]), told | {"reminder_minutes": reminders, "why": "Clients asked"})


@pytest.mark.parametrize(("typed", "kept"), [("[60, 1500, 60]", [1500, 60]), ("[]", []), ("", [])])
def test_r5_an_administrator_says_when(cast, client_of, typed, kept):
    assert change(client_of(cast.ada), typed).status_code == 302
    assert SessionTerms.objects.get().reminder_minutes == kept


@pytest.mark.parametrize("typed", ["[0]", "[-60]", '["48 h"]', "[1.5]", "[true]", '{"a": 1}', "60", "[600000]", "nonsense"])
def test_r5_what_is_no_list_of_minutes_is_refused_and_nothing_changes(cast, client_of, typed):
    assert change(client_of(cast.ada), typed).status_code == 200
    assert SessionTerms.objects.get().reminder_minutes == [2880, 1500, 60]
