"""Accounts of many lots (rules C5, C12, C13): used in their order however few are read at once, and read no further than needed."""

import random
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import rows
from credits import book, ledger
from credits.accounts import open_account
from credits.audit import audit
from credits.models import CreditAccount, Entry, HoldPart, Lot, Move
from tests.cast import NOON, a_client
from tests.credits.posting import RATE, figures, grant, hold, queued, voucher, worked

AFTER_THE_FIRST = NOON + timedelta(days=15)


def test_c12_lots_are_used_in_their_order_however_few_of_them_are_read_at_once(cast, monkeypatch):
    told = []
    for at_once in (1, 2, 3, 50):
        monkeypatch.setattr(book, "LOTS_AT_ONCE", at_once)
        account = a_client(cast, f"Client{at_once}").account
        told.append(lived_through(account, open_account(organisation=account.organisation, name="Branch")))

    assert told[1:] == told[:1] * 3
    assert {kind for kind, *_ in told[0][0]} >= {"expiry", "deduction", "transfer_out", "transfer_in", "reversal", "freeze", "repayment"}
    assert audit().findings == []


def test_c13_a_transfer_reads_the_lots_that_come_first_and_no_more(cast, monkeypatch):
    account = a_client(cast, "Acme").account
    branch = open_account(organisation=account.organisation, name="Branch")
    many = 3 * rows.ADDED_AT_ONCE
    monkeypatch.setattr(rows, "INSERTED_AT_ONCE", 40)
    for _ in range(many):
        grant(account, 30)
    seen: list[Lot] = []
    read = rows.read

    def counted(model, *values, **options):
        found = read(model, *values, **options)
        seen.extend(row for row in found if isinstance(row, Lot))
        return found

    monkeypatch.setattr(rows, "read", counted)
    ledger.transfer(source=account, target=branch, minutes=60, voucher=voucher(reason="They need it"))

    assert len(seen) == book.LOTS_AT_ONCE
    assert figures(branch) == (60, 0, 0, 60)
    ledger.transfer(source=account, target=branch, minutes=30 * many - 60, voucher=voucher(reason="All of it"))
    assert figures(branch)[0] == 30 * many


def test_c13_a_transfer_runs_as_many_statements_however_many_lots_it_takes(cast):
    account = a_client(cast, "Acme").account
    branch = open_account(organisation=account.organisation, name="Branch")
    for _ in range(5):
        grant(account, 30)
    grant(account, 4800)

    of_one, of_four = (statements(account, branch, minutes) for minutes in (30, 120))

    assert of_four == of_one
    assert (figures(account)[0], figures(branch)[0]) == (4800, 150)
    assert audit().findings == []


def statements(account: CreditAccount, branch: CreditAccount, minutes: int) -> int:
    with CaptureQueriesContext(connection) as seen:
        ledger.transfer(source=account, target=branch, minutes=minutes, voucher=voucher(reason="They need it"))
    return len(seen)


def lived_through(account: CreditAccount, branch: CreditAccount) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """All that may happen to lots, by the same chance each time: what moved between which of them, and what covers which hold."""
    chance = random.Random(20261118)
    days = [None, None, *(NOON.date() + timedelta(days=number) for number in (10, 10, 20, 20, 30, 30, 40, 50))]
    chance.shuffle(days)
    lots = [grant(account, 60, expires_on=day) for day in days]
    first, second = hold(account, 90), hold(account, 130)
    ledger.freeze(lot=lots[days.index(None)], voucher=voucher(reason="Not paid"))
    ledger.extend(lot=lots[-1], expires_on=NOON.date() + timedelta(days=90), voucher=voucher(reason="They were away"))
    ledger.capture(hold=first, minutes=50, voucher=voucher())
    ledger.transfer(source=account, target=branch, minutes=130, voucher=voucher(reason="They need it"))
    work = worked(account, 70)
    ledger.expire(account=account, at=AFTER_THE_FIRST)
    ledger.void(hold=second, at=AFTER_THE_FIRST)
    ledger.transfer(source=branch, target=account, minutes=40, voucher=voucher(at=AFTER_THE_FIRST, reason="They do not"))
    waits = queued(account, 400, at=AFTER_THE_FIRST)
    owed = worked(account, figures(account)[0] + 45, at=AFTER_THE_FIRST)
    ledger.reverse(entry=work, voucher=voucher(at=AFTER_THE_FIRST, reason="It was free"))
    grant(account, 500, at=AFTER_THE_FIRST)
    ledger.reverse(entry=owed, voucher=voucher(at=AFTER_THE_FIRST, reason="So was this"))
    ledger.resize_hold(hold=waits, minutes=200, at=AFTER_THE_FIRST)
    ledger.claim(account=account, minutes=10_000, rate=RATE, cause=f"all:{account.pk}", at=AFTER_THE_FIRST)
    return moves_of(account, branch), parts_of(account)


def moves_of(*accounts: CreditAccount) -> list[tuple[object, ...]]:
    """What each entry moved, of which lot of its account, from where to where."""
    places = places_of(*accounts)
    entries = Entry.objects.filter(account__in=accounts).order_by("pk")
    moved = Move.objects.filter(entry__in=entries).order_by("pk").select_related("entry")
    return [(move.entry.kind, places.get(move.lot_id or 0), move.from_pocket, move.to_pocket, move.minutes) for move in moved]


def parts_of(account: CreditAccount) -> list[tuple[object, ...]]:
    """Which lots cover which of its holds."""
    holds = {key: place for place, key in enumerate(account.holds.order_by("pk").values_list("pk", flat=True))}
    places = places_of(account)
    found = HoldPart.objects.filter(hold__in=holds)
    return sorted((holds[part.hold_id], places[part.lot_id], part.minutes) for part in found)


def places_of(*accounts: CreditAccount) -> dict[int, int]:
    """The how manieth each lot is of those that they ever had."""
    lots = Lot.objects.filter(account__in=accounts).order_by("pk")
    return {key: place for place, key in enumerate(lots.values_list("pk", flat=True))}
