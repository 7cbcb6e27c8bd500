"""Whatever link somebody is shown leads somewhere: every role follows every link, a few steps deep."""

import re
from urllib.parse import urljoin, urlsplit

import pytest
import time_machine
from django.test import Client as Browser

from tests.cast import NOON
from tests.journeys.belongings import at_every_stage

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
        answer = browser.get(url.replace("&amp;", "&"), follow=True)
        if answer.status_code >= 400:
            dead.append((source, url, answer.status_code))
        elif answer.headers["Content-Type"].startswith("text/html"):
            found = LINK.findall(answer.content.decode())
            waiting += [
                (url, urljoin(answer.request["PATH_INFO"], link)) for link in found if not link.startswith(("mailto:", "tel:", "http"))
            ]
    return dead


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
