"""Who may see something may not do everything with it: each act by those who have the page, but not the right (rules C4, C8, R2, R6)."""

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Membership, Organisation, StaffDuty, StaffRole
from credits.ledger import Entry
from credits.topups import TopUp
from notices.models import Notice
from sessions import consents
from sessions.models import Consent, Session, SessionEvent, WorkEntry
from tests.cast import NOON, a_colleague, a_person
from tests.journeys.belongings import A_DAY, at_every_stage, browser_of
from tests.sessions.booked import TUESDAY
from tests.sessions.factories import a_lot, a_session, a_started_session, a_submitted_session

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_at_noon")]


@pytest.fixture
def _at_noon():
    cache.clear()
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def things(cast, acme):
    return at_every_stage(cast, acme)


def trace():
    """What would show that anything had been done."""
    kept = (Session, SessionEvent, Entry, TopUp, Consent, WorkEntry, Notice)
    return [list(model.objects.order_by("pk").values_list()) for model in kept]


def refused(person, name, pk, **typed):
    """The status with which the act is refused; nothing has happened."""
    before = trace()
    status = browser_of(person).post(reverse(name, args=[pk]), typed).status_code
    assert trace() == before, name
    return status


def test_c8_a_requester_decides_nothing_that_is_the_approvers(things, acme):
    rolf, submitted = acme.requester, things.submitted
    line = {f"line_{WorkEntry.objects.get(session=submitted).pk}": "0"}
    shown = f"{submitted.round}:{submitted.charged_minutes}"

    answers = [
        refused(rolf, "session-confirm", submitted.pk, shown=shown),
        refused(rolf, "session-dispute", submitted.pk, reason="x", **line),
        refused(rolf, "session-contest", things.silent.pk, reason="x"),
        refused(rolf, "topup-new", acme.account.pk, quantity="8", unit="hours", key="k", shown_total="12000.00"),
        refused(rolf, "topup-cancel", things.top_up.pk),
    ]

    assert answers == [403] * 5


def test_c8_only_who_booked_or_an_approver_answers_for_more_time(cast, acme):
    other = a_person("Ola")
    Membership.objects.create(organisation=acme.organisation, person=other, role="requester")
    running = a_started_session(cast, acme)
    asked = consents.ask_consent(session=running, minutes=120, reason="x", by=cast.tessa.person, at=NOON)

    assert refused(other, "consent", asked.pk, answer="give") == 403
    assert browser_of(acme.requester).post(reverse("consent", args=[asked.pk]), {"answer": "give"}).status_code == 302


@pytest.mark.parametrize("who", ["fia", "ada", "max"])
def test_r6_the_office_does_not_do_a_technicians_work(things, cast, who):
    person, running, absent, coming = getattr(cast, who), things.running.pk, things.absent.pk, things.coming.pk
    entry = {"technician": person.pk, "on": "2026-11-18", "begins": "10:30", "ends": "10:40", "note": "x"}

    answers = {
        "start": refused(person, "desk-session-start", absent),
        "call": refused(person, "desk-session-call", absent, reason="x"),
        "miss": refused(person, "desk-session-miss", absent, ground="absent"),
        "ask": refused(person, "desk-session-consent", things.coming.pk, minutes="120", reason="x"),
        "submit": refused(person, "desk-session-submit", running, summary="x"),
        "log": refused(person, "desk-session-log", running, **entry),
    }
    ours = {} if who == "max" else {"call off": refused(person, "desk-session-call-off", coming, reason="x")}

    assert {act: status for act, status in (answers | ours).items() if status not in (403, 422)} == {}


def test_c4_nobody_but_finance_marks_a_top_up_paid(things, cast, acme):
    paid = {"paid_on": "2026-11-18", "amount": "12000", "payment_reference": "x"}
    dora = a_colleague("Dora", StaffDuty.DISPATCHER)

    answers = [
        refused(person, "desk-topup", things.top_up.pk, **paid) for person in (cast.ada, cast.max, cast.tessa.person, dora, acme.approver)
    ]

    assert answers == [403, 404, 404, 404, 404]


def test_c8_nobody_but_the_account_manager_settles_or_releases(things, cast):
    dora, waiting = a_colleague("Dora", StaffDuty.DISPATCHER), things.waiting.pk
    for person in (cast.tessa.person, cast.ada, cast.fia, dora):
        assert refused(person, "desk-dispute", things.dispute.pk, act="uphold", reason="x") in (403, 404)
        assert refused(person, "desk-session-allow", waiting, reason="x") in (403, 404)


def test_c8_an_account_manager_who_worked_does_not_settle(things, cast):
    StaffRole.objects.create(person=cast.tessa.person, duty=StaffDuty.ACCOUNT_MANAGER)
    Organisation.objects.update(deputy_manager=cast.tessa.person)

    assert refused(cast.tessa.person, "desk-dispute", things.dispute.pk, act="uphold", reason="x") == 409


def test_r7_time_is_logged_for_the_crew_only(cast, acme):
    running = a_started_session(cast, acme)
    entry = {"on": "2026-11-18", "begins": "11:40", "ends": "11:50", "note": "x"}

    for worker in (cast.theo.person, cast.max, acme.approver):
        for logger in (cast.tessa.person, cast.max):
            assert refused(logger, "desk-session-log", running.pk, technician=worker.pk, **entry) in (403, 422)


def test_c8_a_dispute_names_lines_of_its_own_session_only(cast, acme, borealis):
    mine, theirs = (a_submitted_session(cast, client, starts_at=NOON - days * A_DAY) for client, days in ((acme, 1), (borealis, 2)))
    line = WorkEntry.objects.get(session=theirs)

    assert refused(acme.approver, "session-dispute", mine.pk, reason="x", **{f"line_{line.pk}": "0"}) == 422


def booking(cast, account, **typed):
    wish = {"account": account.pk, "purpose": cast.purpose.pk, "title": "Disk", "minutes": 60, "technicians": 1, "technician": ""}
    return wish | {"starts_at": TUESDAY.isoformat(), "key": "k"} | typed


def test_c5_nobody_books_from_an_account_of_somebody_else(cast, acme, borealis):
    a_lot(borealis.account, 480)

    for account in (borealis.account.pk, 0, 10**18, 10**30, "x", f"{acme.account.pk},{borealis.account.pk}"):
        response = browser_of(acme.requester).post(reverse("session-new"), booking(cast, acme.account) | {"account": account})
        assert response.status_code == 422
        assert "Borealis" not in response.content.decode()

    assert not Session.objects.exists()


def test_r2_nobody_books_who_or_what_is_not_offered(cast, acme):
    a_lot(acme.account, 480)
    cast.theo.bookable = False
    cast.theo.save()
    browser = browser_of(acme.requester)

    assert browser.post(reverse("session-new"), booking(cast, acme.account, technician=cast.theo.pk)).status_code == 422
    assert browser.post(reverse("session-new"), booking(cast, acme.account, minutes=61)).status_code == 422
    assert browser.post(reverse("session-new"), booking(cast, acme.account, technicians=30)).status_code == 422
    type(cast.purpose).objects.update(offered=False)
    assert browser.post(reverse("session-new"), booking(cast, acme.account)).status_code == 422
    assert not Session.objects.exists()


def test_c14_the_key_of_somebody_elses_form_opens_nothing(cast, acme, borealis):
    for client in (acme, borealis):
        a_lot(client.account, 480)
        browser_of(client.requester).post(reverse("session-new"), booking(cast, client.account, title=f"Of {client.organisation}"))

    assert sorted(Session.objects.values_list("title", "organisation__name")) == [("Of Acme", "Acme"), ("Of Borealis", "Borealis")]


def test_c3_no_field_of_an_order_but_those_of_the_form_counts(acme):
    extra = {
        "total": "1",
        "price_per_hour_0": "0.01",
        "net_0": "1",
        "vat_percent": "0",
        "state": "paid",
        "credit_on": "issue",
        "minutes": "99999",
    }
    asked = {"quantity": "8", "unit": "hours", "key": "k", "shown_total": "12000.00"}

    browser_of(acme.approver).post(reverse("topup-new", args=[acme.account.pk]), asked | extra)

    top_up = TopUp.objects.get()
    assert (top_up.minutes, str(top_up.total.amount), top_up.state, top_up.credit_on, top_up.lot) == (
        480,
        "12000.00",
        "ordered",
        "payment",
        None,
    )


def test_r2_no_field_of_a_booking_but_those_of_the_form_counts(cast, acme, borealis):
    a_lot(acme.account, 480)
    extra = {
        "state": "confirmed",
        "organisation": borealis.organisation.pk,
        "penalty_minutes": "0",
        "price_per_hour": "0",
        "requested_by": "1",
    }

    browser_of(acme.requester).post(reverse("session-new"), booking(cast, acme.account, **extra, charged_minutes="0", free_change="on"))

    session = Session.objects.get()
    assert (session.state, session.organisation, session.requested_by) == ("scheduled", acme.organisation, acme.requester)
    assert (session.penalty_minutes, str(session.price_per_hour.amount)) == (120, "1200.00")
    assert (session.charged_minutes, session.free_change) == (None, False)


def test_p4_a_person_changes_nothing_of_themselves_but_name_language_and_zone(acme):
    extra = {"email": "root@acme.example", "is_staff": "on", "is_superuser": "on", "is_active": "", "password": "x", "groups": "1"}
    before = acme.requester.password

    browser_of(acme.requester).post(reverse("preferences"), {"name": "Rolf R", "language": "sv", "time_zone": "Europe/Oslo"} | extra)

    rolf = acme.requester
    rolf.refresh_from_db()
    assert (rolf.name, rolf.language, rolf.time_zone, rolf.email) == ("Rolf R", "sv", "Europe/Oslo", "rolf@acme.example")
    assert (rolf.is_staff, rolf.is_superuser, rolf.is_active, rolf.password) == (False, False, True, before)


def test_whoever_may_no_longer_sign_in_is_out_at_once(cast, acme):
    session = a_session(cast, acme, starts_at=NOON + A_DAY)
    anna, tessa = browser_of(acme.approver), browser_of(cast.tessa.person)
    for person in (acme.approver, cast.tessa.person):
        type(person).objects.filter(pk=person.pk).update(is_active=False)

    for browser, url in ((anna, f"/sessions/{session.pk}/cancellation/"), (tessa, f"/desk/sessions/{session.pk}/start/")):
        response = browser.post(url, {"shown_minutes": 0, "start": 1})
        assert (response.status_code, response.headers["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_whoever_left_the_client_or_lost_the_duty_finds_nothing(things, cast, acme):
    anna, fia = browser_of(acme.approver), browser_of(cast.fia)
    Membership.objects.filter(person=acme.approver).delete()
    cast.fia.staff_roles.all().delete()
    before = trace()

    shown = f"{things.submitted.round}:{things.submitted.charged_minutes}"
    confirmed = anna.post(reverse("session-confirm", args=[things.submitted.pk]), {"shown": shown})
    paid = fia.post(reverse("desk-topup", args=[things.top_up.pk]), {"paid_on": "2026-11-18", "amount": "12000", "payment_reference": "x"})

    assert (confirmed.status_code, paid.status_code) == (404, 404)
    assert trace() == before


def test_the_administration_opens_to_administrators_only(cast, acme):
    for person in (acme.approver, cast.max, cast.tessa.person, cast.fia):
        assert browser_of(person).get("/admin/login/").status_code == 403
        assert browser_of(person).get("/admin/").status_code in (302, 403)
        assert browser_of(person).get("/admin/people/person/").status_code in (302, 403)


def test_c14_not_even_an_administrator_writes_the_ledger_by_hand(cast, acme):
    a_lot(acme.account, 60)
    entry, browser = Entry.objects.get(), browser_of(cast.ada)

    answers = [
        browser.post(f"/admin/credits/entry/{where}", {"minutes": 1}) for where in ("add/", f"{entry.pk}/change/", f"{entry.pk}/delete/")
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert Entry.objects.get().minutes == 60


@pytest.mark.parametrize("page", ["/accounts/login/", "/admin/login/"])
def test_wrong_passwords_are_counted_at_every_door(cast, page):
    asked = {"login": cast.ada.email, "username": cast.ada.email, "password": "wrong"}
    browser = Browser()
    for _ in range(6):
        browser.post(page, asked, follow=True)

    browser.post(page, asked | {"password": "a-fine-long-password"}, follow=True)

    assert "_auth_user_id" not in browser.session


def test_a_stranger_does_not_learn_whose_address_is_known(acme, client):
    answers = [
        client.post("/accounts/login/", {"login": login, "password": "wrong"}) for login in (acme.approver.email, "nobody@acme.example")
    ]
    known, unknown = (answer.content.decode().split("<main")[1].replace(answer.wsgi_request.POST["login"], "") for answer in answers)
    resets = [client.post("/accounts/password/reset/", {"email": email}) for email in (acme.approver.email, "nobody@acme.example")]

    def without_token(html):
        return [line for line in html.splitlines() if "csrfmiddlewaretoken" not in line]

    assert without_token(known) == without_token(unknown)
    assert [(answer.status_code, answer.headers["Location"]) for answer in resets] == [(302, "/accounts/password/reset/done/")] * 2


def test_a_password_link_works_once(acme, client):
    client.post("/accounts/password/reset/", {"email": acme.approver.email})
    link = next(word for word in Notice.objects.get().body.split() if "/password/reset/key/" in word).partition("8000")[2]
    page = client.get(link, follow=True)
    chosen = {"password1": "quite-another-passphrase", "password2": "quite-another-passphrase"}

    client.post(page.redirect_chain[-1][0], chosen)
    again = Browser().get(link, follow=True)

    acme.approver.refresh_from_db()
    assert acme.approver.check_password("quite-another-passphrase")
    assert "password1" not in again.content.decode()


def test_signing_in_gives_a_new_session_and_a_guarded_cookie(acme, client):
    client.get("/accounts/login/")
    store = client.session
    store["planted"] = "x"
    store.save()
    planted = store.session_key
    client.cookies["sessionid"] = planted

    response = client.post("/accounts/login/", {"login": acme.approver.email, "password": "a-fine-long-password"})

    cookie = response.cookies["sessionid"]
    assert cookie.value != planted
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
