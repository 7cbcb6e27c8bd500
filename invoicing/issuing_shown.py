"""Drafts are issued as they were shown (rule I1): what finance looked at and confirmed, and nothing that has changed since.

What was shown is one word, `number:fingerprint` for each draft. A draft that says something else by now, or is no more, is left out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from core.errors import DomainError
from invoicing import life, release, sources
from invoicing.models import Invoice, InvoiceKind, InvoiceState
from people.models import Person

LENGTH = 12


class ChangedSinceShown(DomainError):
    """It is not any more what was shown."""

    message = _("This draft has changed since you looked at it. It was not issued; look at it once more.")


@dataclass(frozen=True)
class Together:
    """How many drafts of one kind and currency there are, and what they come to."""

    is_credit_note: bool
    count: int
    total: Money


def fingerprint(draft: Invoice) -> str:
    """What stands for all that a draft says to who confirms it: whose it is, its sums, and the client's references."""
    said = (
        draft.organisation_id,
        draft.kind,
        draft.currency,
        f"{draft.net:.2f} {draft.vat:.2f}",
        draft.buyer_reference,
        draft.order_reference,
    )
    return sha256("\x1f".join(map(str, said)).encode()).hexdigest()[:LENGTH]


def written(drafts: Iterable[Invoice]) -> str:
    """These drafts as they are now, for the form that confirms them."""
    return " ".join(f"{draft.pk}:{fingerprint(draft)}" for draft in drafts)


def read(shown: str) -> dict[int, str]:
    """The fingerprint of each draft that was shown, by its number. Raises ValueError where it is not such a word."""
    pairs = (one.split(":") for one in shown.split())
    return {int(number): mark for number, mark in pairs}


def together(drafts: Iterable[Invoice]) -> list[Together]:
    """What they come to, invoices first, by currency."""
    found: dict[tuple[bool, str], list[Decimal]] = {}
    for draft in drafts:
        found.setdefault((draft.kind == InvoiceKind.CREDIT_NOTE, draft.currency), []).append(draft.payable)
    return [Together(note, len(sums), Money(sum(sums, Decimal(0)), currency)) for (note, currency), sums in sorted(found.items())]


def unchanged(drafts: Iterable[Invoice], shown: Mapping[int, str]) -> tuple[list[Invoice], list[Invoice]]:
    """Those that say what was shown, and those that do not. What is issued by now is issued: twice is harmless."""
    same: list[Invoice] = []
    changed: list[Invoice] = []
    for draft in drafts:
        (same if _is_as_shown(draft, shown.get(draft.pk, "")) else changed).append(draft)
    return same, changed


def issue_all(drafts: Iterable[Invoice], shown: Mapping[int, str], *, by: Person, at: datetime) -> tuple[list[Invoice], dict[int, str]]:
    """Issue these drafts, each in a step of its own: those that were, and for each of the others, by key, why not."""
    done, refused = [], {}
    for draft in drafts:
        try:
            done.append(_issue(draft, shown.get(draft.pk, ""), by=by, at=at))
        except DomainError as refusal:
            refused[draft.pk] = str(refusal)
    return done, refused


@transaction.atomic
def _issue(draft: Invoice, mark: str, *, by: Person, at: datetime) -> Invoice:
    """Locked as issuing locks: accounts, what a credit note corrects, the draft. Raises ChangedSinceShown and what issuing raises."""
    sources.lock_accounts(draft.preceding or draft)
    if draft.preceding is not None:
        life.locked(draft.preceding)
    if not _is_as_shown(life.locked(draft), mark):
        raise ChangedSinceShown
    return release.issue(draft, by=by, at=at)


def _is_as_shown(draft: Invoice, mark: str) -> bool:
    return draft.state == InvoiceState.ISSUED or (draft.state == InvoiceState.DRAFT and fingerprint(draft) == mark)
