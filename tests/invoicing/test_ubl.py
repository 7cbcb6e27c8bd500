"""What stands in an e-invoice for the Peppol network, element by element."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256

import pytest

from invoicing.einvoice import checks, official
from invoicing.einvoice.reading import every, text
from invoicing.einvoice.trees import parsed
from invoicing.einvoice.ubl import CUSTOMIZATION, PROFILE, written
from invoicing.facts import PaymentMeans, Unit
from tests.invoicing import documents
from tests.invoicing.breaking import BUYER, SELLER

HOSTILE = 'Åsa & <b>"Söner"</b> ]]> &amp;\x00\x08\x1b[31m \ud800\ufffe שלום \u202egnihton\u202c عربي 👩\u200d💻 <!--'
CARRIED = 'Åsa & <b>"Söner"</b> ]]> &amp;[31m שלום gnihton عربي 👩\u200d💻 <!--'
MEANS, ACCOUNT = "cac:PaymentMeans", "cac:PayeeFinancialAccount"
BRANCH = f"{ACCOUNT}/cac:FinancialInstitutionBranch/cbc:ID"
SUMS = "cac:LegalMonetaryTotal"


def root_of(facts):
    return parsed(written(facts))


def leaves(element):
    """Local names and texts of all leaves below."""
    return [(leaf.tag.rpartition("}")[2], leaf.text) for leaf in element.iter("*") if len(leaf) == 0]


def texts(root, *paths):
    return [text(root, path) for path in paths]


def test_i4_the_head_says_what_it_is():
    root = root_of(documents.mixed_rates())

    assert leaves(root)[:8] == [
        ("CustomizationID", CUSTOMIZATION),
        ("ProfileID", PROFILE),
        ("ID", "2026-1001"),
        ("IssueDate", "2026-11-27"),
        ("DueDate", "2026-12-27"),
        ("InvoiceTypeCode", "380"),
        ("DocumentCurrencyCode", "SEK"),
        ("BuyerReference", "ref-4711"),
    ]
    assert texts(root, "cac:OrderReference/cbc:ID", "cac:ContractDocumentReference/cbc:ID") == ["PO-88", "AVTAL-7"]


def test_i2_a_swedish_seller_is_known_by_its_numbers_and_f_tax():
    assert leaves(every(root_of(documents.domestic()), SELLER)[0]) == [
        ("EndpointID", "5560360793"),
        ("ID", "5560360793"),
        ("Name", "Nordlicht Support AB"),
        ("StreetName", "Storgatan 1"),
        ("AdditionalStreetName", "Plan 3"),
        ("CityName", "Stockholm"),
        ("PostalZone", "111 22"),
        ("IdentificationCode", "SE"),
        ("CompanyID", "SE556036079301"),
        ("ID", "VAT"),
        ("CompanyID", "Godkänd för F-skatt"),
        ("ID", "TAX"),
        ("RegistrationName", "Nordlicht Support AB"),
        ("CompanyID", "5560360793"),
        ("Name", "Fia Finans"),
        ("Telephone", "+46 8 123 45 67"),
        ("ElectronicMail", "ekonomi@nordlicht.example"),
    ]


def test_i2_a_seller_without_f_tax_does_not_claim_it():
    root = root_of(documents.domestic(seller=replace(documents.NORDLICHT, f_tax=False)))

    assert texts(every(root, f"{SELLER}/cac:PartyTaxScheme")[-1], "cac:TaxScheme/cbc:ID") == ["VAT"]


def test_i4_a_buyer_abroad_keeps_its_own_numbers():
    buyer = every(root_of(documents.reverse_charge()), BUYER)[0]

    numbers = [(element.get("schemeID"), element.text) for path in ("cbc:EndpointID", ".//cbc:CompanyID") for element in every(buyer, path)]
    assert numbers == [("9930", "DE136695976"), (None, "DE136695976"), (None, "HRB 12345")]
    assert every(buyer, "cac:PartyIdentification") == []


def test_i4_a_long_address_keeps_all_its_lines():
    seller = replace(documents.NORDLICHT, address_lines=("c/o Berg", " ", "Storgatan 1", "Plan 3", "Port B"))

    address = every(root_of(documents.domestic(seller=seller)), f"{SELLER}/cac:PostalAddress")[0]

    assert texts(address, "cbc:StreetName", "cbc:AdditionalStreetName", "cac:AddressLine/cbc:Line") == [
        "c/o Berg",
        "Storgatan 1",
        "Plan 3, Port B",
    ]


def test_i2_time_stands_in_minutes_with_a_price_per_sixty():
    line = every(root_of(documents.by_the_minute()), "cac:InvoiceLine")[0]

    assert leaves(line) == [
        ("ID", "1"),
        ("Note", "Tessa: patched the mail server"),
        ("InvoicedQuantity", "47"),
        ("LineExtensionAmount", "936.08"),
        ("LineID", "10"),
        ("Name", "Session S-12"),
        ("ID", "S"),
        ("Percent", "25"),
        ("ID", "VAT"),
        ("PriceAmount", "1195"),
        ("BaseQuantity", "60"),
    ]
    assert {element.get("unitCode") for element in line.iter("*") if element.get("unitCode")} == {"MIN"}


def test_i2_the_day_of_supply_and_the_period_are_told():
    root = root_of(documents.by_the_minute())

    period = texts(root, "cac:InvoicePeriod/cbc:StartDate", "cac:InvoicePeriod/cbc:EndDate")
    assert period == ["2026-10-01", "2026-10-31"]
    assert texts(root, "cac:Delivery/cbc:ActualDeliveryDate", "cbc:TaxPointDate") == ["2026-10-31", "2026-10-31"]


@pytest.mark.parametrize("taxed_on", [documents.ISSUED_ON, date(2027, 1, 4), None])
def test_i2_a_day_of_tax_that_is_not_earlier_is_not_told(taxed_on):
    assert every(root_of(documents.domestic(taxed_on=taxed_on)), "cbc:TaxPointDate") == []


def test_i2_a_credit_note_tells_the_day_of_supply_and_no_day_of_tax():
    root = root_of(documents.credit_note(supplied_on=date(2026, 10, 31), taxed_on=date(2026, 10, 31)))

    assert texts(root, "cac:Delivery/cbc:ActualDeliveryDate", "cbc:TaxPointDate") == ["2026-10-31", ""]


def test_i2_each_rate_has_its_row():
    rows = every(root_of(documents.mixed_rates()), "cac:TaxTotal/cac:TaxSubtotal")

    assert [texts(row, "cbc:TaxableAmount", "cbc:TaxAmount", "cac:TaxCategory/cbc:Percent") for row in rows] == [
        ["1223.14", "305.79", "25"],
        ["359.70", "43.16", "12"],
        ["699.98", "42.00", "6"],
    ]


def test_i2_reverse_charge_says_why_in_a_code_and_in_words():
    category = every(root_of(documents.reverse_charge()), "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory")[0]

    reason = documents.REASONS[documents.REVERSED]
    assert leaves(category) == [
        ("ID", "AE"),
        ("Percent", "0"),
        ("TaxExemptionReasonCode", "VATEX-EU-AE"),
        ("TaxExemptionReason", reason),
        ("ID", "VAT"),
    ]


def test_i2_outside_the_scope_there_is_neither_rate_nor_vat_number():
    root = root_of(documents.outside_the_eu())

    assert texts(root, ".//cac:TaxCategory/cbc:TaxExemptionReasonCode", ".//cbc:Percent") == ["VATEX-EU-O", ""]
    assert [scheme.text for scheme in every(root, ".//cac:PartyTaxScheme/cac:TaxScheme/cbc:ID")] == ["TAX"]
    assert text(root, f"{SELLER}/cac:PartyLegalEntity/cbc:CompanyLegalForm") == "VAT SE556036079301"
    assert every(root, "cbc:TaxPointDate") == []


def test_i2_in_another_currency_the_vat_is_also_in_the_books_with_rate_and_date():
    root = root_of(documents.in_euro())

    totals = [(amount.get("currencyID"), amount.text) for amount in every(root, "cac:TaxTotal/cbc:TaxAmount")]
    assert totals == [("EUR", "200.00"), ("SEK", "2284.62")]
    assert texts(root, "cbc:DocumentCurrencyCode", "cbc:TaxCurrencyCode", "cbc:Note") == ["EUR", "SEK", "1 EUR = 11.4231 SEK (2026-11-27)"]


def test_i2_an_untaxed_sale_in_euro_needs_no_vat_in_kronor():
    root = root_of(documents.reverse_charge(currency="EUR", books_currency="SEK"))

    assert every(root, "cbc:TaxCurrencyCode") == []


@pytest.mark.parametrize(
    ("payment", "said"),
    [
        (PaymentMeans(bankgiro="5050-1055", reference="1234574"), [("SE:BANKGIRO", "50501055")]),
        (PaymentMeans(plusgiro="410 54 68-5", reference="1234574"), [("SE:PLUSGIRO", "41054685")]),
        (
            PaymentMeans(iban="se45 5000 0000 0583 9825 7466", bic="essesess", reference="1234574"),
            [("ESSESESS", "SE4550000000058398257466")],
        ),
        (PaymentMeans(iban="SE4550000000058398257466", reference="1234574"), [("", "SE4550000000058398257466")]),
        (
            PaymentMeans(bankgiro="5050-1055", iban="SE4550000000058398257466", bic="ESSESESS", reference="1234574"),
            [("SE:BANKGIRO", "50501055"), ("ESSESESS", "SE4550000000058398257466")],
        ),
    ],
)
def test_i3_each_account_is_a_transfer_with_the_same_reference(payment, said):
    facts = documents.domestic(payment=payment)

    means = every(root_of(facts), MEANS)
    assert [(text(one, BRANCH), text(one, f"{ACCOUNT}/cbc:ID")) for one in means] == said
    assert {(text(one, "cbc:PaymentMeansCode"), text(one, "cbc:PaymentID")) for one in means} == {("30", "1234574")}
    assert (official.judged(written(facts)).findings, checks.findings_of(written(facts))) == ((), ())


def test_i2_what_was_paid_and_rounded_leads_to_the_sum_to_pay():
    advance, kronor = root_of(documents.prepaid()), root_of(documents.rounded_to_kronor())

    assert leaves(every(advance, SUMS)[0]) == [
        ("LineExtensionAmount", "9600.00"),
        ("TaxExclusiveAmount", "9600.00"),
        ("TaxInclusiveAmount", "12000.00"),
        ("PrepaidAmount", "2000.50"),
        ("PayableAmount", "9999.50"),
    ]
    assert texts(kronor, f"{SUMS}/cbc:PayableRoundingAmount", f"{SUMS}/cbc:PayableAmount") == ["-0.41", "1250.00"]


def test_i4_several_notes_become_one():
    assert [note.text for note in every(root_of(documents.prepaid()), "cbc:Note")] == ["Thank you for the advance.\nTwo notes in one."]


def test_i4_what_is_taken_off_is_a_quantity_below_zero_at_a_price_above():
    lines = every(root_of(documents.reduced_price()), "cac:InvoiceLine")[1:]

    said = [texts(line, "cbc:InvoicedQuantity", "cac:Price/cbc:PriceAmount", "cbc:LineExtensionAmount") for line in lines]
    assert said == [["-1", "600", "-600.00"], ["-2", "50.25", "-100.50"]]


def test_i1_a_credit_note_names_what_it_corrects():
    root = root_of(documents.credit_note())

    assert root.tag.endswith("}CreditNote")
    assert leaves(every(root, "cac:BillingReference")[0]) == [("ID", "2026-1001"), ("IssueDate", "2026-11-27")]
    assert texts(root, "cbc:CreditNoteTypeCode", f"{SUMS}/cbc:PayableAmount", "cac:CreditNoteLine/cbc:CreditedQuantity") == [
        "381",
        "12000.00",
        "1",
    ]
    assert every(root, MEANS) == []


def test_i1_a_credit_note_has_its_day_of_payment_with_the_means():
    root = root_of(documents.part_credited())

    assert every(root, "cbc:DueDate") == []
    assert leaves(every(root, MEANS)[0]) == [("PaymentMeansCode", "1"), ("PaymentDueDate", "2026-12-27")]
    assert text(root, f"{SUMS}/cbc:PayableAmount") == "497.91"


def test_i1_a_credit_note_with_two_accounts_names_its_day_once():
    both = replace(documents.IBAN, bankgiro="5050-1055")
    document = written(documents.part_credited(payment=both))

    assert [text(one, "cbc:PaymentDueDate") for one in every(parsed(document), MEANS)] == ["2026-12-27", ""]
    assert official.judged(document).findings == ()


@pytest.mark.parametrize("kind", documents.KINDS)
def test_i1_the_same_facts_give_the_same_bytes(kind):
    assert sha256(written(kind())).hexdigest() == sha256(written(kind())).hexdigest()
    assert written(kind()).startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<")


def test_i4_figures_bear_no_exponent_and_no_needless_zeros():
    line = documents.a_line("Travel", Decimal("1E+1"), Decimal("5.2500"), unit=Unit.KILOMETRE, net=Decimal("52.5"))

    said = every(root_of(documents.facts_of(line)), "cac:InvoiceLine")[0]

    assert texts(said, "cbc:InvoicedQuantity", "cac:Price/cbc:PriceAmount", "cbc:LineExtensionAmount") == ["10", "5.25", "52.50"]


def test_i4_hostile_texts_are_carried_as_texts():
    line = documents.a_line(HOSTILE, note=f"{HOSTILE}\r\n\r\nSecond line")
    party = replace(documents.ACME, name=HOSTILE, address_lines=(HOSTILE,), city=HOSTILE, contact_name=HOSTILE)

    facts = documents.facts_of(
        line, buyer=party, notes=(HOSTILE,), terms=HOSTILE, number=HOSTILE, buyer_reference=HOSTILE, order_reference=HOSTILE
    )
    root = root_of(facts)

    places = (
        f"{BUYER}/cac:PartyName/cbc:Name",
        "cbc:Note",
        "cbc:ID",
        "cbc:BuyerReference",
        "cac:OrderReference/cbc:ID",
        "cac:PaymentTerms/cbc:Note",
    )
    assert texts(root, *places, "cac:InvoiceLine/cac:Item/cbc:Name") == [CARRIED] * 7
    assert every(root, "cac:InvoiceLine/cbc:Note")[0].text == f"{CARRIED}\nSecond line"
    assert (official.judged(written(facts)).findings, checks.findings_of(written(facts))) == ((), ())


def test_i4_a_hundred_lines_are_no_burden():
    facts = documents.facts_of(
        *[documents.a_line(f"Session S-{number}", 60, 1195, unit=Unit.MINUTE, base=Decimal(60)) for number in range(100)]
    )

    assert (official.judged(written(facts)).findings, checks.findings_of(written(facts))) == ((), ())
