"""What the balances of a bank's file say of its transactions (rule I3): whether some are missing, and where it begins and ends.

The statements of an account are walked through by their days. From one balance to the next, within a statement or between two that
follow each other, what moved must be what the transactions say. Each difference counts by itself and whichever way, so that what
is missing in one place never hides what is missing in another.

A balance in another currency, or one that no account could hold, says nothing; neither does a file without balances, as
notifications are. What two statements tell of the same days is compared within each of them only.

Pure: no Django models, no clock, no I/O.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoicing.camt import Balance, BankFile, Statement

CENT = Decimal("0.01")
MOST_AMOUNT = Decimal(10) ** 12
"""No sum on an account of ours comes to this."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """`unexplained`: how much moved, in the account's currency, that the file does not tell; None where no balances can be compared.

    `opening` and `closing` are where the file begins and ends, both with a date, or both None: if it tells of several accounts, too.
    """

    unexplained: Decimal | None
    pending: int
    opening: Balance | None
    closing: Balance | None


def said(file: BankFile, *, currency: str) -> Said:
    """What the file says, of an account in `currency`. A statement that stands in it twice, word for word, counts once."""
    accounts = defaultdict(list)
    for statement in sorted(dict.fromkeys(file.statements), key=_day):
        accounts[statement.account.number].append(statement)
    found = [difference for statements in accounts.values() for difference in _differences(statements, currency)]
    opening, closing = _ends(next(iter(accounts.values())), currency) if len(accounts) == 1 else (None, None)
    return Said(
        unexplained=sum(found, Decimal(0)) if found else None,
        pending=sum(statement.pending for statements in accounts.values() for statement in statements),
        opening=opening,
        closing=closing,
    )


def can_be_held(amount: Decimal) -> bool:
    """Whether an account of ours could hold a sum: whole cents, and not beyond all measure."""
    return abs(amount) < MOST_AMOUNT and amount == amount.quantize(CENT)


def _differences(statements: Iterable[Statement], currency: str) -> Iterator[Decimal]:
    """At each balance but the first of a run, how far it is from where the transactions lead."""
    expected, until = None, None
    for statement in statements:
        opening, closing = _usable(statement.opening, currency), _usable(statement.closing, currency)
        if opening is not None:
            if expected is not None and _follows(opening, until):
                yield abs(opening.amount - expected)
            expected = opening.amount
        if expected is not None:
            expected += statement.moved
        if closing is not None:
            if expected is not None:
                yield abs(closing.amount - expected)
            expected, until = closing.amount, closing.on


def _follows(opening: Balance, until: date | None) -> bool:
    """Whether a statement begins where the one before it has ended, as far as their days say."""
    return until is None or opening.on is None or opening.on >= until


def _ends(statements: Sequence[Statement], currency: str) -> tuple[Balance, Balance] | tuple[None, None]:
    opening, closing = _usable(statements[0].opening, currency), _usable(statements[-1].closing, currency)
    if opening is None or closing is None or opening.on is None or closing.on is None or opening.on > closing.on:
        return None, None
    return opening, closing


def _usable(balance: Balance | None, currency: str) -> Balance | None:
    return balance if balance is not None and balance.currency == currency and can_be_held(balance.amount) else None


def _day(statement: Statement) -> date:
    """The last day that a statement tells of; those of one day stay as they stand."""
    if statement.closing is not None and statement.closing.on is not None:
        return statement.closing.on
    told = max((told.booked_on for told in statement.transactions), default=None)
    return told or (statement.opening.on if statement.opening is not None and statement.opening.on is not None else date.min)
