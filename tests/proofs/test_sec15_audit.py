"""SEC15. Every form that does something leaves who, when and what, and the logs hold no secret (rules C14, R3).

The forms are those of `test_rel5_once.py`, one for each address that takes POST: a new address fails there until it has a row.
"""

import io
import logging
import re
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import count

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client as Browser
from django.urls import reverse

from notices import mailroom
from notices.models import Notice
from people.models import Person
from sessions import feeds
from tests.architecture.house import our_apps
from tests.cast import NOON, PASSWORD, a_provider
from tests.internet import CALENDARS_ADDRESS, Internet
from tests.journeys.belongings import browser_of
from tests.proofs import addresses
from tests.proofs.sizes import SIZE, say
from tests.proofs.test_rel5_once import ONLY_READS, rows
from tests.proofs.writes import Stage, Write, a_stage
from trail.middleware import HEARD_OF
from trail.models import Entry, Kind, Whereabouts
from trail.words import AT_ADDRESSES

pytestmark = pytest.mark.django_db
DONE = {Kind.BEHALF, Kind.CLIENT, Kind.DESK}
AS_IT_STANDS = {"desk-lot-refund": {"shown_total": "8000.00"}}
"""What is shown before any other form was sent, where a form says what was shown."""
OF_NO_CLIENT = {
    *(f"desk-availability-{name}" for name in ("calendar", "except", "forget", "offer", "restore", "week")),
    *("desk-bank", "desk-bank-money", "desk-bank-transaction", "desk-batch-cancel", "desk-books", "desk-books-lock", "desk-books-post"),
    *("desk-calendar-date", "desk-calendar-restore", "desk-calendar-week", "desk-cases-assign", "desk-delivery-limits", "desk-held-mail"),
    "desk-exchange-rates",
    *("desk-help-article", "desk-help-new", "desk-help-publish", "desk-help-withdraw", "desk-holidays-approve", "desk-invoices-draft"),
    *("desk-invoices-issue", "desk-mail-in-retry", "desk-mail-retry", "desk-overdue-act", "desk-payout-file-make", "desk-plan-fee"),
    *("desk-plan-publish", "desk-plan-withdraw", "desk-price-indexes", "desk-reference-rates", "desk-refunds", "desk-rota-arrange"),
    *("desk-rota-members", "desk-rota-new", "desk-rota-secret", "desk-rota-webhook", "desk-time", "desk-turn-change"),
    *("desk-turn-take-back", "desk-view-drop", "desk-view-keep", "desk-people", "desk-duty-give", "desk-duty-take"),
    *("desk-erasure", "desk-erasure-approve", "desk-erasure-refuse", "desk-privacy-ask", "desk-retention-kind"),
    *("desk-failure-give-up", "desk-failure-retry", "desk-failures-retry"),
}
"""What staff does to things of the provider's own, or of several clients at once: no client is named."""
ARRANGED = "how an account is called and what may be spent from it in a month: nothing is posted, and the entry says who changed it when"
OWN = "of the person themselves, or a second try of a machine's: there is nothing to be accounted for but that it was done"
ONLY_THE_REQUEST = {
    **dict.fromkeys(("account", "account-new", "desk-account-close", "desk-account-reopen"), ARRANGED),
    **dict.fromkeys(("my-calendar-drop", "preferences", "desk-view-drop", "desk-mail-in-retry", "desk-mail-retry"), OWN),
    **dict.fromkeys(("sign-in-end", "sign-ins-end"), OWN),
    "desk-erasure-refuse": "the request stays, with why it was refused; the entry says who did",
    **dict.fromkeys(("desk-availability-calendar", "desk-availability-forget"), "a sealed address: the entry says who named or dropped it"),
    "desk-books-post": "what is posted names who acted; this only does now what the job does by itself",
    "desk-delivery-estimate-write": "a draft: whoever hands it in is recorded with what it says then",
}
"""Forms after which nothing but the audit log's entry of the request names the person, and why that is enough."""


@pytest.fixture
def stages(internet: Internet) -> Iterator[Iterator[Stage]]:
    """As many stages as are wanted, one provider, at noon."""
    internet.names["calendar.example.org"] = [CALENDARS_ADDRESS]
    cast = a_provider()
    with time_machine.travel(NOON, tick=False):
        yield (a_stage(cast, number) for number in count(1))


def test_sec15_every_write_says_who_did_what_when_and_for_whom(stages):
    left = {name: what_is_left(name, write) for name, write in rows(next(stages)).items()}

    kinds = Counter(kind for kind, _client, _records in left.values())
    by_request = {name for name, (kind, _client, records) in left.items() if kind and not records}
    say("SEC15", forms=len(left), kinds=dict(kinds), named_by_records=sum(bool(records) for _kind, _client, records in left.values()))
    assert [name for name, (kind, _client, _records) in left.items() if not kind] == []
    assert {name for name, (kind, client, _records) in left.items() if kind and not client} == OF_NO_CLIENT
    assert sorted(by_request ^ ONLY_THE_REQUEST.keys()) == []


def test_sec15_every_act_and_every_address_of_sign_in_has_its_way_into_the_log(stages):
    of_libraries = {address.name for address in addresses.every()} - {address.name for address in addresses.ours()}

    assert rows(next(stages)).keys() - ONLY_READS - AT_ADDRESSES.keys() == set()
    assert {name for name in of_libraries if not name.startswith(HEARD_OF)} == set()


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that our handlers write, at the lowest level, with the filters that they have."""
    lines, root = io.StringIO(), logging.getLogger()
    loggers = [root, *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]
    handlers = {handler for logger in loggers for handler in logger.handlers if type(handler) is logging.StreamHandler}
    streams, levels = {handler: handler.setStream(lines) for handler in handlers}, {logger: logger.level for logger in loggers}
    for name in ("", "django.request", "django.security", "allauth", *(config.name for config in our_apps())):
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield lines
    for handler, stream in streams.items():
        handler.setStream(stream or sys.stderr)
    for logger, level in levels.items():
        logger.setLevel(level)


def test_sec15_the_logs_hold_no_secret(stages, written, django_capture_on_commit_callbacks):
    secrets: set[str] = set()
    stage = next(stages)
    for number in range(SIZE.logged_rounds):
        with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
            secrets |= go_through(stage, f"m4rk{number}")
            in_log = " ".join(str(row) for model in (Entry, Whereabouts) for row in model.objects.values_list())
            transaction.set_rollback(True)
        assert [secret for secret in secrets if secret in in_log] == []
        lines = written.getvalue()
        assert [secret for secret in secrets if secret in lines] == []

    logging.getLogger("trail").info("the end")
    say("SEC15 logs", secrets=len(secrets), bytes_logged=len(written.getvalue()))
    assert "the end" in written.getvalue()


def go_through(stage: Stage, mark: str) -> set[str]:
    """Type secrets wherever they are typed, follow the addresses that are secrets, and let pages fail; returns the secrets."""
    anna, session = stage.client.approver, stage.things.coming
    browser = Browser(raise_request_exception=False)
    browser.post(reverse("account_login"), {"login": anna.email, "password": f"{mark}-wrong-password"})
    browser.post(reverse("account_login"), {"login": f"{mark}-typed-as-address", "password": PASSWORD})
    browser.post(reverse("account_login"), {"login": anna.email, "password": PASSWORD})
    cookies = {morsel.value for morsel in browser.cookies.values() if len(morsel.value) > 8}
    browser.post(reverse("session-instructions", args=[session.pk]), {"instructions": f"ssh {mark}-instructions"})
    browser.post(reverse("session-instructions-look", args=[session.pk]))
    fresh = {"oldpassword": PASSWORD, "password1": f"{mark}-Fresh-words", "password2": f"{mark}-Fresh-words"}
    browser.post(reverse("account_change_password"), fresh)
    browser.post(reverse("account_reset_password"), {"email": anna.email})
    links = re.findall(r"/reset/key/([\w-]+)", Notice.objects.latest("pk").body)
    token = feeds.make_feed(person=anna, at=NOON)
    paths = [reverse("calendar-feed", args=[token]), reverse("delivery-estimate-link", args=[f"{mark}-link"])]
    paths += [f"/accounts/password/reset/key/{link}/" for link in links]
    for path in paths:
        for method in (browser.get, browser.post, browser.put):
            method(path)
    raw = f"From: {anna.email}\r\nTo: support@provider.example\r\nSubject: {mark}-subject\r\n\r\n{mark}-body\r\n".encode()
    mailroom.receive(raw=raw, source="test", at=NOON)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cases.intake.open_case", fails)
        browser.post(reverse("case-new"), {"subject": f"{mark}-case", "text": f"{mark}-text"})
    assert links
    typed = {"wrong-password", "typed-as-address", "instructions", "Fresh-words", "link", "subject", "body", "case", "text"}
    return cookies | {token, PASSWORD} | set(links) | {f"{mark}-{word}" for word in typed}


def fails(*_args: object, **_named: object) -> None:
    """What a fault does."""
    raise RuntimeError


def what_is_left(name: str, write: Write) -> tuple[str, bool, set[str]]:
    """The kind of the entry of the request, whether it names a client, and which other records name the person. All is undone."""
    with transaction.atomic():
        before, last = named(write.person), Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        browser_of(write.person).post(write.url(name), write.typed | AS_IT_STANDS.get(name, {}))
        told = Entry.objects.filter(pk__gt=last, person=write.person, what=name, kind__in=DONE).first()
        changes = Entry.objects.filter(pk__gt=last, person=write.person).exclude(kind__in=DONE)
        records = {place for place, number in named(write.person).items() if number > before[place]}
        records |= set(changes.values_list("thing", flat=True))
        transaction.set_rollback(True)
    return (told.kind if told else "", bool(told and told.organisation_id), records)


def named(person: Person) -> Counter[str]:
    """How many rows of every table of ours name a person, by column."""
    places = [
        (model._meta.db_table, field.column)
        for config in our_apps()
        if config.name != "trail"
        for model in config.get_models()
        for field in model._meta.concrete_fields
        if field.related_model is Person
    ]
    parts = [f"SELECT '{table}.{column}', COUNT(*) FROM {table} WHERE {column} = {person.pk}" for table, column in places]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return Counter(dict(cursor.fetchall()))
