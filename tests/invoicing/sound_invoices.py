"""A provider's invoices at every turn, all sound, for the proof that checking them raises no false alarm (`check_invoices`)."""

from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

from credits.models import CreditAccount
from invoicing import bank, crediting, debts, drafting, issuing, life, payout_files, payouts, refunding, resolving, settlement
from invoicing.models import BankTransaction, DocumentKind, ExchangeRate, Invoice, InvoiceDocument, InvoiceEventKind, InvoiceKind
from invoicing.transmission import queueing
from tests.cast import NOON, Cast, Client, a_client
from tests.invoicing.bank_files import Ntry, Tx, camt053
from tests.invoicing.going_back import a_paid_invoice, a_payout, a_refund, an_opening_lot, lot_of
from tests.invoicing.owing import owes
from tests.invoicing.scene import a_draft, a_top_up, an_invoice, paid

LATER = NOON + timedelta(hours=1)
WITHOUT_XML = 3
"""Of so many invoices one has no e-invoice, and says why."""


def sound_invoices(cast: Cast, *, clients: int) -> list[Client]:
    """So many clients, each with the same course of things."""
    ExchangeRate.objects.get_or_create(currency="EUR", defaults={"starts_on": NOON.date().replace(month=1, day=1), "rate": Decimal("11.5")})
    made = [a_client(cast, f"Sound{number}") for number in range(clients)]
    for number, client in enumerate(made):
        _course(cast, client, number)
    waits = an_invoice(made[0], cast.fia)
    for number, invoice in enumerate(Invoice.objects.issued().exclude(pk=waits.pk).order_by("pk"), start=1):
        _kept(invoice, number)
    return made


def _course(cast: Cast, client: Client, number: int) -> None:
    """Ordered, drafted, paid in part and in full, credited in every way, refunded, taken back, paid back, set off."""
    fia = cast.fia
    a_top_up(client)
    a_draft(client)
    drafting.drop(a_draft(client), reason="Ordered twice", by=fia, at=NOON)
    paid(an_invoice(client, fia), 5000, fia)
    settlement.take_back(paid(an_invoice(client, fia, 500), Decimal("12500"), fia), reason="Wrong", by=fia, at=NOON)
    gone, part = an_invoice(client, fia, 481), an_invoice(client, fia, 1000)
    crediting.credit(gone, None, reason="Wrong", by=fia, at=NOON, cause=f"gone:{number}")
    crediting.credit(part, {part.lines.get().pk: Decimal("333.33")}, reason="Agreed", by=fia, at=NOON, cause=f"part:{number}")
    _at_the_bank(cast, client, number)
    _owed(cast, client)
    sold = a_paid_invoice(client, fia, 1000)
    for minutes in (333, 333, 7):
        refunding.credit(a_refund(cast, lot_of(sold), minutes), by=fia, at=NOON)
    a_refund(cast, an_opening_lot(client.account), 60)
    _back_to_the_client(cast, client)
    refunding.pull_refunds(by=None, at=NOON)
    a_refund(cast, lot_of(sold), 11)
    refunding.pull_refunds(by=None, at=NOON)


def _at_the_bank(cast: Cast, client: Client, number: int) -> None:
    """One payment that names its invoice, and one that is kept for the client."""
    invoice = an_invoice(client, cast.fia)
    exact = Ntry(amount="12000.00", service=f"E{number}", details=[Tx(amount="12000.00", refs=[invoice.ocr])])
    over = Ntry(amount="777.00", service=f"O{number}", details=[Tx(amount="777.00", payer="Nobody", payer_account=None)])
    bank.read(camt053(exact, over), name="bank.xml", by=cast.fia, at=NOON)
    resolving.keep(BankTransaction.objects.get(difficulty="unknown", state="open"), client.organisation, by=cast.fia, at=NOON)


def _owed(cast: Cast, client: Client) -> None:
    """Work that nothing covered, on an account of its own: its credit comes when the invoice is issued, later than it was ordered."""
    site = CreditAccount.objects.create(organisation=client.organisation, name="Site")
    owes(client, 60, account=site)
    (draft,) = debts.invoice_now(account=site, by=cast.fia, at=NOON)
    issuing.issue(draft, by=cast.fia, at=LATER)


def _back_to_the_client(cast: Cast, client: Client) -> None:
    """A payout in each state, and an invoice that what is owed has paid in part."""
    fia = cast.fia
    a_payout(client, fia, 10)
    payouts.cancel(a_payout(client, fia, 20), reason="Not yet", by=fia, at=NOON)
    payouts.approve(a_payout(client, fia, 30), by=fia, at=NOON)
    payouts.mark_paid(payouts.approve(a_payout(client, fia, 40), by=fia, at=NOON), paid_on=NOON.date(), by=fia, at=NOON)
    payout_files.make(by=fia, at=NOON)
    payouts.approve(a_payout(client, fia, 50), by=fia, at=NOON)
    invoice = an_invoice(client, fia, 480)
    payouts.set_off(invoice, by=fia, at=NOON, key=f"off:{invoice.pk}")


def _kept(invoice: Invoice, number: int) -> None:
    """Its documents, as the job keeps and sends them; what they are made of does not matter here, and drawing them takes a second."""
    kinds = [DocumentKind.PDF] if number % WITHOUT_XML == 0 else [DocumentKind.PDF, DocumentKind.XML]
    for kind in kinds:
        content = f"{kind} {number}".encode()
        InvoiceDocument.objects.create(invoice=invoice, kind=kind, content=content, digest=sha256(content).hexdigest(), made_at=NOON)
    if number % WITHOUT_XML == 0:
        life.note(invoice, InvoiceEventKind.NO_XML, at=NOON, by=None, reason="It has no reference")
    queueing.first(invoice, at=NOON)


def notes() -> int:
    """How many credit notes were issued."""
    return Invoice.objects.issued().filter(kind=InvoiceKind.CREDIT_NOTE).count()
