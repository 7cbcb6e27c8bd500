"""The statement as a workbook, and as text: real numbers and dates, no formulas, no headers of one's own (rules C15, C17, P4)."""

import csv
import re
from datetime import date, datetime, timedelta
from io import BytesIO, StringIO

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from clients.models import Organisation
from credits import exports, ledger
from credits.models import CreditAccount, Entry
from credits.statement import statement
from people.models import Person
from tests.cast import NOON, a_client
from tests.credits.hostile_names import FORMULAS, SEPARATORS, would_be_calculated
from tests.credits.posting import RATE, grant, voucher

pytestmark = pytest.mark.django_db
NOVEMBER = {"first": "2026-11-01", "last": "2026-11-30"}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def worked_for(acme):
    """A lot, and a deduction with everything on it."""
    grant(acme.account, 480, at=NOON - timedelta(days=10))
    held = ledger.claim(account=acme.account, minutes=60, rate=RATE, cause="hold:xlsx", at=NOON)
    said = ledger.Voucher(
        cause="s:1",
        at=NOON,
        by=acme.approver,
        text="Disk is full",
        reason="Agreed",
        raw_minutes=26,
        factor_percent=150,
        occurred_on=date(2026, 11, 17),
    )
    ledger.capture(hold=held, minutes=40, voucher=said)
    return acme


def found_of(account):
    return statement(account=account, first=date(2026, 11, 1), last=date(2026, 11, 30))


def opened(account, zone):
    return load_workbook(BytesIO(exports.statement_xlsx(found_of(account), zone=zone)))


def typed_everywhere(client, typed):
    """`typed` in every text that a file of the statement holds."""
    Person.objects.filter(pk=client.approver.pk).update(name=typed)
    Organisation.objects.filter(pk=client.organisation.pk).update(name=typed)
    CreditAccount.objects.filter(pk=client.account.pk).update(name=typed, reference=typed)
    client.account = CreditAccount.objects.select_related("organisation").get(pk=client.account.pk)
    said = ledger.Voucher(cause=f"typed:{typed}", at=NOON, by=client.approver, text=typed, reason=typed)
    ledger.adjust(account=client.account, minutes=-7, voucher=said)


def test_c15_the_workbook_holds_real_numbers_and_dates(worked_for, cast):
    sheet = opened(worked_for.account, cast.provider.zone).active

    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        [None, datetime(2026, 11, 1), None, "Opening balance", None, None, None, None, 0, None, None, None],
        [1, datetime(2026, 11, 8), datetime(2026, 11, 8), "Credit added", None, None, None, 480, 480, None, None, None],
        [
            2,
            datetime(2026, 11, 18),
            datetime(2026, 11, 17),
            "Hours deducted",
            "Disk is full",
            26,
            150,
            -40,
            440,
            None,
            "Anna Testsson",
            "Agreed",
        ],
        [None, datetime(2026, 11, 30), None, "Closing balance", None, None, None, None, 440, None, None, None],
    ]
    assert sheet["B2"].number_format == "yyyy-mm-dd"


def test_c14_a_line_that_takes_another_back_names_it(worked_for, cast):
    ledger.reverse(entry=Entry.objects.get(number=2), voucher=voucher(reason="Counted twice"))

    sheet = opened(worked_for.account, cast.provider.zone).active

    assert (sheet["J1"].value, sheet["J5"].value) == ("Takes back line", 2)


def test_c15_the_heading_is_bold_and_stays_in_sight(worked_for, cast):
    sheet = opened(worked_for.account, cast.provider.zone).active

    assert (sheet.freeze_panes, sheet.print_title_rows) == ("A2", "$1:$1")
    assert [row[3].font.bold for row in sheet.iter_rows()] == [True, True, False, False, True]


def test_c15_the_workbook_says_whose_it_is(worked_for, cast):
    worked_for.account.reference = "PO 4711"

    book = opened(worked_for.account, cast.provider.zone)

    assert book.sheetnames == ["IT"]
    assert (book.properties.title, book.properties.subject, book.properties.creator) == ("Statement Acme · IT", "PO 4711", "Tillgodo")


def test_p4_the_workbook_speaks_the_readers_language(cast, client_of):
    svea = a_client(cast, "Svea", language="sv")

    response = client_of(svea.requester).get(reverse("statement-xlsx", args=[svea.account.pk]), NOVEMBER)

    assert response["Content-Disposition"] == 'attachment; filename="svea-it-2026-11-01-2026-11-30.xlsx"'
    assert load_workbook(BytesIO(response.content)).worksheets[0]["D2"].value == "Ingående saldo"


def test_c15_no_text_is_a_formula_in_a_workbook(acme, cast):
    calculated = []
    for typed in FORMULAS:
        typed_everywhere(acme, typed)
        book = opened(acme.account, cast.provider.zone)
        texts = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
        calculated += [cell.coordinate for cell in texts if cell.data_type not in ("s", "n", "d")]
        written = [cell.value for cell in texts if isinstance(cell.value, str)]
        written += [book.sheetnames[0], book.properties.title, book.properties.subject or ""]
        calculated += [text for text in written if would_be_calculated(text)]

    assert len(set(FORMULAS)) == 50
    assert calculated == []


@pytest.mark.parametrize("language", ["en", "sv"])
def test_c15_no_text_is_a_formula_however_the_file_is_cut(acme, cast, language):
    for typed in FORMULAS:
        typed_everywhere(acme, typed)

    with translation.override(language):
        file = exports.statement_csv(found_of(acme.account), language=language, zone=cast.provider.zone).decode("utf-8-sig")

    cells = {separator: list(csv.reader(StringIO(file, newline=""), delimiter=separator)) for separator in ",;\t"}
    assert len(cells[";" if language == "sv" else ","]) == 50 + 3
    assert [cell for rows in cells.values() for row in rows for cell in row if would_be_calculated(cell)] == []


def test_the_test_knows_a_formula_when_it_sees_one():
    first_cells = [typed for typed in FORMULAS if not typed.startswith(("Agreed", '"', "#"))]

    assert [typed for typed in first_cells if not would_be_calculated(typed)] == []
    assert not would_be_calculated("-40")
    assert not would_be_calculated("Agreed")


def test_c15_ordinary_text_stays_as_it_was_typed(acme, cast):
    typed_everywhere(acme, "Disk 2, server 3; -5 °C & <b>")

    sheet = opened(acme.account, cast.provider.zone).active

    assert sheet["E3"].value == "Disk 2, server 3; -5 °C & <b>"


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("suffix", ["csv", "xlsx", "pdf"])
def test_no_name_adds_a_header_to_a_download(acme, client_of, separator, suffix):
    hostile = f"Acme{separator}Set-Cookie: a=b"
    if separator == "\x00":  # a database that keeps none of them cannot hand one out
        hostile = hostile.replace("\x00", "\x01")
    Organisation.objects.filter(pk=acme.organisation.pk).update(name=hostile)
    acme.account.name = hostile
    acme.account.save()

    response = client_of(acme.requester).get(reverse(f"statement-{suffix}", args=[acme.account.pk]), NOVEMBER)

    headers = response.serialize_headers().decode("latin-1").splitlines()
    assert len(headers) == len(response.headers)
    assert not response.cookies
    assert re.fullmatch(rf'attachment; filename="[a-z0-9-]+-2026-11-01-2026-11-30\.{suffix}"', response["Content-Disposition"])


def test_a_name_without_latin_letters_still_names_a_file(acme, client_of):
    Organisation.objects.filter(pk=acme.organisation.pk).update(name="日本")
    acme.account.name = "東京"
    acme.account.save()

    response = client_of(acme.requester).get(reverse("statement-xlsx", args=[acme.account.pk]), NOVEMBER)

    assert response["Content-Disposition"] == 'attachment; filename="statement-2026-11-01-2026-11-30.xlsx"'
    assert load_workbook(BytesIO(response.content)).sheetnames == ["東京"]
