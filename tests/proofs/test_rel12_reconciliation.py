"""REL12.

Over a ledger of many entries the audit raises no false alarm, and whatever is spoiled behind its back is found and
named (rule C15).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from time import monotonic

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.db.backends.utils import CursorWrapper

from credits.audit import Finding, audit
from dashboard.management.commands.audit import AUDITS
from sessions.audit import audit as audit_sessions
from sessions.audit import checks
from tests.cast import NOON
from tests.proofs.books import Books, at_rest
from tests.proofs.corruptions import LEDGER, SESSIONS, said
from tests.proofs.sizes import SIZE, chance, say
from tests.proofs.writes import a_stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(cast):
    """So many entries, all sound."""
    return Books(cast, entries=SIZE.entries)


@pytest.fixture
def stages(cast):
    """A client for every way to spoil a session."""
    with time_machine.travel(NOON, tick=False):
        return {name: a_stage(cast, number) for number, name in enumerate(SESSIONS)}


def test_c15_a_sound_ledger_of_any_size_raises_no_alarm(books):
    begun = monotonic()
    reports = [audit() for _ in range(SIZE.clean_audits)]
    seconds = (monotonic() - begun) / len(reports)

    say(
        "REL12 clean",
        runs=len(reports),
        seconds_each=f"{seconds:.1f}",
        **{name.replace("-", "_"): value for name, value in reports[0].figures.items()},
    )
    assert [report.findings for report in reports] == [[]] * len(reports)


def test_c15_whatever_is_spoiled_in_the_ledger_is_found_and_named(books):
    dice = chance("corruptions")
    numbers = dice.sample(range(1, books.copies + 1), books.copies) * 2
    expected = {}
    with spoiled() as cursor:
        for name, corruption in LEDGER.items():
            accounts = [books.copy_of(getattr(books, corruption.of), numbers.pop()) for _ in "ab"]
            for statement in said(corruption, a=accounts[0].pk, b=accounts[1].pk):
                cursor.execute(statement)
                assert cursor.rowcount >= 1, name
            expected[name] = (corruption.sentence, f"account {accounts['ab'.index(corruption.named)].pk}")
        found = audit().findings

    missed = {name: wanted for name, wanted in expected.items() if not any(names(finding, *wanted) for finding in found)}
    say("REL12 ledger", corruptions=len(expected), found=len(expected) - len(missed), findings=len(found))
    assert missed == {}


def test_c15_whatever_is_spoiled_in_sessions_is_found_and_named(stages):
    clean, expected = audit_sessions(), {}
    with spoiled() as cursor:
        for name, corruption in SESSIONS.items():
            session = getattr(stages[name].things, corruption.of)
            for statement in said(corruption, s=session.pk):
                cursor.execute(statement)
            subject = f"account {session.account_id}" + ("" if corruption.named == "hold" else f", session {session.pk}")
            expected[name] = (corruption.sentence, subject)
        found = audit_sessions().findings

    missed = {name: wanted for name, wanted in expected.items() if not any(names(finding, *wanted) for finding in found)}
    say("REL12 sessions", corruptions=len(expected), found=len(expected) - len(missed), findings=len(found))
    assert clean.findings == []
    assert missed == {}


def test_c15_every_sentence_about_sessions_has_a_corruption_that_proves_it():
    assert {check.sentence for check in checks()} - {corruption.sentence for corruption in SESSIONS.values()} == set()


def test_c15_the_audit_of_everything_says_so_or_exits_1(stages, capsys):
    call_command("audit", stdout=(sound := StringIO()))
    with at_rest() as cursor:
        cursor.execute("UPDATE credits_creditaccount SET entry_count = entry_count + 1")

    with pytest.raises(SystemExit) as exit_:
        call_command("audit", stderr=(spoiled := StringIO()))

    assert "Everything agrees: ledger, sessions, cases, delivery." in sound.getvalue()
    assert list(AUDITS) == ["ledger", "sessions", "cases", "delivery"]
    assert exit_.value.code == 1
    assert "ledger: account" in spoiled.getvalue()


@contextmanager
def spoiled() -> Iterator[CursorWrapper]:
    """Everything that is done inside is undone afterwards."""
    with transaction.atomic():
        with at_rest(checks=True) as cursor:
            yield cursor
        transaction.set_rollback(True)


def names(finding: Finding, sentence: str, subject: str) -> bool:
    """Whether the finding is about this sentence and this account or session."""
    return finding.sentence == sentence and (finding.subject == subject or finding.subject.startswith(f"{subject},"))
