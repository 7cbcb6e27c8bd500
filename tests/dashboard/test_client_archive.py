"""Everything of a client's in one file (rule P5): all of it, nothing of anybody else's, and nothing that staff alone see."""

import csv
import io
import json
import zipfile
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.urls import reverse

from cases import attachments, words
from cases.attachments import Upload
from cases.words import Said
from clients.models import MemberRole, Membership, Organisation, StaffDuty
from credits.exports.as_csv import BYTE_ORDER_MARK
from dashboard import client_archive
from invoicing import documents
from tests.cases.opened import a_case
from tests.cast import NOON, PASSWORD, a_colleague, a_reader, an_owner
from tests.credits.posting import grant
from tests.invoicing.scene import an_invoice, invoicing_terms
from tests.sessions.booked import book

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(NOON, tick=False):
        yield


def packed(organisation, language="en"):
    """What the file holds, by name."""
    written = io.BytesIO(b"".join(client_archive.pieces(organisation, language=language, at=NOON)))
    with zipfile.ZipFile(written) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def lines(content, delimiter=","):
    return list(csv.reader(io.StringIO(content.decode().removeprefix(BYTE_ORDER_MARK)), delimiter=delimiter))


def a_case_with_a_file(client, name="disk.log", content=b"full", **fields):
    case = a_case(client, **fields)
    attachments.attach(case.messages.get(), [Upload(name, "text/plain", ContentFile(content))], at=NOON)
    return case


def test_p5_lists_statements_papers_conversations_and_files_are_in_it(cast, acme):
    invoicing_terms()
    grant(acme.account, 480)
    session = book(cast, acme, credit=120)
    invoice = an_invoice(acme, cast.fia)
    documents.make_due(NOON)
    case = a_case_with_a_file(acme, subject="Disk is full")

    held = packed(acme.organisation)

    assert json.loads(held["organisation.json"])["name"] == "Acme"
    assert [row[0] for row in lines(held["people.csv"])[1:]] == [acme.approver.name, acme.requester.name]
    assert lines(held["sessions.csv"])[1][:2] == [str(session.pk), session.title]
    assert lines(held["sessions.csv"])[1][6] == f"{session.starts_at.astimezone(ZoneInfo('Europe/Stockholm')):%Y-%m-%d %H:%M}"
    assert lines(held["cases.csv"])[1][:2] == [str(case.pk), "Disk is full"]
    assert lines(held["invoices.csv"])[1][0] == invoice.number
    assert len(lines(held[f"credit/{acme.account.pk}-it.csv"])) > 3
    [paper] = [name for name in held if name.startswith("invoices/") and name.endswith(".pdf")]
    assert held[paper].startswith(b"%PDF")
    assert json.loads(held[f"cases/{case.pk}/conversation.json"])["messages"][0]["by"] == acme.requester.name
    assert [content for name, content in held.items() if name.endswith("disk.log")] == [b"full"]


def test_p5_internal_notes_and_what_came_with_them_stay_out(cast, acme):
    case = a_case(acme)
    note = words.add_note(case, Said("They never pay"), by=cast.tessa.person, at=NOON, cause="n")
    attachments.attach(note, [Upload("secret.txt", "text/plain", ContentFile(b"secret"))], at=NOON)

    held = packed(acme.organisation)

    assert b"They never pay" not in b"".join(held.values())
    assert not [name for name in held if "secret" in name]


def test_p5_nothing_of_another_clients_is_in_it(cast, acme, borealis):
    invoicing_terms()
    grant(borealis.account, 480)
    book(cast, borealis, credit=120)
    an_invoice(borealis, cast.fia)
    documents.make_due(NOON)
    a_case_with_a_file(borealis, subject="Theirs")

    held = packed(acme.organisation)

    assert b"Borealis" not in b"".join(held.values())
    assert [name for name in held if "/" in name] == []
    assert [len(lines(content)) for name, content in held.items() if name in ("sessions.csv", "cases.csv", "invoices.csv")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\run.EXE", "run.exe"),
        ("=cmd|.csv", "cmd.csv"),
        ("…", ""),
        ("å" * 200 + ".log", "a" * 80 + ".log"),
    ],
)
def test_p5_no_name_of_a_file_leads_out_of_its_folder(sent, kept):
    assert client_archive._plain(sent) == kept


def test_p5_a_title_never_becomes_a_formula(cast, acme):
    a_case(acme, subject="=HYPERLINK(1)")

    assert lines(packed(acme.organisation)["cases.csv"])[1][1] == "'=HYPERLINK(1)"


def test_p4_its_words_are_those_of_who_fetches_it(acme):
    heads = {
        language: lines(packed(acme.organisation, language)["people.csv"], delimiter)[0]
        for language, delimiter in (("en", ","), ("sv", ";"))
    }

    assert (heads["en"][0], heads["sv"][0]) == ("Name", "Namn")


def test_p5_it_is_written_while_it_is_sent(acme):
    a_case_with_a_file(acme, content=b"x" * 5_000_000)

    longest = max(len(piece) for piece in client_archive.pieces(acme.organisation, language="en", at=NOON))

    assert longest < 1_000_000


def test_p5_who_decides_owns_or_cares_may_fetch_it_and_nobody_else(cast, acme, borealis):
    owner = a_reader(acme, "Olle")
    Membership.objects.filter(person=owner).update(role=MemberRole.REQUESTER, is_owner=True)
    may = [acme.approver, owner, cast.max, cast.ada]
    another = a_colleague("Mia", StaffDuty.ACCOUNT_MANAGER)
    may_not = [acme.requester, a_reader(acme), borealis.approver, cast.fia, cast.tessa.person, another]

    found = [client_archive.may_fetch(person, Organisation.objects.get(pk=acme.organisation.pk)) for person in may + may_not]

    assert found == [True] * len(may) + [False] * len(may_not)


def test_p5_it_is_fetched_after_saying_the_password_again(acme, client_of):
    browser, url = client_of(an_owner(acme)), reverse("client-data-file", args=[acme.organisation.pk])
    page = browser.get(reverse("client-data", args=[acme.organisation.pk])).text
    listed = browser.get(reverse("my-data")).text

    asked = browser.get(url)
    browser.post(asked.headers["Location"], {"password": PASSWORD})
    fetched = browser.get(url)

    assert url in page
    assert reverse("client-data", args=[acme.organisation.pk]) in listed
    assert (asked.status_code, asked.headers["Location"].split("?")[0]) == (302, "/accounts/reauthenticate/")
    assert fetched.headers["Content-Disposition"] == 'attachment; filename="acme-2026-11-18.zip"'
    assert "no-store" in fetched.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(b"".join(fetched.streaming_content))) as archive:
        assert "organisation.json" in archive.namelist()


def test_p5_strangers_learn_nothing_of_it(cast, borealis, acme, client_of):
    for person in (borealis.approver, acme.requester, cast.fia, cast.tessa.person):
        browser = client_of(person)
        browser.post("/accounts/reauthenticate/", {"password": PASSWORD})
        found = [browser.get(reverse(name, args=[acme.organisation.pk])).status_code for name in ("client-data", "client-data-file")]
        assert found == [404, 404]
