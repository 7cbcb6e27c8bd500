"""REL4.

Controls: without the guards of their rule the proofs REL1 to REL3 find what they look for; with the last guard alone
they find nothing.

On PostgreSQL only: SQLite lets one writer in at a time, so there is no lock that could be taken away.
"""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.utils import DatabaseError

from core import guards
from credits.book import Book
from sessions import availability
from tests.cast import a_client, a_provider
from tests.credits.posting import grant, hold
from tests.proofs.bank import Bank, look
from tests.proofs.calendars import Calendars, broken
from tests.proofs.crowd import Crowd, Meeting
from tests.proofs.sizes import SIZE, say
from tests.proofs.snapshots import MONEY
from tests.proofs.teller import Teller
from tests.proofs.unguarded import refusals, without_locks, without_refusals

pytestmark = [
    pytest.mark.race,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no lock to take away: one writes at a time"),
]
CREDIT = ("credits_creditaccount", "credits_lot", "credits_hold", "credits_holdpart", "credits_entry", "credits_debt", "credits_move")
CALENDAR = ("support_sessions_reservation",)
CREDIT_COMES_IN = ("top_up", "grant", "reverse", "transfer")
PEOPLE = 4


@pytest.fixture(autouse=True, params=range(SIZE.control_repeats))
def _repeated(request):
    """A control that finds something now and then is none."""


@pytest.fixture
def lockless(monkeypatch) -> Iterator[pytest.MonkeyPatch]:
    """The first guard of every rule is gone."""
    before = refusals(), guards.standing(connection)
    without_locks(monkeypatch)
    yield monkeypatch
    monkeypatch.undo()
    assert (refusals(), guards.standing(connection)) == before


def meet_after(patch: pytest.MonkeyPatch, owner: object, name: str) -> Meeting:
    """From now on everybody who has read by `name` waits until all others have, and only then writes."""
    read, meeting = getattr(owner, name), Meeting(PEOPLE)

    def read_and_wait(*args, **kwargs):
        found = read(*args, **kwargs)
        meeting.wait()
        return found

    patch.setattr(owner, name, read_and_wait)
    return meeting


def bank_in_step(patch: pytest.MonkeyPatch) -> Bank:
    """REL1 with clients of one account who all read before any of them writes, and little credit.

    Whoever the database refuses goes on, and everybody looks at the money after each act.
    """
    bank, crowd, meeting = Bank(a_provider(), organisations=1, opening=170), Crowd(), meet_after(patch, Book, "begin")

    def careless(number: int) -> None:
        teller = Teller(bank.cast, bank.accounts[0], number, without=CREDIT_COMES_IN)
        try:
            for _ in range(12):
                try:
                    bank.one(teller)
                except (DatabaseError, ValueError) as refused:
                    bank.refused[type(refused).__name__] += 1
                bank.seen += look(MONEY)
        finally:
            meeting.go_home()

    crowd.seated(PEOPLE, careless)
    say("REL4 bank", done=bank.done.total(), refused=dict(bank.refused), seen=len(bank.seen), most_inside=meeting.most_here)
    assert crowd.errors == []
    assert meeting.most_here >= 2
    return bank


def test_c15_the_bank_without_any_guard_promises_too_much_and_the_proof_sees_it(lockless):
    with without_refusals(*CREDIT):
        bank = bank_in_step(lockless)

    assert bank.seen != []


def test_c15_the_bank_without_locks_is_held_by_the_database(lockless):
    bank = bank_in_step(lockless)

    assert bank.seen + bank.untold() == []


def last_hour_in_step(patch: pytest.MonkeyPatch) -> Crowd:
    """REL2 with credit for one session, and clients who all see it before any of them takes it."""
    account, crowd, meeting = a_client(a_provider()).account, Crowd(), Meeting(1)
    grant(account, 60)
    meeting = meet_after(patch, Book, "begin")

    def take(number: int) -> object:
        try:
            return hold(account, 60, cause=f"session:{number}")
        finally:
            meeting.go_home()

    crowd.seated(PEOPLE, take)
    say("REL4 last credit", of_each=dict(crowd.kinds()), most_inside=meeting.most_here)
    assert meeting.most_here >= 2
    return crowd


def test_c5_the_last_hour_without_any_guard_is_promised_twice_and_the_proof_sees_it(lockless):
    with without_refusals(*CREDIT):
        crowd = last_hour_in_step(lockless)
        found = look(MONEY)

    assert len(crowd.answers) > 1
    assert found != []


def test_c5_the_last_hour_without_locks_is_promised_once(lockless):
    crowd = last_hour_in_step(lockless)

    assert (len(crowd.answers), look(MONEY)) == (1, [])


def calendars_in_step(patch: pytest.MonkeyPatch) -> Calendars:
    """REL3 with clients who all see what is open before any of them takes it."""
    cast, crowd = a_provider(), Crowd()
    clients = [a_client(cast, f"Org{number}") for number in range(PEOPLE)]
    calendars = Calendars(cast, clients, technicians=2, days=1, starts=2)
    meeting = meet_after(patch, availability, "slot_at")

    def fill(number: int) -> None:
        try:
            calendars.act(number, 8, also=(DatabaseError,), looking=True)
        finally:
            meeting.go_home()

    crowd.seated(PEOPLE, fill)
    say("REL4 calendars", of_each=dict(calendars.done), refused=dict(calendars.refused), most_inside=meeting.most_here)
    assert crowd.errors == []
    assert meeting.most_here >= 2
    return calendars


def test_r2_calendars_without_any_guard_overlap_and_the_proof_sees_it(lockless):
    with without_refusals(*CALENDAR):
        found = calendars_in_step(lockless).seen

    assert found != []


def test_r2_calendars_without_locks_are_held_by_the_database(lockless):
    calendars = calendars_in_step(lockless)

    assert calendars.seen + broken() == []
