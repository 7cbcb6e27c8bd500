"""A reader sees what members see, and acts on nothing (rules: People): every form that a client sends, sent by readers."""

import re
from html import unescape
from itertools import count
from urllib.parse import urljoin, urlsplit

import pytest
import time_machine
from django.urls import resolve, reverse

from clients.models import MemberRole, Membership
from tests.cast import NOON, a_client, a_provider
from tests.internet import CALENDARS_ADDRESS
from tests.journeys.belongings import belongings, browser_of
from tests.journeys.test_links import links
from tests.proofs import addresses
from tests.proofs.test_rel5_once import post, rows
from tests.proofs.traces import effect, traces
from tests.proofs.writes import a_stage

pytestmark = pytest.mark.django_db
THEIR_OWN = {
    "my-data-copy",
    "my-data-erasure",
    "sign-ins-end",
    "sign-in-end",
    "preferences",
    "my-calendar-make",
    "my-calendar-drop",
    "notifications",
    "invitation",
}
"""What everybody settles for themselves; and an invitation, which is to a place of its own."""
OPEN_TO_READERS = THEIR_OWN | {"account", "organisation-choose", "my-calendar", "my-data", "help-helped"}
"""These besides, which change nothing of the client's."""
ALSO_READ = {"auto-top-up", "consent", "delivery-credit", "delivery-estimate", "deputies", "topup-approval"}
"""Pages that say what is asked or agreed, and hold the form for who may answer."""
FORM, ACTION = re.compile(r'<form [^>]*method="post"[^>]*>'), re.compile(r'action="([^"]+)"')


def test_people_a_reader_has_no_effect_at_any_address_that_is_written_to(internet):
    internet.names["calendar.example.org"] = [CALENDARS_ADDRESS]
    cast, numbers = a_provider(), count(1)
    with time_machine.travel(NOON, tick=False):
        stage = a_stage(cast, next(numbers))
        forms = {name: write for name, write in rows(stage).items() if write.person.memberships.exists() and name not in THEIR_OWN}
        other = a_client(cast, "Other")
        Membership.objects.exclude(organisation=other.organisation).update(is_owner=False, role=MemberRole.READER)
        for person in {write.person for write in forms.values()}:
            browser_of(person)  # signing in leaves a trace of its own
        done = {name: found for name, write in forms.items() if not write.ids and (found := _done(name, write))}
        for person in {write.person for write in forms.values()}:  # who decides elsewhere still only reads here
            Membership.objects.create(person=person, organisation=other.organisation, role=MemberRole.APPROVER, is_owner=True)
        done |= {name: found for name, write in forms.items() if write.ids and (found := _done(name, write))}

    assert len(forms) > 50
    assert done == {}


def _done(name, write):
    """What the form changed."""
    before = traces()
    assert post(write, name).status_code in (200, 302, 403, 404, 409, 422), name
    return effect(before)


@time_machine.travel(NOON, tick=False)
def test_people_a_reader_is_shown_no_form_and_no_link_to_one_that_would_be_refused(cast, acme):
    own = belongings(cast, acme)
    Membership.objects.filter(person=acme.requester).update(is_owner=False, role=MemberRole.READER)
    browser, acts = browser_of(acme.requester), {address.name for address in addresses.writes()} - OPEN_TO_READERS
    lists = {reverse(address.name) for address in addresses.ours() if not address.ids and address.name not in acts - ALSO_READ}
    things = {reverse(name, kwargs=thing.ids) for name, thing in own.items() if not thing.acts_only and name not in acts - ALSO_READ}

    pages = {here: browser.get(here) for here in sorted(lists | things)}
    shown = {here: leads_to(page, acts - ALSO_READ) | sends_to(page, acts) for here, page in pages.items() if page.status_code == 200}

    assert {name: here for here, found in shown.items() for name in found} == {}
    assert len(shown) > 30


def leads_to(page, acts):
    """The acts that links of a page lead to, by name."""
    return acts & {resolve(urlsplit(link).path).view_name for link in links(page)}


def sends_to(page, acts):
    """The acts that forms of a page are sent to, by name."""
    here = page.request["PATH_INFO"]
    text = page.content.decode() if page.headers["Content-Type"].startswith("text/html") else ""
    forms = [ACTION.search(form) for form in FORM.findall(text)]
    return acts & {resolve(urlsplit(urljoin(here, unescape(action[1]) if action else here)).path).view_name for action in forms}
