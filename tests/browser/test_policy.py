"""SEC9 in Chromium: in ordinary use, and with payloads in every text, no script but ours runs and the policy has nothing to report."""

from collections.abc import Callable, Iterator
from itertools import chain

import pytest
import time_machine
from django.urls import reverse

from people.models import Person
from tests.browser.cases import a_letter, a_queue
from tests.browser.window import Window
from tests.cast import NOON
from tests.journeys.belongings import belongings, browser_of
from tests.proofs.sizes import LARGE, SIZE, say
from tests.proofs.tags import payloads, tagged_texts
from tests.proofs.test_sec9_tags import visits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LISTEN = """
    window.reported = [];
    document.addEventListener("securitypolicyviolation", event => window.reported.push(`${event.violatedDirective} ${event.blockedURI}`));
    window.alert = words => window.reported.push(`alert ${words}`);
"""
PORTAL = ["/", "/cases/", "/cases/new/", "/credit/", "/sessions/", "/help/", "/me/"]
DESK = ["/desk/day/", "/desk/cases/", "/desk/week/", "/desk/clients/", "/desk/delivery/", "/desk/help/"]


@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize("said", [[], payloads(SIZE.tags)], ids=["ordinary", "hostile"])
def test_sec9_no_script_but_ours_runs_and_the_policy_reports_nothing(window_of, language, said):
    with time_machine.travel(NOON, tick=True):
        acme, disa, cases = a_queue()
        a_letter(cases[1], text="See below.", html="<p>See <b>below</b></p>")
        Person.objects.update(language=language)
        walks = {acme.requester: [*PORTAL, f"/cases/{cases[1].pk}/"], disa: [*DESK, f"/desk/cases/{cases[1].pk}/"]}
        found = [read(window_of, person, paths, said) for person, paths in walks.items()]

    reported, opened = list(chain(*(told for told, _opened in found))), sum(opened for _told, opened in found)
    say("SEC9 in Chromium", language=language, pages=opened, payloads=len(said), reported=reported)
    assert reported == []
    assert opened >= len(list(chain(*walks.values()))) - 2


@pytest.mark.skipif(SIZE is not LARGE, reason="it opens every page there is: make soak does")
@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize("said", [[], payloads(SIZE.tags)], ids=["ordinary", "hostile"])
def test_sec9_on_every_page_there_is_no_script_but_ours_runs(window_of, cast, acme, language, said):
    with time_machine.travel(NOON, tick=True):
        walks: dict[Person, list[str]] = {}
        for person, path in pages(cast, acme):
            walks.setdefault(person, []).append(path)
        Person.objects.update(language=language)
        found = [read(window_of, person, paths, said, looks=not said) for person, paths in walks.items()]

    reported, opened = list(chain(*(told for told, _opened in found))), sum(opened for _told, opened in found)
    say("SEC9 in Chromium, all", language=language, pages=opened, payloads=len(said), reported=reported[:20])
    assert reported == []
    assert opened >= len(list(chain(*walks.values()))) - 5


def read(
    window_of: Callable[..., Window], person: Person, paths: list[str], said: list[str], *, looks: bool = False
) -> tuple[list[str], int]:
    """Let somebody open these pages while every text ends in something of `said`; what was reported, and how many there were.

    Whoever `looks` also sees what a window always looks for: what assistive technology would stumble over, what is too wide.
    """
    window = window_of(person, width=1280)
    window.page.context.add_init_script(LISTEN)
    reported, opened = [], 0
    with tagged_texts(said or [""]):
        for path in paths:
            answer = window.page.goto(f"{window.url}{path}")
            opened += answer.ok
            if "sandbox" in answer.headers.get("content-security-policy", ""):
                continue  # a client's own HTML: no script runs there, not even one that asks
            reported += [f"{path}: {found}" for found in window.page.evaluate("window.reported")]
            is_whole = window.page.evaluate("document.doctype !== null")  # and not a part that a page asks for
            reported += faults_seen(window) if looks and is_whole else []
    return reported + window.complaints, opened


def faults_seen(window: Window) -> list[str]:
    """What is wrong with the page that the window shows."""
    try:
        window.look()
    except AssertionError as fault:
        window.complaints.clear()
        return [str(fault)[:400]]
    return []


def pages(cast, acme) -> Iterator[tuple[Person, str]]:
    """Every address that shows a page, once, and somebody who may open it."""
    seen = set()
    for name, person, ids in visits(belongings(cast, acme), cast, acme):
        path = reverse(name, kwargs=ids)
        if path in seen:
            continue
        answer = browser_of(person).get(path)
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
            seen.add(path)
            yield person, path
