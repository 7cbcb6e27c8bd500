"""Reading mails: whatever their bytes are, it comes to an end, raises nothing and does not grow."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices import incoming, mime
from tests.notices import mails


def read(name):
    return incoming.parse(mails.bytes_of(name))


def everything(mail):
    """All that can be asked of a mail."""
    said = (mail.message_id, mail.answers_to, mail.author, mail.sent_by, mail.recipients, mail.return_path, mail.subject, mail.dated_at)
    return [*said, mail.text, mail.html, mail.calendars, [(part.content_type, part.name, part.is_attachment) for part in mail.parts]]


def test_an_ordinary_mail_is_read():
    mail = read("from a person")

    assert (mail.author, mail.recipients, mail.subject) == ("rolf@acme.example", ("support@provider.example",), "A question")
    assert (mail.message_id, mail.dated_at.isoformat(), mail.return_path) == ("<a1@acme.example>", "2026-11-18T11:00:00+00:00", None)
    assert mail.text.strip() == "Could you call me?"


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("NUL everywhere", "A question"),
        ("subject over 998", "S" * 5_000),
        ("subject in words", "Fråga =?x?y?z?= å"),
        ("injected fields", "A Bcc: x@evil.example body"),
        ("only a head", "Nothing more"),
        ("no head", ""),
        ("empty", ""),
        ("mailbox line before it", "A question"),
    ],
)
def test_subjects_are_one_line_of_text(name, subject):
    assert read(name).subject == subject


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("windows-1252 as us-ascii", "Hjälp – ”nu”"),
        ("charset that nobody knows", "Hjälp"),
        ("charset that is no charset", "Hjälp"),
        ("broken base64", "Hello world"),
        ("broken quoted-printable", "a=ZZbÃ"),
        ("boundary that never comes", "Text"),
        ("no boundary", "Text"),
        ("NUL everywhere", "ab"),
        ("an HTML mail only", ""),
        ("1,000 deep", ""),
        ("10,000 parts", "x"),
        ("no head", "hello there, this is no field\n\nand more"),
        ("30 MB", "See the log."),
    ],
)
def test_texts_are_read_as_well_as_can_be(name, text):
    assert read(name).text.strip() == text


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1252", "utf-8", "", "us-ascii"])
def test_text_is_text_in_whatever_charset_it_claims(declared):
    assert mime.to_text("Åtta".encode("utf-8" if declared == "utf-8" else "cp1252"), declared) == "Åtta"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("rolf@acme.example", ["rolf@acme.example"]),
        ("Rolf <ROLF@Acme.Example>", ["rolf@acme.example"]),
        ('"a, <evil@x.example>" <rolf@acme.example>', ["rolf@acme.example"]),
        ("a@x.example, B <b@x.example>", ["a@x.example", "b@x.example"]),
        ("x (evil@x.example) <rolf@acme.example>", ["rolf@acme.example"]),
        ("<a@x.example> <b@x.example>", []),
        ("rolf@acme.example <b@x.example", []),
        ("a@x.example@b.example", []),
        ("undisclosed-recipients:;", []),
        ("friends: a@x.example, b@x.example;", ["a@x.example", "b@x.example"]),
        ("=?utf-8?q?evil=40x.example=2C?= <rolf@acme.example>", ["rolf@acme.example"]),
        ("", []),
    ],
)
def test_addresses_are_read_strictly(written, read):
    assert incoming.addresses([written]) == read


def test_two_authors_are_none():
    assert read("two From").author == ""
    assert incoming.parse(mails.ordinary(sender="a@x.example, b@x.example")).author == ""


def test_what_it_answers_is_nearest_first():
    mail = incoming.parse(mails.ordinary("In-Reply-To: <c@x>", "References: <a@x> <b@x>", "References: <c@x>"))

    assert mail.answers_to == ("<c@x>", "<b@x>", "<a@x>")


def test_names_of_files_are_read_from_their_pieces():
    assert [part.name for part in read("name in pieces").parts] == ["råd.txt"]


def test_an_attached_mail_is_a_part_and_not_looked_into():
    mail = read("a mail inside")

    assert [part.content_type for part in mail.parts] == ["message/rfc822"]
    assert "auto-submitted" not in mail.head


def test_what_is_beyond_all_use_is_left_unread_and_said_so():
    told = {name: read(name).structure.complete for name in ("10,000 parts", "1,000 deep", "from a person", "bounce")}

    assert told == {"10,000 parts": False, "1,000 deep": False, "from a person": True, "bounce": True}
    assert len(read("10,000 parts").parts) == mime.MOST_PARTS


@pytest.mark.parametrize("name", mails.MADE)
def test_everything_can_be_asked_of_every_mail(name):
    for value in everything(read(name)):
        assert "\0" not in str(value)


def test_a_large_mail_is_read_without_copies_of_it():
    raw = mails.bytes_of("30 MB")

    tracemalloc.start()
    everything(incoming.parse(raw))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert most < len(raw) / 2


def test_lines_that_look_like_boundaries_do_not_hold_up_the_reader():
    raw = mails.ordinary('Content-Type: multipart/mixed; boundary="b"', body="") + b"\n--bx" * 200_000

    mail = incoming.parse(raw)

    assert [part.content_type for part in mail.parts] == ["text/plain"]


@given(st.binary(max_size=2_000))
def test_no_bytes_are_beyond_reading(raw):
    everything(incoming.parse(raw))


@given(st.sampled_from(mails.SMALL), st.data())
def test_no_change_of_a_mail_is_beyond_reading(name, data):
    raw = bytearray(mails.bytes_of(name))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(raw)))
        cut = data.draw(st.integers(0, 40))
        raw[place : place + cut] = data.draw(
            st.one_of(
                st.binary(max_size=20),
                st.sampled_from([b"\r\n", b"\r\n\r\n", b"--", b"=?utf-8?b?", b"\0", b"boundary=", b"\n\t", b"%FF*0*=", b'"']),
            )
        )

    for value in everything(incoming.parse(bytes(raw))):
        str(value).encode()


@given(st.text(max_size=300))
def test_encoded_words_are_never_beyond_reading(text):
    mime.decode_words(text).encode("utf-8", "surrogatepass")
