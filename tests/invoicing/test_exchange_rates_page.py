"""The desk's page of exchange rates, and what is refused, waits or is issued by them (rule I2)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse
from djmoney.money import Money
from lxml import etree

from clients.models import Organisation, Provider
from core.errors import NotAllowed
from invoicing import documents, exchange_rates, terms
from invoicing.books import posting
from invoicing.models import Buyer, DocumentKind, ExchangeRate, Invoice, InvoiceState
from people.models import Person
from tests.cast import NOON
from tests.invoicing.abroad import drafted, euro, sold
from tests.invoicing.books_scene import a_chart
from tests.invoicing.scene import a_draft, an_invoice, invoicing_terms

pytestmark = pytest.mark.django_db
PAGE, LIST = reverse("desk-exchange-rates"), reverse("desk-invoices")
TYPED = {"currency": "EUR", "starts_on": "2026-11-18", "rate": "11,4231"}
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"


@pytest.fixture(autouse=True)
def _now(cast):
    invoicing_terms()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def fia(cast, client_of):
    return client_of(cast.fia)


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def known():
    return list(exchange_rates.known().values_list("currency", "starts_on", "rate"))


def test_i2_no_rate_is_known_yet_and_the_first_is_written_down(cast, fia):
    assert "No exchange rate is known yet" in text(fia.get(PAGE))

    page = text(fia.post(PAGE, TYPED | {"currency": "eur"}, follow=True))

    row = ExchangeRate.objects.get()
    assert known() == [("EUR", date(2026, 11, 18), Decimal("11.4231"))]
    assert (row.history.get().history_user, row.history.get().history_date) == (cast.fia, NOON)
    for said in ("The exchange rate is written down.", "Wed 18 Nov", "11.4231", "In SEK"):
        assert said in page, said


def test_i2_the_page_speaks_swedish(cast, fia):
    Person.objects.filter(pk=cast.fia.pk).update(language="sv")
    euro("11.4231")

    page, refused = text(fia.get(PAGE)), text(fia.post(PAGE, {**TYPED, "currency": "SEK"}))

    for said in ("Växelkurser", "Anteckna en växelkurs", "11,4231", "I SEK", "Valuta"):
        assert said in page, said
    assert "Bokföringen förs i SEK, som inte behöver någon kurs. Inget har ändrats." in refused


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"rate": "0"}, 409, "A rate is a number above zero. Nothing has changed."),
        ({"rate": "−11,5"}, 409, "A rate is a number above zero."),
        ({"rate": "1e1"}, 422, "Write the rate with a comma or a point, like 11,4231 or 11.4231."),
        ({"rate": "11.12345678"}, 422, "Write the rate with a comma or a point"),
        ({"rate": "NaN"}, 422, "Write the rate with a comma or a point"),
        ({"currency": "SEK"}, 409, "The books are in SEK, which needs no rate. Nothing has changed."),
        ({"currency": "QQQ"}, 409, "“QQQ” is not a currency by its three letters, like EUR. Nothing has changed."),
        ({"currency": "EURO"}, 422, "at most 3 characters"),
        ({"currency": ""}, 422, "This field is required."),
        ({"starts_on": "2026-12-20"}, 409, "A rate is written down at most 31 days ahead. Nothing has changed."),
        ({"starts_on": "soon"}, 422, "Enter a valid date."),
    ],
)
def test_i2_what_is_no_rate_is_refused_and_what_was_typed_is_kept(fia, wrong, status, said):
    answer = fia.post(PAGE, TYPED | wrong)

    kept = next(iter({"rate", "currency"} - wrong.keys()))
    assert (answer.status_code, known()) == (status, [])
    assert said in text(answer)
    assert f'value="{TYPED[kept]}"' in text(answer)


def test_i2_a_rate_is_known_ahead_and_holds_from_its_day(fia):
    fia.post(PAGE, TYPED)
    fia.post(PAGE, TYPED | {"starts_on": "2026-12-01", "rate": "11.5"})

    rates = [terms.rate_to_books("EUR", books="SEK", on=date(2026, month, day)) for month, day in ((11, 30), (12, 1))]

    assert rates == [(Decimal("11.4231"), date(2026, 11, 18)), (Decimal("11.5"), date(2026, 12, 1))]


def test_i2_the_same_rate_again_changes_nothing(fia):
    answers = [fia.post(PAGE, TYPED | {"rate": rate}).status_code for rate in ("11,4231", "11.423100")]

    assert (answers, len(known()), ExchangeRate.history.count()) == ([302, 302], 1, 1)


def test_i2_another_rate_of_the_same_day_is_refused_until_it_is_said_that_the_first_is_wrong(fia):
    fia.post(PAGE, TYPED | {"rate": "1142,31"})
    assert 'type="checkbox"' not in text(fia.get(PAGE))

    refused = fia.post(PAGE, TYPED)
    stood = known()
    right = fia.post(PAGE, TYPED | {"is_correction": "on"})

    assert (refused.status_code, right.status_code, stood[0][2], known()[0][2]) == (409, 302, Decimal("1142.31"), Decimal("11.4231"))
    assert "From Wed 18 Nov, 1142.31 is written down for EUR already. Nothing has changed." in text(refused)
    assert 'type="checkbox"' in text(refused)
    assert list(ExchangeRate.history.order_by("history_id").values_list("rate", flat=True)) == [Decimal("1142.31"), Decimal("11.4231")]


def test_i2_a_rate_that_an_invoice_bears_stays(cast, acme, fia):
    fia.post(PAGE, TYPED)
    sold(acme, cast.fia, (100, 25), currency="EUR")

    answer = fia.post(PAGE, TYPED | {"rate": "12", "is_correction": "on"})

    assert (answer.status_code, known()[0][2]) == (409, Decimal("11.4231"))
    assert "Something has been invoiced or booked since 11.4231 was written down for EUR from Wed 18 Nov" in text(answer)
    assert 'type="checkbox"' not in text(answer)


def test_i2_a_rate_after_which_something_was_booked_stays(cast, acme, fia):
    a_chart()
    fia.post(PAGE, TYPED)
    an_invoice(acme, cast.fia)
    posting.post(at=NOON + timedelta(hours=1))

    assert fia.post(PAGE, TYPED | {"rate": "12", "is_correction": "on"}).status_code == 409


def test_i2_a_correction_of_nothing_is_written_down(fia):
    assert fia.post(PAGE, TYPED | {"is_correction": "on"}).status_code == 302
    assert known()[0][2] == Decimal("11.4231")


def test_i2_finance_and_administrators_write_rates_down_others_see_nothing(cast, acme, client_of):
    ada = client_of(cast.ada)

    assert [ada.get(PAGE).status_code, ada.post(PAGE, TYPED).status_code] == [200, 302]
    for person in (cast.max, cast.tessa.person, acme.approver):
        assert [client_of(person).get(PAGE).status_code, client_of(person).post(PAGE, TYPED).status_code] == [404, 404]
    with pytest.raises(NotAllowed):
        exchange_rates.write_down(currency="USD", starts_on=NOON.date(), rate=Decimal(10), by=cast.max, at=NOON)


def test_i2_the_page_is_found_from_the_invoices(fia):
    assert PAGE in text(fia.get(LIST))


def test_i2_a_draft_without_a_rate_says_what_is_missing_and_leads_there(cast, acme, fia):
    draft = drafted(acme, (100, 25), currency="EUR")
    one = reverse("desk-invoice", args=[draft.pk])
    waits = "Cannot be issued yet: no exchange rate is known for EUR."

    refused = fia.post(reverse("desk-invoice-issue", args=[draft.pk]))

    draft.refresh_from_db()
    assert (refused.status_code, draft.state) == (409, InvoiceState.DRAFT)
    assert "No exchange rate is known for EUR on Wed 18 Nov. Nothing has changed. Finance writes it down at the desk" in text(refused)
    assert (waits in text(fia.get(one)), PAGE in text(fia.get(one)), waits in text(fia.get(f"{LIST}?tab=drafts"))) == (True, True, True)
    assert "Drafts in EUR wait: no rate is known for today." in text(fia.get(PAGE))
    fia.post(PAGE, TYPED)
    assert (waits in text(fia.get(one)), waits in text(fia.get(f"{LIST}?tab=drafts")), "Drafts in EUR" in text(fia.get(PAGE))) == (
        False,
    ) * 3


def test_i2_a_draft_in_kronor_waits_for_no_rate(acme, fia):
    draft = a_draft(acme)

    assert "Cannot be issued" not in text(fia.get(reverse("desk-invoice", args=[draft.pk])))
    assert exchange_rates.missing(NOON) == []


def test_i2_many_rates_are_shown_in_pages(fia):
    ExchangeRate.objects.bulk_create(
        ExchangeRate(currency="EUR", starts_on=date(2026, 1, 1) + timedelta(days=number), rate=11) for number in range(51)
    )

    assert ("Page 1 of 2" in text(fia.get(PAGE)), "Thu 1 Jan" in text(fia.get(f"{PAGE}?page=2"))) == (True, True)


def test_i2_from_a_rate_on_the_page_to_an_e_invoice_in_euro_with_its_vat_in_kronor(cast, acme, fia):
    Provider.objects.filter(pk=1).update(organisation_number="556036-0793", vat_number="SE556036079301")
    theirs = {"organisation_number": "556703-7485", "vat_number": "SE556703748501", "address": "Sveavägen 2\n753 10 Uppsala"}
    Organisation.objects.filter(pk=acme.organisation.pk).update(country="SE", **theirs)
    Buyer.objects.create(organisation=acme.organisation, endpoint_scheme="0007", endpoint="5567037485", reference="ref-4711")
    cast.credit_terms.price_per_hour = Money(100, "EUR")
    cast.credit_terms.full_clean()
    cast.credit_terms.save()
    draft = a_draft(acme)

    fia.post(PAGE, TYPED)
    fia.post(reverse("desk-invoice-issue", args=[draft.pk]))
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        exchange_rates.write_down(currency="EUR", starts_on=date(2026, 11, 19), rate=Decimal(12), by=cast.fia, at=NOON + timedelta(days=1))

    found = Invoice.objects.get(pk=draft.pk)
    xml = etree.fromstring(bytes(documents.keep(found, at=NOON)[DocumentKind.XML].content))
    taxes = [total.find(f"{CBC}TaxAmount") for total in xml.findall(f"{CAC}TaxTotal")]
    assert (found.state, found.currency, found.rate, found.rate_on) == ("issued", "EUR", Decimal("11.4231"), date(2026, 11, 18))
    assert [(tax.get("currencyID"), tax.text) for tax in taxes] == [("EUR", "200.00"), ("SEK", "2284.62")]
    assert (xml.findtext(f"{CBC}DocumentCurrencyCode"), xml.findtext(f"{CBC}TaxCurrencyCode")) == ("EUR", "SEK")
    assert "VAT is SEK 2,284.62 at the rate 11.4231 of Wed 18 Nov." in text(fia.get(reverse("desk-invoice", args=[found.pk])))
