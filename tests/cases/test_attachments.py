"""Files of a case: what is kept, what is refused, and that bytes follow their rows (rule S1)."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from cases import attachments, terms
from cases.attachments import FilesRefused, Upload, attach, bytes_follow_rows, keep
from cases.file_names import clean_name, clean_type
from cases.models import Attachment, CaseSettings
from tests.cases.opened import a_case
from tests.cast import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def word(acme):
    return a_case(acme).messages.get()


def a_file(name="sync.log", content=b"ERROR 42", content_type="text/plain"):
    return Upload(name, content_type, ContentFile(content))


def lying_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_s1_a_file_lies_under_a_random_name_with_its_digest(word, folder):
    (kept,) = attach(word, [a_file()], at=NOON)

    assert (kept.name, kept.size, kept.digest) == ("sync.log", 8, hashlib.sha256(b"ERROR 42").hexdigest())
    assert "sync" not in str(kept.content.name)
    assert len(lying_in(folder)) == 1


def test_s1_a_mail_keeps_what_can_be_kept_and_says_of_the_rest_why_not(word, folder):
    done = keep(word, [a_file(), a_file("setup.pdf", b"MZ\x90"), a_file("image.png", b"\x89PNG")], at=NOON)

    assert [kept.name for kept in done.kept] == ["sync.log", "image.png"]
    assert done.refused == ["“setup.pdf” is a program. Programs are not taken, whatever their name."]
    assert len(lying_in(folder)) == 2


def test_s1_a_form_keeps_all_its_files_or_none(word, folder):
    with pytest.raises(FilesRefused, match=r"setup\.pdf"), bytes_follow_rows(), transaction.atomic():
        attach(word, [a_file(), a_file("setup.pdf", b"\x7fELF")], at=NOON)

    assert (Attachment.objects.count(), lying_in(folder)) == (0, [])


def test_s1_a_message_that_has_its_files_takes_no_others(word):
    first = attach(word, [a_file()], at=NOON)

    assert attach(word, [a_file("other.log")], at=NOON) == first


def test_s1_what_a_client_keeps_altogether_is_limited(word, borealis):
    CaseSettings.objects.create(pk=1, client_quota_mib=1)
    large = b"x" * 700 * 1024
    attach(word, [a_file(content=large)], at=NOON)

    done = keep(a_case(borealis).messages.get(), [a_file(content=large)], at=NOON)
    refused = keep(word, [a_file(content=large)], at=NOON)

    assert (len(done.kept), len(refused.kept)) == (1, 0)
    assert "no room left" in refused.refused[0]


def test_s1_more_than_so_many_and_larger_than_so_much_is_not_taken(word):
    CaseSettings.objects.create(pk=1, attachment_mib=1, attachments_at_once=2)

    done = keep(word, [a_file("large.log", b"x" * (attachments.MIB + 1)), a_file("b"), a_file("c")], at=NOON)

    assert [kept.name for kept in done.kept] == ["b"]
    assert done.refused == ["“large.log” is larger than 1 MB.", "“c”: 2 files at once at most."]
    assert terms.current().attachments_at_once == 2


def test_bytes_go_where_the_rows_are_undone(word, folder):
    with pytest.raises(ZeroDivisionError), bytes_follow_rows(), transaction.atomic():
        attach(word, [a_file()], at=NOON)
        raise ZeroDivisionError

    assert lying_in(folder) == []


def test_what_a_crash_left_behind_is_swept_after_a_day_and_nothing_else(word, folder):
    attach(word, [a_file()], at=NOON)
    default_storage.save("cases/ab/abandoned", ContentFile(b"x"))
    now = timezone.now()

    assert attachments.sweep(at=now) == 0
    assert attachments.sweep(at=now + timedelta(days=2)) == 1
    assert len(lying_in(folder)) == 1


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\rolf\\log.txt", "log.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b\r\nc.txt", "ab c.txt"),
        ("  ", "file"),
        ("..", "file"),
        ("x" * 300 + ".log", "x" * 196 + ".log"),
        ("bild åäö.png", "bild åäö.png"),
        ("half\ud800.txt", "half.txt"),
        ('a"b<c>.txt', "a_b_c_.txt"),
    ],
)
def test_s1_a_name_has_no_folders_and_nothing_that_is_not_seen(said, shown):
    assert clean_name(said).replace("\N{REPLACEMENT CHARACTER}", "") == shown


@pytest.mark.parametrize(
    ("said", "kept"),
    [("text/HTML; charset=x", "text/html"), ("nonsense", "application/octet-stream"), ("a/b\r\nX: y", "application/octet-stream")],
)
def test_s1_a_type_is_a_type(said, kept):
    assert clean_type(said) == kept


def test_s1_bytes_that_another_sweep_took_meanwhile_are_nobodys_error(db, monkeypatch):
    monkeypatch.setattr(attachments, "_listed", lambda folder: (["ab"], []) if folder == attachments.FOLDER else ([], ["gone"]))

    assert attachments.sweep(at=timezone.now()) == 0
