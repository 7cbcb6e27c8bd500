"""Whatever is sent, nobody meets an error page, nothing typed becomes a script, a header, a formula or a way out (rules C14, M4)."""

import csv
import os
import random
from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.apps import apps
from django.core import mail
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from credits import exports, ledger, statement, topups
from dashboard.due import run_due
from notices.models import Notice
from sessions import changes, consents, disputes, worklogs
from sessions.cover import start_of
from sessions.models import Session, WorkEntry
from tests.cast import NOON, PASSWORD
from tests.journeys.belongings import A_DAY, belongings, browser_of
from tests.journeys.hostile import HUGE, TAG, doors, knock
from tests.proofs import sizes
from tests.sessions.booked import TUESDAY
from tests.sessions.factories import a_lot, a_session, a_started_session

pytestmark = pytest.mark.django_db
SEED = int(os.environ.get("HOSTILE_SEED", str(sizes.SEED)))
WAYS_OUT = ["https://evil.example", "//evil.example", "///evil.example", r"/\evil.example", r"\\evil.example", "https:evil.example"]
WAYS_OUT += ["javascript:alert(1)", "data:text/html,x", "//127.0.0.1@evil.example", "https://testserver.evil.example", "\t//evil.example"]
WAYS_OUT += ["http:///evil.example", "//evil.example/desk/", "ftp://testserver/", "/\t/evil.example", "/\n/evil.example", " //evil.example"]
FORMULAS = [
    f"{blank}{sign}{rest}" for blank in ("", " ", "\u00a0", "\t", "\ufeff") for sign in "=+-@＝" for rest in ("1+1", "cmd|' /C calc'!A0")
]


@pytest.fixture(autouse=True)
def _nobody_has_tried_before():
    cache.clear()


@time_machine.travel(NOON, tick=False)
def test_nothing_that_is_sent_to_any_form_makes_an_error(cast, acme):
    chance, entries = random.Random(SEED), doors(cast, acme)
    statuses: Counter[int] = Counter()
    forms = [door for door in entries if door.form is not None and door.form.method == "post"]

    for number in range(sizes.SIZE.strange_forms):
        door = chance.choice(entries if number % 4 == 0 else forms)
        door.browser.raise_request_exception = True
        response = knock(door, chance)
        assert response.status_code < 500, door
        assert "script-src" not in response.headers["Content-Security-Policy"], door
        statuses[response.status_code] += 1

    sizes.say("SEC4 forms", requests=statuses.total(), forms=len(forms), statuses=dict(sorted(statuses.items())))
    assert {200, 302, 422} <= set(statuses)


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("desk-sessions", {"last": "9999-12-31"}),
        ("desk-sessions", {"first": "0001-01-01"}),
        ("desk-sessions", {"q": HUGE[:60_000]}),
        ("desk-session-move", {"first": "9999-12-30"}),
        ("topup-new", {"at_least": "9" * 5000}),
        ("session-postpone", {"from": "9999-12-31"}),
        ("statement", {"on": "9999-12-31"}),
    ],
)
def test_an_address_that_asks_for_the_impossible_is_answered(cast, acme, name, asked):
    own = belongings(cast, acme).get(name)
    person, url = (own.person, reverse(name, kwargs=own.ids)) if own else (cast.max, reverse(name))

    assert browser_of(person).get(url, asked).status_code in (200, 400)


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(("on", "begins", "ends"), [("0001-01-01", "00:00", "01:00"), ("9999-12-31", "10:00", "00:00")])
def test_w5_work_on_a_day_that_no_calendar_reaches_is_refused(cast, acme, on, begins, ends):
    session = a_started_session(cast, acme, starts_at=NOON - timedelta(hours=2))
    facts = {"technician": cast.tessa.person.pk, "on": on, "begins": begins, "ends": ends, "note": "x"}

    response = browser_of(cast.tessa.person).post(reverse("desk-session-log", args=[session.pk]), facts)

    assert response.status_code == 422
    assert not WorkEntry.objects.exists()


@time_machine.travel(NOON, tick=False)
def test_r2_a_move_to_a_time_without_its_offset_is_refused(cast, acme):
    session = a_session(cast, acme, starts_at=NOON + A_DAY)
    facts = {"starts_at": "2026-11-24T08:00", "reason": "x"}

    response = browser_of(cast.tessa.person).post(reverse("desk-session-move", args=[session.pk]), facts)

    session.refresh_from_db()
    assert (response.status_code, session.starts_at) == (422, NOON + A_DAY)


@time_machine.travel(NOON, tick=False)
def test_what_somebody_typed_is_text_on_every_page_that_shows_it(cast, acme):
    shown = set()
    for person, url in pages_with_a_tag_in_every_text(cast, acme):
        response = browser_of(person).get(url, follow=True)
        html = response.content.decode() if response.headers["Content-Type"].startswith("text/html") else ""
        assert TAG not in html, url
        assert "<img src=x" not in html, url
        if "&lt;img src=x" in html:
            shown.add(url)

    assert len(shown) > 12


def pages_with_a_tag_in_every_text(cast, acme):
    """Who reads which page, after Acme and its technicians have typed a tag wherever something can be typed."""
    anna, rolf, tessa = acme.approver, acme.requester, cast.tessa.person
    own = belongings(cast, acme)
    for named in (acme.organisation, acme.account, anna, tessa):
        type(named).objects.filter(pk=named.pk).update(name=TAG)
    running = with_work(cast, acme, NOON - timedelta(hours=5))
    asked = consents.ask_consent(session=running, minutes=120, reason=TAG, by=tessa, at=NOON)
    submitted, disputed, settled = (summed_up(cast, acme, day) for day in (3, 4, 5))
    dispute, ruled = (disputed_by(anna, session) for session in (disputed, settled))
    disputes.uphold(dispute=ruled, reason=TAG, by=cast.max, at=NOON)
    cancelled = a_session(cast, acme, starts_at=NOON + 2 * A_DAY, title=TAG, description=TAG)
    changes.cancel(session=cancelled, shown_minutes=0, reason=TAG, by=rolf, at=NOON)
    coming = a_session(cast, acme, starts_at=NOON + A_DAY, title=TAG, description=TAG)
    topups.order(account=acme.account, minutes=480, cause="form:2", by=anna, at=NOON, reference=TAG)
    portal = [f"/sessions/{session.pk}/{page}" for session in (running, submitted, settled, cancelled, coming) for page in ("", "hours/")]
    portal += [
        f"/sessions/{submitted.pk}/dispute/",
        f"/consents/{asked.pk}/",
        f"/sessions/{coming.pk}/cancellation/",
        "/",
        "/sessions/",
        "/credit/",
    ]
    desk = [f"/desk/sessions/{session.pk}/" for session in (running, submitted, disputed, settled, cancelled)]
    desk += [
        f"/desk/sessions/{coming.pk}/move/",
        f"/desk/disputes/{dispute.pk}/",
        "/desk/day/",
        "/desk/sessions/",
        "/desk/clients/",
        "/desk/disputes/",
    ]
    office = [
        "/desk/top-ups/",
        "/desk/mail/",
        f"/desk/mail/{Notice.objects.latest('pk').pk}/",
        "/admin/support_sessions/session/",
        "/admin/credits/entry/",
    ]
    everything = [(address.person, reverse(name, kwargs=address.ids)) for name, address in own.items() if not address.acts_only]
    return everything + [(anna, url) for url in portal] + [(cast.max, url) for url in desk] + [(cast.ada, url) for url in office]


def with_work(cast, acme, starts_at):
    session, tessa = a_started_session(cast, acme, starts_at=starts_at, title=TAG, description=TAG), cast.tessa.person
    began = start_of(session)
    worklogs.log(
        session=session,
        technician_person=tessa,
        started_at=began,
        ended_at=began + timedelta(minutes=20),
        note=TAG,
        by=tessa,
        at=NOON,
    )
    return session


def summed_up(cast, acme, days_ago):
    session = with_work(cast, acme, NOON - days_ago * A_DAY)
    return worklogs.submit(session=session, summary=TAG, by=cast.tessa.person, at=NOON)


def disputed_by(person, session):
    claim = {WorkEntry.objects.get(session=session).pk: 10}
    return disputes.dispute(session=session, claims=claim, reason=TAG, by=person, at=NOON)


def test_c15_no_text_becomes_a_formula_in_a_spreadsheet(cast, acme):
    for number, typed in enumerate(FORMULAS):
        voucher = ledger.Voucher(cause=f"test:{number}", at=NOON, by=acme.approver, text=typed, reason=typed)
        ledger.grant(
            account=acme.account, minutes=1, terms=ledger.LotTerms.free(source=ledger.LotSource.GOODWILL, reason="x"), voucher=voucher
        )
    acme.account.refresh_from_db()
    found = statement.statement(account=acme.account, first=NOON.date(), last=NOON.date())

    file = exports.statement_csv(found, language="en", zone=cast.provider.zone).decode("utf-8-sig")

    rows = list(csv.reader(StringIO(file, newline="")))
    assert len(FORMULAS) == 50
    assert len(rows) == len(FORMULAS) + 3
    assert [cell for row in rows for cell in (row[4], row[11]) if cell.strip(" \ufeff\u00a0\t")[:1] in tuple("=+-@＝")] == []


@pytest.mark.parametrize("separator", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x0c"])
def test_m4_a_title_adds_no_header_to_a_mail(cast, acme, separator):
    a_lot(acme.account, 480)
    wish = {"account": acme.account.pk, "purpose": cast.purpose.pk, "minutes": 60, "technicians": 1, "technician": ""}
    typed = {"title": f"Disk{separator}Bcc: x@evil.example", "starts_at": TUESDAY.isoformat(), "key": "k"}
    with time_machine.travel(NOON, tick=False):
        browser_of(acme.requester).post(reverse("session-new"), wish | typed)
    run_due(at=NOON)

    assert Session.objects.count() == 1
    assert len(mail.outbox) > 1
    for message in (sent.message() for sent in mail.outbox):
        assert message["Bcc"] is None
        assert "evil.example" not in message["To"]
        assert len(str(message["Subject"]).splitlines()) == 1


@time_machine.travel(NOON, tick=False)
def test_no_address_does_anything_when_it_is_merely_opened(cast, acme):
    asked = {"answer": "give", "act": "uphold", "reason": "x", "amount": "12000", "paid_on": "2026-11-18", "payment_reference": "x"}
    asked |= {"summary": "x", "shown": "1:50", "shown_minutes": "0", "start": "1", "minutes": "120", "ground": "absent", "key": "k"}
    own = belongings(cast, acme)
    Browser().get(reverse("calendar-feed", kwargs=own["calendar-feed"].ids))  # the document is kept when it is read first (SPD11)
    before = everything_there_is()

    browsers = {person: browser_of(person) for person in {address.person for address in own.values()}}
    for name, address in own.items():
        for method in ("get", "head", "put", "patch", "delete", "options"):
            getattr(browsers[address.person], method)(reverse(name, kwargs=address.ids), asked if method in ("get", "head") else b"")

    assert everything_there_is() == before


def everything_there_is():
    """All rows of the product, but who signed in when."""
    ours = [model for name in ("clients", "credits", "notices", "support_sessions") for model in apps.get_app_config(name).get_models()]
    return {model._meta.label: list(model._default_manager.order_by("pk").values_list()) for model in ours}


@time_machine.travel(NOON, tick=False)
def test_every_form_from_elsewhere_is_refused(cast, acme):
    own = belongings(cast, acme)
    signing_in = ["account_login", "account_logout", "account_reset_password", "preferences", "session-new"]
    addresses = [(address.person, reverse(name, kwargs=address.ids)) for name, address in own.items()]
    for person, url in addresses + [(acme.approver, reverse(name)) for name in signing_in]:
        careful = Browser(enforce_csrf_checks=True)
        careful.force_login(person)

        assert careful.post(url).status_code in (403, 405), url


@pytest.mark.parametrize("way_out", WAYS_OUT)
def test_signing_in_leads_nowhere_else(acme, client, way_out):
    response = client.post("/accounts/login/", {"login": acme.approver.email, "password": PASSWORD, "next": way_out})
    again = client.get("/accounts/login/", {"next": way_out})

    assert (response.headers["Location"], again.headers["Location"]) == ("/", "/")


def test_the_policy_stands_on_errors_and_in_the_administration_too(cast, acme, client, settings):
    administration = browser_of(cast.ada).get("/admin/")
    wrong_host = client.get("/", headers={"host": "evil.example"})
    answers = [
        administration,
        wrong_host,
        client.get("/nowhere/"),
        client.get("/admin"),
        client.post("/accounts/login/", {"login": HUGE * 3}),
    ]

    assert [answer.status_code for answer in answers] == [200, 400, 404, 301, 400]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
