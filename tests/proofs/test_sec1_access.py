"""SEC1. Who gets what at every address, against the reviewed table; whatever it says, strangers get nothing (rules C14, R6).

How an address is added stands in `access_matrix.py`.
"""

import os
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from django.test import Client as Browser
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver

from clients.models import MemberRole, Membership, StaffDuty
from people.models import Person
from tests.cast import NOON, Cast, Client, a_colleague, a_reader
from tests.journeys.belongings import Own, belongings, browser_of
from tests.proofs import addresses
from tests.proofs.access_matrix import ADDRESSES, Matrix
from tests.proofs.addresses import Address
from tests.proofs.sizes import LARGE, SIZE, say

pytestmark = pytest.mark.django_db
FOREIGN = ("stranger", "technician2", "manager2")
"""They may have pages of their own, but Acme is on none of them."""
CHOOSES_A_CLIENT = {(name, "technician2") for name in ("desk-unplanned", "desk-case-new", "desk-case-people", "desk-delivery-new")}
"""Any technician may propose unplanned work, enter a report or open a task, and names the client for whom (rules R8, S1, D2)."""
WORKS_THE_QUEUE = {(f"desk-{name}", "technician2") for name in ("cases", "calls", "day", "delivery", "delivery-closed")}
"""Every technician sees every case and every delivery there, and today what nobody has (rules S2, D2)."""
ECHOES = {"help", "help-suggestions"}
"""What was searched for stands in the answer."""
KEY_ITSELF = {"calendar-feed", "invitation"}
"""Whoever knows this address may read what is there: it is a secret, of who cannot sign in, or not yet (rule R4)."""
OWN_CLIENTS = {"desk-delivery-reports-csv"}
"""Every account manager has this page, with their own clients on it; what stands in the address is a table."""
PERSONAL = {"delivery-estimate-link", "my-data-file", "sign-in-end"}
"""Of one person: whoever else asks reads that it is not theirs (rule D1), is asked for a password first, or reads that it has ended."""
OF_EVERY_TECHNICIAN = (
    "delivery-task",
    "desk-case",
    "desk-delivery-",
    "desk-call-drop",
    "desk-help-",
    "desk-page",
    "desk-turn-",
    "desk-visit-",
    "case-file",
    "case-message-html",
)
"""Every technician works the queue, and sees every case and delivery (rules S1, S2, D2); is on call, and writes articles (S14, S18)."""
PUBLIC = {"plans", "plan", "healthz", "readyz", "readyz-pages", "security-txt"}
"""What is promised stands there for anybody (rule P2); and what machines ask, who learn only yes or no."""
OF_EVERYBODY = {"help-article", "desk-view-drop", *PUBLIC}
"""For all who are signed in (rule S14). A view of somebody else is not found, and not told from one that is gone."""
OF_EITHER = {"account-new", "case-new", "deputies", "people-mine", "purchase-order-new", "transfer-new"}
"""Where who reads here and decides elsewhere gets something else than who only reads here: pages of no organisation in particular."""
NEVER = ("put", "patch", "delete")
UNNAMED = re.compile(rb'csrfmiddlewaretoken" value="\w+"|csrf-token" content="\w+"')


@dataclass
class Scene:
    """Acme's things, and a browser for every role."""

    own: dict[str, Own]
    people: dict[str, Person]
    browsers: dict[str, Browser]

    def url(self, address: Address) -> str:
        """The address of something of Acme's."""
        return reverse(address.name, kwargs=self.own[address.name].ids if address.ids else {})


@pytest.fixture
def scene(cast, acme, borealis) -> Iterator[Scene]:
    cache.clear()
    people = everybody(cast, acme, borealis)
    with time_machine.travel(NOON, tick=False):
        own = belongings(cast, acme)
        yield Scene(own, people, {"nobody": Browser()} | {role: browser_of(person) for role, person in people.items()})


def test_every_address_answers_every_role_as_reviewed_and_strangers_as_if_nothing_were_there(scene):
    visits = Visits(scene)
    found = {address.name: visits.cells(address) for address in addresses.every()} | {"admin:*": administration(scene)}
    if os.environ.get("ACCESS_MATRIX") == "write":
        ADDRESSES.write(found)

    say("SEC1", addresses=len(found), cells=sum(map(len, found.values())), requests=visits.requests)
    assert ADDRESSES.differences(found) == []
    assert visits.unlike_nothing == []
    assert leaks(found, scene) == []
    assert {name for name, cells in found.items() if cells["reader"] != cells["both"]} == OF_EITHER


def test_no_address_takes_another_method(scene):
    taken = [
        (address.name, role, method)
        for number, address in enumerate(addresses.ours())
        for role, browser in asking(scene, number)
        for method in NEVER
        if getattr(browser, method)(scene.url(address)).status_code != 405
    ]

    assert taken == []


def test_no_page_of_anybody_else_names_acme(scene):
    named = []
    for address in (address for address in addresses.ours() if not address.ids):
        for role in FOREIGN:
            for query in ("", "?q=Acme", "?q=Disk"):
                answer = asked(scene.browsers[role], "get", scene.url(address) + query)
                said = answer.content.decode(errors="replace").replace('value="Acme"', "").replace("q=Acme", "")
                if address.name not in ECHOES and answer.status_code == 200 and ("Acme" in said or "Disk is full" in said):
                    named.append((address.name, role))

    assert set(named) == CHOOSES_A_CLIENT | WORKS_THE_QUEUE


def everybody(cast: Cast, acme: Client, borealis: Client) -> dict[str, Person]:
    """Somebody of every role: of Acme, of Borealis, and of the provider, where the first manager and technician are Acme's."""
    return {
        "approver": acme.approver,
        "requester": acme.requester,
        "reader": a_reader(acme),
        "both": of_both(acme, borealis),
        "stranger": borealis.approver,
        "technician": cast.tessa.person,
        "technician2": cast.theo.person,
        "manager": cast.max,
        "manager2": a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER),
        "dispatcher": a_colleague("Dora", StaffDuty.DISPATCHER),
        "finance": cast.fia,
        "admin": cast.ada,
    }


def of_both(acme: Client, borealis: Client) -> Person:
    """Somebody who may only read here, and decides and looks after the people elsewhere."""
    person = a_reader(acme, "Bodil")
    Membership.objects.create(organisation=borealis.organisation, person=person, role=MemberRole.APPROVER, is_owner=True)
    return person


def asking(scene: Scene, number: int) -> list[tuple[str, Browser]]:
    """Who tries the address of that number by another method: one after the other has a turn; with the large numbers all do."""
    roles = list(scene.browsers.items())
    return roles if SIZE is LARGE else [roles[number % len(roles)]]


class Visits:
    """Asks at every address as every role, and compares each "nothing is there" with one where nothing is."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.requests = 0
        self.unlike_nothing: list[tuple[str, str, str]] = []

    def cells(self, address: Address) -> dict[str, str]:
        """What GET and POST answer to every role at this address."""
        return {role: "/".join(dict.fromkeys(self._words(address, role))) for role in self.scene.browsers}

    def _words(self, address: Address, role: str) -> Iterator[str]:
        url = self.scene.url(address) if address.app else address.at_nothing()
        for method in ("get", "post"):
            answer = self._asked(role, method, url)
            if answer.status_code == 404 and without_token(answer) != without_token(self._asked(role, method, address.at_nothing())):
                self.unlike_nothing.append((address.name, role, method))
            yield word(answer)

    def _asked(self, role: str, method: str, url: str) -> Any:
        self.requests += 1
        return asked(self.scene.browsers[role], method, url)


def administration(scene: Scene) -> dict[str, str]:
    """What all addresses of the administration together answer to every role: each word once."""
    (admin,) = [found for found in get_resolver().url_patterns if isinstance(found, URLResolver) and found.namespace == "admin"]
    patterns = list(_flat(admin))
    urls = [f"/admin/{re.sub(r'<[^>]+>', '1', pattern)}" for pattern in patterns if "login" not in pattern and "logout" not in pattern]
    return {
        role: "any" if role == "admin" else "/".join(sorted({word(asked(browser, "get", url)) for url in urls}))
        for role, browser in scene.browsers.items()
    }


def leaks(found: Matrix, scene: Scene) -> list[str]:
    """What no table can allow: a page for nobody, or anything of Acme's for strangers and for whom it does not concern."""
    signed_in = [address.name for address in addresses.ours() if address.name not in KEY_ITSELF | PUBLIC]
    wrong = [f"{name}, nobody" for name in signed_in if not _is_nothing(found[name]["nobody"])]
    for name, own in ((name, own) for name, own in scene.own.items() if name not in KEY_ITSELF):
        unconcerned = [role for role, person in scene.people.items() if person in own.strangers]
        wrong += [f"{name}, {role}" for role in (*FOREIGN, *unconcerned) if not (_is_nothing(found[name][role]) or _is_shared(name, role))]
    return wrong


def _is_shared(name: str, role: str) -> bool:
    """Whether the address is everybody's, or every technician's."""
    return name in OF_EVERYBODY | PERSONAL | OWN_CLIENTS or (
        role == "technician2" and (name == "case" or name.startswith(OF_EVERY_TECHNICIAN))
    )


def asked(browser: Browser, method: str, url: str) -> Any:
    """The response; whatever was done is undone, also to who is signed in."""
    kept = deepcopy(browser.cookies)
    with transaction.atomic():
        response = getattr(browser, method)(url)
        transaction.set_rollback(True)
    browser.cookies = kept
    return response


def word(response: Any) -> str:
    """What was answered, as the table says it."""
    is_login = response.status_code == 302 and "/login/" in response.headers["Location"]
    return "login" if is_login else str(response.status_code)


def without_token(response: Any) -> bytes:
    """What stands on the page, but for what is new each time it is written."""
    return bytes(UNNAMED.sub(b"", response.content))


def _is_nothing(cell: str) -> bool:
    return set(cell.split("/")) <= {"login", "404", "405"}


def _flat(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _flat(pattern, here)
        else:
            yield here
