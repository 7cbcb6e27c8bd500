"""Writing an estimate on the desk, row by row and without JavaScript; reading it; handing it in (rules D1 to D3, S12)."""

from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import StaffDuty
from delivery import estimates, writing
from delivery.models import Estimate, EstimateState, LineKind, TaskState
from tests.cast import NOON, a_colleague
from tests.delivery.reviewing import ALL_KINDS, TWO_STEPS, handed_in, limits
from tests.delivery.scene import a_draft, a_task, a_working, an_offered, delivery_terms

pytestmark = pytest.mark.django_db
KEY = "9e2c1c5e-0000-4000-8000-000000000001"


@pytest.fixture(autouse=True)
def terms(cast):
    with time_machine.travel(NOON, tick=False):
        yield delivery_terms()


@pytest.fixture
def tessa(cast):
    return cast.tessa.person


@pytest.fixture
def task(acme, tessa):
    return a_task(acme, tessa)


@pytest.fixture
def browser(client_of, tessa):
    return client_of(tessa)


def text(response):
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").split())


def page_of(estimate, name="desk-delivery-estimate"):
    return reverse(name, args=[estimate.pk])


def new(task):
    return reverse("desk-delivery-estimate-new", args=[task.pk])


def typed(*lines, steps=(), **head):
    """What a browser sends: lines as (kind, text, quantity, price, VAT), milestones as (title, net, day)."""
    data = {"basis": "ceiling", "intro": "", "terms": "", "valid_until": "", "credit_price_per_hour": "", "key": KEY} | head
    data |= {"line-TOTAL_FORMS": str(len(lines)), "line-INITIAL_FORMS": "0", "step-TOTAL_FORMS": str(len(steps)), "step-INITIAL_FORMS": "0"}
    for prefix, names, rows in (
        ("line", ("kind", "text", "quantity", "unit_price", "vat_percent"), lines),
        ("step", ("title", "net", "planned_on"), steps),
    ):
        data |= {f"{prefix}-{at}-{name}": value for at, row in enumerate(rows) for name, value in zip(names, row, strict=True)}
    return data


HOURS = ("hours", "Set up single sign-on", "12,5", "1200.00", "25")
BLANK = ("hours", "", "", "1200.00", "25")


def test_d1_a_blank_form_has_the_usual_prices_terms_and_three_rows(browser, task):
    page = browser.get(new(task))

    wanted = page.context["writing"]
    assert [form["unit_price"].value() for form in wanted.lines.forms] == ["1200.00"] * 3
    assert (wanted.head["basis"].value(), wanted.head["terms"].value()) == ("ceiling", "Our terms.")
    for said in (
        "Fixed price: this is what you pay",
        "Empty: 30 days from when it is handed in.",
        'data-price-travel="800.00"',
        "estimate.js",
    ):
        assert said in text(page)


def test_d1_any_number_of_lines_is_saved_and_shown_with_its_sums(browser, task):
    lines = [HOURS, BLANK, ("travel", "There and back", "3", "", "25"), ("expense", "Train", "", "189,50", "6"), BLANK]
    steps = [("Works", "15000", "2026-12-15"), ("", "", ""), ("In use", "2589,50", "")]

    sent = browser.post(new(task), typed(*lines, steps=steps, basis="fixed", intro="One account for all."))

    estimate = Estimate.objects.get()
    assert (sent.status_code, sent.url) == (302, page_of(estimate))
    assert list(estimate.lines.order_by("position").values_list("kind", "quantity", "unit_price", "vat_percent")) == [
        ("hours", Decimal("12.50"), Decimal(1200), Decimal(25)),
        ("travel", Decimal(3), Decimal(800), Decimal(25)),
        ("expense", Decimal(1), Decimal("189.50"), Decimal(6)),
    ]
    steps_kept = estimate.milestones.order_by("position").values_list("title", "net")
    assert list(steps_kept) == [("Works", Decimal(15000)), ("In use", Decimal("2589.50"))]
    page = text(browser.get(sent.url))
    for said in (
        "12.5 h",
        "SEK 15,000.00",
        "SEK 189.50",
        "VAT 6% of SEK 189.50",
        "SEK 17,589.50",
        "One account for all.",
        "Hand in SEK 17,589.50",
    ):
        assert said in page


def test_d1_sent_twice_it_is_one_estimate(browser, task):
    browser.post(new(task), typed(HOURS))
    again = browser.post(new(task), typed(HOURS))

    assert (again.status_code, Estimate.objects.count()) == (302, 1)


@pytest.mark.parametrize(
    ("button", "rows"),
    [({"add": "line"}, (3, 1)), ({"add": "step"}, (2, 2)), ({"drop": "line-0"}, (1, 1)), ({"drop": "step-0"}, (2, 0))],
)
def test_d1_without_javascript_a_row_comes_or_goes_and_what_was_typed_stays(browser, task, button, rows):
    sent = typed(("fixed", "Certificate", "", "oops", "25"), HOURS, steps=[("Works", "1", "")], intro="Half a sentence") | button

    page = browser.post(new(task), sent)

    shown = page.context["writing"]
    assert (page.status_code, len(shown.lines.forms), len(shown.steps.forms)) == (200, *rows)
    assert shown.head["intro"].value() == "Half a sentence"
    assert shown.lines.forms[rows[0] - 1 if "drop" in button else 1]["text"].value() == "Set up single sign-on"
    assert 'role="alert"' not in page.content.decode()
    assert not Estimate.objects.exists()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([("hours", "Work", "0", "1200", "25")], "greater than or equal to 0.01"),
        ([("hours", "Work", "-2", "1200", "25")], "greater than or equal to 0.01"),
        ([("hours", "Work", "1", "0", "25")], "greater than or equal to 0.01"),
        ([("hours", "", "1", "1200", "25")], "Say what it is for."),
        ([("hours", "Work", "", "1200", "25")], "How much?"),
        ([("fixed", "Licence", "", "", "25")], "At which price?"),
        ([("hours", "Work", "many", "1200", "25")], "Enter a number."),
        ([("nonsense", "Work", "1", "1200", "25")], "Select a valid choice"),
    ],
)
def test_d1_a_row_that_is_not_well_filled_in_says_so_and_keeps_what_was_typed(browser, task, lines, said):
    page = browser.post(new(task), typed(*lines, intro="Kept"))

    assert page.status_code == 422
    assert said in text(page)
    assert "Some lines or milestones need mending" in text(page)
    assert page.context["writing"].head["intro"].value() == "Kept"
    assert not Estimate.objects.exists()


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (typed(("fixed", "A", "1", "60000000", "25"), ("fixed", "B", "1", "40000000", "25")), "The sum is 100 million or more"),
        (typed(HOURS, steps=[("All", "1", "")]), "The milestones have to come to the sum"),
        (typed(HOURS, valid_until="2026-11-17"), "valid until a day from today to a year ahead"),
    ],
)
def test_d1_what_a_rule_refuses_stands_on_the_form(browser, task, sent, said):
    page = browser.post(new(task), sent)

    assert page.status_code == 409
    assert said in text(page)
    assert not Estimate.objects.exists()


def test_d1_a_form_without_rows_or_with_nonsense_for_their_number_breaks_nothing(browser, task):
    for total in ("", "x", "99999999999", "-3"):
        sent = typed(HOURS) | {"line-TOTAL_FORMS": total}
        assert browser.post(new(task), sent).status_code in (302, 422)
        assert browser.post(new(task), sent | {"add": "line"}).status_code == 200
        assert browser.post(new(task), sent | {"drop": "line-77"}).status_code == 200


def test_d1_a_client_who_bears_no_vat_is_not_asked_for_it(browser, acme, task):
    acme.organisation.country = "NO"
    acme.organisation.save()

    page = browser.get(new(task))
    browser.post(new(task), typed(HOURS))

    assert "VAT %" not in text(page)
    assert Estimate.objects.get().vat == 0


def test_d1_a_draft_is_written_on_and_keeps_its_rows(browser, task, tessa):
    draft = a_draft(task, tessa, *ALL_KINDS, milestones=TWO_STEPS)

    shown = browser.get(page_of(draft, "desk-delivery-estimate-write")).context["writing"]
    sent = browser.post(page_of(draft, "desk-delivery-estimate-write"), typed(HOURS))

    assert [form["text"].value() for form in shown.lines.forms] == [line.text for line in ALL_KINDS]
    assert [form["quantity"].value() for form in shown.lines.forms] == ["20.5", "1", "3", "142", "2"]
    assert [form["net"].value() for form in shown.steps.forms] == ["20000.00", "15729.00"]
    assert (sent.status_code, Estimate.objects.get().net) == (302, Decimal(15000))


def test_d1_what_is_handed_in_is_not_written_on(browser, cast, acme):
    estimate = handed_in(cast, acme)
    url = page_of(estimate, "desk-delivery-estimate-write")

    assert browser.get(url).status_code == 302
    refused = browser.post(url, typed(HOURS))

    assert (refused.status_code, Estimate.objects.get().net) == (409, Decimal(24000))


def test_d3_a_change_is_written_on_the_basis_that_was_accepted(browser, cast, acme):
    task = a_working(cast, acme, basis="fixed")

    page = browser.get(new(task))

    assert "Change estimate" in text(page)
    assert [value for value, _ in page.context["writing"].head.fields["basis"].choices] == ["fixed"]
    assert browser.post(new(task), typed(HOURS, basis="fixed")).status_code == 302


def test_d1_where_one_is_on_its_way_no_other_is_begun(browser, cast, acme):
    estimate = handed_in(cast, acme)

    assert browser.get(new(estimate.task)).status_code == 302
    assert browser.post(new(estimate.task), typed(HOURS)).status_code == 409


def test_d1_handing_it_in_says_who_reviews_it_and_then_waits(browser, task, tessa):
    draft = a_draft(task, tessa)

    page = browser.get(page_of(draft))
    sent = browser.post(page_of(draft, "desk-delivery-estimate-submit"))
    again = browser.post(page_of(draft, "desk-delivery-estimate-submit"))

    assert "Max Testsson can approve it; the client sees nothing before that." in text(page)
    assert (sent.status_code, again.status_code) == (302, 409)
    assert "It waits for the approval of Max Testsson." in text(browser.get(page_of(draft)))


def test_d1_before_it_is_handed_in_the_page_names_who_is_left_to_review_it(client_of, cast, acme):
    draft, browser = a_draft(a_task(acme, cast.max), cast.max), client_of(cast.max)

    nobody = text(browser.get(page_of(draft)))
    a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)

    assert "Nobody could approve it, though" in nobody
    assert "Mona Testsson can approve it; the client sees nothing before that." in text(browser.get(page_of(draft)))


def test_d1_what_would_pass_by_itself_says_so_before_and_after(browser, cast, task, tessa):
    limits(cast.max, passes_below=30_000)
    draft = a_draft(task, tessa)

    page = browser.get(page_of(draft))
    sent = browser.post(page_of(draft, "desk-delivery-estimate-submit"), follow=True)

    assert "SEK 24,000.00 passes by itself, as the account manager has chosen: Anna Testsson can accept it at once." in text(page)
    assert "It passed by itself, and the client has it." in text(sent)


def test_d1_taking_back_says_what_follows_and_takes_a_reason(client_of, cast, acme, tessa):
    estimate, browser = an_offered(a_task(acme, tessa), tessa, cast.max), client_of(cast.max)
    url = page_of(estimate, "desk-delivery-estimate-withdraw")

    page = browser.get(url)
    empty, sent, again = browser.post(url, {"reason": ""}), browser.post(url, {"reason": "Wrong"}), browser.post(url, {"reason": "Wrong"})

    assert "Acme can no longer accept these SEK 24,000.00 without VAT" in text(page)
    assert (empty.status_code, sent.status_code, again.status_code) == (422, 302, 409)
    assert Estimate.objects.get().closing_reason == "Wrong"


def test_d1_a_new_version_is_begun_once_and_shows_what_has_changed(client_of, cast, acme, tessa):
    old, browser = an_offered(a_task(acme, tessa), tessa, cast.max), client_of(cast.max)
    url = page_of(old, "desk-delivery-estimate-revise")

    page = browser.get(page_of(old))
    sent, again = browser.post(url, {"key": KEY}), browser.post(url, {"key": KEY})
    begun = Estimate.objects.get(number=2)
    estimates.write(
        begun, estimates.Content([estimates.Line(LineKind.HOURS, "Less of it", Decimal(10), Decimal(1200))]), by=cast.max, at=NOON
    )
    shown = text(browser.get(page_of(begun)))

    assert "From this moment the client can no longer accept this version" in text(page)
    assert sent.url == again.url == page_of(begun, "desk-delivery-estimate-write")
    assert f"Since version D{old.task_id}:1" in shown
    assert "<del>Hours: Single sign-on for the intranet. 20 h × SEK 1,200.00 = SEK 24,000.00</del>" in shown
    assert "<ins>Hours: Less of it. 10 h × SEK 1,200.00 = SEK 12,000.00</ins>" in shown
    assert "<span>Our terms.</span>" in shown


def test_d2_handing_over_without_a_cost_is_the_account_managers(client_of, cast, task, tessa):
    url = reverse("desk-delivery-free", args=[task.pk])

    assert client_of(tessa).get(url).status_code == 403
    page = client_of(cast.max).get(url)
    empty, sent = client_of(cast.max).post(url, {"reason": " "}), client_of(cast.max).post(url, {"reason": "A gift"})

    assert "Acme is told that it costs nothing" in text(page)
    assert (empty.status_code, sent.status_code) == (422, 302)
    task.refresh_from_db()
    assert (task.state, task.is_free) == (TaskState.READY, True)
    assert client_of(cast.max).get(url).status_code == 302
    assert client_of(cast.max).post(url, {"reason": "Again"}).status_code == 409


def test_d1_the_task_shows_its_versions_with_what_can_be_done(client_of, cast, acme, tessa):
    task = an_offered(a_task(acme, tessa), tessa, cast.max).task
    estimates.withdraw(task.estimates.get(), reason="Wrong licence", by=cast.max, at=NOON)
    url = reverse("desk-delivery-task", args=[task.pk])

    staff, client = text(client_of(cast.max).get(url)), text(client_of(acme.requester).get(reverse("delivery-task", args=[task.pk])))

    for said in (
        f"D{task.pk}:1",
        "Taken back",
        "SEK 24,000.00 without VAT, SEK 30,000.00 with",
        "Write an estimate",
        "Hand over without a cost",
    ):
        assert said in staff
    for said in (f"Estimate D{task.pk}:1", "Taken back", "Wrong licence", "Estimate as PDF"):
        assert said in client
    assert "Write an estimate" not in client


def test_d1_the_client_sees_nothing_of_a_draft_or_of_what_is_reviewed(client_of, cast, acme):
    estimate = handed_in(cast, acme)

    page = text(client_of(acme.approver).get(reverse("delivery-task", args=[estimate.task_id])))

    assert f"D{estimate.task_id}:1" not in page
    assert "24,000" not in page


PAGES = ["", "-write", "-submit", "-approve", "-give-back", "-withdraw", "-revise", "-document"]


@pytest.mark.parametrize("name", PAGES)
def test_sec_strangers_and_clients_find_no_estimate_on_the_desk(client_of, cast, acme, borealis, name):
    estimate = handed_in(cast, acme)
    url = page_of(estimate, f"desk-delivery-estimate{name}")
    mona = a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)

    for person in (acme.approver, borealis.approver, mona):
        assert {client_of(person).get(url).status_code, client_of(person).post(url).status_code} <= {404, 405}
    assert Estimate.objects.get().state == EstimateState.REVIEWING


@pytest.mark.parametrize("name", ["", "-write", "-withdraw"])
def test_sec_finance_sees_an_estimate_and_writes_none(client_of, cast, task, tessa, name):
    draft = a_draft(task, tessa)
    browser = client_of(cast.fia)

    assert browser.get(page_of(draft, f"desk-delivery-estimate{name}")).status_code == (403 if name else 200)
    assert browser.get(new(task)).status_code == 403
    assert browser.post(page_of(draft, "desk-delivery-estimate-write"), typed(HOURS)).status_code == 403
    assert browser.post(page_of(draft, "desk-delivery-estimate-submit")).status_code == 403
    assert Estimate.objects.get().net == Decimal(24000)


def test_p4_a_swedish_colleague_writes_with_commas_and_reads_kronor(client_of, task, tessa):
    tessa.language = "sv"
    tessa.save()

    sent = client_of(tessa).post(new(task), typed(HOURS))
    page = text(client_of(tessa).get(sent.url))

    assert "15 000,00 kr" in page
    assert 'lang="sv"' in page


def test_d1_as_many_queries_for_many_lines_as_for_one(client_of, cast, acme, tessa):
    def asked(count):
        draft = a_draft(a_task(acme, tessa), tessa, *([ALL_KINDS[0]] * count))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client_of(tessa).get(page_of(draft)).status_code == 200
            assert client_of(tessa).get(page_of(draft, "desk-delivery-estimate-write")).status_code == 200
        return len(queries)

    assert asked(1) == asked(40)


def test_d1_a_row_of_which_nothing_was_typed_is_none(task):
    data = typed(BLANK, ("fixed", "", "", "4800", "25"))

    sent = writing.sent(task, data)

    assert [form.has_changed() for form in sent.lines.forms] == [False, True]
