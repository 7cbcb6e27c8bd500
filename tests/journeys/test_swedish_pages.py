"""Who reads Swedish reads no English (rule P4).

The catalogue can be whole and a page still English: where a text is fetched before the reader is known, or is not
fetched at all. So every page is opened as its own people open it, every act is tried with an empty form, and none of
the longer English texts of the catalogue may stand in what comes back.
"""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from clients.models import Provider
from dashboard.due import JOBS
from notices.models import Notice
from people.models import Person
from tests.architecture.test_catalogue import PLACEHOLDER, SWEDISH, catalogue, entries, forms, ids
from tests.cast import NOON, a_client, a_person
from tests.journeys.belongings import A_DAY, addresses, belongings, browser_of

pytestmark = pytest.mark.django_db
SHORTEST = 12
SILENT = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)
READ_ALOUD = re.compile(r'\b(?:aria-label|title|alt|placeholder)="([^"]*)"')
ENTRANCE = ["account_login", "account_signup", "account_inactive", "account_reset_password", "account_reset_password_done"]
ENTRANCE += ["account_request_login_code"]
LISTS = [
    "home",
    "sessions",
    "session-new",
    "series-list",
    "series-new",
    "credit",
    "topup-orders",
    "preferences",
    "security",
    "opening-hours",
]
DESK_LISTS = [
    "home",
    "desk",
    "desk-day",
    "desk-week",
    "desk-availability",
    "desk-sessions",
    "desk-clients",
    "desk-disputes",
    "desk-topups",
    "desk-mail",
    "desk-mails-in",
    "desk-audit",
    "desk-calendars",
    "desk-holidays",
    "preferences",
    "security",
]


@pytest.fixture(autouse=True)
def _everybody_reads_swedish(monkeypatch):
    """Whoever comes with the things of the walk, too: what is written to them is written as they come."""
    for made in (a_person, a_client):
        monkeypatch.setitem(made.__kwdefaults__, "language", "sv")


@pytest.fixture
def acme(cast):
    """The client of a Swedish provider."""
    Provider.objects.update(language="sv")
    return a_client(cast, "Acme")


@pytest.fixture
def own(cast, acme):
    """For every address with an id in it, something of Acme's."""
    return belongings(cast, acme)


@pytest.fixture(scope="module")
def english():
    """The longer stretches of English texts, between their placeholders, that read otherwise in Swedish."""
    found = entries(catalogue(SWEDISH))
    swedish = "\n".join(form for entry in found for form in forms(entry))
    stretches = {stretch.strip(" .,:;()·–“”") for entry in found for text in ids(entry) for stretch in PLACEHOLDER.split(text)}
    jobs = "\n".join(JOBS)  # due jobs have one name each, which logs and figures bear, too
    return {stretch for stretch in stretches if len(stretch) > SHORTEST and stretch not in swedish and stretch not in jobs}


@time_machine.travel(NOON, tick=False)
def test_p4_every_page_of_a_thing_is_swedish(own, english):
    pages = {
        name: browser_of(address.person).get(reverse(name, kwargs=address.ids), follow=True)
        for name, address in own.items()
        if not address.acts_only
    }

    assert sorted(addresses()) == sorted(own)
    assert english_on(pages, english) == {}


@time_machine.travel(NOON, tick=False)
def test_p4_every_list_is_swedish(own, acme, cast, english):
    everybody = [(acme.approver, LISTS), (acme.requester, LISTS)]
    everybody += [(person, DESK_LISTS) for person in (cast.tessa.person, cast.max, cast.fia, cast.ada)]

    pages = {(name, person.name): browser_of(person).get(reverse(name), follow=True) for person, names in everybody for name in names}

    assert english_on(pages, english) == {}


@time_machine.travel(NOON, tick=False)
def test_p4_an_empty_house_is_swedish(acme, cast, english):
    pages = {name: browser_of(acme.approver).get(reverse(name), follow=True) for name in LISTS}
    pages |= {name: browser_of(cast.ada).get(reverse(name), follow=True) for name in DESK_LISTS}
    pages["no session fits"] = browser_of(cast.max).get(reverse("desk-sessions"), {"words": "zzz"})
    pages["nothing is there"] = browser_of(cast.max).get("/nowhere/")

    assert english_on(pages, english) == {}


@time_machine.travel(NOON, tick=False)
def test_p4_every_refusal_of_an_empty_form_is_swedish(own, english):
    answers = {name: browser_of(address.person).post(reverse(name, kwargs=address.ids), follow=True) for name, address in own.items()}

    assert english_on({name: answer for name, answer in answers.items() if answer.status_code != 405}, english) == {}


@time_machine.travel(NOON, tick=False)
def test_p4_the_steps_of_a_booking_are_swedish(own, acme, cast, english):
    browser, url = browser_of(acme.approver), reverse("session-new")
    wish = {"account": acme.account.pk, "purpose": cast.purpose.pk, "title": "Disken", "minutes": 60, "technicians": 1, "technician": ""}

    pages = {
        "what": browser.get(url, {**wish, "title": ""}),
        "when": browser.get(url, wish),
        "review": browser.post(url, {**wish, "starts_at": (NOON + 6 * A_DAY).isoformat(), "review": "1"}),
        "taken": browser.post(url, {**wish, "starts_at": (NOON + timedelta(minutes=1)).isoformat()}),
    }

    assert "Välj en tid" in pages["when"].content.decode()
    assert english_on(pages, english) == {}


@time_machine.travel(NOON, tick=False)
def test_p4_the_way_in_is_swedish(acme, english, client):
    client.cookies["django_language"] = "sv"
    passwords = {"oldpassword": "wrong", "password1": "a", "password2": "b"}

    pages = {name: client.get(reverse(name)) for name in ENTRANCE}
    pages["not known"] = client.post(reverse("account_login"), {"login": "nobody@acme.example", "password": "wrong"})
    pages["empty"] = client.post(reverse("account_login"), {})
    pages["password"] = browser_of(acme.approver).post(reverse("account_change_password"), passwords)

    assert english_on(pages, english) == {}


@time_machine.travel(NOON, tick=False)
def test_p4_the_administration_is_swedish(own, cast, english):
    browser = browser_of(cast.ada)
    index = browser.get(reverse("admin:index"))
    tables = set(re.findall(r'href="(/admin/\w+/\w+/)"', index.content.decode()))

    pages = {url: browser.get(url) for url in ["/admin/", *tables]}

    assert len(tables) > 10
    assert english_on(pages, english) == {}


def test_p4_every_mail_is_swedish(own, english):
    mails = {notice.cause: stretches_in(f"{notice.subject}\n{notice.body}", english) for notice in Notice.objects.all()}

    assert len(mails) > 3
    assert {cause: left for cause, left in mails.items() if left} == {}


@time_machine.travel(NOON, tick=False)
def test_p4_english_would_be_found(own, acme, english):
    Person.objects.update(language="en")

    page = browser_of(acme.approver).get(reverse("home"))

    assert "Available credit" in stretches_in(text_of(page.content.decode()), english)


def english_on(pages, english):
    """The English that stands on each page, or is read aloud from it; and each page that does not say that it is Swedish."""
    left = {}
    for name, page in pages.items():
        html = page.content.decode() if page.headers["Content-Type"].startswith("text/") else ""
        if page["content-type"].startswith("text/html") and not re.search(r'<html[^>]* lang="sv"', html):
            left[name] = [f"{page.status_code}, not a Swedish page: {html[:200]}"]
        elif stretches := stretches_in(text_of(html), english):
            left[name] = stretches
    return left


def text_of(html):
    """What is read on a page, or aloud."""
    bare = SILENT.sub(" ", html)
    return "\n".join([re.sub(r"<[^>]*>", "\n", bare), *READ_ALOUD.findall(bare)])


def stretches_in(text, english):
    """Which of `english` stand in `text`, as whole words."""
    plain = " ".join(unescape(text).split())
    return sorted(words for words in english if words in plain and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", plain))
