"""The files of a mail are kept with its word, or refused with a reason; the mail is kept either way (rules S1, S8)."""

from pathlib import Path

import pytest

from cases import terms
from cases.models import Attachment, Case, EventKind
from notices import mailroom
from notices.models import MailState
from tests.cases.mail_corpus import file, mail, of_parts, part
from tests.cases.opened import a_plan, bind
from tests.cast import NOON

pytestmark = pytest.mark.django_db
WORDS = part("text/plain", "See the files.")


@pytest.fixture
def comes_in(cast, acme, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    bind(acme, a_plan())

    def come_in(raw):
        row = mailroom.receive(raw=raw, source="pipe", at=NOON)
        assert mailroom.handle_due(at=NOON) == 1
        row.refresh_from_db()
        return row

    return come_in


def test_s8_the_files_of_a_mail_are_kept_with_its_word(comes_in):
    comes_in(of_parts(WORDS, file("../räkning.pdf", b"%PDF-1.4\n%%EOF", "application/pdf"), file("log.txt", b"log")))

    message = Case.objects.get().messages.get()
    kept = [(found.name, Path(found.content.path).read_bytes()) for found in message.attachments.order_by("pk")]
    assert kept == [("räkning.pdf", b"%PDF-1.4\n%%EOF"), ("log.txt", b"log")]
    assert message.text == "See the files."


def test_s8_a_refused_file_is_told_to_staff_and_the_mail_goes_on(comes_in):
    row = comes_in(of_parts(WORDS, file("setup.exe", b"MZ" + b"\0" * 400), file("log.txt", b"log")))

    case = Case.objects.get()
    note = case.events.get(kind=EventKind.NOTED)
    assert (row.state, Attachment.objects.get().name) == (MailState.HANDLED, "log.txt")
    assert (note.internal, note.by, note.facts) == (True, None, {"refused_files": 1})
    assert "setup.exe" in note.reason


def test_s8_more_files_than_are_taken_are_counted_and_not_decoded(comes_in):
    most = terms.current().attachments_at_once

    comes_in(of_parts(WORDS, *(file(f"{number}.txt", b"log") for number in range(most + 3))))

    assert Attachment.objects.count() == most
    assert Case.objects.get().events.get(kind=EventKind.NOTED).facts == {"refused_files": 3}


def test_s8_a_mail_of_nothing_but_a_file_is_a_case(comes_in):
    comes_in(mail("Content-Disposition: attachment; filename=log.txt", body="log"))

    assert Attachment.objects.get().name == "log.txt"
