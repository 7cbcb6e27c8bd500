"""How invoices got out, and batches, at the desk (rules I1, I4)."""

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
import time_machine
from django.urls import reverse

from clients.models import Organisation
from invoicing import documents, issue_batches, issuing_shown, zipping
from invoicing.models import Invoice, InvoiceDocument, IssueBatch, Transmission
from invoicing.transmission import following
from invoicing.views import desk_issuing
from notices.models import Notice, NoticeState
from tests.cast import NOON
from tests.invoicing.access_points import documented
from tests.invoicing.scene import a_draft, an_invoice, invoicing_terms

pytestmark = pytest.mark.django_db
LIST, UNDELIVERED, ISSUE = reverse("desk-invoices"), reverse("desk-undelivered"), reverse("desk-invoices-issue")


@pytest.fixture(autouse=True)
def _noon(cast, acme):
    invoicing_terms()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(desk_issuing, "AT_ONCE", 2)


def at(name, *ids):
    return reverse(name, args=ids)


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def a_failed(client, finance):
    """An invoice whose mail was given up."""
    invoice = documented(client, finance)
    Transmission.objects.filter(invoice=invoice).update(state="given_up", answer="550 no <b>such</b> user", ended_at=NOON, due_at=None)
    return invoice


def test_i4_the_page_of_an_invoice_says_how_it_got_out(cast, acme, client_of):
    fresh, invoice = an_invoice(acme, cast.fia), documented(acme, cast.fia)
    failed = a_failed(acme, cast.fia)
    browser = client_of(cast.fia)

    pages = [text(browser.get(at("desk-invoice", shown.pk))) for shown in (fresh, invoice, failed)]

    assert "As soon as they are, it is sent the way that the client asks for." in pages[0]
    assert ("On its way" in pages[1], acme.approver.email in pages[1], "Send it again" in pages[1]) == (True, True, False)
    assert ("550 no &lt;b&gt;such&lt;/b&gt; user" in pages[2], "Send it again" in pages[2]) == (True, True)
    assert "Send it again" not in text(client_of(cast.ada).get(at("desk-invoice", failed.pk)))


def test_i4_what_was_not_delivered_stands_in_a_list_until_it_is_sent_again(cast, acme, client_of):
    first, second = a_failed(acme, cast.fia), a_failed(acme, cast.fia)
    browser, failed = client_of(cast.fia), Transmission.objects.get(invoice=first)

    before = text(browser.get(UNDELIVERED))
    for _ in range(2):
        assert browser.post(at("desk-transmission-again", failed.pk)).status_code == 302
    after = text(browser.get(UNDELIVERED))

    assert (first.number in before, second.number in before, "2 invoices were not delivered" in before) == (True, True, False)
    assert (first.number in after, second.number in after) == (False, True)
    assert "1 invoice was not delivered" in text(browser.get(LIST))
    assert Transmission.objects.filter(invoice=first).count() == 2
    late = browser.post(at("desk-transmission-again", Transmission.objects.filter(invoice=first).latest("pk").pk))
    assert (late.status_code, "This has not failed" in text(late)) == (409, True)


def test_i4_it_is_left_in_the_portal_or_sent_to_another_address(cast, acme, client_of):
    invoice, browser = a_failed(acme, cast.fia), client_of(cast.fia)
    url = at("desk-invoice-send", invoice.pk)

    sent = [browser.post(url, {"channel": "mail", "address": "other@acme.example", "key": "k"}).status_code for _ in range(2)]
    other = browser.post(url, {"channel": "mail", "address": "third@acme.example", "key": "k"})
    empty = browser.post(url, {"channel": "mail", "address": "", "key": "l"})
    wrong = browser.post(url, {"channel": "access_point", "address": "", "key": "m"})
    left = browser.post(url, {"channel": "portal", "address": "", "key": "n"})

    assert (sent, other.status_code, empty.status_code, wrong.status_code, left.status_code) == ([302, 302], 409, 409, 422, 302)
    assert Notice.objects.filter(address="other@acme.example").count() == 1
    assert "Everything has arrived" in text(browser.get(UNDELIVERED))


def test_i4_a_long_list_asks_no_more_questions(cast, acme, client_of, django_assert_max_num_queries):
    for _ in range(4):
        a_failed(acme, cast.fia)
    browser = client_of(cast.fia)
    browser.get(UNDELIVERED)

    with django_assert_max_num_queries(12):
        browser.get(UNDELIVERED)


def test_i1_more_than_a_few_go_into_a_batch_that_is_followed(cast, acme, borealis, client_of, few):
    drafts = [a_draft(acme), a_draft(borealis), a_draft(acme)]
    Organisation.objects.filter(pk=borealis.organisation.pk).update(needs_order=True)
    browser, chosen = client_of(cast.fia), {"shown": issuing_shown.written(drafts), "key": "k"}

    first, again = browser.post(ISSUE, chosen), browser.post(ISSUE, chosen)
    page = at("desk-batch", IssueBatch.objects.get().pk)
    waiting = text(browser.get(page))
    issue_batches.issue_due(NOON)
    done = text(browser.get(page))

    assert (first.url, again.url) == (page, page)
    assert ("0 of 3 drafts dealt with" in waiting, 'hx-trigger="every 3s"' in waiting) == (True, True)
    assert ("3 of 3 drafts dealt with" in done, "needs an order number" in done, "Take back the rest" in done) == (True, True, False)
    assert 'hx-trigger="every 3s"' in done  # the documents are being made
    documents.make_due(NOON)
    over = text(browser.get(page))
    assert ("Documents made of 2 of 2 invoices" in over, "hx-trigger" in over) == (True, False)
    assert "3 drafts" in text(browser.get(at("desk-batches")))


def test_i1_all_that_the_list_is_narrowed_to_is_issued_and_nothing_else(cast, acme, borealis, client_of, few):
    for client in (acme, acme, acme, borealis):
        a_draft(client)
    an_invoice(acme, cast.fia)

    browser, narrowed = client_of(cast.fia), {"client": acme.organisation.pk, "tab": "all"}

    listed = text(browser.get(LIST, narrowed | {"tab": "drafts"}))
    asked = browser.get(ISSUE, narrowed | {"everything": "1"})
    browser.post(ISSUE, {"shown": asked.context["form"]["shown"].value(), "key": "k"})

    assert f'<input type="hidden" name="client" value="{acme.organisation.pk}">' in listed

    rows = IssueBatch.objects.get().rows.select_related("invoice")
    assert [(row.invoice.state, row.invoice.organisation_id) for row in rows] == [("draft", acme.organisation.pk)] * 3


def test_i1_a_few_are_issued_at_once(cast, acme, client_of, few):
    for _ in range(2):
        a_draft(acme)

    browser = client_of(cast.fia)
    asked = browser.get(ISSUE, {"everything": "1"})
    browser.post(ISSUE, {"shown": asked.context["form"]["shown"].value(), "key": "k"})

    assert (Invoice.objects.issued().count(), IssueBatch.objects.count()) == (2, 0)


def test_i1_the_rest_of_a_batch_is_taken_back_by_finance(cast, acme, client_of):
    batch = issue_batches.begin([a_draft(acme) for _ in range(2)], by=cast.fia, at=NOON, cause="c")
    issue_batches.issue_due(NOON, most=1)
    url = at("desk-batch-cancel", batch.pk)

    refused = client_of(cast.ada).post(url).status_code
    taken = [client_of(cast.fia).post(url).status_code for _ in range(2)]

    page = text(client_of(cast.ada).get(at("desk-batch", batch.pk)))
    assert (refused, taken, "Taken back before the end" in page, "hx-get" in page) == (403, [302, 302], True, True)
    assert Invoice.objects.issued().count() == 1


def test_i4_the_list_says_how_far_the_documents_are(cast, acme, client_of):
    for _ in range(3):
        an_invoice(acme, cast.fia)
    documents.make_due(NOON, most=1)
    browser = client_of(cast.fia)

    half = text(browser.get(LIST))
    documents.make_due(NOON)

    assert ("1 of 3 documents are made" in half, '<progress value="1" max="3"' in half) == (True, True)
    assert "documents are made" not in text(browser.get(LIST))


def test_i4_the_pdfs_of_a_list_come_as_one_file(cast, acme, borealis, client_of):
    for client in (acme, acme, borealis):
        documented(client, cast.fia)
    a_draft(acme)

    answer = client_of(cast.fia).get(at("desk-invoices-zip"), {"tab": "all", "client": acme.organisation.pk})
    with ZipFile(BytesIO(b"".join(answer.streaming_content))) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}

    kept = InvoiceDocument.objects.filter(kind="pdf", invoice__organisation=acme.organisation).order_by("pk")
    assert files == {f"invoice-20260000{number}.pdf": bytes(document.content) for number, document in enumerate(kept, start=1)}
    assert answer.headers["Content-Disposition"] == 'attachment; filename="invoices-2026-11-18.zip"'


def test_i4_what_cannot_be_one_file_says_why(cast, acme, client_of, monkeypatch):
    browser, url = client_of(cast.fia), at("desk-invoices-zip")

    none = text(browser.get(url, follow=True))
    an_invoice(acme, cast.fia)
    unmade = text(browser.get(url, follow=True))
    documents.make_due(NOON)
    documented(acme, cast.fia)
    monkeypatch.setattr(zipping, "MOST", 1)
    many = text(browser.get(url, follow=True))

    assert "There are no documents to fetch." in none
    assert "still being made. Try again in a minute." in unmade
    assert "500 documents at most" in many


def test_i4_pages_of_sending_are_for_finance(cast, acme, client_of):
    batch = issue_batches.begin([a_draft(acme)], by=cast.fia, at=NOON, cause="c")
    urls = [UNDELIVERED, at("desk-batches"), at("desk-batch", batch.pk), at("desk-invoices-zip")]

    for person, status in ((acme.approver, 404), (cast.tessa.person, 404), (cast.max, 404)):
        assert [client_of(person).get(url).status_code for url in urls] == [status] * 4, person
    assert [client_of(cast.ada).get(url).status_code for url in urls] == [200, 200, 200, 302]
    for name in ("desk-transmission-again", "desk-invoice-send"):
        documented(acme, cast.fia)
        row = Transmission.objects.latest("pk")
        target = row.pk if name == "desk-transmission-again" else row.invoice_id
        assert client_of(cast.ada).post(at(name, target), {"channel": "mail", "address": "a@b.example", "key": "k"}).status_code == 403


def test_i4_a_mail_that_went_out_is_shown_as_sent(cast, acme, client_of):
    invoice = documented(acme, cast.fia)
    Notice.objects.update(state=NoticeState.SENT, sent_at=NOON)
    following.follow_mails(NOON + timedelta(minutes=1))

    assert "Sent" in text(client_of(cast.fia).get(at("desk-invoice", invoice.pk)))
