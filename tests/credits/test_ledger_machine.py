"""Random ledger verbs against a plain Python model, with the audit after every run (rules C5, C6, C11, C14, C15)."""

import itertools
from decimal import Decimal

import pytest
from djmoney.money import Money
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule, run_state_machine_as_test

from credits import book, ledger
from credits.audit import audit
from credits.ledger import EntryKind, LotSource, LotTerms, NotEnoughCredit, Rate, Voucher
from tests.cast import NOON, Cast, a_client, a_provider

MINUTES = st.integers(1, 300)
RATE = Rate(Money(Decimal(1200), "SEK"), Decimal(25))
fresh = itertools.count(1)


class Model:
    """The rules of credit in twenty lines: what is available, what holds cover, what is owed, who waits."""

    def __init__(self):
        self.available = 0
        self.holds = {}
        self.debts = {}
        self.entries = {}

    def serve(self):
        for debt in self.debts.values():
            paid = min(debt["open"], self.available)
            self.available, debt["open"] = self.available - paid, debt["open"] - paid
        for hold in self.holds.values():
            if hold["state"] == "placed":
                more = min(hold["minutes"] - hold["covered"], self.available)
                self.available, hold["covered"] = self.available - more, hold["covered"] + more
        for hold in self.holds.values():
            if hold["state"] == "waiting" and hold["minutes"] <= self.available:
                hold["state"], hold["covered"] = "placed", hold["minutes"]
                self.available -= hold["minutes"]

    def spend(self, cause, minutes, hold=None):
        held = min(minutes, hold["covered"]) if hold else 0
        if hold:
            hold["covered"] -= held
        free = min(minutes - held, self.available)
        self.available -= free
        self.debts[cause] = {"open": minutes - held - free}
        self.entries[cause] = minutes
        self.serve()

    def reverse(self, cause):
        owed = self.debts[cause]["open"]
        self.debts[cause]["open"] = 0
        self.available += self.entries.pop(cause) - owed
        self.serve()

    @property
    def held(self):
        return sum(hold["covered"] for hold in self.holds.values())

    @property
    def debt(self):
        return sum(debt["open"] for debt in self.debts.values())


class LedgerMachine(RuleBasedStateMachine):
    """One account and its model, moved by the same verbs."""

    cast: Cast
    holds = Bundle("holds")
    spendings = Bundle("spendings")

    @initialize()
    def an_empty_account(self):
        self.account = a_client(self.cast, f"Client{next(fresh)}").account
        self.model = Model()

    @rule(minutes=MINUTES)
    def grant(self, minutes):
        terms = LotTerms(
            source=LotSource.TOP_UP, price_per_hour=RATE.price_per_hour, total_price=RATE.price_per_hour, vat_percent=Decimal(25)
        )
        ledger.grant(account=self.account, minutes=minutes, terms=terms, voucher=self.voucher())
        self.model.available += minutes
        self.model.serve()

    @rule(target=holds, minutes=MINUTES, verb=st.sampled_from(["place_hold", "queue_hold", "claim"]))
    def hold(self, minutes, verb):
        cause, available = f"hold:{next(fresh)}", self.model.available
        place = {"place_hold": ledger.place_hold, "queue_hold": ledger.queue_hold, "claim": ledger.claim}[verb]
        if verb == "place_hold" and minutes > available:
            with pytest.raises(NotEnoughCredit) as refusal:
                place(account=self.account, minutes=minutes, rate=RATE, cause=cause, at=NOON)
            assert (refusal.value.wanted, refusal.value.available) == (minutes, available)
            return multiple()
        hold = place(account=self.account, minutes=minutes, rate=RATE, cause=cause, at=NOON)
        waits = verb == "queue_hold" and minutes > available
        covered = 0 if waits else min(minutes, available)
        self.model.holds[cause] = {"state": "waiting" if waits else "placed", "minutes": minutes, "covered": covered}
        self.model.available -= covered
        return hold

    @rule(hold=holds, minutes=st.integers(0, 300))
    def resize(self, hold, minutes):
        ledger.resize_hold(hold=hold, minutes=minutes, at=NOON)
        model = self.model.holds[hold.cause]
        self.model.available += max(model["covered"] - minutes, 0)
        model |= {"state": "placed", "minutes": minutes, "covered": min(model["covered"], minutes)}
        self.model.serve()

    @rule(hold=holds, minutes=MINUTES)
    def rebook(self, hold, minutes):
        ledger.rebook_hold(hold=hold, minutes=minutes, at=NOON)
        model = self.model.holds[hold.cause]
        self.model.available += model["covered"]
        fits = minutes <= self.model.available
        model |= {"state": "placed" if fits else "waiting", "minutes": minutes, "covered": minutes if fits else 0}
        self.model.available -= model["covered"]
        self.model.serve()

    @rule(target=spendings, hold=consumes(holds), minutes=st.integers(0, 400))
    def capture(self, hold, minutes):
        entry = ledger.capture(hold=hold, minutes=minutes, voucher=self.voucher())
        model = self.model.holds.pop(hold.cause)
        self.model.spend(entry.cause, minutes, model)
        self.model.available += model["covered"]
        self.model.serve()
        return entry

    @rule(target=spendings, hold=holds, minutes=MINUTES)
    def charge(self, hold, minutes):
        entry = ledger.charge(hold=hold, minutes=minutes, kind=EntryKind.LATE_CHANGE, voucher=self.voucher())
        self.model.spend(entry.cause, minutes, self.model.holds[hold.cause])
        return entry

    @rule(hold=consumes(holds))
    def void(self, hold):
        ledger.void(hold=hold, at=NOON)
        self.model.available += self.model.holds.pop(hold.cause)["covered"]
        self.model.serve()

    @rule(entry=consumes(spendings))
    def reverse(self, entry):
        ledger.reverse(entry=entry, voucher=self.voucher("agreed by phone"))
        self.model.reverse(entry.cause)

    @rule(target=spendings, minutes=MINUTES)
    def adjust_down(self, minutes):
        entry = ledger.adjust(account=self.account, minutes=-minutes, voucher=self.voucher("counted twice"))
        self.model.spend(entry.cause, minutes)
        return entry

    @rule(minutes=MINUTES, back=st.booleans())
    def adjust_up(self, minutes, back):
        entry = ledger.adjust(account=self.account, minutes=minutes, voucher=self.voucher("forgotten"))
        self.model.available += minutes
        self.model.serve()
        if back:
            ledger.reverse(entry=entry, voucher=self.voucher("not forgotten after all"))
            self.model.spend(f"back:{next(fresh)}", minutes)

    @invariant()
    def the_account_is_what_the_model_says(self):
        if not hasattr(self, "account"):
            return
        self.account.refresh_from_db()
        figures = (self.account.available_minutes, self.account.held_minutes, self.account.debt_minutes)
        assert figures == (self.model.available, self.model.held, self.model.debt)
        live = {hold.cause: (hold.state, hold.minutes, hold.covered_minutes) for hold in self.account.holds.filter(resolved_at=None)}
        assert live == {cause: (hold["state"], hold["minutes"], hold["covered"]) for cause, hold in self.model.holds.items()}

    def teardown(self):
        assert audit().findings == []

    def voucher(self, reason=""):
        return Voucher(cause=f"event:{next(fresh)}", at=NOON, reason=reason)


@pytest.mark.django_db
@pytest.mark.parametrize("lots_at_once", [1, book.LOTS_AT_ONCE])
def test_c15_random_verbs_leave_what_a_plain_model_says(lots_at_once, monkeypatch):
    monkeypatch.setattr(book, "LOTS_AT_ONCE", lots_at_once)
    LedgerMachine.cast = a_provider()

    run_state_machine_as_test(LedgerMachine, settings=settings(max_examples=40, stateful_step_count=30))
