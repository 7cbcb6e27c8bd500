"""SEC4. Whatever comes to whatever address, by whatever method: no error, no trace of how it went wrong, no effect of what was refused.

Forms as they stand on pages are tried in tests/journeys/test_hostile_input.py; here nothing is as a browser would send it.
"""

from collections import Counter
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from tests.cast import NOON
from tests.journeys.belongings import belongings, browser_of
from tests.journeys.strange_requests import Strange, a_strange_request
from tests.journeys.visitor import Page
from tests.proofs import addresses
from tests.proofs.addresses import NOTHING
from tests.proofs.sizes import SIZE, chance, say
from tests.proofs.statements import changed, statements

ADMINISTRATION = ["/admin/", "/admin/people/person/", "/admin/people/person/add/", "/admin/jsi18n/", "/admin/autocomplete/", "/static/../x"]


@pytest.mark.django_db
@time_machine.travel(NOON, tick=False)
def test_sec4_no_request_makes_an_error_or_a_change_that_was_refused(cast, acme):
    cache.clear()
    entries, dice, statuses, wrong = doors(cast, acme), chance("SEC4"), Counter[int](), []

    for number in range(SIZE.strange_requests):
        browser, path, names = entries[number % len(entries)] if number < len(entries) else dice.choice(entries)
        request = a_strange_request(browser, path, names, dice)
        status, fault = outcome(request)
        statuses[status] += 1
        wrong += [f"{fault}: {request}"] if fault else []

    say("SEC4", requests=sum(statuses.values()), addresses=len(entries), statuses=dict(sorted(statuses.items())))
    assert wrong == []
    assert {200, 400, 404, 405, 422} <= statuses.keys()


def doors(cast, acme) -> list[tuple[Browser, str, list[str]]]:
    """Every address of the product and of its libraries, who may open it, and the fields of what stands there."""
    own, dice = belongings(cast, acme), chance("SEC4 doors")
    found = [(browser_of(cast.ada), path, ["action", "q", "_selected_action", "name"]) for path in ADMINISTRATION]
    for address in addresses.every():
        mine = own.get(address.name)
        ids = mine.ids if mine else {name: NOTHING.get(kind, "7") for name, kind in address.ids}
        people = [mine.person] if mine else [acme.approver, cast.max, cast.fia, cast.ada]
        path, person = reverse(address.name, kwargs=ids), dice.choice(people)
        browser = browser_of(person) if address.app else Browser()
        found.append((browser, path, fields_of(browser, path) if SIZE.strange_requests > 1_000 else []))
    dice.shuffle(found)
    return found


def fields_of(browser: Browser, path: str) -> list[str]:
    """The names of the fields that stand on a page."""
    response = browser.get(path)
    if response.status_code != 200 or not response.headers["Content-Type"].startswith("text/html"):
        return []
    return sorted({name for form in Page(path, 200, response.content.decode()).forms for name in form.fields})


def outcome(request: Strange) -> tuple[int, str]:
    """The status, and what is wrong with the answer, if anything."""
    with statements() as made:
        try:
            response = request.send()
        except Exception as error:
            return 500, repr(error)[:300]
    faults = {
        "an error": response.status_code >= 500 and not (request.path == reverse("readyz") and response.status_code == 503),
        "a trace": said(response, b"Traceback (most recent call last)"),
        "an effect": response.status_code >= 400 and changed(made),
        "no policy": "Content-Security-Policy" not in response.headers or "unsafe" in response.headers["Content-Security-Policy"],
        "another header": "X-Evil" in response.headers,
        "a way out": response.headers.get("Location", "/").startswith(("//", "http", "javascript")),
    }
    return response.status_code, ", ".join(fault for fault, is_so in faults.items() if is_so)


def said(response: Any, words: bytes) -> bool:
    """Whether these words stand in the answer."""
    return not response.streaming and words in response.content


def test_sec4_the_control_what_stood_is_told_from_what_was_taken_back():
    inner = ["SAVEPOINT b", "INSERT INTO x"]

    assert changed(["SAVEPOINT a", *inner, "RELEASE SAVEPOINT b", "ROLLBACK TO SAVEPOINT a"])
    assert not changed(["SAVEPOINT a", *inner, "ROLLBACK TO SAVEPOINT b", "RELEASE SAVEPOINT b", "ROLLBACK TO SAVEPOINT a"])
