"""What every verb of the ledger checks first: amounts, replays, live holds (rules C5, C14)."""

from django.utils.translation import gettext_lazy as _

from core import rows
from core.errors import DomainError
from credits.book import Book
from credits.models import Entry, EntryKind, Hold
from credits.vouchers import Voucher


class CauseMismatch(DomainError):
    """The same cause has already posted something else (rule C14)."""

    message = _("This has already been posted with other figures. Nothing has changed.")


class HoldClosed(DomainError):
    """The hold has been captured or voided."""

    message = _("The credit held for this has already been used or freed. Nothing has changed.")


def check_positive(minutes: int) -> None:
    """Refuse an amount that is none: a mistake of the program, not of a person."""
    if minutes <= 0:
        msg = f"{minutes} is no amount of credit"
        raise ValueError(msg)


def replayed(kind: EntryKind, minutes: int, voucher: Voucher, book: Book) -> Entry | None:
    """The entry that this kind and cause posted before. Raises CauseMismatch where it is another one."""
    entry = rows.find(Entry, "kind = %s AND cause = %s", kind, voucher.cause)
    if entry and (entry.minutes != minutes or entry.account_id != book.account.pk):
        raise CauseMismatch
    return entry


def live_hold(book: Book, hold: Hold) -> Hold:
    """The hold's row as it is now, locked. Raises HoldClosed where it has been resolved."""
    live = book.live_hold(hold)
    if live is None:
        raise HoldClosed
    return live
