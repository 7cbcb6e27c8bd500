"""The desk's pages of what is late: the list and its acts, one invoice, reference rates, files (rules I5, I8)."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from invoicing import buyers, charging, drafting, freezing
from invoicing.models import InvoiceStop, LateCharge, ReferenceRate, Reminder, ReminderStep
from tests.cast import a_client
from tests.invoicing.overdue import contested, days_late, late_terms, run, trusted
from tests.invoicing.scene import a_draft, an_invoice, invoicing_terms, paid

pytestmark = pytest.mark.django_db
LIST, ACT = reverse("desk-overdue"), reverse("desk-overdue-act")
NOW = days_late(17)


@pytest.fixture(autouse=True)
def _now(cast):
    invoicing_terms()
    late_terms()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def fia(cast, client_of):
    return client_of(cast.fia)


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def late_page(invoice):
    return reverse("desk-invoice-late", args=[invoice.pk])


def test_i5_the_list_says_by_client_which_step_was_reached_and_what_halts(cast, acme, borealis, fia):
    first, stopped, theirs = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia), an_invoice(borealis, cast.fia)
    an_invoice(acme, cast.fia, at=NOW)
    run(5)
    buyers.stop_reminders(borealis.organisation, reason="By the quarter", by=cast.fia, at=NOW)
    fia.post(ACT, {"act": "stop", "invoice": stopped.pk, "reason": "We look into it", "key": "k"})
    objection = contested(first, acme.approver, at=NOW)

    response = fia.get(LIST)

    rows = {row.invoice.pk: row for group in response.context["groups"] for row in group.rows}
    assert [(group.client.name, len(group.rows), group.open[0].amount) for group in response.context["groups"]] == [
        ("Acme", 2, 24000),
        ("Borealis", 1, 12000),
    ]
    assert [(rows[one.pk].halt, rows[one.pk].reminder.step, rows[one.pk].days) for one in (first, stopped, theirs)] == [
        ("contested", 1, 17),
        ("stopped", 1, 17),
        ("client", 1, 17),
    ]
    for said in ("17 days late", "Step 1", "We look into it", reverse("desk-contest", args=[objection.pk]), "SEK 24,000.00"):
        assert said in text(response), said


def test_i5_the_next_step_and_its_day_stand_there_and_what_it_costs_so_far(cast, acme, fia):
    an_invoice(acme, cast.fia)
    run(5)

    page = text(fia.get(LIST))

    assert "Step 2, Mon 4 Jan" in page
    assert "SEK 55.89" in page


def test_i5_many_are_reminded_at_once_and_those_that_were_refused_say_why(cast, acme, fia):
    good, bad = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia)
    contested(bad, acme.approver, at=NOW)
    form = {"act": "remind", "invoice": [good.pk, bad.pk], "key": "k"}

    first, again = fia.post(ACT, form), fia.post(ACT, form)

    assert (first.status_code, again.status_code, Reminder.objects.count()) == (409, 409, 1)
    assert "No reminder goes out for this invoice (Contested)" in text(first)
    assert "1 reminder is sent." in text(first)
    assert fia.post(ACT, {"act": "remind", "invoice": [good.pk], "key": "other"}).status_code == 409


def test_i8_they_are_stopped_with_a_reason_and_resumed(cast, acme, fia):
    invoice = an_invoice(acme, cast.fia)

    without = fia.post(ACT, {"act": "stop", "invoice": invoice.pk, "key": "k"})
    fia.post(ACT, {"act": "stop", "invoice": invoice.pk, "reason": "We look into it", "key": "l"})
    stopped = InvoiceStop.objects.get()
    done = fia.post(ACT, {"act": "resume", "invoice": invoice.pk, "key": "m"})

    stopped.refresh_from_db()
    assert (without.status_code, done.status_code, stopped.why, stopped.resumed_by) == (422, 302, "We look into it", cast.fia)
    assert "Please say why" in text(without)
    for wrong in (
        {},
        {"act": "remind", "key": "k"},
        {"act": "remind", "key": "k", "invoice": 999},
        {"act": "burn", "key": "k", "invoice": invoice.pk},
    ):
        assert fia.post(ACT, wrong).status_code == 422


def test_i5_administrators_read_and_only_finance_acts_others_see_nothing(cast, acme, client_of):
    invoice = an_invoice(acme, cast.fia)
    run(5)
    charge = charging.charge(invoice, by=cast.fia, at=days_late(60), cause="c")
    ada = client_of(cast.ada)

    assert [ada.get(page).status_code for page in (LIST, late_page(invoice), reverse("desk-reference-rates"))] == [200] * 3
    assert 'type="checkbox"' not in text(ada.get(LIST))
    assert [ada.post(ACT, {"act": "remind", "invoice": invoice.pk, "key": "k"}).status_code, Reminder.objects.count()] == [403, 1]
    assert ada.post(reverse("desk-late-charge-waive", args=[charge.pk]), {"reason": "x"}).status_code == 403
    for person in (cast.max, cast.tessa.person, acme.approver):
        assert [client_of(person).get(page).status_code for page in (LIST, late_page(invoice))] == [404, 404]


def test_i5_the_list_goes_out_as_files(cast, acme, fia):
    acme.organisation.name = "=Acme()"
    acme.organisation.save()
    invoice = an_invoice(acme, cast.fia)
    run(5)

    csv = fia.get(reverse("desk-overdue-csv"))
    sheet = openpyxl.load_workbook(BytesIO(fia.get(reverse("desk-overdue-xlsx")).content)).active

    rows = list(sheet.iter_rows(values_only=True))
    assert invoice.number in csv.content.decode("utf-8-sig")
    assert "'=Acme()" in csv.content.decode("utf-8-sig")
    assert [value for row in rows for value in row if value == 17]
    assert csv.headers["Content-Disposition"] == 'attachment; filename="overdue-2027-01-04.csv"'


def test_i5_one_invoice_shows_its_days_reminders_frozen_credit_and_charges(cast, acme, fia):
    invoice = trusted(acme, cast.fia)
    run(5)
    freezing.freeze_due(NOW)

    page = text(fia.get(late_page(invoice)))

    for said in (
        "13 days",
        "10%",
        "SEK 42.74",
        "4 days",
        "SEK 13.15",
        "SEK 55.89",
        "Step 1",
        "automatically",
        "Frozen credit",
        "8 h",
        "Step 2, Mon 4 Jan",
    ):
        assert said in page, said


def test_i5_it_is_charged_now_and_waived_with_a_reason(cast, acme, fia):
    invoice = an_invoice(acme, cast.fia)
    charge_url = reverse("desk-invoice-charge", args=[invoice.pk])

    first, again = (fia.post(charge_url, {"key": "k"}) for _ in range(2))
    refused = fia.post(charge_url, {"key": "l"})

    charge = LateCharge.objects.get()
    assert (first.status_code, again.status_code, refused.status_code) == (302, 302, 409)
    waive_url = reverse("desk-late-charge-waive", args=[charge.pk])
    assert "SEK 55.89 is not invoiced" in text(fia.get(waive_url))
    assert [fia.post(waive_url, {"reason": reason}).status_code for reason in ("", "A good client")] == [422, 302]
    assert "Waived by Fia" in text(fia.get(late_page(invoice)))
    assert drafting.pull(at=NOW) == []


def test_i8_more_time_is_given_to_a_day(cast, acme, fia):
    invoice = an_invoice(acme, cast.fia)
    url = reverse("desk-invoice-extend", args=[invoice.pk])

    wrong = fia.post(url, {"until_on": "2026-12-01", "reason": "They asked", "key": "k"})
    right = fia.post(url, {"until_on": "2027-02-01", "reason": "They asked", "key": "k"})

    assert (wrong.status_code, right.status_code, str(InvoiceStop.objects.get().until_on)) == (409, 302, "2027-02-01")
    assert "until Mon 1 Feb" in text(fia.get(LIST))


def test_i5_a_missing_rate_is_told_and_written_down(cast, acme, fia):
    ReferenceRate.objects.filter(year=2027).delete()
    an_invoice(acme, cast.fia)
    rates_url = reverse("desk-reference-rates")

    assert "The reference rate from Fri 1 Jan" in text(fia.get(LIST))
    assert fia.post(rates_url, {"year": "2027", "half": "1", "percent": "1e1"}).status_code == 422
    assert fia.post(rates_url, {"year": "2027", "half": "1", "percent": "−0,5"}).status_code == 302

    assert str(ReferenceRate.objects.get(year=2027).percent) == "-0.50"
    assert "rate missing" not in text(fia.get(LIST))


def test_i5_drafts_credit_notes_and_what_is_paid_have_no_wrong_pages(cast, acme, fia):
    draft, settled = a_draft(acme), an_invoice(acme, cast.fia)
    paid(settled, 12000, cast.fia, at=days_late(10))

    assert (fia.get(late_page(draft)).status_code, fia.get(late_page(settled)).status_code) == (404, 200)
    assert "Nothing is overdue" in text(fia.get(LIST))
    ReminderStep.objects.all().delete()
    assert "No reminders go out" in text(fia.get(LIST))


def test_more_overdue_invoices_ask_no_more_questions(cast, acme, fia):
    def one_more(name):
        client = a_client(cast, name)
        contested(an_invoice(client, cast.fia), client.approver, at=NOW)
        an_invoice(client, cast.fia)
        paid(an_invoice(client, cast.fia), 100, cast.fia, at=NOW)

    one_more("One")
    run(5)
    with CaptureQueriesContext(connection) as few:
        assert fia.get(LIST).status_code == 200
    for number in range(3):
        one_more(f"More{number}")
    run(6)

    with CaptureQueriesContext(connection) as many:
        fia.get(LIST)

    assert len(many) == len(few)
    assert len(many) < 30


def test_i5_it_is_found_from_the_invoice_and_from_the_list_of_invoices(cast, acme, fia):
    invoice = an_invoice(acme, cast.fia)

    assert late_page(invoice) in text(fia.get(reverse("desk-invoice", args=[invoice.pk])))
    assert LIST in text(fia.get(reverse("desk-invoices")))
    charging.charge(invoice, by=cast.fia, at=NOW + timedelta(days=9), cause="c")
    draft = drafting.pull(at=NOW)[0]
    page = text(fia.get(reverse("desk-invoice", args=[draft.pk])))
    assert f"Late payment of {invoice}" in page
    assert "not payment for a service" in page


@pytest.mark.parametrize(("days", "weekday"), [(22, "Saturday"), (23, "Sunday"), (24, "Monday")])
def test_i5_the_next_reminder_is_shown_for_the_working_day_on_which_it_goes_out(cast, acme, client_of, days, weekday):
    """Looked at on a weekend, what is due goes out on Monday."""
    invoice, today = an_invoice(acme, cast.fia), days_late(days)
    with time_machine.travel(today, tick=False):
        browser = client_of(cast.fia)
        (group,) = browser.get(LIST).context["groups"]
        shown = browser.get(late_page(invoice)).context["late"]

    monday = days_late(24).date()
    assert (f"{today:%A}", group.rows[0].next_on, shown.next_on) == (weekday, monday, monday)
