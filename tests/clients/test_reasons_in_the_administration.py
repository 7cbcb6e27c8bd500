"""Whoever changes terms, prices, times or promises in the administration says why, and others can read it (rule C14)."""

import pytest
from django.contrib import admin
from django.urls import reverse
from simple_history.admin import SimpleHistoryAdmin

from cases.models import CannedAnswer, HelpArticle, Team
from clients.administered import ReasonedAdmin
from clients.models import Agreement
from credits.models import CreditTerms
from sessions.models import Purpose
from trail.models import Entry

TERMS = "admin:credits_creditterms_change"
WITHOUT = {CannedAnswer, HelpArticle, Team, Purpose}
"""Words, and names in lists to choose from: no money, role, rate or time stands in them."""


@pytest.fixture
def ada(cast, client_of):
    return client_of(cast.ada)


def typed_on(page):
    """What the page would send as it stands, with all that is on it."""
    form = page.context["adminform"].form
    typed = {form[name].html_name: form[name].value() for name in form.fields}
    for found in page.context["inline_admin_formsets"]:
        typed |= {field.html_name: field.value() for field in found.formset.management_form}
        for inline in found.formset.initial_forms:
            typed |= {inline[name].html_name: inline[name].value() for name in inline.fields}
    return {name: value for name, value in typed.items() if value is not None and value is not False}


def parts(typed):
    """Money is typed in two boxes."""
    return typed | {"price_per_hour_0": "1300", "price_per_hour_1": "SEK"}


def test_every_page_that_changes_something_asks_why_or_has_a_reason_not_to():
    pages = [page for page in admin.site._registry.values() if isinstance(page, SimpleHistoryAdmin)]
    changing = {page.model for page in pages if "ReadOnly" not in {base.__name__ for base in type(page).__mro__}}

    assert {model for model in changing if not isinstance(admin.site._registry[model], ReasonedAdmin)} == WITHOUT


@pytest.mark.parametrize("why", ["", "   ", "x" * 101])
def test_c14_a_price_is_not_changed_without_a_reason(ada, why):
    address = reverse(TERMS, args=[1])

    answer = ada.post(address, parts(typed_on(ada.get(address))) | {"why": why})

    assert answer.status_code == 200
    assert "why" in answer.context["adminform"].form.errors
    assert CreditTerms.objects.get().price_per_hour.amount == 1200


def test_c14_a_price_that_changes_says_why_in_the_audit_log(ada, cast):
    address = reverse(TERMS, args=[1])

    answer = ada.post(address, parts(typed_on(ada.get(address))) | {"why": " Wages  rose "})

    assert answer.status_code == 302
    assert CreditTerms.objects.get().price_per_hour.amount == 1300
    assert CreditTerms.history.latest().history_change_reason == "Wages rose"
    assert Entry.objects.filter(person=cast.ada, thing="credits.creditterms").exists()
    assert "Wages rose" in ada.get(reverse("desk-audit")).content.decode()


def test_c14_an_agreement_that_is_changed_on_its_clients_page_says_why_too(ada, acme):
    address, agreement = reverse("admin:clients_organisation_change", args=[acme.organisation.pk]), Agreement.objects.get()

    answer = ada.post(address, typed_on(ada.get(address)) | {"agreements-0-credit_on": "issue", "why": "They pay in arrears"})

    agreement.refresh_from_db()
    assert (answer.status_code, agreement.credit_on) == (302, "issue")
    assert agreement.history.latest().history_change_reason == "They pay in arrears"


def test_what_is_new_needs_no_reason_and_what_may_only_be_read_asks_for_none(ada, cast, client_of):
    assert "why" not in ada.get(reverse("admin:credits_campaign_add")).context["adminform"].form.fields
    assert "why" in ada.get(reverse(TERMS, args=[1])).context["adminform"].form.fields
