"""The mailbox is read over IMAP, from a real server and from broken ones: nothing is lost, no password is told (rule S8)."""

import imaplib
import re
from types import SimpleNamespace
from typing import ClassVar, cast

import pytest
from imap_tools import BaseMailBox

from notices import mailbox, mailroom
from notices.mailbox import MailboxMisnamed, MailboxUnread, place_of, read_due
from notices.models import IncomingMail, MailState
from tests.cast import NOON
from tests.notices import mails
from tests.notices.mailboxes import a_breaking_server, a_certificate, a_mailbox

REFUSED = {"empty", "1,000 deep"}
"""What this server does not take, or dies of, itself."""
SIGNED_IN = {b"LOGIN": b"{tag} OK done\r\n", b"SELECT": b"* 2 EXISTS\r\n{tag} OK [READ-WRITE] done\r\n"}
TWO = {b"UID SEARCH": b"* SEARCH 1 2\r\n{tag} OK done\r\n", b"UID STORE": b"{tag} OK done\r\n"}


@pytest.fixture(scope="module")
def server():
    with a_mailbox("--no-tls") as box:
        yield box


@pytest.fixture
def box(server, settings, db):
    settings.MAILBOX_URL = server.url
    return server


def die(*_):
    raise KeyboardInterrupt


def kept():
    return sorted(bytes(mail.raw) for mail in IncomingMail.objects.all())


def test_without_a_mailbox_there_is_nothing_to_read(db, settings):
    settings.MAILBOX_URL = ""

    assert read_due(at=NOON) == 0


def test_s8_what_is_unseen_is_kept_byte_for_byte_and_then_marked(box):
    sent = [mails.ordinary(body=f"Mail {number}") for number in range(3)]
    box.put(*sent)

    assert (read_due(at=NOON), read_due(at=NOON)) == (3, 0)

    assert kept() == sorted(sent)
    assert (box.unseen(), box.all() >= 3) == (0, True)


def test_s8_a_crash_before_it_is_marked_brings_the_same_mail_again_once(box, monkeypatch):
    box.put(mails.ordinary(body="Crash"))
    with monkeypatch.context() as patch:
        patch.setattr(mailbox, "_mark", die)  # between keeping and marking
        with pytest.raises(KeyboardInterrupt):
            read_due(at=NOON)
    assert box.unseen() == 1

    assert read_due(at=NOON) == 1
    assert IncomingMail.objects.count() == 1


def test_s8_what_others_have_marked_as_deleted_stays(box):
    box.put(mails.ordinary(body="Stays"))
    before = box.all()
    box.mark_all_deleted()

    assert read_due(at=NOON) == 1
    assert box.all() == before


def test_a_mail_that_is_too_large_stays_there_and_its_head_is_held(box, monkeypatch):
    monkeypatch.setattr(mailroom, "LARGEST", 1_000)
    box.put(mails.ordinary(body="x" * 2_000), mails.ordinary(body="small"))

    assert read_due(at=NOON) == 2

    assert sorted(IncomingMail.objects.values_list("state", flat=True)) == [MailState.HELD, MailState.WAITING]
    assert IncomingMail.objects.get(state=MailState.HELD).subject == "A question"
    assert max(map(len, kept())) < 1_000


def test_one_run_takes_no_more_than_a_bounded_number(box, monkeypatch):
    monkeypatch.setattr(mailbox, "MOST_AT_ONCE", 2)
    box.put(*(mails.ordinary(body=f"Many {number}") for number in range(3)))

    assert [read_due(at=NOON) for _ in range(3)] == [2, 1, 0]


def test_s8_no_mail_gives_the_reader_trouble(box):
    sent = [mails.bytes_of(name) for name in mails.SMALL if name not in REFUSED]
    box.put(*sent)

    assert read_due(at=NOON) == len(sent)
    assert (box.unseen(), kept()) == (0, sorted({re.sub(rb"\r\n|\r|\n", b"\r\n", mail) for mail in sent}))  # as they were put there


def test_s8_a_mail_of_which_no_bytes_come_stays_unseen(db):
    class Client:
        stored: ClassVar[list[str]] = []

        def uid(self, command, uid, what, *_):
            if command == "STORE":
                self.stored.append(uid)
                return "OK", [None]
            return "OK", [b"1 (UID 7 RFC822.SIZE 900)"] if "SIZE" in what else [b"1 (UID 7 BODY[] NIL)"]

    with pytest.raises(imaplib.IMAP4.error):
        mailbox._take_in(cast(BaseMailBox, SimpleNamespace(client=Client())), "7", NOON)

    assert (Client.stored, IncomingMail.objects.count()) == ([], 0)


def test_a_wrong_password_is_said_and_not_told(box, settings):
    settings.MAILBOX_URL = box.url.replace("s3cret", "wr0ng")

    with pytest.raises(MailboxUnread) as refused:
        read_due(at=NOON)
    assert "wr0ng" not in str(refused.value)


def test_s8_a_certificate_that_nobody_vouches_for_is_refused(db, settings, tmp_path, monkeypatch):
    certificate, key = a_certificate(tmp_path)
    with a_mailbox("--cert", str(certificate), "--key", str(key)) as box:
        settings.MAILBOX_URL = box.url.replace("imap://", "imap+tls://").replace("127.0.0.1", "localhost")
        with pytest.raises(MailboxUnread, match="CERTIFICATE_VERIFY_FAILED"):
            read_due(at=NOON)

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

        assert read_due(at=NOON) == 0


@pytest.mark.parametrize(
    "script",
    [
        {b"": b"* BYE overloaded\r\n"},
        {b"": b"garbage\r\n\0\0\r\n"},
        {b"LOGIN": b""},
        {b"LOGIN": b"{tag} NO you said {line}\r\n"},
        SIGNED_IN | {b"SELECT": b"{tag} NO no such folder\r\n"},
        SIGNED_IN,
        SIGNED_IN | {b"UID SEARCH": b"{tag} BAD what is it\r\n"},
        SIGNED_IN | TWO,
        SIGNED_IN | TWO | {b"UID FETCH": b"* 1 FETCH (RFC822.SIZE 5 BODY[] {5}\r\nabc"},
        SIGNED_IN | TWO | {b"UID FETCH": b"{tag} NO not now\r\n"},
    ],
)
def test_s8_a_server_that_breaks_off_is_said_and_loses_nothing(db, settings, monkeypatch, script):
    monkeypatch.setattr(mailbox, "TIMEOUT_SECONDS", 0.5)
    with a_breaking_server(script) as url:
        settings.MAILBOX_URL = url
        with pytest.raises(MailboxUnread) as broken:
            read_due(at=NOON)

    assert "s3cret" not in str(broken.value)
    assert broken.value.__cause__ is None
    assert not IncomingMail.objects.exists()


def test_s8_a_mail_that_is_not_handed_out_keeps_no_other(db, settings):
    second = b"* 2 FETCH (UID 2 RFC822.SIZE 3 BODY[] {3}\r\nabc)\r\n{tag} OK done\r\n"
    with a_breaking_server(SIGNED_IN | TWO | {b"UID FETCH 1": b"{tag} NO not now\r\n", b"UID FETCH 2": second}) as url:
        settings.MAILBOX_URL = url
        with pytest.raises(MailboxUnread, match="1 of its mails were not handed out"):
            read_due(at=NOON)

    assert kept() == [b"abc"]


def test_a_server_that_is_away_is_said(db, settings):
    settings.MAILBOX_URL = "imap://room:s3cret@127.0.0.1:1"

    with pytest.raises(MailboxUnread, match="ConnectionRefusedError"):
        read_due(at=NOON)


def test_an_address_says_all_that_is_needed():
    place = place_of("imaps://room%40provider.example:p%3Aw%2F@mail.example/Tillgodo%20in")

    assert (place.host, place.port, place.user, place.password, place.folder) == (
        "mail.example",
        993,
        "room@provider.example",
        "p:w/",
        "Tillgodo in",
    )


@pytest.mark.parametrize(
    "url",
    [
        "x",
        "pop3://u:s3cret@h",
        "imaps://u@h",
        "imaps://:s3cret@h",
        "imaps://u:s3cret@",
        "imaps://u:s3cret@h:x",
        "imap://u:s3cret@mail.example",
    ],
)
def test_an_address_that_is_none_or_unsafe_is_refused_without_its_password(url):
    with pytest.raises(MailboxMisnamed) as refused:
        place_of(url)
    assert not re.search("s3cret", str(refused.value))
