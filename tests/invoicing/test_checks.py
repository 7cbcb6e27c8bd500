"""Our own checks of Peppol's and Sweden's rules: each is seen to fire, and none does on what we write."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from invoicing.einvoice import checks
from invoicing.einvoice.findings import Finding, Gravity
from invoicing.einvoice.trees import Unreadable
from invoicing.einvoice.ubl import written
from invoicing.facts import InvoiceFacts, PaymentMeans
from tests.invoicing import documents
from tests.invoicing.breaking import BUYER, SELLER, Break, add, broken, double, drop, mark, put

ACCOUNT = "cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"
LEGAL = f"{SELLER}/cac:PartyLegalEntity/cbc:CompanyID"
VAT_NUMBER = f"{SELLER}/cac:PartyTaxScheme[cac:TaxScheme/cbc:ID='VAT']/cbc:CompanyID"
REASON = "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:TaxExemptionReasonCode"
BUYERS_ADDRESS = f"{BUYER}/cbc:EndpointID"


def plusgiro():
    return documents.domestic(payment=PaymentMeans(plusgiro="410 54 68-5", reference="1234574"))


def allowance(indicator="false", amount="10.00", percent="", base=""):
    parts = (("ChargeIndicator", indicator), ("MultiplierFactorNumeric", percent), ("Amount", amount), ("BaseAmount", base))
    currency = {"Amount": ' currencyID="SEK"', "BaseAmount": ' currencyID="SEK"'}
    said = "".join(f"<cbc:{name}{currency.get(name, '')}>{text}</cbc:{name}>" for name, text in parts if text)
    return f"<cac:AllowanceCharge>{said}</cac:AllowanceCharge>"


def on_the_document(**said):
    return add(".", allowance(**said), before="cac:TaxTotal")


def on_the_price(**said):
    return add("cac:InvoiceLine/cac:Price", allowance(**said))


def addressed(scheme, number):
    return [mark(BUYERS_ADDRESS, "schemeID", scheme), put(BUYERS_ADDRESS, number)]


BREAKS: dict[str, tuple[Callable[[], InvoiceFacts], list[Break], set[str]]] = {
    "PEPPOL-EN16931-R001": (documents.domestic, [drop("cbc:ProfileID")], {"PEPPOL-EN16931-R007"}),
    "PEPPOL-EN16931-R002": (documents.prepaid, [double("cbc:Note")], set()),
    "PEPPOL-EN16931-R003": (documents.domestic, [drop("cbc:BuyerReference")], set()),
    "PEPPOL-EN16931-R004": (documents.domestic, [put("cbc:CustomizationID", "urn:cen.eu:en16931:2017")], set()),
    "PEPPOL-EN16931-R005": (documents.in_euro, [put("cbc:TaxCurrencyCode", "EUR")], set()),
    "PEPPOL-EN16931-R007": (documents.domestic, [put("cbc:ProfileID", "urn:fdc:peppol.eu:2017:poacc:billing:1:1.0")], set()),
    "PEPPOL-EN16931-R008": (documents.domestic, [put("cbc:BuyerReference", " ")], set()),
    "PEPPOL-EN16931-R010": (documents.domestic, [drop(BUYERS_ADDRESS)], set()),
    "PEPPOL-EN16931-R020": (documents.domestic, [drop(f"{SELLER}/cbc:EndpointID")], set()),
    "PEPPOL-EN16931-R040": (documents.domestic, [on_the_document(percent="5", base="100.00")], set()),
    "PEPPOL-EN16931-R041": (documents.domestic, [on_the_document(percent="5")], set()),
    "PEPPOL-EN16931-R042": (documents.domestic, [on_the_document(base="100.00")], set()),
    "PEPPOL-EN16931-R043": (documents.domestic, [on_the_document(indicator="no")], set()),
    "PEPPOL-EN16931-R044": (documents.domestic, [on_the_price(indicator="true")], set()),
    "PEPPOL-EN16931-R046": (documents.domestic, [on_the_price(base="9700.00")], set()),
    "PEPPOL-EN16931-R051": (documents.domestic, [mark("cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount", "currencyID", "EUR")], set()),
    "PEPPOL-EN16931-R053": (documents.domestic, [double("cac:TaxTotal")], set()),
    "PEPPOL-EN16931-R054": (documents.domestic, [add(".", "<cbc:TaxCurrencyCode>EUR</cbc:TaxCurrencyCode>")], {"PEPPOL-EN16931-R055"}),
    "PEPPOL-EN16931-R055": (documents.in_euro, [put("cac:TaxTotal[2]/cbc:TaxAmount", "-2284.62")], set()),
    "PEPPOL-EN16931-R061": (documents.domestic, [put("cac:PaymentMeans/cbc:PaymentMeansCode", "49")], set()),
    "PEPPOL-EN16931-R120": (documents.by_the_minute, [put("cac:InvoiceLine[1]/cbc:LineExtensionAmount", "936.11")], set()),
    "PEPPOL-EN16931-R121": (
        documents.by_the_minute,
        [put("cac:InvoiceLine[1]/cac:Price/cbc:BaseQuantity", "-60")],
        {"PEPPOL-EN16931-R120"},
    ),
    "PEPPOL-EN16931-R130": (documents.by_the_minute, [mark("cac:InvoiceLine[1]/cac:Price/cbc:BaseQuantity", "unitCode", "HUR")], set()),
    "PEPPOL-EN16931-P0100": (documents.domestic, [put("cbc:InvoiceTypeCode", "381")], set()),
    "PEPPOL-EN16931-P0101": (documents.credit_note, [put("cbc:CreditNoteTypeCode", "380")], set()),
    "PEPPOL-EN16931-P0104": (documents.reverse_charge, [put(REASON, "VATEX-EU-G")], set()),
    "PEPPOL-EN16931-P0105": (documents.reverse_charge, [put(REASON, "vatex-eu-o")], set()),
    "PEPPOL-EN16931-P0106": (documents.reverse_charge, [put(REASON, "VATEX-EU-IC")], set()),
    "PEPPOL-EN16931-P0107": (documents.outside_the_eu, [put(REASON, "VATEX-EU-AE")], set()),
    "PEPPOL-COMMON-R040": (documents.domestic, addressed("0088", "7350053850018"), set()),
    "PEPPOL-COMMON-R041": (documents.domestic, addressed("0192", "974760674"), set()),
    "PEPPOL-COMMON-R042": (documents.domestic, addressed("0184", "DK1234567"), set()),
    "PEPPOL-COMMON-R043": (documents.domestic, addressed("0208", "0403019262"), set()),
    "PEPPOL-COMMON-R049": (documents.domestic, addressed("0007", "5567037486"), set()),
    "SE-R-001": (documents.domestic, [put(VAT_NUMBER, "SE55603607930")], set()),
    "SE-R-002": (documents.domestic, [put(VAT_NUMBER, "SE5560360793O1")], set()),
    "SE-R-003": (documents.domestic, [put(LEGAL, "55603607-3")], {"SE-R-013", "PEPPOL-COMMON-R049"}),
    "SE-R-004": (documents.domestic, [put(LEGAL, "165560360793")], {"SE-R-013", "PEPPOL-COMMON-R049"}),
    "SE-R-005": (documents.domestic, [put(f"{SELLER}/cac:PartyTaxScheme[2]/cbc:CompanyID", "Approved for F-tax")], set()),
    "SE-R-006": (documents.mixed_rates, [put("cac:TaxTotal/cac:TaxSubtotal[2]/cac:TaxCategory/cbc:Percent", "13")], set()),
    "SE-R-007": (plusgiro, [put(ACCOUNT, "410546-5")], set()),
    "SE-R-008": (documents.domestic, [put(ACCOUNT, "505-1055")], set()),
    "SE-R-009": (documents.domestic, [put(ACCOUNT, "505010")], set()),
    "SE-R-010": (plusgiro, [put(ACCOUNT, "410546854")], set()),
    "SE-R-011": (documents.domestic, [put("cac:PaymentMeans/cbc:PaymentMeansCode", "56")], set()),
    "SE-R-012": (documents.domestic, [put("cac:PaymentMeans/cbc:PaymentMeansCode", "31")], set()),
    "SE-R-013": (documents.domestic, [put(LEGAL, "5560360794")], {"PEPPOL-COMMON-R049"}),
}
"""Of each rule: a document that keeps it, how it is broken, and which other rules are broken by that too."""


def rules_broken(document):
    return {finding.rule for finding in checks.findings_of(document)}


@pytest.mark.parametrize("kind", documents.KINDS)
def test_i4_no_document_of_ours_breaks_a_rule(kind):
    assert checks.findings_of(written(kind())) == ()


@pytest.mark.parametrize("rule", BREAKS)
def test_i4_each_rule_is_seen_to_fire(rule):
    kind, breaks, others = BREAKS[rule]

    assert rules_broken(broken(written(kind()), *breaks)) == {rule, *others}


def test_i4_no_rule_is_without_a_document_that_breaks_it():
    assert sorted(rule.name for rule in checks.RULES) == sorted(BREAKS)


def test_i4_a_finding_says_what_is_wrong_and_where():
    document = broken(written(documents.domestic()), put(ACCOUNT, "505010"))

    [finding] = checks.findings_of(document)

    place = "/*/cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID"
    assert finding == Finding("SE-R-009", "A bankgiro number has seven or eight digits.", place, Gravity.WARNING)


def test_i4_a_line_may_differ_by_two_cents_and_no_more():
    net = "cac:InvoiceLine[1]/cbc:LineExtensionAmount"
    document = written(documents.by_the_minute())  # 47 min at 1 195 an hour: 936.083…

    assert rules_broken(broken(document, put(net, "936.10"))) == set()
    assert rules_broken(broken(document, put(net, "936.11"))) == {"PEPPOL-EN16931-R120"}


@pytest.mark.parametrize("figure", ["NaN", "Infinity", "1e3", "١٢", "twelve"])
def test_i4_what_is_no_figure_is_found_and_breaks_nothing_off(figure):
    document = broken(written(documents.domestic()), put("cac:InvoiceLine/cac:Price/cbc:PriceAmount", figure))

    assert rules_broken(document) == {"PEPPOL-EN16931-R120"}


def test_i4_what_is_taken_off_a_line_counts_towards_its_net():
    taken_off = add("cac:InvoiceLine", allowance(amount="100.00"), before="cac:Item")
    document = written(documents.domestic())

    assert rules_broken(broken(document, taken_off)) == {"PEPPOL-EN16931-R120"}
    assert rules_broken(broken(document, taken_off, put("cac:InvoiceLine/cbc:LineExtensionAmount", "9500.00"))) == set()


def test_i4_rules_for_swedish_sellers_leave_others_alone():
    abroad = put(f"{SELLER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode", "FI")
    breaks = [mark(LEGAL, "schemeID", "0212"), put(LEGAL, "1"), put(VAT_NUMBER, "SE1"), put(ACCOUNT, "x")]

    assert rules_broken(broken(written(documents.domestic()), abroad, *breaks)) == set()


def test_i4_transfers_abroad_may_be_other_than_thirty():
    document = written(documents.reverse_charge())

    assert rules_broken(broken(document, put("cac:PaymentMeans/cbc:PaymentMeansCode", "31"))) == set()


def test_i4_only_german_parties_may_have_several_notes():
    countries = [put(f"{party}/cac:PostalAddress/cac:Country/cbc:IdentificationCode", "DE") for party in (SELLER, BUYER)]
    document = broken(written(documents.prepaid()), double("cbc:Note"))

    assert "PEPPOL-EN16931-R002" in rules_broken(document)
    assert "PEPPOL-EN16931-R002" not in rules_broken(broken(document, *countries))


def test_i4_right_numbers_of_other_registers_pass():
    for scheme, number in (("0088", "7350053850019"), ("0192", "974760673"), ("0184", "DK12345674"), ("0208", "0403019261")):
        assert rules_broken(broken(written(documents.domestic()), *addressed(scheme, number))) == set()


def test_i4_credit_notes_are_checked_line_by_line_too():
    document = broken(written(documents.part_credited()), put("cac:CreditNoteLine/cbc:CreditedQuantity", "21"))

    assert rules_broken(document) == {"PEPPOL-EN16931-R120"}


def test_i4_another_document_is_not_said_to_be_without_fault():
    with pytest.raises(checks.NotAnEInvoice):
        checks.findings_of(b"<Invoice/>")
    with pytest.raises(Unreadable):
        checks.findings_of(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')


def test_i2_a_swedish_seller_with_a_foreign_rate_is_found():
    facts = documents.facts_of(documents.a_line(percent=20))

    assert rules_broken(written(facts)) == {"SE-R-006"}
    assert facts.vat == Decimal("1920.00")
