"""The one way out to addresses that people name: what it fetches, what it refuses, and that nothing can hold it up."""

import gzip
import threading
import zlib

import pytest

from core import addresses, outbound
from core.addresses import AddressRefused, Refusal
from core.outbound import FetchFailed, Trouble, check_address, fetch
from tests.internet import CALENDARS, CALENDARS_ADDRESS, an_authority, response, site, trap

URL = f"https://{CALENDARS}/private/secret.ics"
MOST = 100_000


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return an_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def standing(internet, authority, monkeypatch):
    """A calendar server of the public internet, which gives what the test has it answer."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    with site(lambda _head: response(b"BEGIN:VCALENDAR"), authority.context(CALENDARS)) as standing:
        internet.names[CALENDARS] = [CALENDARS_ADDRESS]
        internet.servers[CALENDARS_ADDRESS] = standing.port
        yield standing


def refused(url):
    with pytest.raises(AddressRefused) as refusal:
        fetch(url, most_bytes=MOST)
    return refusal.value.reason


def trouble(url=URL, most_bytes=MOST):
    with pytest.raises(FetchFailed) as failure:
        fetch(url, most_bytes=most_bytes)
    return failure.value.reason


def test_what_is_at_an_address_is_fetched_from_the_address_that_was_checked(standing, internet):
    standing.answer = lambda _head: response(b"BEGIN:VCALENDAR", ETag='"7"', Last_Modified="Wed, 18 Nov 2026 11:00:00 GMT")

    answer = fetch(URL, most_bytes=MOST, accept="text/calendar")

    assert (answer.status, answer.body, answer.unchanged) == (200, b"BEGIN:VCALENDAR", False)
    assert (answer.etag, answer.last_modified) == ('"7"', "Wed, 18 Nov 2026 11:00:00 GMT")
    assert (internet.asked, internet.contacts) == ([CALENDARS], [CALENDARS_ADDRESS])
    (head,) = standing.heads
    assert head.splitlines()[:1] == ["GET /private/secret.ics HTTP/1.1"]
    assert {"Host: calendars.example", "Accept: text/calendar", "Accept-Encoding: identity"} <= set(head.splitlines())


def test_what_has_not_changed_is_not_sent_again(standing):
    standing.answer = lambda _head: response(status="304 Not Modified", ETag='"7"')

    answer = fetch(URL, most_bytes=MOST, etag='"7"', last_modified="Wed, 18 Nov 2026 11:00:00 GMT")

    assert (answer.unchanged, answer.body) == (True, b"")
    asked = set(standing.heads[0].splitlines())
    assert {'If-None-Match: "7"', "If-Modified-Since: Wed, 18 Nov 2026 11:00:00 GMT"} <= asked


def test_nothing_unchanged_is_believed_that_was_not_asked_for(standing):
    standing.answer = lambda _head: response(status="304 Not Modified")

    assert trouble() == Trouble.GARBLED


def test_a_redirect_is_followed_after_a_look(standing, internet, authority):
    with site(lambda _head: response(b"moved here"), authority.context("other.example")) as other:
        internet.names["other.example"] = ["93.184.216.35"]
        internet.servers["93.184.216.35"] = other.port
        standing.answer = lambda _head: response(status="302 Found", Location="https://other.example/x.ics")

        answer = fetch(URL, most_bytes=MOST)

    assert answer.body == b"moved here"
    assert internet.asked == [CALENDARS, "other.example"]


def test_three_redirects_are_followed_and_no_more(standing):
    standing.answer = lambda _head: response(status="301 Moved", Location="/again")

    assert trouble() == Trouble.TOO_MANY
    assert len(standing.heads) == 4


@pytest.mark.parametrize(
    "location", ["https://127.0.0.1/", "http://calendars.example/", "file:///etc/passwd", "", "https://[", "//inside.example/"]
)
def test_sec8_a_redirect_to_where_nobody_may_go_is_not_followed(standing, internet, location):
    internet.names["inside.example"] = ["10.0.0.7"]
    standing.answer = lambda _head: response(status="302 Found", **({"Location": location} if location else {}))

    reason = trouble()

    assert reason in {Trouble.PASSED_ON, Trouble.TOO_MANY, Trouble.GARBLED}
    assert set(internet.contacts) == {CALENDARS_ADDRESS}


@pytest.mark.parametrize(
    ("status", "reason"), [("404 Not Found", Trouble.NOT_THERE), ("403 No", Trouble.NOT_THERE), ("500 Oh", Trouble.ANSWERED)]
)
def test_an_error_of_the_server_is_told_without_its_words(standing, status, reason):
    standing.answer = lambda _head: response(b"secret words", status=status)

    with pytest.raises(FetchFailed) as failure:
        fetch(URL, most_bytes=MOST)

    assert failure.value.reason == reason
    assert "secret" not in f"{failure.value}{failure.value.__cause__}"


def test_the_certificate_must_be_that_of_the_name(standing, internet):
    internet.names["another.example"] = [CALENDARS_ADDRESS]

    assert trouble("https://another.example/") == Trouble.UNTRUSTED


def test_the_certificate_must_be_vouched_for(standing, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(an_authority(tmp_path).path))

    assert trouble() == Trouble.UNTRUSTED


def test_proxies_and_saved_passwords_take_no_part(standing, monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text(f"machine {CALENDARS} login me password secret\n")
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    monkeypatch.setenv("HOME", str(tmp_path))

    fetch(URL, most_bytes=MOST)

    assert "authorization" not in standing.heads[0].lower()


def endless(piece):
    yield b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    while True:
        yield piece


def chunked(piece):
    yield b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield f"{len(piece):x}\r\n".encode() + piece + b"\r\n"


def test_100_megabytes_are_refused_by_their_announcement(standing):
    standing.answer = lambda _head: response(b"BEGIN", Content_Length="100000000")

    assert trouble() == Trouble.TOO_LARGE


@pytest.mark.parametrize("flow", [endless, chunked])
def test_an_endless_body_is_read_no_further_than_allowed(standing, flow):
    sent = []

    def answer(_head):
        for piece in flow(b"x" * 10_000):
            sent.append(len(piece))
            yield piece

    standing.answer = answer

    assert trouble() == Trouble.TOO_LARGE
    assert sum(sent) < 100 * MOST


def test_a_gzip_bomb_is_unpacked_no_further_than_allowed(standing):
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert len(bomb) < MOST
    standing.answer = lambda _head: response(bomb, Content_Encoding="gzip")

    assert trouble() == Trouble.TOO_LARGE


def test_what_was_packed_without_our_asking_is_unpacked(standing):
    standing.answer = lambda _head: response(gzip.compress(b"BEGIN:VCALENDAR"), Content_Encoding="gzip")

    assert fetch(URL, most_bytes=MOST).body == b"BEGIN:VCALENDAR"


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"BEGIN:VCALENDAR" * 99, mtime=0)[:30]], ids=["no gzip", "cut off"])
def test_what_is_packed_wrongly_is_not_taken(standing, body):
    standing.answer = lambda _head: response(body, Content_Encoding="gzip")

    assert trouble() == Trouble.GARBLED


def test_another_packing_is_not_taken(standing):
    standing.answer = lambda _head: response(zlib.compress(b"BEGIN:VCALENDAR"), Content_Encoding="deflate")

    assert trouble() == Trouble.GARBLED


def test_what_ends_before_its_announced_end_is_not_taken(standing):
    standing.answer = lambda _head: response(b"BEGIN:VCAL", Content_Length="500")

    assert trouble() == Trouble.GARBLED


@pytest.mark.parametrize(
    "answer", [b"", b"\0" * 500, b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n", b"SSH-2.0-x\r\n"]
)
def test_what_is_no_answer_is_not_taken(standing, answer):
    standing.answer = lambda _head: [answer]

    assert trouble() in {Trouble.GARBLED, Trouble.UNREACHABLE}


def dripping(whole):
    """One byte now and then, for ever."""
    pause = threading.Event()
    for place in range(len(whole)):
        yield whole[place : place + 1]
        pause.wait(0.05)
    while True:
        pause.wait(0.05)
        yield b" "


@pytest.mark.parametrize(
    "start",
    [b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\n\r\nBEGIN", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"],
    ids=["head", "body", "chunk"],
)
def test_a_byte_now_and_then_buys_no_more_time(standing, monkeypatch, start):
    monkeypatch.setattr(outbound, "LONGEST_SECONDS", 0.5)
    standing.answer = lambda _head: dripping(start)

    assert trouble() == Trouble.TOO_SLOW


def test_silence_is_not_waited_for_without_end(standing, monkeypatch):
    monkeypatch.setattr(outbound, "LONGEST_WAIT_SECONDS", 0.2)
    over = threading.Event()
    standing.answer = lambda _head: iter(lambda: over.wait(5) and b"", b"")

    assert trouble() == Trouble.TOO_SLOW
    over.set()


def test_a_name_server_that_does_not_answer_is_not_waited_for(internet, monkeypatch):
    over = threading.Event()
    monkeypatch.setattr(outbound, "LONGEST_LOOK_UP_SECONDS", 0.1)
    monkeypatch.setattr(outbound, "resolve", lambda host, port: over.wait(5) and [])

    assert refused(URL) == Refusal.NOT_PUBLIC
    over.set()


def test_the_next_address_is_tried_where_the_first_takes_no_connection(standing, internet):
    internet.names[CALENDARS] = ["2606:2800:220:1:248:1893:25c8:1946", CALENDARS_ADDRESS]

    assert fetch(URL, most_bytes=MOST).status == 200
    assert internet.contacts == ["2606:2800:220:1:248:1893:25c8:1946", CALENDARS_ADDRESS]


def test_nobody_there_is_told_as_such(internet):
    internet.names[CALENDARS] = [CALENDARS_ADDRESS]

    assert trouble() == Trouble.UNREACHABLE


def test_sec8_one_private_address_among_public_ones_is_enough_to_refuse(standing, internet):
    internet.names[CALENDARS] = [CALENDARS_ADDRESS, "10.0.0.7"]

    assert refused(URL) == Refusal.NOT_PUBLIC
    assert internet.contacts == []


def test_sec8_names_that_are_private_and_names_that_are_not_are_told_alike(internet):
    internet.names["inside.example"] = ["10.0.0.7"]

    assert refused("https://inside.example/") == refused("https://nowhere.example/") == Refusal.NOT_PUBLIC


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", Refusal.UNREADABLE),
        ("calendar", Refusal.UNREADABLE),
        ("https://", Refusal.UNREADABLE),
        ("https://a b.example/", Refusal.UNREADABLE),
        ("https://a.example\\@b.example/", Refusal.UNREADABLE),
        ("https://a.example/\r\nX: y", Refusal.UNREADABLE),
        ("https://a..example/", Refusal.UNREADABLE),
        ("https://[::1/", Refusal.UNREADABLE),
        (f"https://a.example/{'x' * 2000}", Refusal.UNREADABLE),
        ("http://a.example/", Refusal.NOT_HTTPS),
        ("ftp://a.example/", Refusal.NOT_HTTPS),
        ("file:///etc/passwd", Refusal.NOT_HTTPS),
        ("https://me:secret@a.example/", Refusal.USER_INFO),
        ("https://a.example:22/", Refusal.PORT),
        ("https://a.example:99999/", Refusal.PORT),
        ("https://intranet/", Refusal.NOT_PUBLIC),
        ("https://1.1.1.1/", Refusal.NOT_PUBLIC),
    ],
)
def test_an_address_is_refused_for_what_is_wrong_with_it(internet, url, reason):
    with pytest.raises(AddressRefused) as refusal:
        check_address(url)

    assert refusal.value.reason == reason
    assert internet.contacts == []


def test_a_name_in_any_letters_is_understood_and_nothing_else_changed(internet):
    internet.names["xn--klender-5wa.example"] = [CALENDARS_ADDRESS]

    place = check_address(" https://KÄlender.Example.:8443/å/%20?a=b#c ")

    assert place == addresses.Place(secure=True, host="xn--klender-5wa.example", port=8443, target="/%C3%A5/%20?a=b")


def test_this_machine_is_asked_only_where_a_setting_says_so(settings, authority, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    with trap() as listening, site(lambda _head: response(b"here"), authority.context("localhost")) as standing:
        assert refused(f"https://localhost:{standing.port}/") == Refusal.PORT
        monkeypatch.setattr(addresses, "PORTS", {standing.port, listening.port})
        assert refused(f"https://localhost.localdomain:{listening.port}/") == Refusal.NOT_PUBLIC

        settings.OUTBOUND_LOOPBACK = True

        assert fetch(f"https://localhost:{standing.port}/", most_bytes=MOST).body == b"here"
        assert listening.visits == 0


def test_this_machine_may_then_be_asked_without_tls(settings):
    settings.OUTBOUND_LOOPBACK = True
    with site(lambda _head: response(b"here")) as standing:
        assert fetch(f"http://localhost:{standing.port}/", most_bytes=MOST).body == b"here"


def test_without_tls_nobody_else_is_asked(settings, internet):
    settings.OUTBOUND_LOOPBACK = True
    internet.names[CALENDARS] = [CALENDARS_ADDRESS]

    assert refused(f"http://{CALENDARS}/") == Refusal.NOT_PUBLIC
