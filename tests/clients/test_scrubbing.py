"""An erasure gets through every table that there is, in the database as it is (GDPR article 17, rule C14)."""

import pytest
from django.db import IntegrityError, connection, transaction

from clients.models import Erasure
from clients.privacy import erasures, scrubbing, words
from tests.cast import NOON
from tests.clients.anything import KEY, a_row, what_stands
from tests.clients.leaving import leaving

pytestmark = pytest.mark.django_db
NAME = "Q Z"
"""So short that it has room in every column where a name has."""


@pytest.fixture
def running(cast, acme):
    """An erasure that two agreed to, and has not begun."""
    asa = leaving(cast, acme)
    erasure = erasures.ask(person=asa.person, by=asa.person, at=NOON)
    erasures.propose(erasure, also=NAME, by=cast.ada, at=NOON)
    erasures.approve(erasure, by=asa.alva, at=NOON)
    connection.check_constraints()
    yield Erasure.objects.get()
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def left_standing(erasure: Erasure, model, column) -> str:
    """What an erasure that comes to this column cannot do away with; empty where all is well."""
    try:
        with transaction.atomic():
            a_row(model, column, NAME)
            erasure.table, erasure.row = model._meta.label, KEY - 1
            scrubbing.go_on(erasure, scrubbing.spellings_of(erasure))
            said = what_stands(model, column)
            transaction.set_rollback(True)
    except IntegrityError as refused:
        return str(refused).splitlines()[0]
    return said if NAME in said else ""


def test_own_gdpr17_an_erasure_can_rewrite_every_text_that_it_goes_through(running, monkeypatch):
    monkeypatch.setattr(scrubbing, "ROWS", 1)
    monkeypatch.setattr(scrubbing, "ROWS_TO_READ", 1)
    places = [(model, column) for model in scrubbing.tables() for column in scrubbing.texts_of(model)]
    roomy = [(model, column) for model, column in places if (column.max_length or len(NAME)) >= len(NAME)]

    standing = {f"{model._meta.label}.{column.name}": left for model, column in roomy if (left := left_standing(running, model, column))}

    assert len(roomy) > 200
    assert standing == {}


def test_own_gdpr17_each_place_of_a_name_that_stands_in_anothers_too_is_found_whatever_came_before_it():
    text = "joasa@acme.example, asa@acme.example;asa@acme.example\nasa@acme.example"
    looked_for = words.spellings(number=7, name="", emails=["asa@acme.example"], mobile="")

    for old, new in words.replacements(text, looked_for):
        text = text.replace(old, new)

    new = words.new_email(7)
    assert text == f"joasa@acme.example, {new};{new}\n{new}"
