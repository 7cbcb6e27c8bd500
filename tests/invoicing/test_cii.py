"""What stands in the form that a PDF carries."""

from datetime import date

import pytest

from invoicing.einvoice.cii import written_cii
from invoicing.einvoice.trees import parsed
from invoicing.einvoice.ubl import written
from invoicing.facts import PaymentMeans
from tests.invoicing import documents
from tests.invoicing.breaking import PREFIXES

SETTLEMENT = "//ram:ApplicableHeaderTradeSettlement"
SUMS = f"{SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"
SAME = [
    ("string(//cac:LegalMonetaryTotal/cbc:PayableAmount)", f"string({SUMS}/ram:DuePayableAmount)"),
    ("string(//cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount)", f"string({SUMS}/ram:GrandTotalAmount)"),
    ("string(//cac:LegalMonetaryTotal/cbc:PrepaidAmount)", f"string({SUMS}/ram:TotalPrepaidAmount)"),
    ("string(//cac:LegalMonetaryTotal/cbc:PayableRoundingAmount)", f"string({SUMS}/ram:RoundingAmount)"),
    ("string(/*/cbc:ID)", "string(//rsm:ExchangedDocument/ram:ID)"),
    ("string(/*/cbc:InvoiceTypeCode | /*/cbc:CreditNoteTypeCode)", "string(//rsm:ExchangedDocument/ram:TypeCode)"),
    ("string(/*/cbc:Note)", "string(//rsm:ExchangedDocument/ram:IncludedNote/ram:Content)"),
    ("string(/*/cbc:BuyerReference)", "string(//ram:BuyerReference)"),
    ("string(//cac:OrderReference/cbc:ID)", "string(//ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID)"),
    ("string(//cac:ContractDocumentReference/cbc:ID)", "string(//ram:ContractReferencedDocument/ram:IssuerAssignedID)"),
    ("string(//cac:InvoiceDocumentReference/cbc:ID)", f"string({SETTLEMENT}/ram:InvoiceReferencedDocument/ram:IssuerAssignedID)"),
    ("string(//cac:PaymentTerms/cbc:Note)", "string(//ram:SpecifiedTradePaymentTerms/ram:Description)"),
    ("translate(//cbc:DueDate | //cbc:PaymentDueDate, '-', '')", "string(//ram:DueDateDateTime/udt:DateTimeString)"),
    ("translate(//cbc:ActualDeliveryDate, '-', '')", "string(//ram:ActualDeliverySupplyChainEvent//udt:DateTimeString)"),
    ("translate(/*/cbc:TaxPointDate, '-', '')", "string(//ram:TaxPointDate/udt:DateString)"),
    ("translate(//cac:InvoicePeriod/cbc:EndDate, '-', '')", "string(//ram:BillingSpecifiedPeriod/ram:EndDateTime/udt:DateTimeString)"),
    ("string(//cac:TaxCategory/cbc:TaxExemptionReason)", f"string({SETTLEMENT}/ram:ApplicableTradeTax/ram:ExemptionReason)"),
    ("string(//cac:PaymentMeans/cac:PayeeFinancialAccount/cbc:ID)", "string(//ram:IBANID | //ram:ProprietaryID)"),
    ("string(//cac:FinancialInstitutionBranch/cbc:ID)", "string(//ram:BICID)"),
]
MANY = [
    ("//cac:TaxTotal/cbc:TaxAmount", f"{SUMS}/ram:TaxTotalAmount"),
    ("//cac:TaxSubtotal/cbc:TaxableAmount", f"{SETTLEMENT}/ram:ApplicableTradeTax/ram:BasisAmount"),
    ("//cac:TaxSubtotal/cbc:TaxAmount", f"{SETTLEMENT}/ram:ApplicableTradeTax/ram:CalculatedAmount"),
    ("//cac:TaxCategory/cbc:ID", f"{SETTLEMENT}/ram:ApplicableTradeTax/ram:CategoryCode"),
    ("//cac:TaxCategory/cbc:Percent", f"{SETTLEMENT}/ram:ApplicableTradeTax/ram:RateApplicablePercent"),
    ("//cbc:InvoicedQuantity | //cbc:CreditedQuantity", "//ram:BilledQuantity"),
    ("//cbc:BaseQuantity", "//ram:BasisQuantity"),
    ("//cbc:PriceAmount", "//ram:NetPriceProductTradePrice/ram:ChargeAmount"),
    ("//cac:Item/cbc:Name", "//ram:SpecifiedTradeProduct/ram:Name"),
    (
        "//*[self::cac:InvoiceLine or self::cac:CreditNoteLine]/cbc:LineExtensionAmount",
        "//ram:IncludedSupplyChainTradeLineItem//ram:LineTotalAmount",
    ),
    ("//cac:Party/cac:PartyName/cbc:Name", "//ram:SellerTradeParty/ram:Name | //ram:BuyerTradeParty/ram:Name"),
    ("//cac:Party/cbc:EndpointID", "//ram:URIUniversalCommunication/ram:URIID"),
    ("//cac:PartyTaxScheme/cbc:CompanyID", "//ram:SpecifiedTaxRegistration/ram:ID"),
    ("//cac:PartyLegalEntity/cbc:CompanyID", "//ram:SpecifiedLegalOrganization/ram:ID"),
    ("//cac:PostalAddress/cac:Country/cbc:IdentificationCode", "//ram:CountryID"),
]


def asked(document, path):
    found = parsed(document).xpath(path, namespaces=PREFIXES)
    return found if isinstance(found, str) else [element.text for element in found]


@pytest.mark.parametrize("kind", documents.KINDS)
def test_i4_both_forms_say_the_same(kind):
    network, pdf = written(kind()), written_cii(kind())

    assert [asked(pdf, theirs) for _ours, theirs in SAME] == [asked(network, ours) for ours, _theirs in SAME]
    assert [asked(pdf, theirs) for _ours, theirs in MANY] == [asked(network, ours) for ours, _theirs in MANY]


@pytest.mark.parametrize(("ours", "theirs"), [*SAME, *MANY])
def test_i4_and_each_of_it_is_said_by_some_document(ours, theirs):
    assert any(asked(written(kind()), ours) and asked(written_cii(kind()), theirs) for kind in documents.KINDS)


@pytest.mark.parametrize("kind", documents.KINDS)
def test_i1_the_same_facts_give_the_same_bytes(kind):
    assert written_cii(kind()) == written_cii(kind())


def test_i2_a_credit_note_tells_the_day_of_supply_and_no_day_of_tax():
    document = written_cii(documents.credit_note(supplied_on=date(2026, 10, 31), taxed_on=date(2026, 10, 31)))

    assert asked(document, "//ram:OccurrenceDateTime/udt:DateTimeString | //ram:TaxPointDate/udt:DateString") == ["20261031"]


def test_i3_a_giro_account_is_no_iban():
    document = written_cii(documents.domestic(payment=PaymentMeans(bankgiro="5050-1055", iban="SE4550000000058398257466", bic="ESSESESS")))

    assert (asked(document, "//ram:ProprietaryID"), asked(document, "//ram:IBANID")) == (["50501055"], ["SE4550000000058398257466"])


def test_i4_hostile_texts_are_carried_as_texts():
    document = written_cii(documents.domestic(notes=("a <b> & \x00\x1b ]]> \u202eright",)))

    assert asked(document, "//ram:Content") == ["a <b> & ]]> right"]
