"""SEC12. Whatever is sent as a file stays bytes under a random name, and is only ever handed out to be saved (rule S1).

Pages, pictures with scripts, polyglots, names that lead elsewhere or read backwards, claims of two gigabytes, archives
that would fill the disk, and strangers.
"""

import io
import zipfile
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases import attachments, words
from cases.attachments import MIB, Upload
from cases.models import Attachment, Case, CaseSettings
from cases.words import Said
from tests.cases.opened import a_case, a_dispatcher
from tests.cast import NOON

pytestmark = pytest.mark.django_db
SCRIPT = b"<script>alert(document.cookie)</script>"
CONTENTS = {
    "page.html": b"<!DOCTYPE html>" + SCRIPT,
    "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "feed.xml": b'<?xml version="1.0"?><x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>alert(1)</h:script></x>',
    "picture.gif": b"GIF89a/*" + SCRIPT + b"*/=1;",
    "paper.pdf": b"%PDF-1.7\n" + SCRIPT,
    "photo.jpg": b"\xff\xd8\xff\xe0" + SCRIPT,
    "code.js": b"alert(1)",
    "sheet.css": b"body{background:url(//evil.example)}",
    "mail.eml": b"Content-Type: text/html\r\n\r\n" + SCRIPT,
    "script.sh": b"#!/bin/sh\nrm -rf /\n",
}
NAMES = {
    "../../../etc/cron.d/x": "x",
    "..\\..\\windows\\system32\\x.dll": "x.dll",
    "/etc/passwd": "passwd",
    "report\u202efdp.scr": "reportfdp.scr",
    "a\x00.html": "a.html",
    "x\r\nSet-Cookie: a=b": "x Set-Cookie_ a=b",
    "....//....//x": "x",
    "\u2066invisible\u2069.txt": "invisible.txt",
    '"; filename="evil.html': "_; filename=_evil.html",
}
PROGRAMS = [
    b"MZ\x90\x00",
    b"MZqFpD='\n",
    b"\x7fELF\x02",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\x00asm\x01",
    b"L\x00\x00\x00\x01\x14\x02\x00",
]


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    with time_machine.travel(NOON, tick=False):
        yield settings.MEDIA_ROOT


def send(browser, case, files, **headers):
    form = {"text": "See the file", "key": str(Case.objects.count() + Attachment.objects.count())}
    return browser.post(reverse("case-answer", args=[case.pk]), form | {"attached": files}, **headers)


def handed_out(browser, kept):
    response = browser.get(reverse("case-file", args=[kept.case_id, kept.pk]))
    response.whole = response.getvalue()
    return response


def lying_in(folder: Path):
    return [path for path in folder.parent.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", CONTENTS)
def test_sec12_whatever_it_is_it_is_handed_out_to_be_saved_and_never_shown(acme, client_of, name):
    case, browser = a_case(acme), client_of(acme.requester)
    send(browser, case, [SimpleUploadedFile(name, CONTENTS[name], "text/html")])

    response = handed_out(browser, Attachment.objects.get())

    assert response.whole == CONTENTS[name]
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert {"private", "no-store"} <= set(response.headers["Cache-Control"].split(", "))


def test_sec12_no_name_leads_out_of_the_folder_or_says_another_name_than_is_read(acme, folder):
    word = a_case(acme).messages.get()
    CaseSettings.objects.create(pk=1, attachments_at_once=len(NAMES))

    done = attachments.keep(word, [Upload(name, "x", SimpleUploadedFile("x", b"x")) for name in NAMES], at=NOON)

    assert [kept.name for kept in done.kept] == list(NAMES.values())
    assert len(lying_in(folder)) == len(NAMES)
    assert all(folder in path.parents and len(path.name) == 40 for path in lying_in(folder))


def test_sec12_a_name_breaks_no_header(acme, client_of):
    case, browser = a_case(acme), client_of(acme.requester)
    attachments.keep(case.messages.get(), [Upload('ö"\r\nX-Evil: 1\u202e.html', "x", SimpleUploadedFile("x", b"x"))], at=NOON)

    response = handed_out(browser, Attachment.objects.get())

    assert response.headers["Content-Disposition"] == "attachment; filename*=utf-8''%C3%B6_%20X-Evil_%201.html"
    assert "X-Evil" not in response.headers


@pytest.mark.parametrize("head", PROGRAMS)
def test_sec12_a_program_is_refused_whatever_its_name_says(acme, client_of, folder, head):
    case = a_case(acme)

    response = send(client_of(acme.requester), case, [SimpleUploadedFile("holiday.jpg", head + b"x" * 99, "image/jpeg")])

    assert response.status_code == 422
    assert "“holiday.jpg” is a program." in response.content.decode()
    assert "See the file" in response.content.decode()
    assert (lying_in(folder), case.messages.count()) == ([], 1)


def test_sec12_a_claim_of_two_gigabytes_is_refused_before_anything_is_read(acme, client_of, folder):
    case = a_case(acme)
    files = [SimpleUploadedFile("small.log", b"x")]

    response = send(client_of(acme.requester), case, files, CONTENT_LENGTH=str(2 * 1024**3))

    assert response.status_code == 400
    assert (lying_in(folder), case.messages.count()) == ([], 1)


def test_sec12_what_is_too_large_is_dropped_on_the_way_and_the_words_are_kept(acme, client_of, folder):
    CaseSettings.objects.create(pk=1, attachment_mib=1)
    case = a_case(acme)
    files = [SimpleUploadedFile("huge.log", b"x" * (MIB + 1)), SimpleUploadedFile("small.log", b"x")]

    response = send(client_of(acme.requester), case, files)

    page = response.content.decode()
    assert response.status_code == 422
    assert "“huge.log” is larger than 1 MB." in page
    assert "See the file" in page
    assert lying_in(folder) == []


def test_sec12_the_quota_of_a_client_is_kept(acme, client_of, folder):
    CaseSettings.objects.create(pk=1, client_quota_mib=1)
    case, browser = a_case(acme), client_of(acme.requester)
    half = b"x" * (MIB // 2 + 1)

    answers = [send(browser, case, [SimpleUploadedFile("half.log", half)]).status_code for _ in range(2)]

    assert answers == [302, 409]
    assert sum(path.stat().st_size for path in lying_in(folder)) == len(half)
    assert case.messages.count() == 2


def test_sec12_an_archive_that_would_fill_the_disk_is_kept_as_it_is(acme, client_of, folder):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../zeros", b"\0" * 50 * MIB)
    case = a_case(acme)

    response = send(client_of(acme.requester), case, [SimpleUploadedFile("logs.zip", packed.getvalue())])

    assert response.status_code == 302
    assert [path.stat().st_size for path in lying_in(folder)] == [len(packed.getvalue())]


def test_sec12_strangers_and_clients_find_only_what_is_theirs(acme, borealis, client_of):
    case, disa = a_case(acme), a_dispatcher()
    note = words.add_note(case, Said("Ours"), by=disa, at=NOON, cause="n")
    (open_file, ours) = (
        attachments.attach(message, [Upload("x", "x", SimpleUploadedFile("x", b"x"))], at=NOON)[0]
        for message in (case.messages.earliest("pk"), note)
    )
    other = a_case(borealis)

    asked = {
        person.email: [handed_out(client_of(person), kept).status_code for kept in (open_file, ours)]
        for person in (acme.requester, disa, borealis.approver)
    }

    assert list(asked.values()) == [[200, 404], [200, 200], [404, 404]]
    assert client_of(borealis.approver).get(reverse("case-file", args=[other.pk, open_file.pk])).status_code == 404
    assert client_of(acme.requester).get(reverse("case-file", args=[case.pk, 999_999])).status_code == 404


def test_sec12_no_address_leads_to_the_files(acme, client_of, settings):
    (kept,) = attachments.attach(a_case(acme).messages.get(), [Upload("x", "x", SimpleUploadedFile("x", b"x"))], at=NOON)

    found = [client_of(acme.requester).get(path).status_code for path in (f"/{kept.content.name}", f"/media/{kept.content.name}")]

    assert found == [404, 404]
    assert settings.STATIC_ROOT not in Path(settings.MEDIA_ROOT).parents
