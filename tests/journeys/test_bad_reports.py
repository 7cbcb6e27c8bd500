"""Reports as nobody should send them: refused in clear words, with nothing changed, or taken whole without harm (rules S1, S5, S8).

Through the pages, where whoever sends is told; by mail, where nothing may be lost, and staff are told.
"""

import io
import zipfile
from html import escape

import pytest
import time_machine
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases import solutions
from cases.addresses import address_of, tag_of
from cases.models import Attachment, Case, Message, Reclassification, State
from cases.words import Said
from clients.models import Priority
from notices import mailroom
from notices.models import Notice
from tests.cases.mail_corpus import file, mail, of_parts, part, replying
from tests.cases.opened import a_case, a_dispatcher
from tests.cast import NOON

pytestmark = pytest.mark.django_db
MIB = 1024 * 1024
SCRIPT = "<script>alert(document.cookie)</script>"
STORY = "A long story. " * 7_143
TOO_LONG = "x" * 200_001


@pytest.fixture(autouse=True)
def noon(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    with time_machine.travel(NOON, tick=False):
        yield


def bomb():
    """Fifty megabytes of nothing, in a few thousand bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../zeros", b"\0" * 50 * MIB)
    return packed.getvalue()


def report(browser, client, **said):
    given = {"organisation": client.organisation.pk, "subject": "No users", "text": "None are created.", "kind": "incident"}
    given |= {"priority": 3, "environment": "production", "impact": "", "version": "", "system": "", "key": "k"}
    return browser.post(reverse("case-new"), given | said)


def comes_in(raw):
    row = mailroom.receive(raw=raw, source="imap", at=NOON)
    mailroom.handle_due(at=NOON)
    row.refresh_from_db()
    return row


def everything():
    """How many rows there are of everything about cases, mails to people and sessions of work, but not of who has signed in."""
    counted = [model for label in ("cases", "notices", "clients", "credits") for model in apps.get_app_config(label).get_models()]
    return {model.__name__: model._base_manager.count() for model in counted}


def stored(folder):
    return sorted(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def words(response):
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def test_s1_an_executable_in_the_portal_is_refused_by_name_and_what_was_typed_stays(scene_cast, client_of, tmp_path):
    before = everything()

    page = report(client_of(scene_cast.requester), scene_cast, attached=SimpleUploadedFile("photo.jpg", b"MZ" + b"\0" * 99, "image/jpeg"))

    assert page.status_code == 422
    assert "“photo.jpg” is a program." in words(page)
    assert 'value="No users"' in words(page)
    assert (everything(), stored(tmp_path)) == (before, [])


def test_s8_an_executable_by_mail_is_left_in_the_mail_and_the_report_is_taken(scene_cast, client_of, tmp_path):
    row = comes_in(of_parts(part("text/plain", "Run this."), file("setup.exe", b"MZ" + b"\0" * 99), subject="A program"))

    page = words(client_of(a_dispatcher()).get(reverse("desk-case", args=[Case.objects.get().pk])))
    assert (row.state, Message.objects.get().text.strip(), Attachment.objects.count(), stored(tmp_path)) == ("handled", "Run this.", 0, [])
    assert "setup.exe" in page
    assert b"setup.exe" in bytes(row.raw)


def test_s1_an_archive_bomb_in_the_portal_is_kept_closed(scene_cast, client_of, tmp_path):
    packed = bomb()

    report(client_of(scene_cast.requester), scene_cast, attached=SimpleUploadedFile("logs.zip", packed, "application/zip"))

    kept = Attachment.objects.get()
    handed_out = client_of(a_dispatcher()).get(reverse("case-file", args=[kept.case_id, kept.pk]))
    assert (kept.size, stored(tmp_path)) == (len(packed), [len(packed)])
    assert handed_out.headers["Content-Disposition"].startswith("attachment")
    assert handed_out.getvalue() == packed


def test_s8_an_archive_bomb_by_mail_is_kept_closed(scene_cast, tmp_path):
    packed = bomb()

    row = comes_in(of_parts(part("text/plain", "Unpack this."), file("logs.zip", packed, "application/zip"), subject="Logs"))

    assert (row.state, Attachment.objects.get().name, stored(tmp_path)) == ("handled", "logs.zip", [len(packed)])


@pytest.mark.parametrize("leads", ["number", "tag", "address"])
def test_s8_whatever_names_another_clients_case_tells_nothing_of_it_and_adds_nothing_to_it(scene_cast, borealis, leads):
    theirs = a_case(borealis, subject="A secret merger")
    before = (theirs.messages.count(), theirs.events.count(), theirs.mails.count())
    fields = {"number": {"subject": f"Re: [#{theirs.pk}] Send me all"}, "tag": {"subject": f"Re: {tag_of(theirs)} Send me all"}}
    fields["address"] = {"subject": "Send me all", "to": address_of(theirs)}

    row = comes_in(mail(**fields[leads]))

    opened = Case.objects.exclude(pk=theirs.pk).get()
    assert (row.state, opened.organisation, opened.reporter) == ("handled", scene_cast.organisation, scene_cast.requester)
    assert (theirs.messages.count(), theirs.events.count(), theirs.mails.count()) == before
    assert not Notice.objects.filter(person=scene_cast.requester, body__contains="merger").exists()


def test_s8_an_answer_with_two_numbers_joins_only_the_case_of_its_sender(scene):
    theirs = Case.objects.get(organisation__name="Borealis")

    comes_in(replying(scene, subject=f"Re: {scene.others_tag} {scene.tag} Both"))

    assert (Case.objects.get(pk=scene.number).messages.count(), theirs.messages.count(), Case.objects.count()) == (3, 2, 2)


def test_s1_a_script_in_the_portal_is_text_to_everybody(scene_cast, client_of):
    report(client_of(scene_cast.requester), scene_cast, subject=SCRIPT, text=SCRIPT, version=SCRIPT, impact=SCRIPT, system=SCRIPT)

    assert is_text_for(scene_cast, client_of) == [True] * 6


def test_s8_a_script_by_mail_is_text_to_everybody(scene_cast, client_of):
    comes_in(mail(subject=SCRIPT, body=SCRIPT))

    assert is_text_for(scene_cast, client_of) == [True] * 6


def test_s8_a_script_in_html_is_gone_from_the_view_of_it(scene_cast, client_of):
    html = f"<p>Look</p>{SCRIPT}<img src=x onerror=alert(1)><a href='javascript:alert(1)'>Click</a>"
    comes_in(mail("MIME-Version: 1.0", "Content-Type: text/html; charset=utf-8", body=html))

    said = Message.objects.get()
    view = client_of(scene_cast.requester).get(reverse("case-message-html", args=[said.case_id, said.pk])).content.decode()
    assert "Look" in view
    assert [word for word in ("<script", "onerror", "javascript:") if word in view] == []


def is_text_for(client, client_of):
    """Whether the script stands as text, and not as a script, in list and page of both sides and in their mails."""
    case, disa = Case.objects.get(), a_dispatcher()
    addresses = {client.requester: ("cases", "case"), disa: ("desk-cases", "desk-case")}
    pages = [
        client_of(reader).get(reverse(name, args=[case.pk] if name.endswith("case") else [])).content.decode()
        for reader, names in addresses.items()
        for name in names
    ]
    receipt = Notice.objects.get(person=client.requester)
    return [SCRIPT not in page and escape(SCRIPT) in page for page in pages] + ["\n" not in receipt.subject, SCRIPT in receipt.subject]


def test_s1_a_hundred_thousand_characters_are_taken_whole_in_the_portal(scene_cast, client_of):
    browser = client_of(scene_cast.requester)

    sent = report(browser, scene_cast, text=STORY)

    said = Message.objects.get()
    assert (sent.status_code, len(STORY), said.text.strip()) == (302, 100_002, STORY.strip())
    assert STORY.strip() in words(browser.get(sent.url))


@pytest.mark.parametrize("where", ["report", "word"])
def test_s1_more_than_that_is_refused_in_clear_words_and_stays_in_the_form(scene_cast, client_of, where):
    case, browser = a_case(scene_cast), client_of(scene_cast.requester)
    before = everything()

    if where == "report":
        page = report(browser, scene_cast, text=TOO_LONG)
    else:
        page = browser.post(reverse("case-answer", args=[case.pk]), {"text": TOO_LONG, "key": "k"})

    assert page.status_code == 422
    assert "at most 200000 characters (it has 200001)" in words(page)
    assert TOO_LONG in words(page)
    assert everything() == before


@pytest.mark.parametrize("size", [100_000, 1_000_000])
def test_s8_however_long_a_mail_is_it_is_taken_and_nothing_of_it_is_lost(scene_cast, client_of, size):
    body = "\r\n".join(f"line {number}" for number in range(size // 12)) + "\r\nTHE END"

    row = comes_in(mail(body=body))

    said = Message.objects.get()
    assert (row.state, said.text.startswith("line 0\n"), b"THE END" in bytes(row.raw)) == ("handled", True, True)
    assert "THE END" in said.text or size > 200_000
    assert client_of(scene_cast.requester).get(reverse("case", args=[said.case_id])).status_code == 200


@pytest.mark.parametrize("forged", ["4", "0", "-1", "99999999999999999999", "1; DROP TABLE", ""])
def test_s3_a_priority_that_the_plan_does_not_have_is_refused(scene_cast, client_of, forged):
    Priority.objects.create(number=4, name_en="Low", name_sv="Låg", definition_en="Low.", definition_sv="Låg.")
    before = everything()

    page = report(client_of(scene_cast.requester), scene_cast, priority=forged)

    assert page.status_code == 422
    assert "Select a valid choice" in words(page) or "This field is required" in words(page)
    assert everything() == before


@pytest.fixture
def closed(scene_cast):
    """A case that was solved and approved."""
    disa, case = a_dispatcher(), a_case(scene_cast)
    solution = solutions.propose(case, Said("It is mended."), by=disa, at=NOON, cause="p")
    return solutions.approve(solution, by=scene_cast.requester, at=NOON)


def test_s5_a_closed_case_is_not_reclassified_by_us_nor_asked_to_be_by_the_client(scene_cast, closed, client_of):
    disa = a_dispatcher("Dora")
    before, forged = everything(), {"to": "1", "reason": "Look again"}

    answers = [
        client_of(person).post(reverse(name, args=[closed.pk]), forged, follow=True)
        for person, name in ((disa, "desk-case-priority"), (scene_cast.requester, "case-priority"))
    ]

    for page in answers:
        assert "That is not possible with this case now. Nothing has changed." in words(page)
    closed.refresh_from_db()
    assert (closed.priority, closed.state, Reclassification.objects.count()) == (3, State.CLOSED, 0)
    assert everything() == before


def test_s5_a_priority_in_an_answer_to_a_closed_case_changes_nothing_either(scene_cast, closed):
    row = comes_in(mail(subject=f"Priority 1: {tag_of(closed)} again", to=address_of(closed)))

    closed.refresh_from_db()
    assert (row.state, closed.priority, closed.priority_asked, closed.state) == ("handled", 3, None, State.CLOSED)
    assert Case.objects.count() == 1
