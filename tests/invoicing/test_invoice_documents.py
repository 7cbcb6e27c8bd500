"""An invoice as files: the PDF with the e-invoice inside, and the e-invoice itself (rules I1, I2, I4)."""

from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from io import BytesIO

import pikepdf
import pytest
from djmoney.money import Money

from clients.models import Organisation, Provider
from core.colours import is_colour
from invoicing import crediting, documents, issuing, life
from invoicing.einvoice.official import judged
from invoicing.facts import Kind, VatCategory
from invoicing.models import Buyer, DocumentKind, ExchangeRate, Invoice, InvoiceDocument, InvoiceEvent, InvoiceEventKind, InvoicingTerms
from invoicing.said import facts_of
from tests.cast import NOON, a_client
from tests.core.papers import pages_of
from tests.invoicing.scene import a_draft, an_invoice, invoicing_terms
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(cast):
    """A provider and terms of which an e-invoice is complete."""
    Provider.objects.filter(pk=1).update(organisation_number="556036-0793", vat_number="SE556036079301")
    return invoicing_terms(endpoint="5560360793", footer_en="Interest by law after the due date.", footer_sv="Dröjsmålsränta enligt lag.")


def complete(client, **fields):
    """A client whose invoice can travel by Peppol."""
    given = {
        "organisation_number": "556703-7485",
        "vat_number": "SE556703748501",
        "address": "Sveavägen 2\n753 10 Uppsala",
        "country": "SE",
    }
    Organisation.objects.filter(pk=client.organisation.pk).update(**(given | fields))
    Buyer.objects.create(organisation=client.organisation, endpoint_scheme="0007", endpoint="5567037485", reference="ref-4711")
    client.account.refresh_from_db()
    client.organisation.refresh_from_db()
    return client


def text_of(document):
    """All its pages as one text, with ordinary blanks."""
    return " ".join(pages_of(document)).replace("\xa0", " ")


def inside(document):
    """The files inside a PDF."""
    with pikepdf.open(BytesIO(document)) as opened:
        return {name: bytes(spec.get_file().read_bytes()) for name, spec in opened.attachments.items()}


def judge_all(invoice):
    """The kept files of an invoice, of which those for machines are found right by the official rules."""
    kept = documents.keep(invoice, at=NOON)
    assert list(InvoiceEvent.objects.filter(kind=InvoiceEventKind.NO_XML).values_list("reason", flat=True)) == []
    xml, pdf_ = bytes(kept["xml"].content), bytes(kept["pdf"].content)
    for machine in (xml, inside(pdf_)["factur-x.xml"]):
        verdict = judged(machine)
        assert [finding for finding in verdict.findings if finding.gravity == "fatal"] == []
        assert sum(verdict.applied.values()) > 0
    return xml, pdf_


def test_i4_the_documents_of_an_invoice_are_kept_once_with_their_digests(cast, acme, seller):
    invoice = an_invoice(complete(acme), cast.fia)

    xml, paper = judge_all(invoice)
    again = documents.keep(invoice, at=NOON + timedelta(days=1))

    assert InvoiceDocument.objects.count() == 2
    assert {kind: document.digest for kind, document in again.items()} == {
        "pdf": sha256(paper).hexdigest(),
        "xml": sha256(xml).hexdigest(),
    }
    assert not InvoiceEvent.objects.filter(kind=InvoiceEventKind.NO_XML).exists()


def test_i4_the_pdf_is_archivable_and_says_where_the_invoice_inside_is(cast, acme, seller):
    _xml, paper = judge_all(an_invoice(complete(acme), cast.fia))

    with pikepdf.open(BytesIO(paper)) as opened:
        metadata = opened.open_metadata()
        assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "B")
        name = "{urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#}"
        assert (metadata[f"{name}DocumentFileName"], metadata[f"{name}ConformanceLevel"]) == ("factur-x.xml", "EN 16931")
        assert [str(file.AFRelationship) for file in opened.Root.AF] == ["/Alternative"]
        assert opened.Root.MarkInfo.Marked
        assert bytes(opened.Root.Metadata.read_bytes()).count(b"<rdf:RDF") == 1


def test_i4_the_pdf_brings_its_fonts_and_colours_along_and_does_nothing_by_itself(cast, acme, seller):
    """What ISO 19005-3 asks of a file beside its metadata, as far as it can be read off its objects."""
    paper = judge_all(an_invoice(complete(acme), cast.fia))[1]

    with pikepdf.open(BytesIO(paper)) as opened:
        dictionaries = [each for each in opened.objects if isinstance(each, pikepdf.Dictionary | pikepdf.Stream)]
        fonts = [each for each in dictionaries if each.get("/Type") == "/FontDescriptor"]
        assert len(fonts) >= 2
        assert [str(font.FontName) for font in fonts if not {"/FontFile", "/FontFile2", "/FontFile3"} & set(font.keys())] == []
        (intent,) = opened.Root.OutputIntents
        assert (str(intent.S), int(intent.DestOutputProfile.N)) == ("/GTS_PDFA1", 3)
        (inside_it,) = opened.attachments.values()
        assert str(inside_it.obj.EF.F.Subtype) in {"/text/xml", "/application/xml"}
        assert {"/ModDate", "/Size"} <= set(inside_it.obj.EF.F.Params.keys())
        assert not opened.is_encrypted
        assert [key for each in dictionaries for key in ("/JS", "/JavaScript", "/AA", "/Launch", "/OpenAction") if key in each] == []
        assert [each for each in dictionaries if each.get("/Subtype") == "/Link" and not int(each.get("/F", 0)) & 4] == []


def test_i1_the_documents_say_what_was_frozen_whatever_has_changed_since(cast, acme, seller):
    invoice = an_invoice(complete(acme), cast.fia)
    before = documents.draw(invoice).files

    Organisation.objects.filter(pk=acme.organisation.pk).update(name="Another AB", address="Elsewhere", vat_number="")
    Provider.objects.update(legal_name="Others AB", name="Others", address="Nowhere", email="x@example.com")
    InvoicingTerms.objects.update(bankgiro="", iban="", f_tax=False, payment_days=1)
    Buyer.objects.update(reference="another", endpoint="")

    assert documents.draw(Invoice.objects.get(pk=invoice.pk)).files == before


def test_i2_the_paper_shows_hours_times_price_vat_by_rate_and_how_it_is_paid(cast, acme, seller):
    said = text_of(judge_all(an_invoice(complete(acme), cast.fia, minutes=500))[1])

    for words in ("8 h 20 min", "SEK 1,200.00 / h", "VAT 25% of SEK 10,000.00", "SEK 2,500.00", "SEK 12,500.00", "20260000110"):
        assert words in said
    for words in ("5050-1055", "SE45 5000 0000 0583 9825 7466", "18 Dec 2026", "ref-4711", "Approved for F-tax", "Interest by law"):
        assert words in said


def test_p4_the_paper_is_in_the_language_of_the_client(cast, seller):
    bolaget = complete(a_client(cast, "Bolaget", language="sv"))

    said = text_of(judge_all(an_invoice(bolaget, cast.fia))[1])

    assert "12 000,00 kr" in said
    assert "Dröjsmålsränta enligt lag." in said


def test_i1_a_credit_note_refers_to_its_invoice_and_says_why(cast, acme, seller):
    invoice = an_invoice(complete(acme), cast.fia)
    for parts, cause in (({invoice.lines.get().pk: Decimal(600)}, "a"), (None, "b")):
        note = crediting.credit(invoice, parts, reason="Agreed by phone", by=cast.fia, at=NOON, cause=cause)

        said = text_of(judge_all(note)[1])

        assert (facts_of(note).kind, facts_of(note).preceding) == (Kind.CREDIT_NOTE, ((invoice.number, invoice.issued_on),))
        assert f"{invoice.number} of 18 Nov 2026" in said
        assert "Agreed by phone" in said
        assert "Bankgiro" not in said


def test_i2_reverse_charge_says_who_accounts_for_the_vat(cast, acme, seller):
    german = {"country": "DE", "vat_number": "DE136695976", "organisation_number": "HRB 12345", "address": "Lindenallee 3\n10115 Berlin"}
    invoice = an_untaxed(complete(acme, **german), cast.fia)

    said = text_of(judge_all(invoice)[1])

    assert facts_of(invoice).vat_rows[0].category == VatCategory.REVERSE_CHARGE
    assert "Reverse charge: the buyer accounts for the VAT" in said
    assert "DE136695976" in said


def test_i2_beyond_the_eu_it_is_outside_the_scope(cast, acme, seller):
    norwegian = {"country": "NO", "vat_number": "", "organisation_number": "974760673", "address": "Karl Johans gate 4\n0154 Oslo"}

    said = text_of(judge_all(an_untaxed(complete(acme, **norwegian), cast.fia))[1])

    assert "Outside the scope of VAT" in said


def test_i2_in_another_currency_the_vat_is_also_in_the_books_own(cast, acme, seller):
    ExchangeRate.objects.create(currency="EUR", starts_on=NOON.date(), rate=Decimal("11.4231"))
    cast.credit_terms.price_per_hour = Money(100, "EUR")
    cast.credit_terms.save()

    said = text_of(judge_all(an_invoice(complete(acme), cast.fia))[1])

    assert "VAT in SEK: SEK 2,284.62, at 11.4231 SEK for 1 EUR of 18 Nov 2026." in said


def test_i2_sums_in_whole_kronor_show_their_rounding(cast, acme, seller):
    InvoicingTerms.objects.update(whole_kronor=True)
    cast.credit_terms.price_per_hour = Money(Decimal("1200.33"), "SEK")
    cast.credit_terms.save()

    said = text_of(judge_all(an_invoice(complete(acme), cast.fia))[1])

    assert "Rounding" in said
    assert "SEK 12,003.00" in said


def test_i4_what_the_e_invoice_lacks_is_told_and_the_invoice_goes_by_pdf(cast, acme, seller):
    invoice = an_invoice(acme, cast.fia)

    kept = documents.keep(invoice, at=NOON)

    assert list(kept) == [DocumentKind.PDF]
    event = InvoiceEvent.objects.get(invoice=invoice, kind=InvoiceEventKind.NO_XML)
    assert "the buyer's electronic address" in event.reason


def test_i4_a_draft_has_no_documents(cast, acme, seller):
    with pytest.raises(life.NotIssued):
        documents.keep(a_draft(acme), at=NOON)


def test_i4_the_job_makes_what_is_missing_and_goes_on_where_it_stopped(cast, acme, seller):
    invoices = [an_invoice(acme, cast.fia) for _ in range(3)]
    a_draft(acme)

    assert [documents.make_due(NOON, most=2) for _ in range(3)] == [2, 1, 0]
    assert {document.invoice_id for document in InvoiceDocument.objects.all()} == {invoice.pk for invoice in invoices}


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i4_two_who_keep_at_once_keep_one_of_each(cast, acme):
    invoicing_terms()
    invoice = an_invoice(acme, cast.fia)

    outcome = race(2, lambda _number: documents.keep(invoice, at=NOON))

    assert outcome.errors == []
    assert (InvoiceDocument.objects.count(), InvoiceEvent.objects.filter(kind=InvoiceEventKind.NO_XML).count()) == (1, 1)


def test_i4_many_lines_go_over_several_pages_with_the_head_of_the_table_on_each(cast, acme, seller):
    paper = bytes(documents.keep(a_long_invoice(complete(acme), cast.fia), at=NOON)["pdf"].content)

    with pikepdf.open(BytesIO(paper)) as opened:
        assert len(opened.pages) == 3
    said = text_of(paper)
    assert said.count("Quantity") == 3
    assert "Page 3 of 3" in said


def a_long_invoice(client, finance):
    """An invoice of sixty lines."""
    draft = a_draft(client)
    line = draft.lines.get()
    draft.lines.filter(pk=line.pk).update(net=Decimal("9541"), quantity=1, unit="C62", price=Decimal("9541"), base=1)
    extra = {"quantity": 1, "unit": "C62", "price": 1, "net": 1, "vat_percent": 25}
    for position in range(2, 61):
        draft.lines.create(position=position, text=f"Patched server number {position}", **extra)
    return issuing.issue(draft, by=finance, at=NOON)


def an_untaxed(client, finance):
    """An invoice without VAT."""
    draft = a_draft(client)
    draft.lines.update(vat_percent=0)
    Invoice.objects.filter(pk=draft.pk).update(vat=0, total=draft.net, payable=draft.net)
    return issuing.issue(draft, by=finance, at=NOON)


def test_the_colour_of_a_document_is_a_colour_or_nothing():
    assert [is_colour(said) for said in ("#0b6b57", "#fff", "red;} body{", "#0b6b57;", "")] == [True, False, False, False, False]
