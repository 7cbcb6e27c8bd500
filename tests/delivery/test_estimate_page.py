"""The client's page of an estimate: read, accepted, declined (rules D1, D2, D6)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from credits.ledger import Hold
from credits.models import CreditTerms
from delivery import acceptance
from delivery.estimates import Line, Step
from delivery.models import Acceptance, DeliveryTask, Estimate, LineKind
from people.models import Person
from tests.approving import a_deputy, an_approver, limited
from tests.cast import NOON, at_stockholm
from tests.credits.posting import figures as credit
from tests.credits.posting import grant
from tests.delivery.answering import figures, offered, on_credit, yes
from tests.delivery.scene import a_draft, a_task, an_offered, delivery_terms

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
HOURS = Line(LineKind.HOURS, "Set up", Decimal("12.5"), Decimal(1200))
MILES = Line(LineKind.MILEAGE, "To Kista and back", Decimal(40), Decimal(25))
BOOKS = Line(LineKind.FIXED, "Handbook", Decimal(1), Decimal(1000), Decimal(6))


@pytest.fixture(autouse=True)
def terms(acme):
    with time_machine.travel(LATER, tick=False):
        yield delivery_terms()


@pytest.fixture
def estimate(cast, acme):
    return offered(cast, acme)


@pytest.fixture
def payable(cast, acme):
    """An estimate of 24 000 that an hour of credit pays 1 200 of: 20 hours."""
    return offered(cast, acme, credit_price_per_hour=Decimal(1200))


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def page_of(estimate):
    return reverse("delivery-estimate", args=[estimate.pk])


def decline_of(estimate):
    return reverse("delivery-estimate-decline", args=[estimate.pk])


def filled(response, **typed):
    """The form as its page shows it, and what is typed."""
    form = response.context["form"]
    return {name: form[name].value() or "" for name in form.fields} | typed


def test_d1_the_page_shows_all_that_is_accepted(cast, acme, client_of):
    steps = [Step("Installed", Decimal(7000), date(2026, 12, 1)), Step("Handed over", Decimal(10000))]
    content = {"basis": "fixed", "intro": "Sign-on for all.", "terms": "Thirty days net.", "milestones": steps}
    estimate = offered(cast, acme, HOURS, MILES, BOOKS, **content)

    page = client_of(acme.approver).get(page_of(estimate))

    shown = text(page)
    for words in (
        "A fixed price: you pay this, whatever it takes us.", "Sign-on for all.", "Thirty days net.", "Set up", "12.50", "SEK 1,200.00",
        "SEK 15,000.00", "Mileage (km)", "SEK 17,000.00", "VAT 25%", "SEK 4,000.00", "VAT 6%", "SEK 60.00", "SEK 21,060.00",
        "Installed", "Tue 1 Dec", "Handed over", "SEK 10,000.00", "Last day to answer", "Fri 18 Dec", "Reminder", "Fri 11 Dec",
        "Accept SEK 21,060.00?", "You accept SEK 17,000.00 without VAT, which is SEK 21,060.00 with VAT.",
    ):  # fmt: skip
        assert words in shown, words
    assert page.status_code == 200
    assert Acceptance.objects.count() == 0


def test_d1_an_approver_accepts_what_was_shown(acme, estimate, client_of):
    browser = client_of(acme.approver)
    form = filled(browser.get(page_of(estimate)), order_reference="PO 7")

    sent = browser.post(page_of(estimate), form, follow=True)

    given = Acceptance.objects.get()
    assert (given.person, given.at, given.way, given.address) == (acme.approver, LATER, "page", "127.0.0.1")
    assert (given.document.language, given.order_reference, figures(estimate)[:2]) == ("en", "PO 7", ("accepted", "ready"))
    assert "Accepted. We have been told, and go on from here." in text(sent)
    assert "PO 7" in text(sent)
    assert 'name="digest"' not in text(sent)


def test_p4_a_swedish_reader_accepts_the_swedish_document(acme, estimate, client_of):
    Person.objects.filter(pk=acme.approver.pk).update(language="sv")
    browser = client_of(acme.approver)

    browser.post(page_of(estimate), filled(browser.get(page_of(estimate))))

    assert Acceptance.objects.get().document.language == "sv"


def test_d1_a_document_that_was_not_shown_is_refused_and_shown_anew(acme, estimate, client_of):
    browser = client_of(acme.approver)
    form = filled(browser.get(page_of(estimate)), digest="0" * 64, order_reference="PO 7")

    refused = browser.post(page_of(estimate), form)

    assert (refused.status_code, Acceptance.objects.count()) == (409, 0)
    assert "The document that you were shown is not the one that is kept" in text(refused)
    again = filled(refused)
    assert (again["digest"], again["order_reference"]) == (estimate.documents.get(language="en").digest, "PO 7")
    assert browser.post(page_of(estimate), again).status_code == 302


def test_a_form_that_is_not_whole_is_a_fault_of_the_form(acme, estimate, client_of):
    answer = client_of(acme.approver).post(page_of(estimate), {"order_reference": "7" * 81})

    assert (answer.status_code, Acceptance.objects.count()) == (422, 0)
    assert "7" * 81 in text(answer)


def test_d1_a_requester_reads_who_can_accept_and_may_not(acme, estimate, client_of):
    browser = client_of(acme.requester)

    page = browser.get(page_of(estimate))
    accepted, declined = browser.post(page_of(estimate), filled(page)), browser.post(decline_of(estimate), {"reason": "No"})

    assert "Accepting a cost takes an approver of yours: Anna Testsson" in text(page).replace("</p>", "").replace("<ul>", "").replace(
        "<li>", ""
    ).replace("  ", " ")
    assert 'name="digest"' not in text(page)
    assert (accepted.status_code, declined.status_code, figures(estimate)[0]) == (403, 403, "offered")
    assert "Declining a cost takes an approver of yours." in text(browser.get(decline_of(estimate)))


def test_a_deputy_accepts_on_the_page(acme, estimate, client_of):
    a_deputy(acme, acme.requester, at=LATER)
    browser = client_of(acme.requester)

    assert browser.post(page_of(estimate), filled(browser.get(page_of(estimate)))).status_code == 302
    assert Acceptance.objects.get().person == acme.requester


def test_strangers_and_staff_find_nothing(cast, acme, borealis, estimate, client_of):
    for person in (borealis.approver, cast.max, cast.tessa.person, cast.ada):
        browser = client_of(person)
        answers = [browser.get(page_of(estimate)), browser.post(page_of(estimate), {}), browser.get(decline_of(estimate))]
        assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_who_is_not_signed_in_is_asked_to(estimate, client):
    assert client.get(page_of(estimate)).status_code == 302


def test_d1_the_client_does_not_see_what_was_not_sent(cast, acme, client_of):
    draft = a_draft(a_task(acme, cast.tessa.person), cast.tessa.person)

    assert client_of(acme.approver).get(page_of(draft)).status_code == 404


def test_d2_declining_says_what_follows_takes_a_reason_and_does_it(acme, estimate, client_of):
    browser = client_of(acme.approver)

    page = browser.get(decline_of(estimate))
    empty = browser.post(decline_of(estimate), {"reason": ""})
    sent = browser.post(decline_of(estimate), {"reason": "Too dear"}, follow=True)

    assert "The task is closed: nothing is delivered, and nothing is invoiced." in text(page)
    assert (empty.status_code, sent.status_code, figures(estimate)[:2]) == (422, 200, ("declined", "declined"))
    assert "Anna Testsson declined this estimate on Wed 18 Nov 13:00" in text(sent)
    assert "Too dear" in text(sent)


def test_d2_what_was_accepted_meanwhile_is_not_declined(acme, estimate, client_of):
    browser = client_of(an_approver(acme, "Dora"))
    yes(estimate, acme.approver)

    answer = browser.post(decline_of(estimate), {"reason": "Too dear"})

    assert (answer.status_code, figures(estimate)[0]) == (409, "accepted")
    assert "Anna Testsson accepted this estimate" in text(answer)


def test_d1_after_its_last_day_the_page_says_so_and_takes_no_answer(acme, estimate, client_of):
    form = filled(client_of(acme.approver).get(page_of(estimate)))

    with time_machine.travel(at_stockholm(2026, 12, 19), tick=False):
        browser = client_of(acme.approver)
        page, sent = browser.get(page_of(estimate)), browser.post(page_of(estimate), form)

    assert "This estimate was valid until Fri 18 Dec and has expired." in text(page)
    assert ('name="digest"' in text(page), sent.status_code, Acceptance.objects.count()) == (False, 409, 0)


def test_above_the_limit_the_page_says_so_before_and_asks_the_second(acme, estimate, client_of):
    limited(acme, 100)
    dora = an_approver(acme, "Dora", limit=0)
    first, second = client_of(acme.approver), client_of(dora)

    before = first.get(page_of(estimate))
    after = first.post(page_of(estimate), filled(before), follow=True)
    asked = second.get(page_of(estimate))
    given = second.post(page_of(estimate), filled(asked), follow=True)

    assert "That is above SEK 100.00 without VAT, which you decide alone" in text(before)
    assert "Who can agree: Dora Testsson" in text(before)
    assert "Your yes is kept. A second approver has been asked" in text(after)
    assert "It waits for a second approver" in text(after)
    assert "Agree to SEK 30,000.00?" in text(asked)
    assert "Anna Testsson accepted it on Wed 18 Nov 13:00." in text(asked)
    assert "Accepted. We have been told" in text(given)
    assert (Acceptance.objects.get().second, figures(estimate)[0]) == (dora, "accepted")


def test_with_nobody_who_could_be_second_the_page_says_so_and_refuses(acme, estimate, client_of):
    limited(acme, 100)
    browser = client_of(acme.approver)

    page = browser.get(page_of(estimate))
    refused = browser.post(page_of(estimate), filled(page))

    assert "nobody else of yours could agree to it" in text(page)
    assert (refused.status_code, Acceptance.objects.count()) == (409, 0)


def test_a_form_opened_before_the_first_yes_is_no_second_yes_to_another_way_of_paying(acme, payable, client_of):
    limited(acme, 100)
    grant(acme.account, 1200)
    browser = client_of(an_approver(acme, "Dora"))
    opened = filled(browser.get(page_of(payable)))
    yes(payable, acme.approver, at=LATER, **on_credit(acme.account, 1200))

    refused = browser.post(page_of(payable), opened)

    assert (refused.status_code, Acceptance.objects.get().completed_at, Hold.objects.count()) == (409, None, 0)
    assert "the way of paying differs" in text(refused)
    assert browser.post(page_of(payable), filled(refused)).status_code == 302
    assert Hold.objects.get().minutes == 1200


def test_d6_credit_is_offered_off_by_default_with_what_is_available_before_and_after(acme, payable, client_of):
    grant(acme.account, 1500)
    browser = client_of(acme.approver)

    page = browser.get(page_of(payable))
    browser.post(page_of(payable), filled(page, pays=f"credit:{acme.account.pk}"))

    shown = text(page)
    assert page.context["form"]["pays"].value() == "invoice"
    assert "From the credit of IT: 20 h of the 25 h available now; 5 h would be left" in shown
    assert "An hour of credit pays SEK 1,200.00 of this estimate" in shown
    given = Acceptance.objects.get()
    assert (given.pays_with, given.account, given.minutes) == ("credit", acme.account, 1200)
    assert credit(acme.account)[:2] == (300, 1200)


def test_d6_by_default_nothing_of_the_credit_is_touched(acme, payable, client_of):
    grant(acme.account, 1500)
    browser = client_of(acme.approver)

    browser.post(page_of(payable), filled(browser.get(page_of(payable))))

    assert (Acceptance.objects.get().pays_with, Hold.objects.count()) == ("invoice", 0)


def test_d6_where_too_little_is_available_the_page_says_what_is_missing_and_refuses(acme, payable, client_of):
    grant(acme.account, 600)
    browser = client_of(acme.approver)

    page = browser.get(page_of(payable))
    refused = browser.post(page_of(payable), filled(page, pays=f"credit:{acme.account.pk}"))

    assert "It takes 20 h; 10 h is available, so 10 h is missing." in text(page)
    assert f"{reverse('topup-new', args=[acme.account.pk])}?at_least=600" in text(page)
    assert f'value="credit:{acme.account.pk}"' not in text(page)
    assert (refused.status_code, Acceptance.objects.count(), Hold.objects.count()) == (409, 0, 0)
    assert "10 h of credit is missing. Nothing has changed." in text(refused)


def test_d6_minutes_that_are_no_longer_those_shown_are_refused_and_shown_anew(acme, payable, client_of):
    grant(acme.account, 1500)
    browser = client_of(acme.approver)
    form = filled(browser.get(page_of(payable)), pays=f"credit:{acme.account.pk}", order_reference="PO 7")
    CreditTerms.objects.update(rounding_step_minutes=45)

    refused = browser.post(page_of(payable), form)

    assert (refused.status_code, Acceptance.objects.count()) == (409, 0)
    assert "It now takes 20 h 15 min of credit, which is not what was shown." in text(refused)
    again = filled(refused)
    assert (again["minutes"], again["pays"], again["order_reference"]) == ("1215", f"credit:{acme.account.pk}", "PO 7")
    assert browser.post(page_of(payable), again).status_code == 302
    assert Hold.objects.get().minutes == 1215


def test_d6_the_account_of_another_client_is_no_choice(acme, borealis, payable, client_of):
    grant(borealis.account, 1500)
    browser = client_of(acme.approver)

    answer = browser.post(page_of(payable), filled(browser.get(page_of(payable)), pays=f"credit:{borealis.account.pk}"))

    assert (answer.status_code, Acceptance.objects.count(), Hold.objects.count()) == (422, 0, 0)


def test_d6_a_task_that_credit_pays_offers_no_invoice_for_a_change(cast, acme, payable, client_of):
    grant(acme.account, 4800)
    yes(payable, acme.approver, **on_credit(acme.account, 1200))
    more = an_offered(DeliveryTask.objects.get(), cast.tessa.person, cast.max, HOURS, credit_price_per_hour=Decimal(1200))

    page = client_of(acme.approver).get(page_of(more))

    assert [value for value, _words in page.context["form"].fields["pays"].choices] == [f"credit:{acme.account.pk}"]


def test_the_page_costs_the_same_however_many_lines_it_has(cast, acme, client_of, django_assert_max_num_queries):
    few, many = offered(cast, acme), offered(cast, acme, *(HOURS for _ in range(30)))
    browser = client_of(acme.approver)

    counts = []
    for estimate in (few, many):
        with django_assert_max_num_queries(35) as queries:
            browser.get(page_of(estimate))
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_task_page_leads_to_what_waits_and_shows_what_was_accepted(acme, estimate, client_of):
    browser = client_of(acme.requester)
    task = reverse("delivery-task", args=[estimate.task_id])

    waiting = text(browser.get(task))
    yes(estimate, acme.approver)
    accepted = text(browser.get(task))

    assert "An estimate of SEK 30,000.00" in waiting
    assert page_of(estimate) in waiting
    assert "Anna Testsson, Wed 18 Nov 12:00, on the page" in accepted
    assert Estimate.objects.get().state == "accepted"
    assert acceptance.seconds(Acceptance.objects.get(), at=LATER) == []
