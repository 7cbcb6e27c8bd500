"""Bank files at the desk (rule I3): for finance, one step for each decision, and calm about whatever is uploaded."""

from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing import resolving
from invoicing.models import BankFile, BankTransaction, Payment
from tests.cast import NOON
from tests.invoicing.bank_files import Ntry, Tx, balanced, camt053
from tests.invoicing.scene import an_invoice, in_euro, invoicing_terms, paid

pytestmark = pytest.mark.django_db
BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Document>&b;</Document>'
FETCHES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Document>&a;</Document>'


@pytest.fixture(autouse=True)
def noon(cast):
    invoicing_terms()
    with time_machine.travel(NOON, tick=False):
        yield


def browser_of(person):
    browser = Browser()
    browser.force_login(person)
    return browser


def upload(person, raw, name="bank.xml"):
    return browser_of(person).post(reverse("desk-bank"), {"file": SimpleUploadedFile(name, raw)})


def over(invoice, amount="12000.01"):
    return camt053(Ntry(amount=amount, details=[Tx(amount=amount, refs=[invoice.ocr])]))


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def told(response):
    """What is said on the page that follows."""
    return [str(message) for message in response.context["messages"]]


def decide(person, **typed):
    row = BankTransaction.objects.get()
    return browser_of(person).post(reverse("desk-bank-transaction", args=[row.pk]), typed)


def test_i3_with_nothing_read_the_page_says_so(cast):
    page = browser_of(cast.fia).get(reverse("desk-bank"))

    assert page.status_code == 200
    assert "Nothing waits" in page.content.decode()
    assert "We keep no client’s money" in browser_of(cast.fia).get(reverse("desk-bank-money")).content.decode()


def test_i3_what_waits_names_what_would_follow_and_is_done_in_one_step(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    assert upload(cast.fia, over(invoice)).status_code == 302

    page = browser_of(cast.fia).get(reverse("desk-bank")).content.decode().replace("\xa0", " ")
    assert f"Invoice {invoice.number} is paid in full, and SEK 0.01 is kept as money of Acme." in page
    assert decide(cast.fia, act="pay", invoice=invoice.number).status_code == 302

    invoice.refresh_from_db()
    assert (invoice.open.amount, resolving.money_of(acme.organisation, "SEK").amount) == (Decimal(0), Decimal("0.01"))
    assert decide(cast.fia, act="pay", invoice=invoice.number).status_code == 409
    assert Payment.objects.count() == 2


def test_i3_money_can_be_kept_used_or_put_aside(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    upload(cast.fia, camt053(Ntry(amount="500.00", details=[Tx(amount="500.00", payer="Nobody")])))
    assert decide(cast.fia, act="keep", client=acme.organisation.pk).status_code == 302

    used = browser_of(cast.fia).post(reverse("desk-bank-money"), {"invoice": invoice.pk, "key": "k"})

    invoice.refresh_from_db()
    assert (used.status_code, invoice.paid) == (302, Decimal(500))
    refused = browser_of(cast.fia).post(reverse("desk-bank-money"), {"invoice": invoice.pk, "key": "l"})
    assert refused.status_code == 409
    assert "no money with us" in refused.content.decode()


def test_i3_what_is_missing_in_a_decision_is_asked_for_and_nothing_changes(cast, acme):
    upload(cast.fia, camt053(Ntry(details=[Tx(payer="Nobody")])))

    for typed in ({"act": "pay"}, {"act": "pay", "invoice": "999"}, {"act": "keep"}, {"act": "ignore"}, {"act": "steal"}, {}):
        assert decide(cast.fia, **typed).status_code == 422, typed
    without = text(decide(cast.fia, act="ignore", reason=""))
    assert without.count("This field is required.") == 1
    assert 'class="field field-text field-invalid"' in without

    assert BankTransaction.objects.get().state == "open"
    assert decide(cast.fia, act="ignore", reason="The rent came back").status_code == 302


@pytest.mark.parametrize("raw", [BOMB, FETCHES, b"%PDF-1.7", b"<html/>", b"\x00\xff\xfe"])
def test_i3_whatever_is_uploaded_is_refused_in_words_and_nothing_is_kept(cast, raw):
    page = upload(cast.fia, raw)

    assert page.status_code == 409
    assert "Nothing was imported." in page.content.decode()
    assert not BankFile.objects.exists()


def test_i3_no_file_and_one_that_is_too_large_are_refused(cast):
    assert browser_of(cast.fia).post(reverse("desk-bank"), {}).status_code == 422

    page = upload(cast.fia, b"x" * (20 * 1024 * 1024 + 1))

    assert page.status_code == 422
    assert "larger than any bank" in page.content.decode()


def test_i3_bank_pages_are_for_finance_only(cast, acme):
    upload(cast.fia, camt053(Ntry()))
    row = BankTransaction.objects.get()

    for person in (cast.max, cast.ada, cast.tessa.person, acme.approver):
        assert browser_of(person).get(reverse("desk-bank-transactions")).status_code == 404
        for name, args in (("desk-bank", []), ("desk-bank-money", []), ("desk-bank-transaction", [row.pk])):
            assert browser_of(person).get(reverse(name, args=args)).status_code == 404
            assert browser_of(person).post(reverse(name, args=args)).status_code == 404


def read_by(person, raw, name="bank.xml"):
    file = SimpleUploadedFile(name, raw)
    return told(browser_of(person).post(reverse("desk-bank"), {"file": file}, follow=True))


def test_i3_what_is_told_of_a_file_says_how_much_is_new(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    one, another = Ntry(service="A", details=[Tx(payer="Nobody")]), Ntry(amount="12000", service="B", details=[Tx(refs=[invoice.ocr])])
    out = Ntry(service="C", direction="DBIT")

    assert read_by(cast.fia, camt053(one)) == ["bank.xml: 1 transaction. 1 waits for you."]
    assert read_by(cast.fia, camt053(one), "again.xml") == ["bank.xml was read on Wed 18 Nov: nothing in it is new."]
    assert read_by(cast.fia, camt053(one, balances="<!-- -->")) == ["bank.xml: 1 transaction. None of them is new."]
    assert read_by(cast.fia, camt053(one, another)) == ["bank.xml: 2 transactions. 1 of them is new. Nothing waits for you."]
    assert read_by(cast.fia, camt053(out, Ntry(service="D"))) == ["bank.xml: 2 transactions. 2 wait for you."]


def test_i3_a_double_payment_is_kept_for_its_client_by_one_click(cast, acme, borealis):
    invoice = an_invoice(acme, cast.fia)
    paid(invoice, 12000, cast.fia)
    upload(cast.fia, over(invoice, "12000.00"))
    row = BankTransaction.objects.get()

    pages = [reverse("desk-bank"), reverse("desk-bank-transaction", args=[row.pk])]
    listed, alone = (text(browser_of(cast.fia).get(page)) for page in pages)

    assert "Keep it for Acme" in listed
    assert f'name="client" value="{acme.organisation.pk}"' in listed
    assert f'<option value="{acme.organisation.pk}" selected>Acme</option>' in alone
    assert f'href="{reverse("desk-invoice", args=[invoice.pk])}">Invoice {invoice.number}, Acme</a>' in alone
    assert decide(cast.fia, act="keep", client=acme.organisation.pk).status_code == 302
    assert resolving.money_of(acme.organisation, "SEK").amount == Decimal(12000)


def test_i3_what_is_to_go_back_is_kept_and_the_payout_is_proposed_next(cast, acme):
    upload(cast.fia, camt053(Ntry(amount="500.00", details=[Tx(amount="500.00", payer="Nobody")])))

    answer = decide(cast.fia, act="back", client=acme.organisation.pk)

    assert answer.url == reverse("desk-payout-new", args=[acme.organisation.pk, "SEK"])
    assert resolving.money_of(acme.organisation, "SEK").amount == Decimal(500)


def test_i3_an_oere_difference_is_accepted_by_one_click_and_only_where_it_is_small(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    upload(cast.fia, over(invoice, "11999.60"))
    page = text(browser_of(cast.fia).get(reverse("desk-bank")))

    assert f"Invoice {invoice.number} of Acme is paid in full, and the difference of SEK 0.40 is rounding." in page
    assert decide(cast.fia, act="round", invoice=an_invoice(acme, cast.fia, 960).number).status_code == 409
    assert decide(cast.fia, act="round", invoice=invoice.number).status_code == 302
    invoice.refresh_from_db()
    assert invoice.open.amount == Decimal(0)


def test_i3_a_difference_of_more_than_a_crown_offers_no_rounding(cast, acme):
    upload(cast.fia, over(an_invoice(acme, cast.fia), "11998.99"))

    assert "Accept the small difference" not in text(browser_of(cast.fia).get(reverse("desk-bank")))


def test_i3_money_for_an_invoice_in_another_currency_says_why_it_cannot_pay_it_and_what_can_be_done(cast, acme):
    invoice = in_euro(acme, cast.fia)
    upload(cast.fia, over(invoice, "12000.00"))

    page = text(browser_of(cast.fia).get(reverse("desk-bank")))

    assert f"Invoice {invoice.number} is in EUR, and this money came in SEK: it cannot pay it." in page
    assert [word in page for word in ("Keep it for Acme", "Pay it back to Acme", f"Pay invoice {invoice.number}")] == [True, True, False]


def test_i3_at_most_one_button_of_a_page_is_the_first(cast, acme):
    for invoice in [an_invoice(acme, cast.fia) for _ in range(3)]:
        upload(cast.fia, over(invoice, "11999.60"))
        upload(cast.fia, over(invoice, "12000.70"))
    row = BankTransaction.objects.first()

    for page in (reverse("desk-bank"), reverse("desk-bank-transaction", args=[row.pk])):
        assert browser_of(cast.fia).get(page).content.decode().count("btn-primary") == 1, page


def test_i3_what_was_put_aside_is_found_and_taken_up_again(cast, acme):
    upload(cast.fia, camt053(Ntry(details=[Tx(payer="Landlord")])))
    decide(cast.fia, act="ignore", reason="The rent came back")
    row, browser = BankTransaction.objects.get(), browser_of(cast.fia)
    page = reverse("desk-bank-transaction", args=[row.pk])

    listed, aside = text(browser.get(reverse("desk-bank-transactions"), {"tab": "aside"})), text(browser.get(page))
    without = decide(cast.fia, act="take-up", reason="")
    again = decide(cast.fia, act="take-up", reason="It was Acme's")

    assert f'href="{page}"' in listed
    assert "“The rent came back”" in listed.replace("<q>", "“").replace("</q>", "”")
    assert "Take it up again" in aside
    assert (without.status_code, again.status_code, again.url) == (422, 302, page)
    assert "Put aside before: The rent came back" in text(browser.get(page))
    assert decide(cast.fia, act="keep", client=acme.organisation.pk).status_code == 302
    assert decide(cast.fia, act="take-up", reason="Once more").status_code == 409


def rows(person, **asked):
    page = browser_of(person).get(reverse("desk-bank-transactions"), asked)
    return sorted(row.amount for row in page.context["page"].object_list), text(page)


def test_i3_all_transactions_are_listed_by_file_and_by_what_became_of_them(cast, acme):
    exact, by_hand = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia)
    amounts = {"12000.00": [exact.ocr], "11000.00": [by_hand.ocr], "3.00": [], "4.00": [], "5.00": []}
    entries = [Ntry(amount=amount, service=amount, details=[Tx(amount=amount, refs=refs)]) for amount, refs in amounts.items()]
    upload(cast.fia, camt053(*entries), "first.xml")
    upload(cast.fia, camt053(Ntry(amount="6.00", service="S6")), "second.xml")
    of = {int(row.amount): row for row in BankTransaction.objects.all()}
    resolving.pay(of[11000], by_hand, keep_rest=False, by=cast.fia, at=NOON)
    resolving.keep(of[3], acme.organisation, by=cast.fia, at=NOON)
    resolving.ignore(of[4], reason="Ours", by=cast.fia, at=NOON)
    first = BankFile.objects.get(name="first.xml")

    tabs = {tab: rows(cast.fia, tab=tab)[0] for tab in ("waiting", "matched", "paid", "kept", "aside", "nonsense")}
    own, page = rows(cast.fia, file=first.pk)

    every = [3, 4, 5, 6, 11000, 12000]
    assert tabs == {"waiting": [5, 6], "matched": [12000], "paid": [11000], "kept": [3], "aside": [4], "nonsense": every}
    assert own == [3, 4, 5, 11000, 12000]
    assert rows(cast.fia, file=first.pk, tab="waiting")[0] == [5]
    for link in (reverse("desk-invoice", args=[exact.pk]), reverse("desk-invoice", args=[by_hand.pk])):
        assert f'href="{link}"' in page
    assert f'href="{reverse("desk-invoice-account", args=[acme.organisation.pk])}">Kept for Acme</a>' in page
    assert "Transactions of first.xml" in page
    assert rows(cast.fia, file="9" * 40)[0] == rows(cast.fia, file="x")[0] == every


def test_i3_the_list_takes_as_many_queries_for_many_as_for_few(cast, acme, django_assert_max_num_queries):
    browser = browser_of(cast.fia)
    for number in range(12):
        lacking = balanced(f"{number}00.00", "0.00", day=f"2026-11-{number + 1:02}")
        upload(cast.fia, camt053(Ntry(amount=f"{number + 1}.00", service=f"S{number}"), Ntry(status="PDNG"), balances=lacking))
    for row in BankTransaction.objects.all()[:10]:
        resolving.keep(row, acme.organisation, by=cast.fia, at=NOON)

    with django_assert_max_num_queries(16):
        browser.get(reverse("desk-bank-transactions"))
    with django_assert_max_num_queries(16):
        browser.get(reverse("desk-bank-transactions"), {"file": BankFile.objects.last().pk})


def test_i3_the_list_of_files_takes_as_many_queries_for_many_as_for_one(cast):
    def taken(number):
        lacking = balanced(f"{number}00.00", "0.00", day=f"2026-11-{number:02}")
        upload(cast.fia, camt053(Ntry(service="S"), Ntry(status="PDNG"), balances=lacking))
        browser = browser_of(cast.fia)
        with CaptureQueriesContext(connection) as queries:
            page = browser.get(reverse("desk-bank"))
        return len(queries), len(page.context["files"])

    counts = [taken(number) for number in range(1, 7)]

    assert [files for _queries, files in counts] == [1, 2, 3, 4, 5, 6]
    assert len({queries for queries, _files in counts[1:]}) == 1


def test_i3_a_list_with_no_transaction_says_what_it_is_for_and_where_files_are_read(cast):
    page = text(browser_of(cast.fia).get(reverse("desk-bank-transactions")))

    assert "No transaction is like that" in page
    assert "Each movement that a bank file tells of stands here, by what became of it." in page
