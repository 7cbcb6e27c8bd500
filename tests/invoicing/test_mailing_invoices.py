"""Invoices by mail, with their files, and what takes the place of an e-invoice that is not possible (rule I4)."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.core import mail

from core.errors import NotAllowed
from invoicing import crediting, documents
from invoicing.models import Buyer, InvoiceDocument, InvoiceEvent, InvoiceEventKind, InvoicingTerms, Transmission, TransmissionChannel
from invoicing.transmission import following, queueing
from notices import delivery, files
from notices.models import Notice, NoticeState
from tests.cast import NOON, a_client
from tests.invoicing.access_points import a_buyer, a_seller, documented
from tests.invoicing.scene import an_invoice, invoicing_terms

pytestmark = pytest.mark.django_db
INVOICES = "ap@acme.example"
LATER = timedelta(hours=1)


@pytest.fixture
def seller(cast):
    return a_seller()


def sent_files():
    """The mails that went out with files, as a mail program reads them: to whom, what they say, and the files by name."""
    read = [message_from_bytes(sent.message().as_bytes(), policy=policy.default) for sent in mail.outbox if sent.attachments]
    return [(told["To"], told.get_body().get_content(), _attached(told)) for told in read]


def _attached(told):
    return {part.get_filename(): (part.get_content_type(), _bytes(part)) for part in told.iter_attachments()}


def _bytes(part):
    content = part.get_content()
    return content if isinstance(content, bytes) else content.encode()


def test_i4_the_address_for_invoices_gets_both_files_byte_for_byte_once(cast, acme, seller):
    invoice = documented(a_buyer(acme, sent_by="mail", email=INVOICES), cast.fia)

    for _ in range(2):
        documents.keep(invoice, at=NOON)
        delivery.deliver_due(at=NOON)
    following.follow_mails(NOON)

    kept = {kind: bytes(content) for kind, content in InvoiceDocument.objects.values_list("kind", "content")}
    ((to, text, attached),) = sent_files()
    assert to == INVOICES
    assert "invoice 202600001 of SEK 12,000.00, to be paid by" in text.replace("\xa0", " ")
    assert "as XML for your accounting" in text
    assert attached == {
        "invoice-202600001.pdf": ("application/pdf", kept["pdf"]),
        "invoice-202600001.xml": ("application/xml", kept["xml"]),
    }
    row = Transmission.objects.get()
    assert (row.channel, row.state, row.to, row.sent_at) == ("mail", "sent", INVOICES, NOON)


def test_i4_the_outbox_holds_no_second_copy_of_the_files(cast, acme, seller):
    documented(a_buyer(acme, sent_by="mail", email=INVOICES), cast.fia)

    (notice,) = Notice.objects.filter(address=INVOICES)

    assert [sorted(file) for file in notice.files] == [["content_type", "digest", "key", "kind", "name"]] * 2


def test_i4_without_an_address_its_approvers_get_the_pdf_and_everybody_else_nothing(cast, acme):
    invoicing_terms()
    documented(acme, cast.fia)

    delivery.deliver_due(at=NOON)

    ((to, text, attached),) = sent_files()
    assert (to, list(attached), "It is attached as PDF." in text) == (acme.approver.email, ["invoice-202600001.pdf"], True)


def test_p4_the_mail_is_in_the_language_of_the_client(cast):
    invoicing_terms()
    bolaget = a_client(cast, "Bolaget", language="sv")
    Buyer.objects.create(organisation=bolaget.organisation, email="faktura@bolaget.example")

    documented(bolaget, cast.fia)

    assert Notice.objects.get(address="faktura@bolaget.example").language == "sv"


def test_i4_a_credit_note_goes_the_same_way(cast, acme, seller):
    invoice = documented(a_buyer(acme, sent_by="mail", email=INVOICES), cast.fia)
    note = crediting.credit(invoice, None, reason="Agreed by phone", by=cast.fia, at=NOON, cause="c")

    documents.keep(note, at=NOON)
    delivery.deliver_due(at=NOON)

    _to, text, attached = sent_files()[-1]
    assert ("which corrects invoice 202600001" in text, "Agreed by phone" in text) == (True, True)
    assert list(attached) == ["credit-note-k202600001.pdf", "credit-note-k202600001.xml"]


@pytest.mark.parametrize(
    ("configured", "complete", "why"),
    [
        (False, True, "No access point for e-invoices is set up."),
        (True, False, "There is no e-invoice of it."),
    ],
)
def test_i4_where_an_e_invoice_is_not_possible_it_goes_by_mail_and_that_is_told(cast, acme, seller, configured, complete, why):
    if configured:
        InvoicingTerms.objects.update(access_point={"url": "https://ap.example.com/"})
    a_buyer(acme, email=INVOICES)
    if not complete:
        Buyer.objects.update(endpoint="", endpoint_scheme="")

    documented(acme, cast.fia)

    assert (Transmission.objects.get().channel, Transmission.objects.get().to) == ("mail", INVOICES)
    assert list(InvoiceEvent.objects.filter(kind=InvoiceEventKind.BY_MAIL).values_list("reason", flat=True)) == [why]
    assert InvoiceEvent.objects.filter(kind=InvoiceEventKind.NO_XML).exists() is not complete


def test_i4_only_in_the_portal_means_that_nothing_is_mailed(cast, acme, seller):
    documented(a_buyer(acme, sent_by="portal", email=INVOICES), cast.fia)

    row = Transmission.objects.get()
    assert (row.channel, row.state, row.to) == ("portal", "delivered", "")
    assert not Notice.objects.filter(address=INVOICES).exists()


def test_i4_where_nobody_could_get_it_finance_is_told(cast, acme):
    invoicing_terms()
    invoice = an_invoice(acme, cast.fia)
    acme.approver.is_active = False
    acme.approver.save()

    documents.keep(invoice, at=NOON)

    row = Transmission.objects.get()
    assert (row.state, "neither an address for invoices nor an approver" in row.answer) == ("failed", True)
    assert Notice.objects.get(cause=f"transmission:{row.pk}:undelivered").address == cast.fia.email


def test_i4_a_mail_that_cannot_be_sent_or_comes_back_was_not_delivered(cast, acme, seller):
    a_buyer(acme, sent_by="mail", email=INVOICES)
    for _ in range(2):
        documented(acme, cast.fia)
    unsent, returned = Transmission.objects.order_by("pk")
    Notice.objects.filter(cause=f"transmission:{unsent.pk}").update(state=NoticeState.FAILED, last_error="550 no such user")
    Notice.objects.filter(cause=f"transmission:{returned.pk}").update(state=NoticeState.SENT, sent_at=NOON)

    first = following.follow_mails(NOON)
    Notice.objects.filter(cause=f"transmission:{returned.pk}").update(bounced_at=NOON + LATER)
    second = following.follow_mails(NOON + LATER)

    rows = list(Transmission.objects.order_by("pk").values_list("state", "answer"))
    assert (first, second, rows) == (2, 1, [("given_up", "550 no such user"), ("failed", "The mail came back.")])
    assert Notice.objects.filter(cause__endswith=":undelivered").count() == 2


def test_i4_a_mail_to_several_arrived_where_it_arrived_with_one(cast, acme):
    invoicing_terms()
    documented(acme, cast.fia)
    row = Transmission.objects.get()
    notice = Notice.objects.get(cause=f"transmission:{row.pk}")
    Notice.objects.filter(pk=notice.pk).update(state=NoticeState.SENT, sent_at=NOON, bounced_at=NOON)
    notice.pk, notice.address, notice.state, notice.sent_at = None, "b@acme.example", NoticeState.SENT, NOON
    notice.save()

    following.follow_mails(NOON)

    assert Transmission.objects.get().state == "sent"


def test_i4_nobody_looks_for_ever(cast, acme):
    invoicing_terms()
    documented(acme, cast.fia)
    Notice.objects.update(state=NoticeState.SENT, sent_at=NOON)

    for day in range(40):
        following.follow_mails(NOON + day * timedelta(hours=12))

    assert (Transmission.objects.get().state, Transmission.objects.get().due_at) == ("sent", None)


def test_i4_finance_sends_it_to_another_address_once_a_form(cast, acme, seller):
    invoice = documented(a_buyer(acme, sent_by="portal"), cast.fia)

    def send(address, cause="form 1"):
        return queueing.send(invoice, TransmissionChannel.MAIL, address=address, by=cast.fia, at=NOON, cause=cause)

    first, again = send("other@acme.example"), send(" other@acme.example ")
    with pytest.raises(queueing.UnderWay):
        send("third@acme.example", "form 2")
    with pytest.raises(queueing.SentOtherwise):
        send("third@acme.example")
    delivery.deliver_due(at=NOON)
    following.follow_mails(NOON)
    third = send("third@acme.example", "form 2")

    assert first == again != third
    assert [to for to, _text, _files in sent_files()] == ["other@acme.example"]
    assert InvoiceEvent.objects.get(kind=InvoiceEventKind.SENT, by=cast.fia).reason == "E-mail · other@acme.example"
    with pytest.raises(queueing.AddressMissing):
        send("", "form 3")
    with pytest.raises(queueing.NotByPeppol):
        queueing.send(invoice, TransmissionChannel.ACCESS_POINT, address="", by=cast.fia, at=NOON, cause="form 4")
    with pytest.raises(NotAllowed):
        queueing.send(invoice, TransmissionChannel.MAIL, address="a@b.example", by=cast.max, at=NOON, cause="form 5")


def test_i4_what_has_no_documents_yet_is_not_sent(cast, acme):
    invoicing_terms()

    with pytest.raises(queueing.NotMadeYet):
        queueing.send(an_invoice(acme, cast.fia), TransmissionChannel.MAIL, address="a@b.example", by=cast.fia, at=NOON, cause="c")


def test_m4_a_mail_whose_file_is_gone_or_changed_is_not_sent_without_it(cast, acme, monkeypatch):
    invoicing_terms()
    documented(acme, cast.fia)

    for read in (lambda _key: None, lambda _key: b"another"):
        monkeypatch.setitem(files._readers, "invoice", read)
        delivery.deliver_due(at=NOON)
        notice = Notice.objects.get(cause__startswith="transmission:")
        assert (notice.state, notice.last_error) == (NoticeState.WAITING, "FileMissing: invoice-202600001.pdf")
        Notice.objects.update(due_at=NOON)

    assert sent_files() == []
