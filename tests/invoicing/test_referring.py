"""Who receives by Peppol is asked for a reference before the invoice is issued, for afterwards there is no e-invoice (rules I4, I8)."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing import automatic, crediting, documents, drafting, issue_batches, issuing, referring
from invoicing.models import Buyer, DocumentKind, Invoice, InvoiceState, NumberSeries, SentBy
from invoicing.referring import ReferenceMissing
from notices.models import Notice
from tests.cast import NOON
from tests.invoicing.access_points import a_buyer, a_seller
from tests.invoicing.scene import a_draft, an_invoice
from tests.invoicing.test_automatic import LATER, ordered

pytestmark = pytest.mark.django_db
LIST, ISSUE = reverse("desk-invoices"), reverse("desk-invoices-issue")
WHY = "the client’s reference or an order number"


def confirmed(browser, *drafts):
    """What finance gets who chooses these drafts, and confirms them."""
    asked = browser.get(ISSUE, {"invoice": [draft.pk for draft in drafts]})
    return browser.post(ISSUE, {"shown": asked.context["form"]["shown"].value(), "key": "k"})


@pytest.fixture(autouse=True)
def _seller(cast):
    a_seller()


@pytest.fixture
def nameless(acme):
    """A client that receives by Peppol, and has told no reference."""
    a_buyer(acme)
    Buyer.objects.update(reference="")
    return acme


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def draft_page(draft):
    return reverse("desk-invoice", args=[draft.pk])


@pytest.mark.parametrize(("reference", "order"), [("", ""), (" ", "\t"), ("\u200e", "\u202e")])
def test_i8_without_a_reference_nothing_is_issued_and_no_number_is_given(cast, nameless, reference, order):
    draft = a_draft(nameless)
    Invoice.objects.filter(pk=draft.pk).update(buyer_reference=reference, order_reference=order)

    with pytest.raises(ReferenceMissing, match=WHY):
        issuing.issue(draft, by=cast.fia, at=NOON)

    draft.refresh_from_db()
    assert (draft.state, draft.number, NumberSeries.objects.count()) == (InvoiceState.DRAFT, None, 0)


@pytest.mark.parametrize("written", [{"buyer_reference": "Bo", "order_reference": ""}, {"buyer_reference": "", "order_reference": "PO 7"}])
def test_i8_with_either_of_them_on_the_draft_it_is_issued_and_its_e_invoice_made(cast, nameless, written):
    draft = drafting.change(a_draft(nameless), by=cast.fia, at=NOON, **written)

    invoice = issuing.issue(draft, by=cast.fia, at=NOON)

    assert DocumentKind.XML in documents.keep(invoice, at=NOON)


def test_i8_the_reference_that_a_client_has_told_stands_on_its_drafts(cast, acme):
    a_buyer(acme)

    assert an_invoice(acme, cast.fia).buyer_reference == "ref-4711"


@pytest.mark.parametrize(
    "asked",
    [
        {"sent_by": SentBy.MAIL},
        {"sent_by": SentBy.PORTAL},
        {"endpoint": ""},
        {"endpoint_scheme": ""},
    ],
)
def test_i8_who_does_not_receive_by_peppol_needs_none(cast, nameless, asked):
    Buyer.objects.update(**asked)

    assert an_invoice(nameless, cast.fia).state == InvoiceState.ISSUED


def test_i8_nor_does_a_client_of_whom_nothing_is_written_down(cast, borealis):
    assert an_invoice(borealis, cast.fia).state == InvoiceState.ISSUED


def test_i8_in_a_batch_the_draft_that_lacks_it_says_so_and_the_others_are_issued(cast, nameless, borealis):
    good, bad, other = a_draft(borealis), a_draft(nameless), a_draft(borealis)
    batch = issue_batches.begin([good, bad, other], by=cast.fia, at=NOON, cause="c")

    issue_batches.issue_due(NOON)

    rows = list(batch.rows.order_by("pk").values_list("state", "why"))
    assert [state for state, _why in rows] == ["issued", "refused", "issued"]
    assert rows[1][1] == str(ReferenceMissing())
    assert list(Invoice.objects.issued().order_by("sequence").values_list("sequence", flat=True)) == [1, 2]


def test_c2_an_automatic_invoice_stays_a_draft_and_finance_is_told_why(cast, nameless):
    draft = ordered(nameless, cast.fia)

    assert automatic.issue_due(at=LATER) == 0

    draft.refresh_from_db()
    assert draft.state == InvoiceState.DRAFT
    assert WHY in Notice.objects.get(cause=f"invoice:{draft.pk}:not-issued").body


def test_i1_what_was_issued_without_can_be_credited_and_bears_what_the_client_has_told_since(cast, nameless):
    Buyer.objects.update(sent_by=SentBy.MAIL)
    first, second = an_invoice(nameless, cast.fia), an_invoice(nameless, cast.fia)
    Buyer.objects.update(sent_by=SentBy.PEPPOL)

    without = crediting.credit(first, None, reason="Wrong", by=cast.fia, at=NOON, cause="a")
    Buyer.objects.update(reference="Bo")
    told = crediting.credit(second, None, reason="Wrong", by=cast.fia, at=NOON, cause="b")

    assert (without.state, without.buyer_reference, told.buyer_reference) == (InvoiceState.ISSUED, "", "Bo")
    assert sorted(documents.keep(without, at=NOON)) == [DocumentKind.PDF]
    assert sorted(documents.keep(told, at=NOON)) == [DocumentKind.PDF, DocumentKind.XML]


@pytest.mark.parametrize("written", [{"buyer_reference": "Bo", "order_reference": ""}, {"buyer_reference": "", "order_reference": "PO 7"}])
def test_i1_a_credit_note_refers_as_its_invoice_does(cast, nameless, written):
    invoice = issuing.issue(drafting.change(a_draft(nameless), by=cast.fia, at=NOON, **written), by=cast.fia, at=NOON)
    Buyer.objects.update(reference="Another")

    note = crediting.credit(invoice, None, reason="Wrong", by=cast.fia, at=NOON, cause="a")

    assert {name: getattr(note, name) for name in written} == written


@pytest.fixture
def browser(cast, client_of):
    with time_machine.travel(NOON, tick=False):
        yield client_of(cast.fia)


def test_i8_the_list_says_it_beside_the_draft_before_anybody_presses(nameless, borealis, browser):
    lacking, good = a_draft(nameless), a_draft(borealis)

    shown = browser.get(LIST, {"tab": "drafts"})

    rows = {row.invoice.pk: row.refusal for row in shown.context["rows"]}
    assert rows == {lacking.pk: str(referring.LACKING), good.pk: ""}
    assert text(shown).count(str(referring.LACKING)) == 1


def test_i1_a_drafted_credit_note_is_not_held_up(cast, nameless, browser):
    Buyer.objects.update(sent_by=SentBy.MAIL)
    invoice = an_invoice(nameless, cast.fia)
    Buyer.objects.update(sent_by=SentBy.PEPPOL)
    lines = crediting._lines(invoice, None)
    note = crediting.draft(invoice, lines, reason="Wrong", by=cast.fia, at=NOON, cause="a")

    shown, page = browser.get(LIST, {"tab": "drafts"}), browser.get(draft_page(note))
    answer = confirmed(browser, note)

    assert [(row.invoice, row.refusal) for row in shown.context["rows"]] == [(note, "")]
    assert (str(referring.LACKING) in text(page), answer.status_code) == (False, 302)


def test_i8_the_list_says_it_when_it_was_issued_among_others(nameless, borealis, browser):
    lacking, good = a_draft(nameless), a_draft(borealis)

    answer = confirmed(browser, lacking, good)

    assert (answer.status_code, str(ReferenceMissing()) in text(answer)) == (409, True)
    assert list(Invoice.objects.order_by("pk").values_list("state", flat=True)) == ["draft", "issued"]


def test_i8_the_page_of_the_draft_says_it_and_is_where_it_is_written(nameless, browser):
    draft = a_draft(nameless)

    before = text(browser.get(draft_page(draft)))
    refused = browser.post(reverse("desk-invoice-issue", args=[draft.pk]))
    browser.post(reverse("desk-invoice-references", args=[draft.pk]), {"buyer_reference": "Bo", "order_reference": ""})
    after = text(browser.get(draft_page(draft)))
    issued = browser.post(reverse("desk-invoice-issue", args=[draft.pk]))

    assert (str(referring.LACKING) in before, str(referring.LACKING) in after) == (True, False)
    assert (refused.status_code, str(ReferenceMissing()) in text(refused), issued.status_code) == (409, True, 302)


def test_a_longer_list_of_drafts_asks_no_more_questions(nameless, borealis, browser):
    a_draft(nameless)
    browser.get(LIST, {"tab": "drafts"})
    with CaptureQueriesContext(connection) as few:
        browser.get(LIST, {"tab": "drafts"})
    for client in (nameless, borealis, nameless, borealis):
        a_draft(client)

    with CaptureQueriesContext(connection) as many:
        browser.get(LIST, {"tab": "drafts"})

    assert len(many) == len(few)
