"""SEC10. Whatever clients are called and type, no cell of an exported file is a formula (rules I2, I6, C15).

Each payload is a client's name, an account's, and an order number of its own. A new export fails here until it is fetched.
"""

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from clients.models import Agreement, MemberRole, Membership, Organisation
from credits.models import CreditAccount
from invoicing.books import files
from invoicing.models import Invoice
from people.models import Person
from tests.cast import NOON, Cast, Client
from tests.credits.hostile_names import FORMULAS, would_be_calculated
from tests.credits.posting import grant
from tests.invoicing.books_scene import a_chart
from tests.invoicing.scene import a_draft, invoicing_terms
from tests.invoicing.scene import an_invoice as issued
from tests.journeys.belongings import browser_of
from tests.proofs import addresses
from tests.proofs.sizes import say

pytestmark = pytest.mark.django_db
LISTS_OF_INVOICES = ("invoices-csv", "invoices-xlsx", "overdue-csv", "overdue-xlsx")
LATE = NOON.replace(month=12, day=28)
MACHINES = {"desk-books-sie", "desk-payout-file", "desk-payout-file-make", "desk-report-ec-file", "case-file", "desk-books-month-file"} | {
    *("my-data-file", "client-data-file")
}
"""For programs, or what clients sent: the SIE file, the bank's, the tax agency's, and JSON of what is kept about
somebody. The month's file is fetched by its kind below; the tables among a client's data are opened in `tests/dashboard`."""
ENDINGS = ("csv", "xlsx", "file", "sie")
LISTS = {"desk-books-list"}
"""Exports that are called otherwise."""


@pytest.fixture
def exports(cast: Cast, acme: Client) -> dict[tuple[str, str], tuple[str, Person]]:
    """Every export that there is, by its address and what it is about, with who fetches it."""
    invoicing_terms()
    a_chart()
    with time_machine.travel(NOON, tick=False):
        for number, payload in enumerate(FORMULAS):
            _is_invoiced(cast, acme, payload, number)
        grant(acme.account, 480)
        file = files.make(until=NOON.date(), by=cast.fia, at=NOON, cause="test:sec10")
    fia, max_, anna, account = cast.fia, cast.max, acme.approver, {"account_id": acme.account.pk}
    found = {(f"desk-{name}", ""): (reverse(f"desk-{name}"), fia) for name in LISTS_OF_INVOICES}
    found |= {
        ("desk-report-xlsx", report): (reverse("desk-report-xlsx", args=[report]), fia) for report in ("vat", "ec-sales", "penalties")
    }
    found |= {("desk-report-csv", str(place)): (reverse("desk-report-csv", args=["vat", place]), fia) for place in (1, 2)}
    found |= {("desk-books-month-file", kind): (reverse("desk-books-month-file", args=["2026-11", kind]), fia) for kind in ("csv", "xlsx")}
    found[("desk-books-list", "")] = reverse("desk-books-list", args=[file.pk]), fia
    found |= {(name, ""): (reverse(name, kwargs=account), anna) for name in ("statement-csv", "statement-xlsx")}
    found |= {(f"desk-audit-{kind}", ""): (reverse(f"desk-audit-{kind}"), cast.ada) for kind in ("csv", "xlsx")}
    found[("desk-delivery-reports-xlsx", "")] = reverse("desk-delivery-reports-xlsx"), max_
    found[("desk-delivery-reports-csv", "judgements")] = reverse("desk-delivery-reports-csv", args=["judgements"]), max_
    return found


def test_sec10_no_cell_of_any_export_is_a_formula(exports):
    with time_machine.travel(LATE, tick=False):
        cells = {place: list(_cells(browser_of(person).get(url))) for place, (url, person) in exports.items()}

    calculated = {place: found for place, each in cells.items() if (found := [cell for cell, is_formula in each if is_formula])}
    seen = sum(map(len, cells.values()))
    say("SEC10", payloads=len(FORMULAS), exports=len(cells), cells=seen, formulas=sum(map(len, calculated.values())))
    assert calculated == {}
    named = [cell for cell, _is_formula in cells[("desk-invoices-csv", "")] if "HYPERLINK(1)" in cell]
    assert len(named) > len(FORMULAS) / 3  # they stand in it, and harm nobody


def test_sec10_every_export_is_fetched(exports):
    listed = {address.name for address in addresses.ours() if address.name.rsplit("-", 1)[-1] in ENDINGS}

    assert listed - MACHINES | LISTS == {name for name, _about in exports} - MACHINES


def _is_invoiced(cast: Cast, acme: Client, payload: str, number: int) -> Invoice:
    client = Organisation.objects.create(name=payload, organisation_number=f"5599{number:02}-0000", account_manager=cast.max)
    Agreement.objects.create(organisation=client, starts_on=NOON.date())
    Membership.objects.create(organisation=client, person=acme.approver, role=MemberRole.APPROVER)
    account = CreditAccount.objects.create(organisation=client, name=payload[:40], reference=payload.replace("\x00", "")[:40])
    bought = Client(organisation=client, approver=acme.approver, requester=acme.requester, account=account)
    return issued(bought, cast.fia) if number % 4 else a_draft(bought)


def _cells(response) -> Iterator[tuple[str, bool]]:
    """Each cell of a file, and whether a spreadsheet would calculate it."""
    assert response.status_code == 200, response.request["PATH_INFO"]
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if "spreadsheetml" in response["Content-Type"]:
        for sheet in load_workbook(BytesIO(content)).worksheets:
            yield from ((str(cell.value), cell.data_type == "f") for row in sheet.iter_rows() for cell in row if cell.value is not None)
        return
    text = content.decode("utf-8-sig")
    delimiter = ";" if ";" in text.splitlines()[0] else ","  # as the reader's language has it
    for row in csv.reader(StringIO(text), delimiter=delimiter):
        yield from ((cell, would_be_calculated(cell)) for cell in row)
