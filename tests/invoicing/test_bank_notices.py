"""What is to be noticed about a bank file is said calmly to who reads it, and refuses nothing (rule I3)."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import translation

from invoicing import bank, bank_notices
from invoicing.models import BankFile, BankTransaction, InvoicingTerms, TransactionState
from tests.cast import NOON
from tests.invoicing.bank_files import Ntry, Tx, balanced, camt053, camt053_of, camt054, statement
from tests.invoicing.scene import an_invoice, invoicing_terms

pytestmark = pytest.mark.django_db
LACKS = "The transactions of this file do not explain its balances: SEK 1,250.00 is missing. Perhaps a page of the statement is missing."
BETWEEN = "Between the file before and this one SEK 50.00 moved that neither tells of. Perhaps a file has not been read."
PENDING = "3 entries were not booked yet and are left out; they come with a later file."
SWEDISH = [
    "Filens transaktioner förklarar inte dess saldon: 1 250,00 kr saknas. Kanske saknas en sida av kontoutdraget.",
    "Mellan den föregående filen och den här har 50,00 kr rört sig som ingen av dem redovisar. Kanske har en fil inte lästs in.",
    "3 poster var inte bokförda än och är inte med; de kommer i en senare fil.",
]


@pytest.fixture(autouse=True)
def noon(cast):
    invoicing_terms()
    with time_machine.travel(NOON, tick=False):
        yield


def a_day(number, opening, closing, *, first=None, **fields):
    """A file of the day of that number in November, which says where it begins and ends; what moved is in it."""
    moved = Decimal(closing) - Decimal(opening)
    days = {"day": f"2026-11-{first or number:02}", "until": f"2026-11-{number:02}"}
    entry = Ntry(
        amount=f"{abs(moved):.2f}", direction="CRDT" if moved >= 0 else "DBIT", service=f"S{number}", booked=f"<Dt>{days['until']}</Dt>"
    )
    return camt053(entry, balances=balanced(opening, closing, **days), **fields)


def notices(cast, raw, name="bank.xml"):
    file = bank.read(raw, name=name, by=cast.fia, at=NOON)
    return said_of(file)


def said_of(file):
    return [notice.replace("\xa0", " ") for notice in bank_notices.of([file])[0].notices]


def everything(opening="100.00"):
    """A file that lacks something and has entries that are not booked yet."""
    entries = [Ntry(amount="10.00", service="E", booked="<Dt>2026-11-05</Dt>"), *[Ntry(status="PDNG") for _ in range(3)]]
    return camt053(*entries, balances=balanced(opening, f"{Decimal(opening) + 1260}", day="2026-11-05"))


def test_i3_a_sound_statement_says_nothing(cast):
    assert notices(cast, a_day(2, "0.00", "10.00")) == []

    kept = BankFile.objects.values_list("unexplained", "pending", "opening", "opened_on", "closing", "closed_on")
    assert list(kept) == [(Decimal(0), 0, Decimal(0), date(2026, 11, 2), Decimal(10), date(2026, 11, 2))]


def test_i3_one_oere_off_is_said_and_the_money_is_led_to_its_invoice_all_the_same(cast, acme):
    invoice = an_invoice(acme, cast.fia)
    entry = Ntry(amount="12000.00", details=[Tx(amount="12000.00", refs=[invoice.ocr])])

    said = notices(cast, camt053(entry, balances=balanced("0.00", "12000.01")))

    assert said == [LACKS.replace("1,250.00", "0.01")]
    assert BankTransaction.objects.get().state == TransactionState.MATCHED


def test_i3_one_entry_that_is_pending_is_said_as_one(cast):
    assert notices(cast, camt053(Ntry(), Ntry(status="PDNG"))) == [
        "1 entry was not booked yet and is left out; it comes with a later file."
    ]
    assert BankTransaction.objects.count() == 1


def test_i3_a_file_without_balances_and_one_read_before_they_were_kept_say_nothing(cast):
    old = BankFile.objects.create(name="old", digest="0", account="1", currency="SEK", read_at=NOON, read_by=cast.fia)

    assert (notices(cast, camt054(Ntry())), said_of(old)) == ([], [])
    assert list(BankFile.objects.values_list("unexplained", "opening", "closed_on")) == [(None, None, None)] * 2


def test_i3_what_two_statements_of_a_file_lack_is_said_together(cast):
    one = statement(Ntry(amount="10.00", service="A"), balances=balanced("0.00", "1009.00"))
    two = statement(Ntry(amount="300.00", service="B"), balances=balanced("1009.00", "1058.00", day="2026-11-03"))

    assert notices(cast, camt053_of(one, two)) == [LACKS]
    assert BankFile.objects.get().unexplained == 999 + 251


def test_i3_balances_beyond_all_measure_say_nothing_and_refuse_nothing(cast):
    balances = balanced("0.00", "9" * 15 + ".99999")

    assert notices(cast, camt053(Ntry(), balances=balances)) == []


def test_i3_a_day_that_no_file_tells_of_is_said_until_it_is_read(cast):
    assert notices(cast, a_day(2, "0.00", "10.00")) == []
    assert notices(cast, a_day(4, "60.00", "65.00")) == [BETWEEN]
    later = BankFile.objects.last()

    assert notices(cast, a_day(3, "10.00", "60.00")) == []
    assert said_of(later) == []


def test_i3_files_that_follow_on_say_nothing_however_the_bank_dates_where_they_begin(cast):
    assert notices(cast, a_day(2, "0.00", "10.00", first=1)) == []
    assert notices(cast, a_day(3, "10.00", "15.00", first=2)) == []
    assert notices(cast, a_day(4, "15.00", "10.00")) == []
    assert notices(cast, a_day(9, "70.00", "75.00", first=8)) == [BETWEEN.replace("50.00", "60.00")]


def test_i3_files_of_a_week_and_of_its_days_do_not_contradict_each_other(cast):
    days = [a_day(6, "0.00", "7.00"), a_day(9, "7.00", "10.00"), a_day(10, "10.00", "12.00"), a_day(11, "12.00", "20.00")]

    assert [notices(cast, raw) for raw in [*days, a_day(11, "7.00", "20.00", first=9), a_day(12, "20.00", "21.00")]] == [[]] * 6
    assert [said_of(file) for file in BankFile.objects.all()] == [[]] * 6


def test_i3_another_account_has_another_run(cast):
    InvoicingTerms.objects.update(plusgiro="412")
    notices(cast, a_day(2, "0.00", "10.00"))

    assert notices(cast, a_day(3, "700.00", "701.00", account="<Id><Othr><Id>412</Id></Othr></Id>")) == []


def test_i3_who_reads_a_file_is_told_and_finds_it_in_the_list_and_with_the_file(cast):
    browser = Browser()
    browser.force_login(cast.fia)
    bank.read(a_day(2, "40.00", "50.00"), name="before.xml", by=cast.fia, at=NOON)

    told = browser.post(reverse("desk-bank"), {"file": SimpleUploadedFile("bank.xml", everything())}, follow=True)
    alone = browser.get(reverse("desk-bank-transactions"), {"file": BankFile.objects.get(name="bank.xml").pk})

    assert [(message.level_tag, str(message).replace("\xa0", " ")) for message in told.context["messages"]] == [
        ("success", "bank.xml: 1 transaction. 1 waits for you."),
        *[("info", notice) for notice in (LACKS, BETWEEN, PENDING)],
    ]
    listed = browser.get(reverse("desk-bank"))
    for page in (listed, alone):
        assert [text(page).count(notice) for notice in (LACKS, BETWEEN, PENDING)] == [1, 1, 1]
    assert text(alone).count('class="message message-note"') == 3
    assert LACKS not in text(browser.get(reverse("desk-bank-transactions")))


def test_i3_it_is_said_in_swedish(cast):
    bank.read(a_day(2, "40.00", "50.00"), name="before.xml", by=cast.fia, at=NOON)

    with translation.override("sv"):
        assert notices(cast, everything()) == SWEDISH
        assert notices(cast, camt053(Ntry(status="PDNG"))) == ["1 post var inte bokförd än och är inte med; den kommer i en senare fil."]


def test_i3_what_a_file_said_stays_as_it_was(cast):
    notices(cast, everything())

    for column in ("pending", "unexplained", "opening", "closing", "opened_on", "closed_on"):
        with pytest.raises(DatabaseError), transaction.atomic():
            BankFile.objects.update(**{column: None})


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())
