"""The administration: everything can be opened in both languages, needs no inline script, and the ledger is only read."""

import re
from datetime import date

import pytest
from django.contrib import admin
from django.urls import reverse

from clients.models import Agreement, Organisation, Provider, StaffDuty
from credits.accounts import CreditAccount
from credits.ledger import LotSource, LotTerms, Voucher, claim, grant
from credits.terms import current, rate
from people.models import Person
from sessions.models import SessionTerms
from tests.cast import NOON, a_colleague

OURS = ("clients", "credits", "support_sessions", "people")
EDITED = ["provider", "staffrole", "organisation", "creditterms", "sessionterms", "purpose", "technician"]
READ_ONLY = ["entry", "lot", "hold", "debt", "topup", "transfer", "deputyship", "session", "sessionevent", "dispute"]


def pages(model):
    """The list of a model, and the form to add one, where there are such."""
    name = f"{model._meta.app_label}_{model._meta.model_name}"
    return reverse(f"admin:{name}_changelist"), reverse(f"admin:{name}_add")


def registered():
    return [model for model in admin.site._registry if model._meta.app_label in OURS]


@pytest.fixture
def ada(cast, client_of):
    return client_of(cast.ada)


@pytest.fixture
def ledger(acme):
    """Acme has bought 8 hours, and 9 are promised."""
    grant(
        account=acme.account,
        minutes=480,
        terms=LotTerms.free(source=LotSource.GOODWILL, reason="Welcome"),
        voucher=Voucher(cause="x", at=NOON),
    )
    claim(account=acme.account, minutes=540, rate=rate(current(), acme.organisation), cause="session:1", at=NOON)
    return acme.account


@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize("model", registered(), ids=lambda model: model._meta.label)
def test_p1_every_list_opens_in_both_languages_without_inline_scripts(model, language, cast, ada, ledger):
    Person.objects.filter(pk=cast.ada.pk).update(language=language)

    answer = ada.get(pages(model)[0])

    html = answer.content.decode()
    scripts = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html)
    assert (answer.status_code, answer.headers["Content-Language"]) == (200, language)
    assert [script for script in scripts if 'type="application/json"' not in script] == []
    assert re.findall(r"\son[a-z]+=", html) == []


@pytest.mark.parametrize("name", EDITED)
def test_p1_what_can_be_edited_opens_with_its_history(name, ada, acme):
    (model,) = [model for model in registered() if model._meta.model_name == name]
    row = model._default_manager.order_by("pk").first()
    change = f"admin:{model._meta.app_label}_{name}_change"

    form = ada.get(reverse(change, args=[row.pk]))
    history = ada.get(reverse(change.replace("_change", "_history"), args=[row.pk]))

    assert (form.status_code, history.status_code) == (200, 200)
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", form.content.decode()) == []


@pytest.mark.parametrize("name", READ_ONLY)
def test_c14_what_happened_can_only_be_read(name, ada, ledger):
    (model,) = [model for model in registered() if model._meta.model_name == name]
    row = model._default_manager.order_by("pk").first()
    opened = f"admin:{model._meta.app_label}_{name}"

    if row is not None:
        assert ada.get(reverse(f"{opened}_change", args=[row.pk])).status_code == 200
        assert ada.post(reverse(f"{opened}_change", args=[row.pk]), {}).status_code == 403
        assert ada.post(reverse(f"{opened}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert ada.get(reverse(f"{opened}_add")).status_code == 403


@pytest.mark.parametrize("name", ["provider", "creditterms", "sessionterms"])
def test_p1_terms_that_are_one_row_are_neither_added_twice_nor_deleted(name, ada):
    (model,) = [model for model in registered() if model._meta.model_name == name]
    opened = f"admin:{model._meta.app_label}_{name}"

    answers = [ada.get(reverse(f"{opened}_add")), ada.post(reverse(f"{opened}_delete", args=[1]), {"post": "yes"})]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_p1_an_edit_in_the_administration_says_who_made_it(ada, cast):
    address = reverse("admin:clients_provider_change", args=[1])
    form = ada.get(address).context["adminform"].form
    typed = {name: form[name].value() or "" for name in form.fields}

    answer = ada.post(address, {**typed, "phone": "+46 8 123 45 67", "why": "A new exchange"})

    assert answer.status_code == 302
    assert Provider.objects.get().phone == "+46 8 123 45 67"
    assert (Provider.history.latest().history_user, Provider.history.latest().history_change_reason) == (cast.ada, "A new exchange")


def test_c10_the_sanctioned_kinds_are_ticked(ada):
    address = reverse("admin:support_sessions_sessionterms_change", args=[1])
    form = ada.get(address).context["adminform"].form
    typed = {name: form[name].value() for name in form.fields if form[name].value() is not False}

    answer = ada.post(address, {**typed, "penalty_kinds": ["cancel", "no_show"], "why": "As agreed"})

    assert answer.status_code == 302
    assert SessionTerms.objects.get().penalty_kinds == ["cancel", "no_show"]


def test_c16_an_empty_account_can_be_opened_by_hand(ada, acme):
    answer = ada.post(
        reverse("admin:credits_creditaccount_add"), {"organisation": acme.organisation.pk, "name": "Site B", "reference": "PO 7"}
    )

    account = CreditAccount.objects.get(name="Site B")
    assert answer.status_code == 302
    assert (account.organisation, account.reference, account.balance_minutes) == (acme.organisation, "PO 7", 0)


def an_organisation(ada, acme, agreements):
    """Saves Acme's page with these agreements besides the one it has."""
    address = reverse("admin:clients_organisation_change", args=[acme.organisation.pk])
    page = ada.get(address)
    form = page.context["adminform"].form
    typed = {name: form[name].value() or "" for name in form.fields}
    for formset in page.context["inline_admin_formsets"]:
        for field in formset.formset.management_form:
            typed[field.html_name] = field.value()
        for inline in formset.formset.initial_forms:
            typed |= {inline[name].html_name: inline[name].value() or "" for name in inline.fields}
    for number, (starts_on, ends_on) in enumerate(agreements, start=1):
        typed |= {
            f"agreements-{number}-starts_on": starts_on,
            f"agreements-{number}-ends_on": ends_on,
            f"agreements-{number}-credit_on": "payment",
            f"agreements-{number}-unused_credit": "refund",
        }
        typed[f"agreements-{number}-organisation"] = acme.organisation.pk
    typed |= {"agreements-TOTAL_FORMS": 1 + len(agreements), "why": "A new agreement"}
    return ada.post(address, typed)


def test_p3_an_agreement_that_follows_another_is_saved(ada, acme):
    Agreement.objects.update(ends_on=date(2027, 1, 1))

    answer = an_organisation(ada, acme, [("2027-01-01", "2028-01-01"), ("2028-01-01", "")])

    assert answer.status_code == 302
    assert Agreement.objects.count() == 3


@pytest.mark.parametrize("agreements", [[("2026-06-01", "")], [("2027-01-01", ""), ("2028-01-01", "")]])
def test_p3_agreements_over_the_same_days_are_refused(ada, acme, agreements):
    Agreement.objects.update(ends_on=date(2027, 1, 1))

    answer = an_organisation(ada, acme, agreements)

    assert "Another agreement already covers some of these days." in answer.content.decode()
    assert Agreement.objects.count() == 1


def test_an_organisation_is_managed_by_an_account_manager(ada, cast, acme):
    mona = a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)

    form = ada.get(reverse("admin:clients_organisation_change", args=[acme.organisation.pk])).context["adminform"].form

    assert set(form.fields["account_manager"].queryset) == {cast.max, mona}


def test_an_organisation_is_never_deleted(ada, acme):
    answer = ada.post(reverse("admin:clients_organisation_delete", args=[acme.organisation.pk]), {"post": "yes"})

    assert answer.status_code == 403
    assert Organisation.objects.filter(pk=acme.organisation.pk).exists()


def test_nobody_without_the_right_opens_the_administration(acme, cast, client_of):
    answers = {client_of(person).get(reverse("admin:clients_provider_changelist")).status_code for person in (acme.approver, cast.max)}

    assert answers == {302}
