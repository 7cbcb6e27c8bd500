"""Every figure is the sum of what it is explained by, whatever happened (rules C9, C14, C15)."""

import random
from datetime import date, timedelta

import pytest

from core.errors import DomainError
from credits import causes, explain, explain_entry, ledger
from credits.models import Entry, Hold, Lot, Move
from credits.portal import usage
from tests.cast import NOON
from tests.credits.posting import RATE, grant, hold, queued, voucher, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    """Somebody who tells causes such as `hold:42`."""
    causes.register("hold", lambda asked, to: {cause: causes.Told(f"{cause} for {to}", f"/{cause}/") for cause in asked})
    yield
    causes._tellers.pop("hold")


def lived(account, seed, steps=60):
    """An account to which much has happened, in an order drawn by a seed."""
    chance = random.Random(seed)
    for step in range(steps):
        try:
            chance.choice(acts(account, chance, NOON + timedelta(hours=step)))()
        except (DomainError, IndexError):  # not now, or nothing there to choose from
            continue
    account.refresh_from_db()
    return account


def acts(account, chance, at):
    """What can be done to an account at this moment."""
    said = voucher(at=at, reason="Drawn by lot")
    entries = list(Entry.objects.filter(account=account, kind__in=["deduction", "adjustment", "late_change"], reversed_by=None))
    holds, lots = list(Hold.objects.filter(account=account, state="placed")), list(Lot.objects.filter(account=account))
    return [
        lambda: grant(account, chance.choice([60, 480]), at=at, expires_on=chance.choice([None, at.date() + timedelta(days=1)])),
        lambda: hold(account, chance.choice([30, 90]), at=at),
        lambda: queued(account, 200, at=at),
        lambda: worked(account, chance.choice([10, 50, 300]), at=at),
        lambda: ledger.charge(hold=chance.choice(holds), minutes=120, kind=ledger.EntryKind.LATE_CHANGE, voucher=said),
        lambda: ledger.capture(hold=chance.choice(holds), minutes=70, voucher=said),
        lambda: ledger.void(hold=chance.choice(holds), at=at),
        lambda: ledger.adjust(account=account, minutes=chance.choice([-37, 33]), voucher=said),
        lambda: ledger.reverse(entry=chance.choice(entries), voucher=said),
        lambda: ledger.freeze(lot=chance.choice(lots), voucher=said),
        lambda: ledger.unfreeze(lot=chance.choice(lots), voucher=said),
        lambda: ledger.extend(lot=chance.choice(lots), expires_on=at.date() + timedelta(days=30), voucher=said),
        lambda: ledger.refund(lot=chance.choice(lots), minutes=7, voucher=said),
    ]


@pytest.mark.parametrize("seed", range(6))
def test_c15_every_table_adds_up_to_its_figure_whatever_happened(acme, seed):
    account = lived(acme.account, seed)
    assert account.entry_count > 15

    explained = {figure: explain.explain(account, figure, to=acme.approver) for figure in explain.FIGURES}

    assert {figure: why.minutes for figure, why in explained.items()} == {
        "available": account.available_minutes,
        "held": account.held_minutes,
        "frozen": account.frozen_minutes,
        "owed": account.debt_minutes,
        "used": usage([account])[account.pk].used_minutes,
        "balance": account.balance_minutes,
    }
    assert [(figure, table.title) for figure, why in explained.items() for table in why.tables if table.total != why.minutes] == []


@pytest.mark.parametrize("seed", range(6))
def test_c12_every_lot_adds_up_in_each_of_its_tables(acme, seed):
    account = lived(acme.account, seed)

    for lot in account.lots.all():
        why = explain.explain_lot(lot)
        assert why.minutes == lot.available_minutes + lot.held_minutes + lot.frozen_minutes
        assert [table.title for table in why.tables if table.total != why.minutes] == []


@pytest.mark.parametrize("seed", range(6))
def test_c14_the_moves_of_every_entry_add_up_to_its_change(acme, seed):
    account = lived(acme.account, seed)

    off = [str(entry) for entry in account.entries.all() if explain_entry.facts_of(entry, to=acme.approver).change_minutes != entry.minutes]

    assert off == []


def test_c15_the_stories_have_something_of_everything(acme, borealis):
    kinds, figures_met = set(), set()
    for number, seed in enumerate(range(6)):
        account = lived(acme.account if number == 0 else _another(acme, number), seed)
        kinds |= set(account.entries.values_list("kind", flat=True))
        figures_met |= {name for name in ("available", "held", "frozen", "debt") if getattr(account, f"{name}_minutes")}

    assert figures_met == {"available", "held", "frozen", "debt"}
    assert kinds >= {"grant", "deduction", "late_change", "repayment", "expiry", "adjustment", "reversal", "freeze", "extension", "refund"}


def _another(acme, number):
    return type(acme.account).objects.create(organisation=acme.organisation, name=f"Account {number}")


def test_c15_what_is_held_says_what_for_and_where_to_look(acme, told):
    grant(acme.account, 480)
    first = hold(acme.account, 60, cause="hold:first")
    hold(acme.account, 30, cause="other:second", at=NOON + timedelta(hours=1))
    acme.account.refresh_from_db()

    by_hold, by_lot = explain.explain(acme.account, "held", to=acme.approver).tables

    assert [(part.words, part.minutes, part.url) for part in by_hold.parts] == [
        ("hold:first for Anna Testsson", 60, "/hold:first/"),
        ("Promised", 30, ""),
    ]
    assert by_hold.parts[0].on == first.placed_at
    assert [part.minutes for part in by_lot.parts] == [90]


def test_c5_a_hold_that_is_short_says_how_much_is_not_covered(acme):
    grant(acme.account, 60)
    ledger.claim(account=acme.account, minutes=100, rate=RATE, cause="x:1", at=NOON)
    acme.account.refresh_from_db()

    (part,) = explain.explain(acme.account, "held", to=acme.approver).tables[0].parts

    assert (part.minutes, part.detail) == (60, "of 1 h 40 min; 40 min is not covered")


def test_c11_what_is_owed_names_its_entry_and_its_price(acme):
    entry = worked(acme.account, 50)
    acme.account.refresh_from_db()

    why = explain.explain(acme.account, "owed", to=acme.approver)

    (part,) = why.tables[0].parts
    assert (part.words, part.minutes, part.url) == ("Hours deducted", 50, f"/credit/entries/{entry.pk}/")
    assert "1,200.00" in part.detail
    assert "Nothing is available" in explain.explain(acme.account, "available", to=acme.approver).meaning


def test_c12_lots_stand_in_the_order_of_use(acme):
    forever, soon = grant(acme.account, 60), grant(acme.account, 90, expires_on=date(2027, 1, 31))
    acme.account.refresh_from_db()

    (table,) = explain.explain(acme.account, "available", to=acme.approver).tables

    assert [part.url for part in table.parts] == [f"/credit/lots/{lot.pk}/why/" for lot in (soon, forever)]
    assert "can be used until Sun 31 Jan 2027" in table.parts[0].detail


def test_c15_the_long_history_of_a_lot_ends_in_one_sum(acme):
    lot = grant(acme.account, 6000)
    for _ in range(explain.MOST_LISTED + 20):
        worked(acme.account, 10)
    lot.refresh_from_db()

    history = explain.explain_lot(lot).tables[-1]

    assert len(history.parts) == explain.MOST_LISTED + 1
    assert (history.parts[-1].words, history.parts[-1].minutes) == ("All that was earlier", 6000 - 200)
    assert history.total == lot.available_minutes == 4800


def test_c15_a_figure_that_is_nothing_is_offered_only_where_it_says_something(acme):
    plain = [str(figure.words) for figure in explain.figures_of(acme.account)]
    worked(acme.account, 10)
    acme.account.refresh_from_db()

    assert plain == ["Available", "Used", "Balance"]
    assert [str(figure.words) for figure in explain.figures_of(acme.account)] == ["Available", "Owed", "Used", "Balance"]


def test_c12_a_debt_that_was_paid_is_told_from_both_sides(acme):
    worked(acme.account, 50)
    grant(acme.account, 480)
    repaid = Entry.objects.get(kind="repayment")

    facts = explain_entry.facts_of(repaid, to=acme.approver)

    assert [(moved.words, moved.came_from, moved.went_to, moved.change_minutes) for moved in facts.moved] == [
        ("Top-up", "available", "spent", -50),
        ("Owed for line 1", "open", "paid", 50),
    ]


def test_c15_the_sums_would_notice_a_move_that_is_missing(acme):
    lot = grant(acme.account, 480)
    entry = worked(acme.account, 50)
    lot.refresh_from_db()
    facts = explain_entry.facts_of(entry, to=acme.approver)

    without = [moved for moved in facts.moved if moved.minutes != 50]

    assert sum(moved.change_minutes for moved in without) != entry.minutes
    assert explain.net_of(Move.objects.filter(lot=lot).exclude(entry=entry)) != lot.available_minutes
