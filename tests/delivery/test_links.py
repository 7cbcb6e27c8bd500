"""Personal signed links to the answer of an estimate (rule D1)."""

from datetime import timedelta
from urllib.parse import unquote, urlsplit

import pytest
import time_machine
from django.core import signing
from django.urls import reverse

from delivery import acceptance, links
from delivery.links import LinkBroken, LinkOver
from delivery.models import Acceptance, Estimate
from tests.approving import an_approver
from tests.cast import NOON, at_stockholm
from tests.delivery.answering import figures, offered, yes
from tests.delivery.scene import delivery_terms

pytestmark = pytest.mark.django_db
LATER, MIDNIGHT = NOON + timedelta(hours=1), at_stockholm(2026, 12, 19)


@pytest.fixture(autouse=True)
def terms(acme):
    with time_machine.travel(LATER, tick=False):
        yield delivery_terms()


@pytest.fixture
def estimate(cast, acme):
    return offered(cast, acme)


def path_for(estimate, person):
    return urlsplit(links.url_for(estimate, person)).path


def token_of(path):
    return path.rstrip("/").rsplit("/", 1)[-1]


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def sent_by(browser, path):
    """What the page that the link opens would send."""
    form = browser.get(path).context["form"]
    return {name: form[name].value() or "" for name in form.fields} | {"order_reference": "PO 7"}


def test_d1_a_link_names_estimate_and_person_and_is_a_whole_address(acme, estimate, settings):
    url = links.url_for(estimate, acme.approver)

    found = links.read(token_of(urlsplit(url).path), at=LATER)
    assert url.startswith(settings.BASE_URL + "/")
    assert (found.estimate, found.person_id) == (estimate, acme.approver.pk)


def test_d1_opening_it_changes_nothing_and_sending_its_page_accepts(acme, estimate, client_of):
    browser, path = client_of(acme.approver), path_for(estimate, acme.approver)

    for _ in range(3):
        assert browser.get(path).status_code == 200
        assert browser.head(path).status_code == 200
    assert (figures(estimate)[0], Acceptance.objects.count()) == ("offered", 0)
    sent = browser.post(path, sent_by(browser, path), REMOTE_ADDR="198.51.100.9")

    given = Acceptance.objects.get()
    assert (sent.status_code, sent.url) == (302, reverse("delivery-estimate", args=[estimate.pk]))
    assert (given.way, given.address, given.person, given.order_reference) == ("link", "198.51.100.9", acme.approver, "PO 7")


def test_d1_who_is_not_signed_in_signs_in_first(acme, estimate, client):
    path = path_for(estimate, acme.approver)

    for answer in (client.get(path), client.post(path, {})):
        assert (answer.status_code, unquote(answer.url)) == (302, f"{reverse('account_login')}?next={path}")
    assert Acceptance.objects.count() == 0


def test_d1_it_is_of_no_use_to_anybody_else(cast, acme, borealis, estimate, client_of):
    path = path_for(estimate, acme.approver)
    form = sent_by(client_of(acme.approver), path)

    for person in (an_approver(acme, "Dora"), acme.requester, borealis.approver, cast.max):
        browser = client_of(person)
        page, sent = browser.get(path), browser.post(path, form)
        assert (page.status_code, sent.status_code) == (403, 403)
        assert f"You are signed in as {person.name}" in text(page)
        assert acme.approver.email not in text(page)
        assert "Single sign-on" not in text(page)

    assert Acceptance.objects.count() == 0


def test_d1_a_link_that_was_changed_opens_nothing(acme, estimate, client_of):
    token = token_of(path_for(estimate, acme.approver))
    payload, rest = token.split(":", 1)
    forged = signing.dumps([estimate.pk, estimate.submission, acme.approver.pk], salt="another purpose")
    wrong = signing.dumps({"not": "a link"}, salt=links.SALT)
    no_such = signing.dumps([999_999, 1, acme.approver.pk], salt=links.SALT)
    earlier = signing.dumps([estimate.pk, estimate.submission + 1, acme.approver.pk], salt=links.SALT)

    for broken in (f"{payload}x:{rest}", token[:-1], "x", forged, wrong, no_such, earlier):
        with pytest.raises(LinkBroken):
            links.read(broken, at=LATER)
        answer = client_of(acme.approver).get(reverse("delivery-estimate-link", args=[broken]))
        assert (answer.status_code, "This link is not whole" in text(answer)) == (404, True)


def test_d1_it_lasts_as_long_as_the_estimate_and_then_shows_what_became_of_it(acme, estimate, client_of):
    browser, path = client_of(acme.approver), path_for(estimate, acme.approver)
    form = sent_by(browser, path)

    assert links.read(token_of(path), at=MIDNIGHT - timedelta(seconds=1)).estimate == estimate
    with pytest.raises(LinkOver):
        links.read(token_of(path), at=MIDNIGHT)
    with time_machine.travel(MIDNIGHT, tick=False):
        browser = client_of(acme.approver)
        page, sent = browser.get(path), browser.post(path, form)

    assert (page.status_code, sent.status_code, Acceptance.objects.count()) == (410, 410, 0)
    assert reverse("delivery-estimate", args=[estimate.pk]) in text(page)


def test_d1_used_after_the_answer_it_shows_what_became_of_it(acme, estimate, client_of):
    dora = an_approver(acme, "Dora")
    browser, path = client_of(dora), path_for(estimate, dora)
    form = sent_by(browser, path)
    yes(estimate, acme.approver, at=LATER)

    page, sent = browser.get(path), browser.post(path, form)

    assert (page.status_code, sent.status_code) == (200, 409)
    assert "Anna Testsson, Wed 18 Nov 13:00" in text(page)
    assert "Anna Testsson accepted this estimate on Wed 18 Nov 13:00" in text(sent)
    assert 'name="digest"' not in text(sent)


def test_d1_the_link_of_somebody_who_has_left_the_client_opens_nothing(acme, estimate, client_of):
    path = path_for(estimate, acme.approver)
    acme.approver.memberships.all().delete()

    assert client_of(acme.approver).get(path).status_code == 404


def test_d1_of_a_version_that_was_replaced_it_says_so(cast, acme, estimate, client_of):
    Estimate.objects.filter(pk=estimate.pk).update(state="superseded", closed_at=LATER)

    page = client_of(acme.approver).get(path_for(estimate, acme.approver))

    assert (page.status_code, "was replaced by a new one" in text(page)) == (200, True)


def test_d1_a_link_answers_with_a_no_as_well(acme, estimate, client_of):
    browser = client_of(acme.approver)
    page = text(browser.get(path_for(estimate, acme.approver)))

    decline = reverse("delivery-estimate-decline", args=[estimate.pk])
    assert decline in page
    browser.post(decline, {"reason": "Too dear"})

    assert figures(estimate)[:2] == ("declined", "declined")
    assert acceptance.decline(estimate, "Too dear", by=acme.approver, at=LATER).closing_reason == "Too dear"
