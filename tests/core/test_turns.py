"""One costly answer to a client at a time: who else of it asks waits a moment or is told to, and others notice nothing (SEC14)."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from django.urls import reverse

from core import rate_limits, turns
from core.turns import NotYourTurn
from tests.cast import NOON
from tests.journeys.belongings import browser_of

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _nobody_was_told_before():
    rate_limits._refused.clear()
    yield
    rate_limits._refused.clear()


def in_another_thread(work):
    """What it returns, with its own connection, as another request has."""

    def done():
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()


def waiting(kind, whose, given=None):
    """A thread that waits for its turn, and notes when it has had it."""
    had = threading.Event()

    def wait():
        try:
            with turns.take(kind, whose):
                had.set()
        except NotYourTurn:
            pass
        finally:
            connection.close()

    thread = threading.Thread(target=wait)
    thread.start()
    while not (turns._waiting or had.is_set()):
        time.sleep(0.005)
    return thread, had


def is_next_free():
    """Whether nobody stands at the head of those of this client who wait."""
    entered = turns._entered("next", [("client:1", "other")])
    if entered:
        entered.close()
    return entered is not None


def some_waiting(many, kind, client):
    """So many that wait for this client's turn."""
    threads = [waiting(kind, [client]) for _ in range(many)]
    while sum((client, "other") in wanted for wanted in turns._waiting) < many:
        time.sleep(0.005)
    return threads


def goes_ahead(kind, whose):
    """Whether somebody of these clients would get this kind of work at once."""

    def take():
        with pytest.MonkeyPatch.context() as impatient:
            impatient.setattr(turns, "WAITS_SECONDS", 0)
            try:
                with turns.take(kind, whose):
                    return True
            except NotYourTurn:
                return False

    return in_another_thread(take)


def test_sec14_another_of_the_client_waits_until_the_first_is_answered():
    with turns.take("search", ["client:1"]):
        thread, had = waiting("export", ["client:1"])
        assert not had.is_set()

    thread.join()
    assert had.is_set()
    assert not turns._waiting


def test_sec14_others_and_papers_wait_for_none_of_it():
    with turns.take("search", ["client:1"]):
        assert not goes_ahead("search", ["client:1"])
        assert not goes_ahead("export", ["client:2", "client:1"])
        assert goes_ahead("search", ["client:2"])
        assert goes_ahead("paper", ["client:1"])
    with turns.take("paper", ["client:1"]):
        assert not goes_ahead("paper", ["client:1"])
        assert goes_ahead("search", ["client:1"])


def test_sec14_whoever_gets_only_one_of_two_turns_gives_it_back():
    with turns.take("search", ["client:2"]):
        assert not goes_ahead("search", ["client:1", "client:2"])
        assert goes_ahead("search", ["client:1"])


def test_sec14_whoever_waits_for_one_of_two_turns_keeps_nobody_from_the_other():
    with turns.take("search", ["client:2"]):
        tabs = [waiting("search", ["client:1", "client:2"]) for _ in range(2)]
        while len(turns._waiting) < len(tabs):
            time.sleep(0.005)

        assert goes_ahead("search", ["client:1"])

    for thread, had in tabs:
        thread.join()
        assert had.is_set()


def test_sec14_who_is_of_many_clients_waits_as_one():
    with turns.take("search", ["client:1"]), turns.take("search", ["client:9"]):
        thread, had = waiting("search", [f"client:{number}" for number in range(1, 8)])
        other, had_too = waiting("search", ["client:9"])
        while len(turns._waiting) < 2:
            time.sleep(0.005)

    for one in (thread, other):
        one.join()
    assert had.is_set()
    assert had_too.is_set()


def test_sec14_few_wait_and_whoever_comes_then_is_told_at_once():
    with turns.take("search", ["client:1"]), turns.take("paper", ["client:1"]), turns.take("search", ["client:2"]):
        threads = [some_waiting(turns.MOST_OF_ONE, "search", "client:1")]
        for kind in ("search", "paper"):
            with pytest.raises(NotYourTurn):
                in_another_thread(lambda kind=kind: turns.take(kind, ["client:1"]))
        threads.append(some_waiting(1, "search", "client:2"))  # another client waits still
        with pytest.raises(NotYourTurn):
            in_another_thread(lambda: turns.take("search", ["client:2"]))

    for thread, had in [one for some in threads for one in some]:
        thread.join()
        assert had.is_set()
    assert goes_ahead("search", ["client:1"])


def test_sec14_whoever_comes_later_goes_behind_those_who_wait_in_another_process_too(monkeypatch):
    with turns._entered("next", [("client:1", "other")]):  # as whoever waits elsewhere has it
        assert not goes_ahead("search", ["client:1"])
        assert goes_ahead("search", ["client:2"])

    monkeypatch.setattr(turns, "LOOKS_EVERY_SECONDS", 0.2)
    with turns.take("search", ["client:1"]):
        thread, had = waiting("search", ["client:1"])
        while in_another_thread(is_next_free):
            time.sleep(0.005)

    assert not goes_ahead("search", ["client:1"])
    thread.join()
    assert had.is_set()


def test_sec14_an_answer_that_failed_has_given_its_turn_back():
    with pytest.raises(ZeroDivisionError), turns.take("search", ["client:1"]):
        _ = 1 / 0

    assert goes_ahead("search", ["client:1"])


def test_sec14_whoever_waited_in_vain_is_told_when_to_ask_again(acme, borealis, monkeypatch):
    monkeypatch.setattr(turns, "WAITS_SECONDS", 0)
    url, theirs = (reverse("statement-csv", args=[client.account.pk]) for client in (acme, borealis))

    def asked(person, url):
        return in_another_thread(lambda: browser_of(person).get(url))

    with turns.take("export", [f"client:{acme.organisation.pk}"]):
        told, other = asked(acme.requester, url), asked(borealis.approver, theirs)

    assert (told.status_code, told.headers["Retry-After"], other.status_code) == (429, "5", 200)
    assert "Wait 5 seconds, then try again." in told.content.decode()
    assert asked(acme.requester, url).status_code == 200


def test_sec14_whoever_was_told_to_wait_is_refused_for_nothing_until_then(acme, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(turns, "WAITS_SECONDS", 0)
    browser, url = browser_of(acme.requester), reverse("statement-csv", args=[acme.account.pk])
    with time_machine.travel(NOON, tick=False):
        with turns.take("export", [f"client:{acme.organisation.pk}"]):
            told = in_another_thread(lambda: browser.get(url))
        with django_assert_num_queries(0):
            again = browser.get(url)

    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in (told, again)] == [(429, "5")] * 2
    with time_machine.travel(NOON + timedelta(seconds=5), tick=False):
        assert browser.get(url).status_code == 200


def test_sec14_the_providers_people_wait_for_nobody(cast, acme, monkeypatch):
    monkeypatch.setattr(turns, "WAITS_SECONDS", 0)
    address = reverse("help")

    with turns.take("search", [f"client:{acme.organisation.pk}"]), turns.take("search", [f"person:{cast.fia.pk}"]):
        told = in_another_thread(lambda: browser_of(cast.fia).get(address))

    assert told.status_code == 200


def test_sec14_a_form_that_is_sent_waits_for_nobody(acme, monkeypatch):
    monkeypatch.setattr(turns, "WAITS_SECONDS", 0)
    address = reverse("session-new")

    with turns.take("search", [f"client:{acme.organisation.pk}"]):
        looked, sent = (in_another_thread(lambda ask=ask: ask(browser_of(acme.approver), address)) for ask in (Client.get, Client.post))

    assert (looked.status_code, sent.status_code == 429) == (429, False)


@pytest.mark.parametrize("failure", [OperationalError, InterfaceError, PermissionError])
def test_sec14_where_turns_cannot_be_kept_everybody_goes_ahead(monkeypatch, failure):
    def away(name):
        raise failure

    monkeypatch.setattr(turns, "alone", away)

    with turns.take("search", ["client:1"]), turns.take("search", ["client:1"]):
        pass
