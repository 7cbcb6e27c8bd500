"""Nobody sees another client's anything: every address with ids that exist, for its own people and for strangers (C14, R6, X2).

A new address with an id in it fails here until it has a line in `own`.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import get_resolver, reverse
from django.urls.resolvers import URLResolver

from clients.models import StaffDuty
from credits import accounts, topups
from notices.models import Notice
from people.models import Person
from sessions import bookings, confirmation, consents, disputes, no_shows
from sessions.bookings import Wish
from sessions.models import WorkEntry
from tests.cast import NOON, a_colleague
from tests.sessions.factories import a_session, a_started_session, a_submitted_session, work

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)
OURS = ["credits", "dashboard", "notices", "people", "sessions"]


@dataclass
class Own:
    """An address of Acme's: the ids in it, whose it is, and which people of the provider must not see it either."""

    ids: dict[str, int]
    person: Person
    acts_only: bool = False
    strangers: list[Person] = field(default_factory=list)


@pytest.fixture
def own(cast, acme, borealis):
    """Something of Acme's at every stage, and for every address with an id in it, whose that is."""
    with time_machine.travel(NOON, tick=False):
        coming = a_session(cast, acme, starts_at=NOON + 3 * A_DAY, access_arranged=False)
        running = a_started_session(cast, acme, starts_at=NOON - timedelta(hours=3))
        entry = work(running, cast.tessa, length=20)
        asked = consents.ask_consent(session=running, minutes=120, reason="More logs", by=cast.tessa.person, at=NOON)
        absent = a_session(cast, acme, starts_at=NOON - timedelta(minutes=20))
        no_shows.attempt_call(session=absent, by=cast.tessa.person, at=NOON, reason="No answer")
        empty = accounts.open_account(organisation=acme.organisation, name="Empty")
        wish = Wish(purpose=cast.purpose, title="Later", estimate_minutes=60, starts_at=NOON + 5 * A_DAY, technician=cast.tessa)
        waiting = bookings.request(account=empty, wish=wish, cause="form:0", by=acme.approver, at=NOON)
        submitted = a_submitted_session(cast, acme, starts_at=NOON - A_DAY)
        disputed = a_submitted_session(cast, acme, starts_at=NOON - 2 * A_DAY)
        claim = {WorkEntry.objects.get(session=disputed).pk: 10}
        dispute = disputes.dispute(session=disputed, claims=claim, reason="Too much", by=acme.approver, at=NOON - A_DAY)
        silent = a_submitted_session(cast, acme, starts_at=NOON - 30 * A_DAY, silence_confirms=True)
        confirmation.confirm_by_silence(session=silent, at=NOON - A_DAY)
        top_up = topups.order(account=acme.account, minutes=480, cause="form:1", by=acme.approver, at=NOON)
        notice = Notice.objects.latest("pk")

    anna, tessa, account = acme.approver, cast.tessa.person, {"account_id": acme.account.pk}
    clients_only = [tessa, cast.max, cast.fia]
    portal = {
        **{name: Own(account, anna, strangers=clients_only) for name in ("statement", "statement-csv", "topups", "topup-new")},
        "topup-cancel": Own({"top_up_id": top_up.pk}, anna, acts_only=True, strangers=clients_only),
        "session-access": Own({"session_id": coming.pk}, anna, acts_only=True, strangers=clients_only),
        "session-confirm": Own({"session_id": submitted.pk}, anna, acts_only=True, strangers=clients_only),
        "session-contest": Own({"session_id": silent.pk}, anna, strangers=clients_only),
        "consent": Own({"consent_id": asked.pk}, anna, strangers=clients_only),
        "session": Own({"session_id": coming.pk}, anna),
    }
    portal |= {f"session-{name}": Own({"session_id": coming.pk}, anna, strangers=clients_only) for name in ("postpone", "cancel")}
    portal |= {f"session-{name}": Own({"session_id": submitted.pk}, anna, strangers=clients_only) for name in ("hours", "dispute")}
    acts = {
        f"desk-session-{name}": Own({"session_id": running.pk}, tessa, acts_only=True) for name in ("log", "consent", "submit", "reopen")
    }
    acts |= {f"desk-session-{name}": Own({"session_id": coming.pk}, tessa, acts_only=True) for name in ("start", "call")}
    desk = {
        "desk-session": Own({"session_id": running.pk}, tessa),
        "desk-session-miss": Own({"session_id": absent.pk}, tessa),
        "desk-session-move": Own({"session_id": coming.pk}, tessa),
        "desk-session-call-off": Own({"session_id": coming.pk}, cast.max),
        "desk-session-allow": Own({"session_id": waiting.pk}, cast.max),
        "desk-work-correct": Own({"entry_id": entry.pk}, tessa),
        "desk-work-take-back": Own({"entry_id": entry.pk}, tessa),
        "desk-client": Own({"organisation_id": acme.organisation.pk}, cast.max, strangers=[tessa]),
        "desk-dispute": Own({"dispute_id": dispute.pk}, cast.max),
        "desk-topup": Own({"top_up_id": top_up.pk}, cast.fia, strangers=[tessa, cast.max]),
        "desk-mail-notice": Own({"pk": notice.pk}, cast.ada, strangers=[tessa, cast.max, cast.fia]),
        "desk-mail-retry": Own({"pk": notice.pk}, cast.ada, acts_only=True, strangers=[tessa, cast.max, cast.fia]),
    }
    for address in (acts | desk).values():
        address.strangers += [acme.approver, acme.requester]
    return portal | acts | desk


@pytest.fixture
def strangers(cast, borealis):
    """Another client's people, a technician who is not assigned, an account manager of others."""
    manager = a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)
    return [borealis.approver, borealis.requester, cast.theo.person, manager]


def addresses(patterns=None, owner=""):
    """The names of all addresses of ours that hold an id."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, getattr(pattern.urlconf_name, "__name__", "").split(".")[0])
        elif owner in OURS and pattern.pattern.regex.groups:
            yield pattern.name


def browser_of(person: Person) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser


@time_machine.travel(NOON, tick=False)
def test_every_address_with_an_id_is_known_here(own):
    assert sorted(addresses()) == sorted(own)


@time_machine.travel(NOON, tick=False)
def test_their_own_people_find_every_page(own):
    found = {}
    for name, address in own.items():
        if not address.acts_only:
            found[name] = browser_of(address.person).get(reverse(name, kwargs=address.ids)).status_code

    assert found == dict.fromkeys(found, 200)


@time_machine.travel(NOON, tick=False)
def test_strangers_find_nothing_anywhere_and_the_same_as_where_nothing_is(own, strangers):
    answers, nowhere = {}, {}
    for name, address in own.items():
        for person in strangers + address.strangers:
            browser, url = browser_of(person), reverse(name, kwargs=address.ids)
            answers[name, person.email] = (browser.get(url).status_code, browser.post(url).status_code)
            nothing = reverse(name, kwargs=dict.fromkeys(address.ids, 999_999))
            nowhere[name, person.email] = (browser.get(nothing).status_code, browser.post(nothing).status_code)

    leaks = {who: statuses for who, statuses in answers.items() if not set(statuses) <= {404, 405}}
    assert leaks == {}
    assert answers == nowhere


@time_machine.travel(NOON, tick=False)
def test_who_is_not_signed_in_is_asked_to_and_nothing_happens(own):
    for name, address in own.items():
        response = Browser().post(reverse(name, kwargs=address.ids))

        assert response.status_code in (302, 405), name
        assert response.status_code == 405 or response.url.startswith("/accounts/login/"), name


@time_machine.travel(NOON, tick=False)
def test_their_own_people_may_act_where_only_acts_are(own):
    for name, address in own.items():
        if address.acts_only:
            browser, url = browser_of(address.person), reverse(name, kwargs=address.ids)

            assert browser.post(url).status_code in (200, 302, 409, 422), name


def test_a_statement_lists_nothing_of_anybody_else(cast, acme, borealis):
    with time_machine.travel(NOON, tick=False):
        a_submitted_session(cast, acme, starts_at=NOON - A_DAY, title="Secret of Acme")
        topups.order(account=acme.account, minutes=480, cause="form:1", by=acme.approver, at=NOON, reference="PO Acme")
        pages = [
            "/",
            "/sessions/",
            "/credit/",
            "/top-ups/",
            f"/credit/{borealis.account.pk}/statement/?first=2026-01-01&last={date(2026, 12, 31)}",
        ]
        texts = [browser_of(borealis.approver).get(page, follow=True).content.decode() for page in pages]

    assert not [text for text in texts if "Acme" in text]
