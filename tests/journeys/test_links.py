"""Whatever link somebody is shown leads somewhere: every role follows every link, a few steps deep."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import resolve, reverse

from people.models import Person
from tests.cast import NOON
from tests.journeys.belongings import at_every_stage, belongings, browser_of

pytestmark = pytest.mark.django_db
MOST_PAGES = 60
LINK = re.compile(r'<a [^>]*href="([^"#]+)')


def dead_ends(person):
    """The links that the person was shown and that led nowhere, with the page they stood on."""
    browser, dead = Browser(), []
    browser.force_login(person)
    seen: set[str] = set()
    waiting = [("", "/")]
    while waiting and len(seen) < MOST_PAGES:
        source, url = waiting.pop(0)
        path = urlsplit(url).path
        if path in seen or path.startswith(("/admin/", "/static/")):
            continue
        seen.add(path)
        answer = browser.get(url, follow=True)
        if answer.status_code >= 400:
            dead.append((source, url, answer.status_code))
        else:
            waiting += [(url, link) for link in links(answer)]
    return dead


def links(answer):
    """The addresses of ours that a page leads to; none where the answer is no page."""
    if not answer.headers["Content-Type"].startswith("text/html"):
        return []
    here, found = answer.request["PATH_INFO"], LINK.findall(answer.content.decode())
    return [urljoin(here, unescape(link)) for link in found if not link.startswith(("mailto:", "tel:", "http", "/admin/", "/static/"))]


@pytest.mark.parametrize("role", ["approver", "requester", "technician", "account manager", "finance", "administrator"])
@time_machine.travel(NOON, tick=False)
def test_no_link_that_is_shown_leads_nowhere(cast, acme, role):
    at_every_stage(cast, acme)
    people = {
        "approver": acme.approver,
        "requester": acme.requester,
        "technician": cast.tessa.person,
        "account manager": cast.max,
        "finance": cast.fia,
        "administrator": cast.ada,
    }

    assert dead_ends(people[role]) == []


@time_machine.travel(NOON, tick=False)
def test_every_link_of_the_page_of_a_thing_leads_somewhere(cast, acme):
    """One link of each kind for each person: of what stands on the pages of all the things that a client can have."""
    browsers: dict[Person, Browser] = {}
    seen: set[tuple[Person, str]] = set()
    dead = []
    for name, address in belongings(cast, acme).items():
        if address.acts_only:
            continue
        browser = browsers.setdefault(address.person, browser_of(address.person))
        here = reverse(name, kwargs=address.ids)
        for link in links(browser.get(here)):
            leads_to = (address.person, resolve(urlsplit(link).path).view_name)
            if leads_to not in seen:
                seen.add(leads_to)
                status = browser.get(link).status_code
                dead += [(here, link, status)] if status >= 400 else []

    assert dead == []
    assert len(seen) > len(browsers)
