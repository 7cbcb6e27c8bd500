"""Bank files at the desk (rule I3): for finance, one step for each decision, and calm about whatever is uploaded."""

from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from invoicing import resolving
from invoicing.models import BankFile, BankTransaction, Payment
from tests.cast import NOON
from tests.invoicing.bank_files import Ntry, Tx, camt053
from tests.invoicing.scene import an_invoice, invoicing_terms

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
        for name, args in (("desk-bank", []), ("desk-bank-money", []), ("desk-bank-transaction", [row.pk])):
            assert browser_of(person).get(reverse(name, args=args)).status_code == 404
            assert browser_of(person).post(reverse(name, args=args)).status_code == 404
