"""SEC1. Who gets what with each form when it is filled in as it should be, against the reviewed table (rules C14, R6).

An empty form says too little of that: it may be refused for what is missing, before a verb asks who sends it. How a form
is added stands in `access_forms.py`.
"""

import os
from collections.abc import Iterator

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction

from people.models import Person
from tests.cast import NOON, a_client, a_provider
from tests.internet import CALENDARS_ADDRESS, Internet
from tests.journeys.belongings import browser_of
from tests.proofs.access_forms import FORMS
from tests.proofs.access_matrix import Matrix
from tests.proofs.sizes import LARGE, SIZE, say
from tests.proofs.statements import changed, statements
from tests.proofs.test_rel5_once import rows
from tests.proofs.test_sec1_access import everybody, word
from tests.proofs.writes import Stage, Write, a_stage

pytestmark = pytest.mark.django_db
DONE = "done"
ALWAYS = ("reader", "both", "stranger")
OF_ANYBODY = {"my-calendar-make", "my-data-copy", "my-data-erasure", "notifications", "preferences", "sign-ins-end"}
"""What all who are signed in do for themselves."""
IN_THEIR_OWN = {"account-new", "purchase-order-new"}
"""Names no organisation: who decides for one alone does it there."""
CHOOSES_ONE = {"account-new", "case-new", "deputies", "purchase-order-new", "transfer-new"}
"""Asks for which organisation, where there are several, before it says that one may not."""


@pytest.fixture
def stage(internet: Internet) -> Iterator[Stage]:
    internet.names["calendar.example.org"] = [CALENDARS_ADDRESS]
    cache.clear()
    with time_machine.travel(NOON, tick=False):
        yield a_stage(a_provider(), 1)


def test_sec1_every_form_filled_in_does_something_only_for_the_roles_reviewed(stage):
    people, forms = everybody(stage.cast, stage.client, a_client(stage.cast, "Borealis")), rows(stage)
    writes = "ACCESS_MATRIX" in os.environ
    found = {name: cells(name, form, asking(people, number, everybody=writes)) for number, (name, form) in enumerate(forms.items())}
    if writes:
        FORMS.write(found)

    say("SEC1 forms", forms=len(found), requests=sum(map(len, found.values())), done=sum(cell == DONE for cell in every_cell(found)))
    assert FORMS.differences(found) == []
    assert DONE in every_cell(found)
    assert {name for name, of in found.items() if DONE in (of["reader"], of["both"])} == OF_ANYBODY
    assert {name for name, of in found.items() if of["stranger"] == DONE} == OF_ANYBODY | IN_THEIR_OWN
    assert {name for name, of in found.items() if of["both"] != of["reader"]} == CHOOSES_ONE


def asking(people: dict[str, Person], number: int, *, everybody: bool) -> dict[str, Person]:
    """Who sends the form of that number: those who never may, and of the others one after the other; with the large numbers all."""
    others = [role for role in people if role not in ALWAYS]
    turn = {*ALWAYS, others[number % len(others)]}
    return people if everybody or SIZE is LARGE else {role: person for role, person in people.items() if role in turn}


def cells(name: str, form: Write, people: dict[str, Person]) -> dict[str, str]:
    """What each of them gets with the form; all of it is undone."""
    return {role: cell(name, form, person) for role, person in people.items()}


def cell(name: str, form: Write, person: Person) -> str:
    """`done`, or the status of an answer that changed nothing."""
    browser = browser_of(person)
    with statements() as made, transaction.atomic():
        response = browser.post(form.url(name), form.typed)
        transaction.set_rollback(True)
    return DONE if response.status_code < 400 and changed(made) else word(response)


def every_cell(found: Matrix) -> list[str]:
    """All cells of the table."""
    return [cell for of in found.values() for cell in of.values()]
