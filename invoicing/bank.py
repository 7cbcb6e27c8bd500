"""Bank files (rule I3): read once, each movement kept once, and exactly named payments led to their invoices. Never a guess.

Reading has two steps. First the file and its movements are written, all of them or none: what names one open invoice to the
öre waits to be led there, everything else waits for a person, and says why. Then each payment is led to its invoice in a step
of its own. Whatever stopped that, reading the same file again or the next run of the job goes on where it stopped.

A movement is known by the bank's own reference of it. Where the bank gives none, or tells in parts now what it told as a
whole before, the second sight of it is kept for a person, and never left out or paid by itself.

What the balances of a file say of its transactions is kept with it, and refuses nothing: money that came is to be led where it belongs.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients import provider
from clients.agreements import local_date
from core.batches import each
from core.errors import DomainError
from invoicing import camt, camt_balances, known, life, matching, settlement, terms
from invoicing.camt import Transaction as Told
from invoicing.camt_entries import Unreadable, compact
from invoicing.models import BankFile, BankTransaction, Difficulty, Invoice, InvoicingTerms, PaymentWay, TransactionState
from invoicing.settlement import Received
from people.models import Person

AT_ONCE = 500
"""As many rows are written by one statement, and as many payments led in one request or run."""
LENGTHS = {"name": 200, "message_id": 80, "payer": 140, "payer_account": 40}


class NotOurAccount(DomainError):
    """The file tells of an account that is not the provider's, or in another currency."""

    message = _("This file is about another account than ours, or in another currency. Nothing was imported.")


def read(raw: bytes, *, name: str, by: Person, at: datetime) -> BankFile:
    """Read a bank's file once: the same bytes are the same file, whoever brings them again, and however many at once.

    Raises NotAllowed for anybody but finance, InvoicingNotSet, NotOurAccount, and what `camt.read` raises; nothing is kept then.
    """
    life.check_finance(by)
    now, digest = terms.current(), _digest(raw)
    file = BankFile.objects.filter(digest=digest).first()
    if file is None:
        said = camt.read(raw, same_account=_same_account(now))
        _check_account(said, now)
        file = _kept(said, digest, name=name, by=by, at=at)
    _lead_all(waiting(at).filter(file=file), by=by, at=at)
    return file


def read_before(raw: bytes) -> BankFile | None:
    """The file of the very same bytes, if one was read."""
    return BankFile.objects.filter(digest=_digest(raw)).first()


def lead_due(at: datetime) -> int:
    """Lead the payments that still wait for it, after something stopped or because there were many (rule I3)."""
    return _lead_all(waiting(at).select_related("file__read_by").iterator(chunk_size=AT_ONCE), by=None, at=at)


def waiting(at: datetime) -> QuerySet[BankTransaction]:
    """Payments that name an invoice exactly, and are not led there yet."""
    found = BankTransaction.objects.filter(state=TransactionState.OPEN, difficulty="", booked_on__lte=local_date(at))
    return found.select_related("proposed").order_by("pk")


def _lead_all(found: Iterable[BankTransaction], *, by: Person | None, at: datetime) -> int:
    return each(found, lambda row: lead(row, by=by or row.file.read_by, at=at), most=AT_ONCE)


@transaction.atomic
def lead(row: BankTransaction, *, by: Person, at: datetime) -> bool:
    """Pay the invoice that a payment names exactly, or say why not any more. Twice is harmless: whether it paid.

    `by` had the right to read the file; who has left finance since holds up nothing.
    """
    if row.proposed is None:
        return False
    invoice = settlement.locked(row.proposed)
    row = BankTransaction.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if row.state != TransactionState.OPEN or row.difficulty:
        return False
    row.difficulty = _difficulty_now(row, invoice)
    if not row.difficulty:
        received = Received(
            amount=Money(row.amount, row.currency), paid_on=row.booked_on, reference=invoice.ocr, way=PaymentWay.BANK, transaction=row
        )
        settlement.pay_unattended(invoice, received, by=by, at=at, cause=f"bank:{row.identity}")
        row.state, row.settled_at, row.settled_by = TransactionState.MATCHED, at, by
    row.save(update_fields=["state", "difficulty", "settled_at", "settled_by"])
    return not row.difficulty


def _difficulty_now(row: BankTransaction, invoice: Invoice) -> str:
    """What keeps a payment from its invoice that did not when the file was read; nothing where it still is exactly what is open."""
    is_open = invoice.open.amount
    if invoice.written_off:
        return Difficulty.BAD_DEBT
    if is_open <= 0:
        return Difficulty.CREDITED if invoice.credited and not invoice.paid else Difficulty.DOUBLE
    if row.amount == is_open:
        return ""
    return Difficulty.OVER if row.amount > is_open else Difficulty.UNDER


def _digest(raw: bytes) -> str:
    return sha256(raw).hexdigest()


@transaction.atomic
def _kept(said: camt.BankFile, digest: str, *, name: str, by: Person, at: datetime) -> BankFile:
    """The file with all its movements, written while no other file is."""
    InvoicingTerms.objects.select_for_update().get(pk=1)
    if found := BankFile.objects.filter(digest=digest).first():
        return found
    moved = [told for told in said.transactions if told.amount]
    currency = provider.current().currency
    balances = camt_balances.said(said, currency=currency)
    opening, closing = balances.opening, balances.closing
    file = BankFile.objects.create(
        name=name[: LENGTHS["name"]],
        digest=digest,
        message_id=said.message_id[: LENGTHS["message_id"]],
        account=said.statements[0].account.number[:40],
        currency=currency,
        first_on=min((told.booked_on for told in moved), default=None),
        last_on=max((told.booked_on for told in moved), default=None),
        entries=len(moved),
        pending=balances.pending,
        unexplained=balances.unexplained,
        opening=opening.amount if opening else None,
        opened_on=opening.on if opening else None,
        closing=closing.amount if closing else None,
        closed_on=closing.on if closing else None,
        read_at=at,
        read_by=by,
    )
    fresh, again = _sorted_out(moved)
    rows = _rows(file, fresh) + [_repeated(file, told, place) for place, told in enumerate(again)]
    BankTransaction.objects.bulk_create(rows, batch_size=AT_ONCE)
    return file


def _sorted_out(moved: Sequence[Told]) -> tuple[list[Told], list[Told]]:
    """What has not been seen before, and what a person has to look at; what was surely seen before is left out.

    Statements of one file may overlap, so that the file itself tells of a movement twice.
    """
    once: dict[str, Told] = {}
    twice = [told for told in moved if once.setdefault(told.identity, told) is not told and not told.identity_certain]
    seen = _seen("identity", (told.identity for told in moved))
    entries = _seen("entry_identity", (told.entry_identity for told in moved))
    fresh = [told for told in once.values() if told.identity not in seen and told.entry_identity not in entries]
    again = [
        told
        for told in once.values()
        if (told.identity in seen and not told.identity_certain) or (told.identity not in seen and told.entry_identity in entries)
    ]
    return fresh, again + twice


def _seen(column: str, wanted: Iterable[str]) -> set[str]:
    given = sorted(set(wanted))
    found: set[str] = set()
    for first in range(0, len(given), AT_ONCE):
        portion = given[first : first + AT_ONCE]
        found |= set(BankTransaction.objects.filter(**{f"{column}__in": portion}).values_list(column, flat=True))
    return found


def _rows(file: BankFile, fresh: Sequence[Told]) -> list[BankTransaction]:
    answers = matching.match_all(fresh, known.invoices(fresh))
    numbered = _invoices_of(answers)
    rows = []
    for told, answer in zip(fresh, answers, strict=True):
        row = _row(file, told)
        if isinstance(answer, matching.Matched):
            row.proposed = numbered[answer.invoice.number]
        else:
            row.difficulty = known.DIFFICULTY[answer.kind]
            row.proposed = numbered[answer.candidates[0].invoice.number] if answer.candidates else None
        rows.append(row)
    return rows


def _repeated(file: BankFile, told: Told, place: int) -> BankTransaction:
    row = _row(file, told)
    row.identity, row.difficulty = f"{told.identity}:{file.pk}:{place}", Difficulty.REPEATED
    return row


def _row(file: BankFile, told: Told) -> BankTransaction:
    return BankTransaction(
        file=file,
        identity=told.identity,
        entry_identity=told.entry_identity,
        booked_on=told.booked_on,
        amount=told.signed,
        currency=told.currency,
        creditor_references=list(told.references),
        text="\n".join(told.texts),
        payer=told.payer_name[: LENGTHS["payer"]],
        payer_account=told.payer_account[: LENGTHS["payer_account"]],
    )


def _invoices_of(answers: Iterable[matching.Matched | matching.Proposed]) -> dict[str, Invoice]:
    """The rows of the invoices that these answers name first, by number."""
    numbers = {
        answer.invoice.number if isinstance(answer, matching.Matched) else answer.candidates[0].invoice.number
        for answer in answers
        if isinstance(answer, matching.Matched) or answer.candidates
    }
    given = sorted(numbers)
    found: dict[str, Invoice] = {}
    for first in range(0, len(given), AT_ONCE):
        found |= {str(row.number): row for row in Invoice.objects.filter(number__in=given[first : first + AT_ONCE])}
    return found


def _same_account(now: InvoicingTerms) -> dict[str, str]:
    """By which IBAN an account is known that a file may name by its giro number: each movement of it comes once, in whichever file."""
    return {giro: now.iban for giro in (now.bankgiro, now.plusgiro) if giro and now.iban}


def _check_account(said: camt.BankFile, now: InvoicingTerms) -> None:
    """Raises NotOurAccount, or Unreadable for a sum that no account of ours could hold."""
    ours = {compact(number) for number in (now.iban, now.bankgiro, now.plusgiro) if number}
    currency = provider.current().currency
    for statement in said.statements:
        if compact(statement.account.number) not in ours or statement.account.currency not in {"", currency}:
            raise NotOurAccount
        for told in statement.transactions:
            if told.currency != currency:
                raise NotOurAccount
            if not camt_balances.can_be_held(told.amount):
                raise Unreadable(_("amount (Amt)"))
