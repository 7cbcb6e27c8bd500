"""Invoices at the desk: the list, one invoice, and what finance does with it (rules C4, I1, I3, I8)."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from clients.models import Organisation
from credits.topups import TopUpState
from invoicing import crediting, resolving
from invoicing.models import Buyer, Invoice, InvoiceState, InvoicingTerms, Payment
from tests.cast import NOON
from tests.invoicing.scene import a_draft, a_top_up, an_invoice, invoicing_terms, paid

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
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


def numbers(response):
    return [row.invoice.number for row in response.context["rows"]]


def payment(**said):
    return {"paid_on": "2026-11-17", "amount": "12 000,00", "reference": "BG 991", "key": "k"} | said


def test_each_list_holds_what_its_word_says(cast, acme, borealis, client_of):
    a_draft(acme)
    late, open_one = an_invoice(acme, cast.fia, at=NOON - 40 * DAY), an_invoice(borealis, cast.fia)
    settled = an_invoice(acme, cast.fia)
    paid(settled, 12000, cast.fia)
    note = crediting.credit(open_one, {open_one.lines.get().pk: Decimal(600)}, reason="Agreed", by=cast.fia, at=NOON, cause="c")
    browser = client_of(cast.fia)

    lists = {tab: numbers(browser.get(LIST, {"tab": tab})) for tab in ("drafts", "open", "overdue", "paid", "credit-notes")}
    counts = [tab.count for tab in browser.get(LIST).context["tabs"]]

    assert lists == {
        "drafts": [None],
        "open": [open_one.number, late.number],
        "overdue": [late.number],
        "paid": [settled.number],
        "credit-notes": [note.number],
    }
    assert counts == [1, 2, 1, 1, 0, 1, 5]


def test_what_is_open_is_shown_by_age(cast, acme, client_of):
    for days in (0, 30, 31, 60, 61, 90, 91, 120, 121):
        an_invoice(acme, cast.fia, at=NOON - days * DAY)

    (age,) = client_of(cast.fia).get(LIST).context["ages"]

    assert [sum_.amount for sum_ in age.groups] == [24000, 24000, 24000, 24000, 12000]
    assert age.together.amount == 108_000


@pytest.mark.parametrize("words", ["202600001", "2026 0000 110", "acm"])
def test_it_is_found_by_number_reference_and_client(cast, acme, borealis, client_of, words):
    mine = an_invoice(acme, cast.fia)
    an_invoice(borealis, cast.fia)

    found = client_of(cast.fia).get(LIST, {"tab": "all", "words": words})

    assert numbers(found) == [mine.number]


def test_it_is_narrowed_by_client_and_period_and_nonsense_is_left_out(cast, acme, borealis, client_of):
    old, new, other = an_invoice(acme, cast.fia, at=NOON - 20 * DAY), an_invoice(acme, cast.fia), an_invoice(borealis, cast.fia)
    browser = client_of(cast.fia)

    assert numbers(browser.get(LIST, {"client": acme.organisation.pk, "first": "2026-11-01"})) == [new.number]
    assert numbers(browser.get(LIST, {"last": "2026-11-01"})) == [old.number]
    assert numbers(browser.get(LIST, {"client": "x\0", "first": "soon", "tab": "?"})) == [other.number, new.number, old.number]


def test_a_longer_list_asks_no_more_questions(cast, acme, client_of):
    browser = client_of(cast.fia)
    an_invoice(acme, cast.fia)
    with CaptureQueriesContext(
        connection,
    ) as few:
        browser.get(LIST, {"tab": "all"})
    for _ in range(4):
        an_invoice(acme, cast.fia)
        a_draft(acme)

    with CaptureQueriesContext(connection) as many:
        shown = browser.get(LIST, {"tab": "all"})

    assert (len(shown.context["rows"]), len(many)) == (9, len(few))


def test_c3_what_is_billable_is_drafted_at_the_press_of_a_button(cast, acme, client_of):
    a_top_up(acme)
    browser = client_of(cast.fia)

    first, again = (browser.post(at("desk-invoices-draft"), follow=True) for _ in range(2))

    assert "1 invoice drafted." in text(first)
    assert "There is nothing to be drafted" in text(again)
    assert Invoice.objects.get().state == InvoiceState.DRAFT


def test_i8_the_references_are_written_and_the_draft_is_issued(cast, acme, client_of):
    draft, browser = a_draft(acme), client_of(cast.fia)

    browser.post(at("desk-invoice-references", draft.pk), {"buyer_reference": "Bo", "order_reference": "PO 7"})
    browser.post(at("desk-invoice-issue", draft.pk))
    late = browser.post(at("desk-invoice-references", draft.pk), {"buyer_reference": "X", "order_reference": "X"})

    draft.refresh_from_db()
    assert (draft.number, draft.buyer_reference, draft.order_reference) == ("202600001", "Bo", "PO 7")
    assert (late.status_code, "has been issued, and never changes" in text(late)) == (409, True)


def test_c4_a_payment_by_hand_becomes_credit_once(cast, acme, client_of):
    invoice, browser = an_invoice(acme, cast.fia), client_of(cast.fia)

    first = browser.post(at("desk-invoice-pay", invoice.pk), payment(), follow=True)
    again = browser.post(at("desk-invoice-pay", invoice.pk), payment())
    other = browser.post(at("desk-invoice-pay", invoice.pk), payment(amount="1"))

    acme.account.refresh_from_db()
    assert "The payment is recorded." in text(first)
    assert (again.status_code, other.status_code, Payment.objects.count(), acme.account.available_minutes) == (302, 409, 1, 480)


@pytest.mark.parametrize(
    ("said", "status", "sentence"),
    [
        ({"amount": "12000.01"}, 409, "Only SEK 12,000.00 of this invoice is open"),
        ({"paid_on": "2026-11-19"}, 409, "lies in the future"),
        ({"amount": "9" * 5000}, 422, "This amount is too large"),
        ({"amount": "0"}, 409, "A payment is more than nothing"),
    ],
)
def test_i3_a_payment_that_cannot_be_is_refused_and_what_was_typed_is_kept(cast, acme, client_of, said, status, sentence):
    invoice = an_invoice(acme, cast.fia)

    answer = client_of(cast.fia).post(at("desk-invoice-pay", invoice.pk), payment(**said))

    assert (answer.status_code, sentence in text(answer), Payment.objects.exists()) == (status, True, False)
    assert 'value="BG 991"' in text(answer)


def test_i3_more_than_is_open_is_recorded_by_hand_when_it_is_said_that_the_rest_is_kept(cast, acme, client_of):
    invoice, browser = an_invoice(acme, cast.fia), client_of(cast.fia)
    page = at("desk-invoice-pay", invoice.pk)

    asked = browser.post(page, payment(amount="12 500,00"))
    done = browser.post(page, payment(amount="12 500,00", keep_rest="on"), follow=True)
    again = browser.post(page, payment(amount="12 500,00", keep_rest="on"))
    other = browser.post(page, payment(amount="12 600,00", keep_rest="on"))

    invoice.refresh_from_db()
    assert asked.status_code == 409
    assert "Record all of it, and keep SEK 500.00 as the client’s money" in text(asked)
    assert 'type="checkbox" name="keep_rest"' in text(asked)
    assert "The payment is recorded." in text(done)
    assert (again.status_code, other.status_code) == (302, 409)
    assert (invoice.open.amount, resolving.money_of(acme.organisation, "SEK").amount) == (Decimal(0), Decimal(500))
    assert list(Payment.objects.order_by("pk").values_list("way", "amount")) == [("hand", Decimal(12000)), ("hand", Decimal(500))]


def test_i3_a_payment_by_hand_is_not_asked_about_the_rest_where_there_is_none(cast, acme, client_of):
    invoice, browser = an_invoice(acme, cast.fia), client_of(cast.fia)

    page = text(browser.get(at("desk-invoice", invoice.pk)))
    browser.post(at("desk-invoice-pay", invoice.pk), payment(amount="5000", keep_rest="on"))
    paid(invoice, 7000, cast.fia)
    late = browser.post(at("desk-invoice-pay", invoice.pk), payment(amount="1", key="another", keep_rest="on"))

    assert 'type="checkbox" name="keep_rest"' not in page
    assert (late.status_code, "Nothing of this invoice is open" in text(late)) == (409, True)
    assert resolving.money_of(acme.organisation, "SEK").amount == Decimal(0)


def test_i3_a_payment_is_taken_back_with_a_reason_and_only_once(cast, acme, client_of):
    entry = paid(an_invoice(acme, cast.fia), 5000, cast.fia)
    browser = client_of(cast.fia)

    unsaid = browser.post(at("desk-payment-take-back", entry.pk), {"reason": " "})
    for _ in range(2):
        browser.post(at("desk-payment-take-back", entry.pk), {"reason": "It was Borealis'"})

    back = Payment.objects.get(reverses=entry)
    assert (unsaid.status_code, back.amount, Invoice.objects.get().open.amount) == (422, Decimal(-5000), Decimal(12000))
    assert browser.get(at("desk-payment-take-back", back.pk)).status_code == 404


def test_i1_a_draft_is_dropped_with_a_reason(cast, acme, client_of):
    draft, browser = a_draft(acme), client_of(cast.fia)

    page = browser.get(at("desk-invoice-drop", draft.pk))
    browser.post(at("desk-invoice-drop", draft.pk), {"reason": "Twice"})
    again = browser.post(at("desk-invoice-drop", draft.pk), {"reason": "Twice"})

    draft.refresh_from_db()
    assert ("is billable again" in text(page), draft.state, again.status_code) == (True, "dropped", 409)


def test_i1_a_credit_note_shows_what_follows_before_it_is_issued(cast, acme, client_of):
    invoice, browser = an_invoice(acme, cast.fia), client_of(cast.fia)
    line = invoice.lines.get()
    said = {"what": "parts", f"net_{line.pk}": "600", "reason": "Agreed", "key": "k"}

    shown = browser.post(at("desk-invoice-credit", invoice.pk), said)
    wrong = browser.post(at("desk-invoice-credit", invoice.pk), said | {"shown": "1.00"})
    none_yet = invoice.credit_notes.count()
    done = [browser.post(at("desk-invoice-credit", invoice.pk), said | {"shown": "750.00"}) for _ in range(2)]
    other = browser.post(at("desk-invoice-credit", invoice.pk), said | {"shown": "750.00", f"net_{line.pk}": "500"})

    assert "A credit note of SEK 750.00 with VAT is issued for ever" in text(shown)
    assert (wrong.status_code, "would come to SEK 750.00 now" in text(wrong), none_yet) == (409, True, 0)
    assert ([answer.status_code for answer in done], other.status_code) == ([302, 302], 409)
    assert invoice.credit_notes.get().total == Decimal(750)


def test_i1_more_than_the_line_is_refused(cast, acme, client_of):
    invoice = an_invoice(acme, cast.fia)
    said = {"what": "parts", f"net_{invoice.lines.get().pk}": "9600.01", "reason": "x", "key": "k"}

    answer = client_of(cast.fia).post(at("desk-invoice-credit", invoice.pk), said)

    assert (answer.status_code, "more than is left of the line" in text(answer)) == (409, True)
    assert not invoice.credit_notes.exists()


def test_c4_where_there_are_invoices_a_top_up_is_paid_by_its_own(cast, acme, client_of):
    order, browser = a_top_up(acme), client_of(cast.fia)

    before = browser.get(at("desk-topup", order.pk))
    led = browser.post(at("desk-topup", order.pk), payment(payment_reference="BG"))
    after = browser.get(at("desk-topup", order.pk))

    order.refresh_from_db()
    invoice = Invoice.objects.get()
    assert ("Draft its invoice" in text(before), led.headers["Location"]) == (True, at("desk-invoice", invoice.pk))
    assert (at("desk-invoice", invoice.pk) in text(after), order.state) == (True, TopUpState.ORDERED)
    assert browser.post(at("desk-topup", order.pk)).headers["Location"] == at("desk-invoice", invoice.pk)


def test_i6_the_list_is_a_file_with_its_filter_and_without_formulas(cast, acme, borealis, client_of):
    acme.organisation.name = "=cmd|' /C calc'!A0"
    acme.organisation.save()
    mine = an_invoice(acme, cast.fia)
    an_invoice(borealis, cast.fia)
    browser, asked = client_of(cast.fia), {"tab": "all", "client": acme.organisation.pk}

    lines = browser.get(at("desk-invoices-csv"), asked).content.decode("utf-8-sig").splitlines()
    sheet = load_workbook(BytesIO(browser.get(at("desk-invoices-xlsx"), asked).content)).worksheets[0]

    assert len(lines) == 2
    assert lines[1].startswith(f"{mine.number},Invoice,Open,'=cmd|' /C calc'!A0,")
    assert ",9600.00,2400.00,12000.00,0.00,0.00,0.00,12000.00,0.00,SEK," in lines[1]
    assert [cell.value for cell in sheet[2]][9:12] == [9600, 2400, 12000]
    assert (sheet.max_row, sheet["D2"].data_type, sheet["D2"].value[0]) == (2, "s", "'")


def test_i6_in_the_file_what_was_paid_and_credited_is_owed_back_and_not_open(cast, acme, client_of):
    invoice = an_invoice(acme, cast.fia)
    paid(invoice, 12000, cast.fia)
    crediting.credit(invoice, {invoice.lines.get().pk: Decimal(600)}, reason="Agreed", by=cast.fia, at=NOON, cause="c")

    lines = client_of(cast.fia).get(at("desk-invoices-csv"), {"tab": "paid"}).content.decode("utf-8-sig").splitlines()

    assert lines[0].split(",")[12:17] == ["Paid", "Credited", "Written off", "Left to pay", "Owed back to the client"]
    assert lines[1].split(",")[12:17] == ["12000.00", "750.00", "0.00", "0.00", "750.00"]


def test_i8_what_the_client_asks_is_written_down_and_reminders_stop_for_a_reason(cast, acme, client_of):
    browser, client = client_of(cast.fia), acme.organisation.pk
    said = {"email": "ap@acme.example", "sent_by": "mail", "reference": "Bo", "needs_order": "on", "payment_days": "10"}

    browser.post(at("desk-buyer", client), said)
    browser.post(at("desk-buyer-stop", client), {"reason": "They contest it"})
    page = text(browser.get(at("desk-buyer", client)))
    refused = browser.post(at("desk-buyer", client), said | {"sent_by": "peppol"})

    buyer = Buyer.objects.get()
    assert (buyer.email, buyer.reference, buyer.needs_order, buyer.payment_days) == ("ap@acme.example", "Bo", True, 10)
    assert ("They contest it" in page, buyer.reminders_stopped_by, refused.status_code) == (True, cast.fia, 409)
    browser.post(at("desk-buyer-resume", client))
    buyer.refresh_from_db()
    assert (buyer.reminders_stopped_at, buyer.reminders_stopped_why, Buyer.history.count()) == (None, "", 3)


def test_an_administrator_reads_and_does_nothing(cast, acme, client_of):
    draft, invoice = a_draft(acme), an_invoice(acme, cast.fia)
    entry, browser = paid(invoice, 100, cast.fia), client_of(cast.ada)
    client = acme.organisation.pk
    acts = [
        ("desk-invoices-draft",),
        ("desk-invoices-issue",),
        ("desk-invoice-references", draft.pk),
        ("desk-invoice-issue", draft.pk),
        ("desk-invoice-drop", draft.pk),
        ("desk-invoice-credit", invoice.pk),
        ("desk-payment-take-back", entry.pk),
        ("desk-buyer", client),
        ("desk-buyer-resume", client),
    ]

    assert [browser.get(at(*page)).status_code for page in (("desk-invoices",), ("desk-invoice", draft.pk), ("desk-buyer", client))] == [
        200
    ] * 3
    assert [browser.post(at(*act)).status_code for act in acts] == [403] * len(acts)
    assert browser.get(at("desk-invoices-issue"), {"invoice": draft.pk}).status_code == 403
    assert browser.post(at("desk-invoice-pay", invoice.pk), payment(amount="100")).status_code == 403
    assert browser.post(at("desk-buyer-stop", client), {"reason": "x"}).status_code == 403


def test_nobody_else_learns_that_there_are_such_pages(cast, acme, client_of):
    invoice = an_invoice(acme, cast.fia)

    for person in (cast.max, cast.tessa.person, acme.approver):
        for page in (("desk-invoices",), ("desk-invoice", invoice.pk), ("desk-buyer", acme.organisation.pk), ("desk-invoices-csv",)):
            assert client_of(person).get(at(*page)).status_code == 404


def test_p1_without_terms_of_invoicing_there_are_no_pages(cast, acme, client_of):
    InvoicingTerms.objects.all().delete()

    assert client_of(cast.fia).get(LIST).status_code == 404
    assert client_of(acme.approver).get(reverse("invoices")).status_code == 404


def test_the_pages_are_swedish_for_who_reads_swedish(cast, acme, client_of):
    acme.approver.language = "sv"
    acme.approver.save()
    invoice = an_invoice(acme, cast.fia)

    page = text(client_of(acme.approver).get(at("invoice", invoice.pk)))

    assert ("12 000,00 kr" in page, str(date(2026, 12, 18).year) in page, 'lang="sv"' in page) == (True, True, True)


def test_i8_the_order_number_is_not_called_optional_where_the_client_needs_one(cast, acme, client_of):
    draft, browser = a_draft(acme), client_of(cast.fia)

    before = browser.get(at("desk-invoice", draft.pk))
    Organisation.objects.filter(pk=acme.organisation.pk).update(needs_order=True)
    after = browser.get(at("desk-invoice", draft.pk))

    label = 'Their order number <span class="optional">'
    assert (label in text(before), label in text(after), "without it the draft is not issued" in text(after)) == (True, False, True)


def test_i1_of_an_issued_invoice_stands_what_the_client_asked_then(cast, acme, client_of):
    Buyer.objects.create(organisation=acme.organisation, email="then@acme.example", endpoint_scheme="0007", endpoint="5567037485")
    invoice, draft = an_invoice(acme, cast.fia), a_draft(acme)
    Buyer.objects.update(email="now@acme.example", endpoint="")
    browser = client_of(cast.fia)

    issued, drafted = (text(browser.get(at("desk-invoice", one.pk))) for one in (invoice, draft))

    beside = [page.partition('id="buyer"')[2].partition("</section>")[0] for page in (issued, drafted)]
    assert ["then@acme.example" in beside[0], "0007:5567037485" in beside[0], "now@acme.example" in beside[0]] == [True, True, False]
    assert ["then@acme.example" in beside[1], "now@acme.example" in beside[1]] == [False, True]


def test_a_list_whose_period_ends_before_it_begins_says_so_on_the_field(cast, acme, client_of):
    an_invoice(acme, cast.fia)

    page = client_of(cast.fia).get(LIST, {"first": "2026-11-19", "last": "2026-11-01"})

    assert page.context["form"].errors == {"last": ["The period ends before it begins. Choose a later last day."]}
    assert "The period ends before it begins." in text(page)


def test_i1_a_draft_is_called_one_and_not_an_invoice_of_that_name(cast, acme, client_of):
    draft = a_draft(acme)

    page = text(client_of(cast.fia).get(at("desk-invoice", draft.pk)))

    assert f"Invoice, draft {draft.pk}, Acme</h1>" in page
    assert f"<title>Invoice, draft {draft.pk} ·" in page
