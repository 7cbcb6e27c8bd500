"""CSV files as a provider would save them, for the tests of the opening import."""

import csv
from io import StringIO

import pytest

from clients.csv_rows import FileRefused
from clients.models import Organisation
from credits.ledger import Entry
from credits.opening.applying import import_opening
from credits.opening.facts import COLUMNS
from people.models import Person
from tests.cast import NOON

BOLAGET = {"organisation": "Exempelbolaget AB", "organisation_number": "559900-0014", "account_manager": "max@provider.example"}
ANNA = {"person": "Anna Exempel", "email": "anna@exempelbolaget.example", "role": "approver"}
LOT = {"account": "IT", "hours": "8", "price_per_hour": "1200", "reference": "1001"}


def a_file(*lines, delimiter=",", columns=COLUMNS):
    """A CSV file with these lines; what a line does not name is empty."""
    text = StringIO()
    writer = csv.DictWriter(text, columns, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()


def refused(data):
    """The faults, as (line, column, reason); nothing has been imported."""
    before = Organisation.objects.count(), Person.objects.count(), Entry.objects.count()
    with pytest.raises(FileRefused) as refusal:
        import_opening(data=data, at=NOON)
    assert (Organisation.objects.count(), Person.objects.count(), Entry.objects.count()) == before
    return [(problem.line, problem.column, problem.reason) for problem in refusal.value.problems]


def imported(*lines):
    """What was added, by kind."""
    return dict(import_opening(data=a_file(*lines), at=NOON))
