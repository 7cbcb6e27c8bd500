"""Money that goes back, at the desk and in the portal (rules C13, P5, I3): for finance, read by administrators, calm for everybody."""

import re
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse
from lxml import etree

from clients.models import Agreement, StaffDuty
from credits import ledger, winding_up
from credits.ledger import Voucher
from invoicing import crediting, drafting, payouts, refunding, release, settlement
from invoicing.models import Invoice, InvoicingTerms, Payout, PayoutFile, PayoutState
from people.models import Person
from tests.cast import NOON, a_colleague
from tests.invoicing.going_back import a_paid_invoice, a_payout, a_refund, an_opening_lot, lot_of
from tests.invoicing.scene import an_invoice, invoicing_terms

pytestmark = pytest.mark.django_db
LIST, REFUNDS = reverse("desk-payouts"), reverse("desk-refunds")
PROPOSED = {"amount": "3 000,00", "kind": "bankgiro", "account": "5050-1055", "reference": "Money back", "key": "k"}


@pytest.fixture(autouse=True)
def _noon(cast, acme):
    invoicing_terms()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def over(cast, acme):
    """An invoice that was paid, of which 3 750 were credited."""
    invoice = a_paid_invoice(acme, cast.fia)
    refunding.credit(a_refund(cast, lot_of(invoice), 150), by=cast.fia, at=NOON)
    return invoice


def at(name, *ids):
    return reverse(name, args=ids)


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def test_a_refund_becomes_a_credit_note_by_one_click(cast, acme, client_of):
    refund = a_refund(cast, lot_of(a_paid_invoice(acme, cast.fia)), 150)
    browser = client_of(cast.fia)

    listed = text(browser.get(REFUNDS))
    answer = browser.post(REFUNDS, {"refund": refund.pk, "act": "all"}, follow=True)

    assert "Acme: SEK 3,750.00 with VAT" in listed
    assert "They move in-house" in listed
    assert "Credit note K202600001 is issued" in text(answer)
    assert "Every refund is credited" in text(answer)


def test_where_other_credit_notes_were_first_the_rest_is_credited(cast, acme, client_of):
    invoice = a_paid_invoice(acme, cast.fia)
    refund = a_refund(cast, lot_of(invoice), 150)
    crediting.credit(invoice, {invoice.lines.get().pk: Decimal(7000)}, reason="x", by=cast.fia, at=NOON, cause="x")
    browser = client_of(cast.fia)

    listed, refused = browser.get(REFUNDS), browser.post(REFUNDS, {"refund": refund.pk, "act": "all"})
    browser.post(REFUNDS, {"refund": refund.pk, "act": "rest"})

    assert "Credit what is left" in text(listed)
    assert (refused.status_code, "only SEK 2,600.00 without VAT is left" in text(refused)) == (409, True)
    assert refund.invoice_line.net == Decimal(2600)


def test_a_payout_goes_from_proposal_to_the_bank(cast, acme, over, client_of):
    fay = a_colleague("Fay", StaffDuty.FINANCE)
    fia, other = client_of(cast.fia), client_of(fay)
    fia.post(at("desk-payout-new", acme.organisation.pk, "SEK"), PROPOSED)
    payout = Payout.objects.get()

    own = fia.post(at("desk-payout-approve", payout.pk))
    approved = other.post(at("desk-payout-approve", payout.pk), follow=True)
    made = other.post(at("desk-payout-file-make"), follow=True)
    file = other.get(at("desk-payout-file", PayoutFile.objects.get().pk))
    paid = fia.post(at("desk-payout-paid", payout.pk), {"paid_on": "2026-11-18"}, follow=True)

    assert (own.status_code, "A second person must approve a payout" in text(own)) == (409, True)
    assert "5050-1055" in text(approved)
    assert "A file with 1 payment is made." in text(made)
    assert etree.fromstring(file.content).tag.endswith("pain.001.001.03}Document")
    assert file["Content-Disposition"].startswith("attachment")
    assert "The payout is paid." in text(paid)
    payout.refresh_from_db()
    assert payout.state == PayoutState.PAID


def test_what_is_typed_is_kept_when_it_is_refused(cast, acme, over, client_of):
    browser, page = client_of(cast.fia), at("desk-payout-new", acme.organisation.pk, "SEK")

    shown = browser.get(page)
    too_much = browser.post(page, PROPOSED | {"amount": "3 750,01"})
    wrong = browser.post(page, PROPOSED | {"account": "5050-1056"})
    empty = browser.post(page, {"key": "k"})

    assert "We owe SEK 3,750.00 that no payout has set aside." in text(shown)
    assert [answer.status_code for answer in (too_much, wrong, empty)] == [409, 409, 422]
    assert "5050-1056" in text(wrong)
    assert not Payout.objects.exists()


def test_what_we_owe_pays_an_invoice_by_one_click(cast, acme, over, client_of):
    invoice, browser = an_invoice(acme, cast.fia), client_of(cast.fia)
    offered = text(browser.get(at("desk-payout-new", acme.organisation.pk, "SEK")))

    answer = browser.post(at("desk-set-off"), {"invoice": invoice.pk, "key": "k"}, follow=True)
    again = browser.post(at("desk-set-off"), {"invoice": invoice.pk, "key": "other"})

    invoice.refresh_from_db()
    assert f"Pay invoice {invoice.number} with it" in offered
    assert ("The invoice is paid with what we owed" in text(answer), invoice.paid) == (True, Decimal(3750))
    assert (again.status_code, "no money with us" in text(again)) == (409, True)


def test_so_little_that_it_may_be_left_is_said(cast, acme, over, client_of):
    InvoicingTerms.objects.update(overpaid_left=Decimal(5000))

    assert "is so little that it may be left where it is" in text(client_of(cast.fia).get(LIST))


def test_a_payout_is_cancelled_with_a_reason(cast, acme, over, client_of):
    payout, browser = a_payout(acme, cast.fia, 100), client_of(cast.fia)

    without = browser.post(at("desk-payout-cancel", payout.pk), {"reason": ""})
    browser.post(at("desk-payout-cancel", payout.pk), {"reason": "They use it"})

    payout.refresh_from_db()
    assert (without.status_code, payout.state, payout.reason) == (422, PayoutState.CANCELLED, "They use it")


def test_credit_that_nobody_pays_for_is_frozen_and_taken_back(cast, acme, client_of):
    invoice, browser = a_paid_invoice(acme, cast.fia), client_of(cast.fia)
    before = text(browser.get(at("desk-invoice", invoice.pk)))
    settlement.take_back(invoice.payments.get(), reason="The bank was wrong", by=cast.fia, at=NOON)

    page = at("desk-invoice-unbacked", invoice.pk)
    after, shown = text(browser.get(at("desk-invoice", invoice.pk))), text(browser.get(page))
    browser.post(page, {"act": "freeze", "reason": "Until it is paid"})
    frozen = text(browser.get(page))
    browser.post(page, {"act": "take_back", "reason": "Never paid"})
    gone = browser.post(page, {"act": "take_back", "reason": "Twice"})

    acme.account.refresh_from_db()
    assert ("nobody pays for" in before, "nobody pays for" in after) == (False, True)
    assert "8 h is unused, and can be used (IT)." in shown
    assert "8 h is unused, and frozen (IT)." in frozen
    assert (gone.status_code, acme.account.frozen_minutes, acme.account.available_minutes) == (409, 0, 0)


def test_the_final_settlement_is_closed_when_nothing_is_left(cast, acme, client_of):
    a_paid_invoice(acme, cast.fia)
    an_opening_lot(acme.account, 60)
    ledger.adjust(account=acme.account, minutes=-60, voucher=Voucher(cause="used", at=NOON, reason="Used"))
    Agreement.objects.filter(organisation=acme.organisation).update(ends_on=NOON.date().replace(day=1), ended_by="provider")
    agreement = Agreement.objects.get(organisation=acme.organisation)
    winding_up.wind_up(agreement=agreement, reason="The end", by=cast.max, at=NOON)
    browser, page = client_of(cast.fia), at("desk-settlement", agreement.pk)

    begun = browser.get(page)
    for draft in drafting.pull(at=NOON):
        release.issue(draft, by=cast.fia, at=NOON)
    credited = browser.get(page)
    payout = payouts.approve(a_payout(acme, cast.fia, Decimal(11750)), by=cast.fia, at=NOON)
    on_its_way = browser.get(page)
    payouts.mark_paid(payout, paid_on=NOON.date(), by=cast.fia, at=NOON)
    closed = browser.get(page)

    lefts = [answer.context["settlement"].left for answer in (begun, credited, on_its_way, closed)]
    assert lefts == [["refunds", "owed"], ["refunds", "owed"], ["payouts"], []]
    assert "this settlement is closed" in text(closed)
    assert "Acme" in text(browser.get(reverse("desk-settlements")))


def test_the_client_sees_what_comes_back_to_it(cast, acme, borealis, over, client_of):
    refund = a_refund(cast, an_opening_lot(acme.account), 60)
    a_payout(acme, cast.fia, 5000)
    page = reverse("invoices")

    own, receipt = text(client_of(acme.requester).get(page)), client_of(acme.requester).get(at("refund", refund.pk))

    assert "is yours with us" not in own
    assert "Set aside, to be paid to Bankgiro 5050-1055" in own
    assert own.count("SEK 5,000.00") == 1
    assert "No invoice of ours sold this credit" in text(receipt)
    assert "Money back to you" not in text(client_of(borealis.approver).get(page))
    assert client_of(borealis.approver).get(at("refund", refund.pk)).status_code == 404


def test_what_is_set_aside_is_told_apart_from_what_is_free(cast, acme, over, client_of):
    payout, invoice = a_payout(acme, cast.fia, 1000), an_invoice(acme, cast.fia)
    pages = {"list": LIST, "money": reverse("desk-bank-money"), "new": at("desk-payout-new", acme.organisation.pk, "SEK")}
    fia = client_of(cast.fia)

    shown = {name: text(fia.get(page)) for name, page in pages.items()}
    client = text(client_of(acme.approver).get(reverse("invoices")))

    assert "Acme: SEK 2,750.00 is free" in shown["list"]
    assert "Acme: SEK 2,750.00 is free" in shown["money"]
    assert "We owe SEK 2,750.00 that no payout has set aside." in shown["new"]
    assert 'value="2,750.00"' in shown["new"]
    for page in shown.values():
        assert f'href="{at("desk-payout", payout.pk)}">SEK 1,000.00 is set aside for a payout</a>' in page
        assert "Waits for approval" in page
    assert ("SEK 2,750.00 is yours with us" in client, "SEK 3,750.00" in client) == (True, True)
    assert f"{reverse('case-new')}?subject=The%20account" in client
    assert f"Pay invoice {invoice.number} with it" in shown["money"]


def test_no_button_is_there_for_what_is_set_aside(cast, acme, over, client_of):
    payout, invoice = payouts.approve(a_payout(acme, cast.fia, 3750), by=cast.fia, at=NOON), an_invoice(acme, cast.fia)
    fia = client_of(cast.fia)

    listed, money = text(fia.get(LIST)), text(fia.get(reverse("desk-bank-money")))
    new = text(fia.get(at("desk-payout-new", acme.organisation.pk, "SEK")))

    for page in (listed, money):
        assert "Acme: nothing is free" in page
        assert at("desk-payout", payout.pk) in page
        assert at("desk-payout-new", acme.organisation.pk, "SEK") not in page
    assert "All that we owe is set aside for payouts." in new
    assert f"Pay invoice {invoice.number} with it" not in money + new
    assert "Propose the payout" not in new


def test_the_sum_that_is_offered_is_read_as_it_is_written_in_swedish_too(cast, acme, over, client_of):
    Person.objects.filter(pk=cast.fia.pk).update(language="sv")
    browser, page = client_of(cast.fia), at("desk-payout-new", acme.organisation.pk, "SEK")
    [offered] = re.findall(r'name="amount" value="([^"]+)"', browser.get(page).content.decode())

    browser.post(page, PROPOSED | {"amount": offered})

    assert (offered.replace("\xa0", " "), Payout.objects.get().amount) == ("3 750,00", Decimal(3750))


def test_who_proposed_a_payout_is_told_that_a_second_person_must_approve_it(cast, acme, over, client_of):
    payout = a_payout(acme, cast.fia, 100)
    page = at("desk-payout", payout.pk)
    alone = text(client_of(cast.fia).get(page))
    fay = a_colleague("Fay", StaffDuty.FINANCE)

    own, other = text(client_of(cast.fia).get(page)), text(client_of(fay).get(page))

    approving = at("desk-payout-approve", payout.pk)
    assert (approving in alone, "you approve your own payout" in alone) == (True, True)
    assert ("A second person must approve it" in own, approving in own) == (True, False)
    assert ("A second person must approve it" in other, approving in other) == (False, True)


def test_administrators_read_and_others_learn_of_nothing(cast, acme, over, client_of):
    payout = a_payout(acme, cast.fia, 100)
    ada, max_ = client_of(cast.ada), client_of(cast.max)

    assert ada.get(LIST).status_code == ada.get(at("desk-payout", payout.pk)).status_code == 200
    assert "Pay it back" not in text(ada.get(LIST))
    assert ada.post(at("desk-payout-approve", payout.pk)).status_code == 403
    assert ada.get(at("desk-payout-new", acme.organisation.pk, "SEK")).status_code == 403
    assert {max_.get(page).status_code for page in (LIST, REFUNDS, reverse("desk-settlements"), at("desk-payout", payout.pk))} == {404}


def test_a_currency_that_there_is_not_is_no_page(cast, acme, client_of):
    assert client_of(cast.fia).get(at("desk-payout-new", acme.organisation.pk, "XQQ")).status_code == 404


def test_the_lists_take_as_many_queries_for_many_as_for_few(cast, acme, over, client_of, django_assert_max_num_queries):
    browser = client_of(cast.fia)
    for _ in range(3):
        a_refund(cast, lot_of(over), 10)
        a_payout(acme, cast.fia, 1)

    with django_assert_max_num_queries(25):
        browser.get(LIST)
    for _ in range(8):
        a_refund(cast, lot_of(over), 10)
        a_payout(acme, cast.fia, 1)
    with django_assert_max_num_queries(25):
        browser.get(LIST)
    with django_assert_max_num_queries(22):
        browser.get(REFUNDS)


def test_a_file_is_of_invoices_only(cast, acme, client_of):
    answer = client_of(cast.fia).post(at("desk-payout-file-make"))

    assert (answer.status_code, "nothing is approved" in text(answer)) == (409, True)
    assert not Invoice.objects.exists()


def test_who_only_reads_is_led_to_no_page_of_finance_alone(cast, over, client_of):
    money = at("desk-bank-money")

    pages = [client_of(person).get(LIST).content.decode() for person in (cast.fia, cast.ada)]

    assert [f'href="{money}"' in page for page in pages] == [True, False]
    assert client_of(cast.ada).get(money).status_code == 404
