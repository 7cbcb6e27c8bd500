"""Many drafts are issued after what they come to was confirmed, and issued is what was shown (rules I1, I8)."""

import pytest
import time_machine
from django.urls import reverse

from clients.models import Organisation
from invoicing import crediting, drafting, issuing_shown
from invoicing.models import Invoice, InvoiceState
from tests.cast import NOON
from tests.invoicing.scene import a_draft, an_invoice, invoicing_terms

pytestmark = pytest.mark.django_db
LIST = reverse("desk-invoices")


@pytest.fixture(autouse=True)
def _noon(cast, acme):
    invoicing_terms()
    with time_machine.travel(NOON, tick=False):
        yield


def at(name, *ids):
    return reverse(name, args=ids)


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def test_i8_of_many_drafts_those_that_cannot_be_issued_say_why(cast, acme, borealis, client_of):
    good, bad = a_draft(acme), a_draft(borealis)
    Organisation.objects.filter(pk=borealis.organisation.pk).update(needs_order=True)
    browser = client_of(cast.fia)

    answer = browser.post(at("desk-invoices-issue"), {"shown": issuing_shown.written([good, bad])})

    assert answer.status_code == 409
    assert "needs an order number on every invoice" in text(answer)
    assert "1 draft was not issued" in text(answer)
    assert list(Invoice.objects.order_by("pk").values_list("state", flat=True)) == ["issued", "draft"]
    for nothing in ({}, {"invoice": "x"}, {"invoice": "99999"}, {"invoice": good.pk}):
        assert browser.get(at("desk-invoices-issue"), nothing).status_code == 422
    for nonsense in ({}, {"shown": "x"}, {"shown": f"{bad.pk}:x"}, {"shown": "9" * 30 + ":" + "a" * 12}):
        assert browser.post(at("desk-invoices-issue"), nonsense).status_code == 422


def test_i1_drafts_come_unticked_and_all_of_a_page_are_chosen_by_a_link(cast, acme, client_of):
    a_draft(acme)
    browser = client_of(cast.fia)

    plain, chosen = (browser.get(LIST, {"tab": "drafts", **more}).content.decode() for more in ({}, {"choose": "all"}))

    assert [page.count('type="checkbox" name="invoice"') for page in (plain, chosen)] == [1, 1]
    assert ([page.count(" checked") for page in (plain, chosen)], "&amp;choose=all" in plain) == ([0, 1], True)


def test_i1_what_the_chosen_drafts_come_to_is_said_by_currency_before_anything_is_issued(cast, acme, borealis, client_of):
    chosen, in_euro = [a_draft(acme), a_draft(borealis)], a_draft(borealis)
    note = crediting.draft(an_invoice(acme, cast.fia), [], reason="Agreed", by=None, at=NOON, cause="note")
    Invoice.objects.filter(pk=in_euro.pk).update(currency="EUR")

    page = client_of(cast.fia).get(at("desk-invoices-issue"), {"invoice": [draft.pk for draft in [*chosen, in_euro, note]]})

    said = text(page)
    sums = ("Issue 4 drafts", "2 invoices: SEK 24,000.00", "1 invoice: EUR 12,000.00", "1 credit note: SEK 0.00")
    assert [words for words in sums if words not in said] == []
    assert Invoice.objects.issued().count() == 1


def test_i1_issued_is_what_was_confirmed_and_nothing_else(cast, acme, borealis, client_of):
    chosen, other = [a_draft(acme), a_draft(borealis)], a_draft(acme)
    browser = client_of(cast.fia)

    page = browser.get(at("desk-invoices-issue"), {"invoice": [draft.pk for draft in chosen]})
    confirmed = {"shown": page.context["form"]["shown"].value(), "key": "k"}
    done = [text(browser.post(at("desk-invoices-issue"), confirmed, follow=True)) for _ in range(2)]

    assert ["2 invoices issued." in said for said in done] == [True, True]
    assert set(Invoice.objects.issued().values_list("pk", flat=True)) == {draft.pk for draft in chosen}
    assert Invoice.objects.get(pk=other.pk).state == InvoiceState.DRAFT


def test_i1_drafts_that_changed_since_they_were_shown_are_left_out(cast, acme, borealis, client_of):
    same, changed, dropped = a_draft(acme), a_draft(acme), a_draft(borealis)
    browser = client_of(cast.fia)
    shown = issuing_shown.written([same, changed, dropped])
    drafting.change(changed, buyer_reference="Bo", order_reference="", by=cast.fia, at=NOON)
    drafting.drop(dropped, reason="Twice", by=cast.fia, at=NOON)

    answer = browser.post(at("desk-invoices-issue"), {"shown": shown, "key": "k"})

    said = text(answer)
    assert (answer.status_code, "1 invoice issued." in said, "This draft has changed since you looked at it" in said) == (409, True, True)
    assert "1 draft has changed, or is no more, since you looked. It was left out." in said
    assert [Invoice.objects.get(pk=one.pk).state for one in (same, changed, dropped)] == ["issued", "draft", "dropped"]


def test_i1_a_draft_that_changes_at_the_last_moment_is_not_issued(cast, acme):
    draft = a_draft(acme)
    shown = issuing_shown.read(issuing_shown.written([draft]))
    drafting.change(draft, buyer_reference="Bo", order_reference="", by=cast.fia, at=NOON)

    done, refused = issuing_shown.issue_all([draft], shown, by=cast.fia, at=NOON)

    assert (done, list(refused)) == ([], [draft.pk])
