"""Accounts in the administration: opened and arranged there, with figures that only the ledger writes (rules C14, C16)."""

import pytest
from django.urls import reverse

from credits import spending
from credits.models import CreditAccount, Spender
from tests.cast import NOON
from tests.credits.posting import figures, grant

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(cast, client_of):
    return client_of(cast.ada)


def change(acme):
    return reverse("admin:credits_creditaccount_change", args=[acme.account.pk])


def typed(**fields):
    return {"name": "IT", "reference": "", "monthly_limit_minutes": ""} | fields


def test_c16_an_account_is_arranged_and_its_figures_stay(acme, ada):
    grant(acme.account, 480)

    answer = ada.post(
        change(acme),
        typed(name="Operations", reference="PO 7", monthly_limit_minutes="600", spenders=[acme.approver.pk], available_minutes=9),
    )

    acme.account.refresh_from_db()
    assert answer.status_code == 302
    assert (acme.account.name, acme.account.reference, acme.account.monthly_limit_minutes) == ("Operations", "PO 7", 600)
    assert spending.named([acme.account])[acme.account.pk] == {acme.approver.pk}
    assert figures(acme.account) == (480, 0, 0, 480)


def test_c16_the_trace_of_a_spender_says_who_named_them(cast, acme, ada):
    ada.post(change(acme), typed(spenders=[acme.approver.pk]))

    assert Spender.history.get().history_user == cast.ada


def test_c16_what_cannot_be_arranged_is_refused_in_the_form(acme, borealis, ada):
    CreditAccount.objects.create(organisation=acme.organisation, name="Branch")

    pages = [
        ada.post(change(acme), typed(name="Branch")),
        ada.post(change(acme), typed(spenders=[acme.requester.pk])),
        ada.post(change(acme), typed(spenders=[borealis.approver.pk])),
        ada.post(change(acme), typed(monthly_limit_minutes="-1")),
        ada.post(reverse("admin:credits_creditaccount_add"), typed(organisation=acme.organisation.pk)),
    ]

    assert [page.status_code for page in pages] == [200] * 5
    said = [page.context["adminform"].form.errors.as_text() for page in pages]
    assert "another account of that name" in said[0]
    assert "Name at least one approver too" in said[1]
    assert "is not one of the available choices" in said[2]
    assert "greater than or equal to 0" in said[3]
    assert "another account of that name" in said[4]
    assert not Spender.objects.exists()


def test_c16_the_form_shows_who_is_named(acme, ada):
    Spender.objects.create(account=acme.account, person=acme.approver)

    assert f'<option value="{acme.approver.pk}" selected>' in ada.get(change(acme)).content.decode()


def test_c16_an_account_is_not_deleted_and_a_closed_one_only_read(acme, ada):
    assert ada.post(reverse("admin:credits_creditaccount_delete", args=[acme.account.pk]), {"post": "yes"}).status_code == 403

    CreditAccount.objects.update(closed_at=NOON)
    assert ada.get(change(acme)).status_code == 200
    assert ada.post(change(acme), typed(name="Other")).status_code == 403
