"""REL8, REL15. Many clients at once on a real web server, some on one account; then its workers are killed under them.

Everybody presses their form, with its own key, until it is answered. Each form has one effect, sums are exact, and nobody is
promised what is not there.
"""

import itertools
import os
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cases.audit import audit as audit_cases
from cases.models import Case
from cases.models import State as CaseState
from credits.accounts import open_account
from credits.audit import audit
from credits.models import CreditAccount, TopUp, Transfer
from sessions.audit import audit as audit_sessions
from sessions.models import Session, State
from tests.cases.opened import a_plan, bind
from tests.cast import a_client, a_provider, at_stockholm
from tests.credits.posting import grant
from tests.proofs.sizes import SIZE, chance, say
from tests.proofs.web import TOKEN, Answers, Browser, Web, a_web, session_of
from tests.proofs.yardstick import pace, stolen_seconds

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
LONGEST_LIFE_SECONDS = 0.5
SATURDAY = 5
FORMS = ("topup-new", "transfer-new", "session-new", "session-cancel", "case-new", "case-withdraw")

ENDS = {"session-cancel": "session-new", "case-withdraw": "case-new"}


class Town:
    """One client whose people all act on one account, and clients of one person each; everybody has an hour of their own to book."""

    def __init__(self) -> None:
        self.cast = a_provider()
        self.clients = [a_client(self.cast, f"Org{number}") for number in range(max(2, SIZE.load_clients // 4))]
        self.opening = 120 * SIZE.load_clients
        self.others = [open_account(organisation=client.organisation, name="Site") for client in self.clients]
        for account in [client.account for client in self.clients] + self.others:
            grant(account, self.opening)
        plan = a_plan()
        for client in self.clients:
            bind(client, plan)
        self.signed_in = [session_of(client.approver) for client in self.clients]
        self.hours = hours_to_book(SIZE.load_clients)
        self.standing: dict[str, dict[int, str]] = {"session-new": {}, "case-new": {}}  # where each person's session and case are
        self.keys: list[tuple[str, int]] = []
        self.lock = threading.Lock()

    def live(self, web: Web, number: int, answers: Answers, is_over: Callable[[], bool], rest: Callable[[], None]) -> None:
        """One person's visit: half of all people belong to the first client. They `rest` before each page that they ask for.

        They begin at different places of the same round, so that at any moment all kinds of requests are among those that wait. While
        one moves credit to the other account another moves it back; who has booked a session calls it off half a round later, and who
        has reported a case takes it back in the next: so there is something to do however long they stay.
        """
        which = 0 if number % 2 else number % len(self.clients)
        browser = Browser(web.port, self.signed_in[which], answers)
        begins_with_a_form = number // 16 % 2
        for turn in itertools.count(number // 2 % 8):
            if is_over():
                return
            if not begins_with_a_form:
                rest()
                browser.look(self.page(turn, number))
            begins_with_a_form = False
            rest()
            name, path, typed = self.form(turn, number, which)
            status = browser.press(path, typed | {"key": f"{number}-{turn}-{time.monotonic_ns()}"})
            if status == HTTPStatus.FOUND and name in self.standing:
                self.standing[name][number] = browser.sent_to
            if status == HTTPStatus.FOUND and name in ENDS:
                del self.standing[ENDS[name]][number]
            with self.lock:
                self.keys.append((name, status))

    def answered(self) -> dict[str, object]:
        """How often which form was answered how."""
        return {f"{name} {status}": number for (name, status), number in sorted(Counter(self.keys).items())}

    def page(self, turn: int, number: int) -> str:
        """What somebody looks at: home, their credit, the cases, and the case that they have reported."""
        pages = [reverse("home"), reverse("credit"), reverse("cases"), self.standing["case-new"].get(number, reverse("home"))]
        return pages[turn % 4]

    def form(self, turn: int, number: int, which: int) -> tuple[str, str, dict[str, object]]:
        """What somebody sends at this place of their round of eight: the name of its address, its path and what is typed."""
        client, place = self.clients[which], turn % 8
        booked, reported = (self.standing[name].get(number, "") for name in ("session-new", "case-new"))
        if place % 4 == 3:
            typed: dict[str, object] = {"quantity": "8", "unit": "hours", "shown_total": "12000.00"}
            return "topup-new", reverse("topup-new", args=[client.account.pk]), typed
        if place == 2 and not booked:
            wish = {"account": client.account.pk, "purpose": self.cast.purpose.pk, "title": "Disk", "minutes": 30, "technicians": 1}
            return "session-new", reverse("session-new"), wish | {"technician": "", "starts_at": self.hours[number].isoformat()}
        if place == 6 and booked:
            shown = {"shown_minutes": 0, "shown_held": 30, "start": 1, "reason": ""}
            return "session-cancel", reverse("session-cancel", args=[number_in(booked)]), shown
        if place == 0 and not reported:
            report = {"organisation": client.organisation.pk, "subject": "Disk", "text": "It is full.", "kind": "incident", "priority": 3}
            return "case-new", reverse("case-new"), report | {"environment": "production"}
        if place == 0:
            return "case-withdraw", reverse("case-withdraw", args=[number_in(reported)]), {"reason": "It was us"}
        source, target = (client.account, self.others[which])[:: 1 if (place // 4 + number // 2) % 2 else -1]
        move = {"source": source.pk, "target": target.pk, "size": "2", "reason": "They need it more"}
        return "transfer-new", reverse("transfer-new"), move


def number_in(address: str) -> int:
    """Which one it is, by the address of its page."""
    return int(address.strip("/").split("/")[-1])


def hours_to_book(people: int) -> list[datetime]:
    """An hour for each, of the two technicians' working days from next week on."""
    days = (timezone.localdate() + timedelta(days=number) for number in itertools.count(7))
    open_days = (day for day in days if day.weekday() < SATURDAY)
    return [
        at_stockholm(day.year, day.month, day.day, hour)
        for day in itertools.islice(open_days, people // 16 + 1)
        for hour in (*range(8, 16), *range(8, 16))
    ][:people]


def resting(number: int, every_seconds: float, over: threading.Event) -> Callable[[], None]:
    """Wait until this person's next turn: one every so many seconds, each person's shifted.

    Who is late does not catch up, and comes when it would have been their turn: after a while in which all had to wait they would
    else go on coming together, for ever.
    """
    begun = time.monotonic() + every_seconds * (number * 77 % SIZE.load_clients) / SIZE.load_clients
    turns = itertools.count()

    def rest() -> None:
        if every_seconds:
            now = time.monotonic()
            turn = next(turn for turn in turns if begun + turn * every_seconds >= now)
            over.wait(begun + turn * every_seconds - now)

    return rest


def visited(town: Town, web: Web, beside: Callable[[Answers], None], *, every_seconds: float = 0) -> Answers:
    """Everybody visits until `beside` has done what it does: each asks every so many seconds, or as fast as it is answered."""
    answers, over = Answers(), threading.Event()
    errors: list[BaseException] = []

    def visit(number: int) -> None:
        try:
            town.live(web, number, answers, over.is_set, resting(number, every_seconds, over))
        except BaseException as error:
            errors.append(error)

    people = [threading.Thread(target=visit, args=[number]) for number in range(SIZE.load_clients)]
    for person in people:
        person.start()
    try:
        beside(answers)
    finally:
        over.set()
        for person in people:
            person.join()
    assert errors == []
    return answers


def test_rel15_and_rel8_many_at_once_and_workers_killed_under_them(tmp_path):
    town = Town()
    kills: list[int] = []
    idle: list[str] = []
    with a_web(tmp_path) as web:
        calm = visited(town, web, lambda _answers: watch(idle, seconds=SIZE.load_seconds))
        memory = web.memory_mib()
        rough = visited(town, web, lambda answers: kill(web, answers, kills))
        memory_after = web.memory_mib()
    shown = {str(status): number for status, number in sorted((calm.statuses + rough.statuses).items())}
    say("REL15 load", clients=SIZE.load_clients, seconds=SIZE.load_seconds, requests=calm.statuses.total(), p95=f"{calm.p95():.2f} s")
    say("REL15 forms", **town.answered())
    say("REL8 web", kills=len(kills), requests=rough.statuses.total(), unanswered=rough.unanswered, statuses=shown, memory=memory_after)

    assert [status for status in calm.statuses if status >= 500] == []
    assert calm.unanswered == 0
    assert memory > 0
    assert idle == []
    assert len(kills) == SIZE.kills
    assert_each_form_had_one_effect(town)
    assert told_of(town, tmp_path / "gunicorn.log") == []
    assert [list(each().findings) for each in (audit, audit_sessions, audit_cases)] == [[], [], []]


@pytest.mark.skipif(not SIZE.soak_seconds, reason="it takes two hours: make soak runs it")
def test_rel15_hours_of_mixed_load_leave_it_as_quick_and_as_small_as_it_was(tmp_path):
    """At half of what it can answer, which is measured first, when everything is loaded.

    How quick the machine itself is, by a yardstick that knows nothing of the product, and for how long it was given to others, are
    told beside it and decide nothing.
    """
    town = Town()
    idle: list[str] = []
    memory: list[int] = []
    paces: list[float] = []
    stolen: list[float] = []

    def look_at_the_machine() -> None:
        memory.append(web.memory_mib())
        paces.append(pace())
        stolen.append(stolen_seconds())

    with a_web(tmp_path) as web:
        visited(town, web, lambda _answers: watch(idle, seconds=60))
        full = visited(town, web, lambda _answers: watch(idle, seconds=60))
        every_seconds = 2 * SIZE.load_clients * 60 / full.statuses.total()
        begun = time.monotonic()
        soak = partial(watch, idle, seconds=SIZE.soak_seconds, beside=look_at_the_machine)
        answers = visited(town, web, lambda _answers: soak(), every_seconds=every_seconds)
    part, each = SIZE.soak_seconds / 12, len(memory) // 12
    p95 = [answers.p95(begun + number * part, begun + (number + 1) * part) for number in range(12)]
    held, machine = ([statistics.median(seen[number * each : (number + 1) * each]) for number in range(12)] for seen in (memory, paces))
    say(
        "REL15 soak",
        seconds=SIZE.soak_seconds,
        clients=SIZE.load_clients,
        capacity=f"{full.statuses.total() / 60:.1f} a second",
        requests=answers.statuses.total(),
        p95=" ".join(f"{seconds:.3f}" for seconds in p95) + " s",
        memory=" ".join(f"{mib:.0f}" for mib in held) + " MiB",
        machine=" ".join(f"{1000 * seconds:.2f}" for seconds in machine) + " ms",
        stolen=" ".join(f"{seconds:.1f}" for seconds in taken(stolen, 12)) + " s",
    )
    say_of_minutes(answers, begun, stolen)
    say("REL15 forms", **town.answered())

    assert (idle, answers.unanswered, [status for status in answers.statuses if status >= 500]) == ([], 0, [])
    assert p95[-1] <= 1.2 * p95[0]
    assert held[-1] <= 1.05 * held[0]
    assert_each_form_had_one_effect(town)
    assert told_of(town, tmp_path / "gunicorn.log") == []
    assert [list(each().findings) for each in (audit, audit_sessions, audit_cases)] == [[], [], []]


def say_of_minutes(answers: Answers, begun: float, stolen: list[float]) -> None:
    """The slowest and the quickest minutes, with the seconds of processor time that others took of each."""
    minutes = enumerate(taken(stolen, SIZE.soak_seconds // 60))
    found = sorted(((answers.p95(begun + 60 * number, begun + 60 * number + 60), seconds) for number, seconds in minutes), reverse=True)
    for name, some in (("slowest", found[:12]), ("quickest", found[-12:])):
        say(f"REL15 {name} minutes", p95_and_stolen=" ".join(f"{p95:.2f}/{seconds:.1f}" for p95, seconds in some) + " s")


def taken(seen: list[float], parts: int) -> list[float]:
    """By how much a figure that was seen again and again grew in each of so many parts of the time."""
    each = len(seen) // parts
    return [seen[(number + 1) * each - 1] - seen[number * each] for number in range(parts)]


def assert_each_form_had_one_effect(town: Town) -> None:
    """What was answered as done is there, once; what was refused left nothing."""
    done = Counter(name for name, status in town.keys if status == HTTPStatus.FOUND)
    standing = Session.objects.exclude(state=State.CANCELLED).count()
    assert {
        "topup-new": TopUp.objects.count(),
        "transfer-new": Transfer.objects.count(),
        "session-new": Session.objects.count(),
        "session-cancel": Session.objects.filter(state=State.CANCELLED).count(),
        "case-new": Case.objects.count(),
        "case-withdraw": Case.objects.filter(state=CaseState.CLOSED).count(),
    } == {**dict.fromkeys(FORMS, 0), **done}
    accounts = list(CreditAccount.objects.all())
    assert sum(account.balance_minutes for account in accounts) == town.opening * len(accounts)
    assert sum(account.held_minutes for account in accounts) == 30 * standing
    assert all(account.debt_minutes == 0 for account in accounts)


def told_of(town: Town, log: Path) -> list[str]:
    """Who the people are, and the keys of their sessions and forms, where the log names one (SEC15)."""
    people = [person for client in town.clients for person in (client.approver, client.requester)]
    secrets = {TOKEN, "It is full.", *town.signed_in, *(person.email for person in people), *(person.name for person in people)}
    with log.open() as lines:
        return [line for line in lines if any(secret in line for secret in secrets)]


def kill(web: Web, answers: Answers, kills: list[int]) -> None:
    """Kill one worker after the other (kill -9), each time after somebody was answered again."""
    dice = chance("REL8", "web")
    while len(kills) < SIZE.kills:
        heard = answers.statuses.total()
        while answers.statuses.total() == heard:
            time.sleep(0.02)
        time.sleep(dice.uniform(0, LONGEST_LIFE_SECONDS))
        with suppress(ProcessLookupError, IndexError):
            os.kill(dice.choice(web.workers()), signal.SIGKILL)
            kills.append(1)


def watch(idle: list[str], *, seconds: int, beside: Callable[[], None] = lambda: None) -> None:
    """So many seconds long nobody keeps a transaction open and does nothing, for more than five seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(1)
        beside()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%' "
                    "AND clock_timestamp() - state_change > interval '5 seconds'"
                )
                idle += [row[0] for row in cursor.fetchall()]
