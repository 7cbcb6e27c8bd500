"""REL5. Whatever form is sent several times, at once and later, has one effect (rules C4, C5, C8, C10, C14).

Its key with another body is refused, and the key of somebody else's form opens nothing.

A new address that takes POST fails here until it has a row in `writes.py`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection, transaction

from dashboard.due import run_due
from notices.models import Notice, NoticeState
from tests.cast import NOON, a_provider
from tests.internet import CALENDARS_ADDRESS, Internet
from tests.journeys.belongings import browser_of
from tests.proofs import (
    addresses,
    writes_of_bank,
    writes_of_books,
    writes_of_cases,
    writes_of_clients,
    writes_of_course,
    writes_of_debts,
    writes_of_delivery,
    writes_of_desk,
    writes_of_estimates,
    writes_of_failures,
    writes_of_figures,
    writes_of_help,
    writes_of_invoicing,
    writes_of_on_call,
    writes_of_orders,
    writes_of_overdue,
    writes_of_payouts,
    writes_of_people,
    writes_of_plan_fees,
    writes_of_privacy,
    writes_of_sending,
    writes_of_sign_ins,
    writes_of_staff,
    writes_of_visits,
    writes_of_work,
)
from tests.proofs.crowd import at_once
from tests.proofs.sizes import SIZE, SMALL, say
from tests.proofs.traces import effect, traces
from tests.proofs.writes import Stage, Write, a_stage, waves

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
LATER = NOON + timedelta(minutes=5)
MUCH_LATER = NOON + timedelta(days=20)
REFUSED = {409, 422}
IN_PLACE = {"preferences", "desk-card-return"}
"""Overwrites one row by one statement, or asks another server first: there is no transaction to meet before."""
SHOWN_ONCE = {"my-calendar-make", "desk-rota-webhook", "desk-rota-secret"}
"""Answers with the page itself: the address or secret on it is kept nowhere, so no other page could show it."""
KNOWN = {"desk-session-call": "the form carries no key: whoever presses twice has called twice"}
"""What is not yet as it should be, and why. Whatever is mended fails here until it is taken off."""
ONLY_READS = {"desk-case-new", "organisation-choose"}
"""What is sent there fills in a form, or is remembered in the browser's session; it changes nothing else."""
LOOKS = {"session-instructions-look", "desk-session-instructions-look"}
"""Whoever presses twice has looked twice, and each look is recorded (rule R3)."""

FIRST_WAVES = 3
"""Nearly nine of ten forms are in these; each of the others takes as long as one of these, for it builds everything anew."""
WAVES = slice(None) if SIZE is not SMALL else slice(FIRST_WAVES, None) if connection.vendor == "sqlite" else slice(FIRST_WAVES)
"""With the small numbers each form is sent on one of the databases: on SQLite, which builds faster, those of the later waves."""


@dataclass
class Sent:
    """What came of one form: answers as (status, where to), and what had changed after each step."""

    write: Write
    once: dict[str, int]
    at_once: list[tuple[int, str]]
    most_inside: int
    many: dict[str, int]
    later: dict[str, int]
    other: tuple[int, dict[str, int]] | None = None


@pytest.fixture
def stages(internet: Internet) -> Iterator[Iterator[Stage]]:
    """As many stages as are wanted, one provider, at noon."""
    internet.names["calendar.example.org"] = [CALENDARS_ADDRESS]
    cast = a_provider()
    with time_machine.travel(NOON, tick=False):
        yield (a_stage(cast, number) for number in count(1))


def test_every_form_that_can_be_sent_has_a_row(stages):
    assert {address.name for address in addresses.writes()} - ONLY_READS == set(rows(next(stages)))


@pytest.mark.parametrize("people", SIZE.at_once)
def test_c14_every_form_that_is_sent_several_times_has_one_effect_and_one_answer(stages, people):
    sent: dict[str, Sent] = {}
    for wave in waves(rows(next(stages)))[WAVES]:
        forms = rows(next(stages))
        sent |= {name: several_times(name, forms[name], people) for name in wave}

    wrong = {name: found for name, form in sent.items() if (found := what_is_wrong(name, form))}
    say("REL5", forms=len(sent), at_once=people, wrong=wrong)
    assert wrong.keys() == (KNOWN.keys() | LOOKS) & sent.keys()


def test_c14_the_key_of_somebody_elses_form_opens_nothing(stages):
    mine, theirs = rows(next(stages)), rows(next(stages))
    keyed = [name for name in mine if mine[name].other and mine[name].person != theirs[name].person]
    for name in keyed:
        before = traces()
        first = post(mine[name], name)
        once, between = effect(before), traces()

        second = post(theirs[name], name)

        assert (first.status_code, second.status_code) == (302, 302)
        assert first.headers["Location"] != second.headers["Location"]
        assert effect(between) == once

    assert {"topup-new", "session-new", "transfer-new", "desk-unplanned"} <= set(keyed)


def test_c14_jobs_that_run_in_several_loops_at_once_do_what_is_due_once(stages):
    for _ in range(2):
        next(stages)
    people, before = max(SIZE.at_once), traces()

    with time_machine.travel(MUCH_LATER, tick=False):
        crowd, _ = at_once(people, lambda _number: run_due(at=MUCH_LATER))
        once = effect(before)
        again = run_due(at=MUCH_LATER)

    say("REL5 jobs", loops=people, done=dict(sum((Counter(done) for done, _ in crowd.answers.values()), Counter())))
    assert (crowd.errors, [failed for _, failed in crowd.answers.values()]) == ([], [[]] * people)
    assert once != {}
    assert (effect(before), again[1]) == (once, [])
    assert len(mail.outbox) == Notice.objects.filter(state=NoticeState.SENT).count() > 0


def rows(stage: Stage) -> dict[str, Write]:
    """A row for every address that takes POST."""
    given = (
        writes_of_plan_fees,  # before the forms that draft, pay or bind anew what these are about
        writes_of_bank,
        writes_of_payouts,
        writes_of_overdue,
        writes_of_debts,
        writes_of_clients,
        writes_of_cases,
        writes_of_staff,
        writes_of_failures,
        writes_of_figures,
        writes_of_help,
        writes_of_course,
        writes_of_desk,
        writes_of_on_call,
        writes_of_visits,
        writes_of_delivery,
        writes_of_estimates,
        writes_of_work,
        writes_of_invoicing,
        writes_of_sending,
        writes_of_orders,
        writes_of_sign_ins,
        writes_of_people,
        writes_of_privacy,
        writes_of_books,  # it posts what the others left
    )
    return {name: write for module in given for name, write in module.rows(stage).items()}


def several_times(name: str, write: Write, people: int) -> Sent:
    """Send one form alone and undo it; then by several hands at once; then later; then with another body."""
    before = traces()
    with transaction.atomic():
        post(write, name)
        once = effect(before)
        transaction.set_rollback(True)
    browsers = [browser_of(write.person) for _ in range(people)]

    crowd, meeting = at_once(people, lambda number: answer(browsers[number].post(write.url(name), write.typed)))

    assert crowd.errors == []
    many = effect(before)
    with time_machine.travel(LATER, tick=False):
        post(write, name)
        later = effect(before)
        other = (post(write, name, **write.other).status_code, effect(before)) if write.other else None
    return Sent(write, once, list(crowd.answers.values()), meeting.most_here, many, later, other)


def what_is_wrong(name: str, sent: Sent) -> list[str]:
    """What is not as it should be with this form."""
    done = {answer for answer in sent.at_once if answer[0] not in REFUSED}
    sentences = {
        "sent alone it does nothing": not sent.once,
        f"several at once did {sent.many}, one alone {sent.once}": sent.many != sent.once,
        f"the answers differ: {sent.at_once}": len(done) != 1 or {status for status, _ in done} != {200 if name in SHOWN_ONCE else 302},
        f"once more later did {sent.later}": sent.later != sent.once,
        f"another body with its key was answered {sent.other}": bool(sent.other) and sent.other != (409, sent.once),
        "nobody met": sent.most_inside < 2 and name not in IN_PLACE,
    }
    return [sentence for sentence, is_so in sentences.items() if is_so]


def post(write: Write, name: str, **other: Any) -> Any:
    """The response to the form, sent by its person."""
    return browser_of(write.person).post(write.url(name), write.typed | other)


def answer(response: Any) -> tuple[int, str]:
    """The status, and where it leads."""
    return response.status_code, response.headers.get("Location", "")
