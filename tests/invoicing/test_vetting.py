"""No e-invoice that breaks a rule is kept or sent: each rule, met on the way of a real invoice from its draft to the buyer (rule I4)."""

from decimal import Decimal
from io import BytesIO

import pikepdf
import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from djmoney.money import Money

from clients.models import Provider
from invoicing import crediting, documents
from invoicing.einvoice import checks, ubl, vetting
from invoicing.models import Buyer, DocumentKind, ExchangeRate, InvoiceEvent, InvoiceEventKind, InvoicingTerms, Transmission
from invoicing.said import facts_of
from tests.cast import NOON
from tests.invoicing import documents as facts
from tests.invoicing.abroad import moved_to, sold
from tests.invoicing.access_points import a_buyer, a_seller, an_access_point, connected
from tests.invoicing.breaking import BUYER, broken, drop, put
from tests.invoicing.official_rules import WARNING, a_compiled_rule, a_rule
from tests.invoicing.scene import an_invoice
from tests.invoicing.test_checks import BREAKS, plusgiro

pytestmark = pytest.mark.django_db
BAD_NUMBERS = {
    "PEPPOL-COMMON-R040": ("0088", "7350053850018"),
    "PEPPOL-COMMON-R041": ("0192", "974760674"),
    "PEPPOL-COMMON-R042": ("0184", "DK1234567"),
    "PEPPOL-COMMON-R043": ("0208", "0403019262"),
}
"""Addresses that somebody can type and that no register gives."""


@pytest.fixture(autouse=True)
def point(cast):
    """The provider's e-invoices go to an access point, whose answers nobody waits for here."""
    a_seller()
    with an_access_point() as found:
        connected(found)
        yield found


def domestic(cast, acme):
    return an_invoice(a_buyer(acme), cast.fia)


def in_plusgiro(cast, acme):
    InvoicingTerms.objects.update(bankgiro="", iban="", bic="", plusgiro="410 54 68-5")
    return domestic(cast, acme)


def in_euro(cast, acme):
    ExchangeRate.objects.create(currency="EUR", starts_on=NOON.date(), rate=Decimal("11.4231"))
    cast.credit_terms.price_per_hour = Money(100, "EUR")
    cast.credit_terms.save()
    return domestic(cast, acme)


def credited(cast, acme):
    return crediting.credit(domestic(cast, acme), None, reason="Agreed by phone", by=cast.fia, at=NOON, cause="note")


def in_germany(cast, acme):
    moved_to(a_buyer(acme), "DE", "DE136695976", organisation_number="HRB 12345", address="Lindenallee 3\n10115 Berlin")
    return sold(acme, cast.fia, (9600, 0))


def in_norway(cast, acme):
    moved_to(a_buyer(acme), "NO", organisation_number="974760673", address="Karl Johans gate 4\n0154 Oslo")
    return sold(acme, cast.fia, (9600, 0))


def at_two_rates(cast, acme):
    return sold(a_buyer(acme), cast.fia, (9600, 25), (100, 12))


REAL = {
    facts.domestic: domestic,
    facts.by_the_minute: domestic,
    facts.prepaid: credited,
    facts.credit_note: credited,
    facts.in_euro: in_euro,
    facts.reverse_charge: in_germany,
    facts.outside_the_eu: in_norway,
    facts.mixed_rates: at_two_rates,
    plusgiro: in_plusgiro,
}
"""Of each kind of document that the rules are tried with, an invoice in the database whose document is of that kind."""


def why_not(invoice):
    return InvoiceEvent.objects.get(invoice=invoice, kind=InvoiceEventKind.NO_XML).reason


def inside(paper):
    with pikepdf.open(BytesIO(bytes(paper))) as opened:
        return list(opened.attachments)


def write_broken(monkeypatch, *breaks):
    """What is written of an invoice has a fault, as it would have if the program that writes it had one."""
    written = ubl.written
    monkeypatch.setattr(ubl, "written", lambda said: broken(written(said), *breaks))


@pytest.mark.parametrize("scene", dict.fromkeys(REAL.values()))
def test_i4_what_breaks_no_rule_is_kept_and_on_its_way(cast, acme, scene):
    invoice = scene(cast, acme)

    kept = documents.keep(invoice, at=NOON)

    assert sorted(kept) == [DocumentKind.PDF, DocumentKind.XML]
    assert Transmission.objects.get(invoice=invoice).channel == "access_point"


@pytest.mark.parametrize("rule", BREAKS)
def test_i4_an_e_invoice_that_breaks_a_rule_is_neither_kept_nor_sent_and_its_pdf_is(cast, acme, monkeypatch, rule):
    kind, breaks, others = BREAKS[rule]
    invoice = REAL[kind](cast, acme)
    write_broken(monkeypatch, *breaks)

    kept = documents.keep(invoice, at=NOON)

    assert (list(kept), inside(kept["pdf"].content)) == ([DocumentKind.PDF], [documents.INSIDE])
    told = {one.name: f"{one.name}: {one.said}" for one in checks.RULES}
    assert {name for name, sentence in told.items() if sentence in why_not(invoice)} == {rule, *others}
    [sent] = Transmission.objects.filter(invoice=invoice)
    assert (sent.channel, InvoiceEvent.objects.filter(invoice=invoice, kind=InvoiceEventKind.BY_MAIL).count()) == ("mail", 1)


def test_i4_a_rate_that_sweden_does_not_have_breaks_a_rule(cast, acme):
    invoice = sold(a_buyer(acme), cast.fia, (9600, 20))

    kept = documents.keep(invoice, at=NOON)

    assert list(kept) == [DocumentKind.PDF]
    assert why_not(invoice) == (
        "The e-invoice was not made, for it breaks rules. SE-R-006: A Swedish seller's rates of VAT are 25, 12 and 6 percent. "
        "Nothing has changed."
    )


@pytest.mark.parametrize("rule", BAD_NUMBERS)
def test_i4_an_address_that_no_register_gives_breaks_a_rule(cast, acme, rule):
    scheme, address = BAD_NUMBERS[rule]
    a_buyer(acme)
    Buyer.objects.update(endpoint_scheme=scheme, endpoint=address)
    invoice = an_invoice(acme, cast.fia)

    kept = documents.keep(invoice, at=NOON)

    assert (list(kept), f"{rule}: " in why_not(invoice)) == ([DocumentKind.PDF], True)


def test_p4_what_is_broken_is_told_in_the_language_of_the_provider(cast, acme, monkeypatch):
    Provider.objects.update(language="sv")
    invoice = domestic(cast, acme)
    write_broken(monkeypatch, drop(f"{BUYER}/cbc:EndpointID"))

    documents.keep(invoice, at=NOON)

    assert "PEPPOL-EN16931-R010: Köparen har ingen elektronisk adress." in why_not(invoice)


def test_i4_a_rule_is_named_once_however_many_lines_break_it(cast, acme, monkeypatch):
    invoice = at_two_rates(cast, acme)
    write_broken(monkeypatch, put("cac:InvoiceLine/cbc:LineExtensionAmount", "1.00"))

    with pytest.raises(vetting.RulesBroken) as refused:
        vetting.made(facts_of(invoice))

    assert [finding.rule for finding in refused.value.findings] == ["PEPPOL-EN16931-R120"] * 2
    assert str(refused.value).count("PEPPOL-EN16931-R120") == 1


@pytest.mark.parametrize("rules", [a_rule, a_compiled_rule])
def test_i4_rules_of_the_operator_are_asked_before_an_e_invoice_is_kept(cast, acme, settings, tmp_path, rules):
    settings.EINVOICE_RULES = str(rules(tmp_path, "OWN-7"))
    invoice = domestic(cast, acme)

    kept = documents.keep(invoice, at=NOON)

    assert (list(kept), "OWN-7: " in why_not(invoice)) == ([DocumentKind.PDF], True)


def test_i4_what_they_only_warn_of_passes(cast, acme, settings, tmp_path):
    settings.EINVOICE_RULES = str(a_rule(a_compiled_rule(tmp_path, flag=WARNING), flag=WARNING))

    assert sorted(documents.keep(domestic(cast, acme), at=NOON)) == [DocumentKind.PDF, DocumentKind.XML]


def test_i4_the_official_rules_are_asked_with_them(cast, acme, settings, tmp_path, monkeypatch):
    settings.EINVOICE_RULES = str(a_rule(tmp_path, test="true()"))
    invoice = domestic(cast, acme)
    write_broken(monkeypatch, drop("cbc:IssueDate"))

    documents.keep(invoice, at=NOON)

    assert "BR-03: " in why_not(invoice)


def test_i4_where_they_cannot_be_asked_it_waits_until_they_can_and_the_pdf_can_be_read_meanwhile(cast, acme, settings, tmp_path):
    settings.EINVOICE_RULES = str(tmp_path / "missing")
    invoice = domestic(cast, acme)

    with pytest.raises(ExceptionGroup) as failed:
        documents.make_due(NOON)
    meanwhile = [documents.kept(invoice, kind) for kind in (DocumentKind.PDF, DocumentKind.XML)]
    nothing_kept = not invoice.documents.exists() and not Transmission.objects.exists()
    settings.EINVOICE_RULES = str(a_rule(tmp_path, test="true()"))
    documents.make_due(NOON)

    assert [str(error).startswith("EINVOICE_RULES: there are no rules in") for error in failed.value.exceptions] == [True]
    assert [content and content[:4] for content in meanwhile] == [b"%PDF", None]
    assert nothing_kept
    assert sorted(invoice.documents.values_list("kind", flat=True)) == [DocumentKind.PDF, DocumentKind.XML]


def test_i4_an_installation_whose_rules_cannot_be_asked_is_told_so_beforehand(settings, tmp_path):
    settings.EINVOICE_RULES = str(a_rule(tmp_path))
    call_command("check")
    settings.EINVOICE_RULES = str(tmp_path / "missing")

    with pytest.raises(SystemCheckError, match="EINVOICE_RULES: there are no rules in"):
        call_command("check")
