"""SEC8: nobody has us look into a network that is not theirs, by whatever address they name (rule R2)."""

import pytest

from clients import rotas
from clients.models import OnCallRota, StaffDuty
from core import addresses, outbound, sealing
from core.errors import DomainError
from core.outbound import AddressRefused, FetchFailed, Trouble, fetch
from sessions.busy_feeds import name_address, read_due
from sessions.models import BusyFeed, BusyTime
from tests.cast import NOON, a_colleague
from tests.clients.rotas import a_rota
from tests.internet import CALENDARS, CALENDARS_ADDRESS, an_authority, response, site, trap
from tests.proofs.forbidden import names, urls
from tests.proofs.sizes import say
from tests.sessions.ics import a_calendar, an_event, at

MEETING = a_calendar(an_event(*at("20261201T0900", "20261201T1000")))
GOOD = f"https://{CALENDARS}/a.ics"


@pytest.fixture
def trapped(internet, monkeypatch):
    """This machine listens on every address, and the port is one that may be asked."""
    internet.names |= names()
    with trap() as listening:
        monkeypatch.setattr(addresses, "PORTS", {443, 8443, listening.port})
        yield listening


@pytest.fixture
def calendars(internet, monkeypatch, tmp_path):
    """A real server of the public internet."""
    authority = an_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.path))
    with site(lambda _head: response(MEETING), authority.context(CALENDARS)) as standing:
        internet.names[CALENDARS] = [CALENDARS_ADDRESS]
        internet.servers[CALENDARS_ADDRESS] = standing.port
        yield standing


def outcome(act):
    try:
        act()
    except DomainError as refusal:
        return type(refusal)
    return None


def test_sec8_no_address_leads_inside_when_it_is_fetched(trapped, internet):
    tried = urls(trapped.port)

    outcomes = {url: outcome(lambda url=url: fetch(url, most_bytes=1_000)) for url in tried}

    assert len(tried) >= 300
    assert {url for url, met in outcomes.items() if met is not AddressRefused} == set()
    assert (trapped.visits, internet.contacts) == (0, [])
    say("SEC8 addresses", addresses=len(tried), refused=len(outcomes), connections=trapped.visits)


def test_sec8_no_address_leads_inside_when_it_is_named(cast, trapped, internet):
    tried = urls(trapped.port)

    outcomes = {url: outcome(lambda url=url: name_address(technician=cast.tessa, url=url, by=cast.tessa.person, at=NOON)) for url in tried}

    assert {url for url, met in outcomes.items() if met is not AddressRefused} == set()
    assert (trapped.visits, internet.contacts, BusyFeed.objects.count()) == (0, [], 0)


def test_sec8_no_address_leads_inside_when_a_job_reads_what_was_let_through_before(cast, trapped, internet):
    tried = urls(trapped.port)
    context = f"technician:{cast.tessa.pk}:busy-feed"

    for url in tried:
        feed = {"sealed_url": sealing.seal(url, context=context), "host": "x", "named_at": NOON, "due_at": NOON}
        BusyFeed.objects.update_or_create(technician=cast.tessa, defaults={**feed, "failure": "", "failing_since": None})
        assert read_due(at=NOON) == 0
        assert BusyFeed.objects.get().failure, url

    assert (trapped.visits, internet.contacts, BusyTime.objects.count()) == (0, [], 0)


def test_sec8_no_webhook_leads_inside_when_it_is_named_or_sent(cast, trapped, internet):
    rota, dora, tried = a_rota(cast.theo.person), a_colleague("Dora", StaffDuty.DISPATCHER), urls(trapped.port)

    named = {url: outcome(lambda url=url: rotas.name_webhook(rota=rota, url=url, by=dora, at=NOON)) for url in tried}
    sent = {url: outcome(lambda url=url: outbound.post(url, b"{}", headers={})) for url in tried}
    asked = {url: outcome(lambda url=url: outbound.call(url, headers={}, most_bytes=1)) for url in tried}

    assert {url for met in (named, sent, asked) for url in met if met[url] is not AddressRefused} == set()
    assert (trapped.visits, internet.contacts, OnCallRota.objects.exclude(webhook="").count()) == (0, [], 0)


def test_sec8_no_redirect_leads_inside(trapped, internet, calendars):
    tried = [url for url in urls(trapped.port) if url.isprintable() and url.isascii()]
    told = iter(tried)
    calendars.answer = lambda _head: response(status="302 Found", Location=next(told))

    outcomes = {outcome(lambda: fetch(GOOD, most_bytes=1_000)) for _url in range(len(tried) - 4)}

    assert outcomes == {FetchFailed}
    assert trapped.visits == 0
    assert set(internet.contacts) == {CALENDARS_ADDRESS}
    say("SEC8 redirects", redirects=len(tried), connections=trapped.visits)


def test_sec8_a_feed_that_redirects_inside_is_a_recorded_failure_and_its_times_stay(cast, trapped, internet, calendars):
    name_address(technician=cast.tessa, url=GOOD, by=cast.tessa.person, at=NOON)
    assert read_due(at=NOON) == 1
    times = list(BusyTime.objects.values_list("starts_at", "ends_at"))
    calendars.answer = lambda _head: response(status="302 Found", Location=f"https://127.0.0.1:{trapped.port}/")
    BusyFeed.objects.update(due_at=NOON)

    assert read_due(at=NOON) == 0

    assert BusyFeed.objects.get().failure == str(Trouble.PASSED_ON.label)
    assert (list(BusyTime.objects.values_list("starts_at", "ends_at")), len(times)) == (times, 1)
    assert trapped.visits == 0


def test_sec8_a_name_that_leads_elsewhere_after_the_check_is_not_asked_again(trapped, internet, calendars, monkeypatch):
    answers, asked = iter([[CALENDARS_ADDRESS], ["127.0.0.1"], ["127.0.0.1"]]), []

    def resolve(host, port):
        asked.append(host)
        return next(answers)

    monkeypatch.setattr(outbound, "resolve", resolve)

    assert fetch(GOOD, most_bytes=1_000).status == 200
    assert (asked, internet.contacts) == ([CALENDARS], [CALENDARS_ADDRESS])

    assert outcome(lambda: fetch(GOOD, most_bytes=1_000)) is AddressRefused
    assert (trapped.visits, internet.contacts) == (0, [CALENDARS_ADDRESS])


def test_sec8_a_name_that_leads_inside_only_when_the_job_comes_is_not_followed(cast, trapped, internet, calendars):
    name_address(technician=cast.tessa, url=f"https://{CALENDARS}:{trapped.port}/", by=cast.tessa.person, at=NOON)
    internet.names[CALENDARS] = ["169.254.169.254", "127.0.0.1"]

    assert read_due(at=NOON) == 0

    assert (trapped.visits, internet.contacts) == (0, [])


def test_sec8_the_control_without_the_guard_the_trap_is_met(trapped, internet, monkeypatch):
    monkeypatch.setattr(outbound, "is_public", lambda _address: True)
    reached = [url for url in urls(trapped.port) if "inside.example" in url]

    for url in reached:
        outcome(lambda url=url: fetch(url, most_bytes=1_000))

    assert trapped.visits > 0
    say("SEC8 control", addresses=len(reached), connections=trapped.visits)
