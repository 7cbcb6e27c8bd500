"""Delivery in the administration: terms and limits are edited with history, what happened is only read (rules P1, D1, C14)."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib import admin
from django.urls import reverse
from djmoney.money import Money

from delivery.models import (
    AcceptedBy,
    Billable,
    BillableKind,
    Completion,
    DeliveryTask,
    DeliveryTerms,
    Estimate,
    EstimateLine,
    ManagerLimit,
    SpokenAnswer,
    TaskMessage,
    TaskVoice,
)
from people.models import Person
from tests.cast import NOON
from tests.delivery.scene import a_working, delivery_terms

pytestmark = pytest.mark.django_db

EDITED = ["deliveryterms", "managerlimit"]
READ_ONLY = ["deliverytask", "taskevent", "estimate", "acceptance", "spokenanswer", "completion", "billable"]


@pytest.fixture
def ada(cast, client_of):
    return client_of(cast.ada)


@pytest.fixture(autouse=True)
def task(cast, acme):
    """A row of everything."""
    delivery_terms()
    ManagerLimit.objects.create(person=cast.max, passes_below=Decimal(5000))
    task = a_working(cast, acme)
    said = {"way": AcceptedBy.PHONE, "said_at": NOON, "words": "Anna said yes.", "recorded_at": NOON, "recorded_by": cast.max}
    SpokenAnswer.objects.create(estimate=task.estimates.get(), person=acme.approver, accepts=True, **said)
    TaskMessage.objects.create(task=task, voice=TaskVoice.STAFF, author=cast.max, text="We have begun.", at=NOON, cause="said:1")
    Completion.objects.create(task=task, number=1, told_at=NOON, told_by=cast.max, words="It works", due_at=NOON + timedelta(days=14))
    sums = {"net": Decimal(24_000), "currency": "SEK", "vat_percent": Decimal(25)}
    Billable.objects.create(task=task, kind=BillableKind.COMPLETION, cause="bill:1", text="Single sign-on", arose_at=NOON, **sums)
    return task


def page_of(name, act="change"):
    return f"admin:delivery_{name}_{act}"


def typed_on(ada, address):
    form = ada.get(address).context["adminform"].form
    typed: dict[str, object] = {}
    for name, field in form.fields.items():
        value = form[name].value()
        if hasattr(field.widget, "decompress") and hasattr(value, "amount"):
            typed |= {f"{name}_0": value.amount, f"{name}_1": str(value.currency)}
        elif value is not False:
            typed[name] = "" if value is None else value
    return typed | {"why": "As arranged"}


def problems(answer):
    assert answer.status_code == 200
    return {name: list(said) for name, said in answer.context["adminform"].form.errors.items()}


def test_every_model_of_delivery_that_people_ask_about_is_there():
    found = {model._meta.model_name for model in admin.site._registry if model._meta.app_label == "delivery"}

    assert found == {*EDITED, *READ_ONLY}


@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize("name", [*EDITED, *READ_ONLY])
def test_p1_lists_and_rows_open_in_both_languages_without_inline_scripts(name, language, cast, ada):
    Person.objects.filter(pk=cast.ada.pk).update(language=language)
    (model,) = [model for model in admin.site._registry if model._meta.label_lower == f"delivery.{name}"]

    answers = [ada.get(reverse(page_of(name, "changelist"))), ada.get(reverse(page_of(name), args=[model._default_manager.first().pk]))]

    html = "".join(answer.content.decode() for answer in answers)
    scripts = [found for found in re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", html) if 'type="application/json"' not in found]
    assert [(answer.status_code, answer.headers["Content-Language"]) for answer in answers] == [(200, language)] * 2
    assert (scripts, re.findall(r"\son[a-z]+=", html)) == ([], [])


@pytest.mark.parametrize("name", READ_ONLY)
def test_c14_what_happened_can_only_be_read(name, ada):
    (model,) = [model for model in admin.site._registry if model._meta.label_lower == f"delivery.{name}"]
    row = model._default_manager.order_by("pk").first()
    before = model._default_manager.values().get(pk=row.pk)

    answers = [
        ada.post(reverse(page_of(name), args=[row.pk]), {}),
        ada.post(reverse(page_of(name, "delete"), args=[row.pk]), {"post": "yes"}),
        ada.post(reverse(page_of(name, "changelist")), {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}),
        ada.get(reverse(page_of(name, "add"))),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 200, 403]  # the list has no such action, and is shown again
    assert model._default_manager.values().get(pk=row.pk) == before


def test_p1_the_terms_are_one_row_neither_added_twice_nor_deleted(ada):
    answers = [ada.get(reverse(page_of("deliveryterms", "add"))), ada.post(reverse(page_of("deliveryterms", "delete"), args=[1]))]

    assert [answer.status_code for answer in answers] == [403, 403]


def test_p1_an_edit_of_the_terms_says_who_made_it(ada, cast):
    address = reverse(page_of("deliveryterms"), args=[1])

    answer = ada.post(address, typed_on(ada, address) | {"hourly_rate_0": "1300", "reminder_days": "[2, 10]"})

    found = DeliveryTerms.objects.get()
    assert answer.status_code == 302
    assert (found.hourly_rate, found.reminder_days, DeliveryTerms.history.latest().history_user) == (Money(1300, "SEK"), [10, 2], cast.ada)
    assert ada.get(reverse(page_of("deliveryterms", "history"), args=[1])).status_code == 200


@pytest.mark.parametrize("name", ["hourly_rate", "travel_rate", "mileage_rate"])
def test_d1_prices_in_another_currency_than_the_books_are_refused(ada, name):
    address = reverse(page_of("deliveryterms"), args=[1])

    answer = ada.post(address, typed_on(ada, address) | {f"{name}_1": "EUR"})

    assert problems(answer) == {name: ["must be in SEK, the currency of the books"]}


@pytest.mark.parametrize("days", ["[0]", "[7, 7]", '["7"]', "[true]", "7", "[400]", "[1.5]"])
def test_d2_reminders_that_are_no_days_are_refused(ada, days):
    address = reverse(page_of("deliveryterms"), args=[1])

    answer = ada.post(address, typed_on(ada, address) | {"reminder_days": days})

    assert problems(answer) == {"reminder_days": ["Days as whole numbers in square brackets, like [7, 2], none twice."]}


def test_d1_limits_are_put_right_with_history_for_account_managers_only(ada, cast):
    row = ManagerLimit.objects.get()
    address = reverse(page_of("managerlimit"), args=[row.pk])
    offered = ada.get(reverse(page_of("managerlimit", "add"))).context["adminform"].form.fields["person"].queryset

    ada.post(address, typed_on(ada, address) | {"passes_below": "7000"})

    assert list(offered) == [cast.max]
    assert (ManagerLimit.objects.get().passes_below, ManagerLimit.history.latest().history_user) == (Decimal(7000), cast.ada)


def test_d1_limits_that_cross_are_refused_here_too(ada):
    address = reverse(page_of("managerlimit"), args=[ManagerLimit.objects.get().pk])

    answer = ada.post(address, typed_on(ada, address) | {"passes_below": "200000"})

    assert problems(answer) == {
        "__all__": ["What passes by itself cannot be more than the sum above which a second account manager approves. Nothing has changed."]
    }
    assert ManagerLimit.objects.get().passes_below == 5000


def test_the_address_of_a_task_is_not_shown_to_operators(ada, task):
    page = ada.get(reverse(page_of("deliverytask"), args=[task.pk])).content.decode()

    assert "We have begun." in page
    assert DeliveryTask.objects.get().mail_token not in page


def test_an_estimate_is_shown_with_its_lines(ada):
    page = ada.get(reverse(page_of("estimate"), args=[Estimate.objects.get().pk])).content.decode()

    assert EstimateLine.objects.get().text in page
