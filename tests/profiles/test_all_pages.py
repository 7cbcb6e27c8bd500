"""Whatever profile is loaded, every page of the navigation opens for everybody, and what is due runs (rule P1)."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.models import Agreement, AgreementPlan, MemberRole, Membership, Organisation, Plan, StaffDuty
from dashboard import navigation
from dashboard.due import JOBS, run_due
from tests.cast import a_colleague, a_person
from tests.profiles.loaded import load

pytestmark = pytest.mark.django_db
FETCHING = {"read the mailbox", "read technicians’ own calendars", "check VAT numbers before reverse charge"}


@pytest.fixture(params=["safespring", "cloudtalk", "stratiteq", "easyredmine", "eventful"])
def client(request):
    """A client with the first plan of a profile that was loaded into an empty database."""
    load(request.param)
    manager = a_colleague("Max", StaffDuty.ACCOUNT_MANAGER)
    organisation = Organisation.objects.create(name="Acme", organisation_number="559900-0006", account_manager=manager)
    agreement = Agreement.objects.create(organisation=organisation, starts_on=date(2026, 1, 1))
    AgreementPlan.objects.create(agreement=agreement, plan=Plan.objects.get(position=1))
    return organisation


def menu_of(browser, page):
    """Every address that the top of the page names, but for the administration."""
    context = browser.get(page, follow=True).context
    return [item.url for item in (*context["nav_items"], *context["nav_links"]) if not item.url.startswith("/admin")]


def answers(browser, pages):
    return {page: browser.get(page, follow=True).status_code for page in pages}


@pytest.mark.parametrize("language", ["en", "sv"])
def test_p1_every_page_opens_for_the_client(client, client_of, language):
    anna = a_person("Anna", language=language)
    Membership.objects.create(person=anna, organisation=client, role=MemberRole.APPROVER)
    browser = client_of(anna)

    found = answers(browser, [*menu_of(browser, "/"), reverse("plans"), reverse("support")])

    assert found == dict.fromkeys(found, 200)


@pytest.mark.parametrize("duty", list(StaffDuty))
def test_p1_every_page_opens_for_each_duty(client, client_of, duty):
    browser = client_of(a_colleague("Staff", duty))
    pages = menu_of(browser, reverse("desk"))
    if duty in (StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR):
        pages += [reverse("desk-client", args=[client.pk]), reverse("desk-agreement", args=[client.pk])]

    found = answers(browser, pages)

    assert found == dict.fromkeys(found, 200)


def test_p1_what_is_due_runs(client):
    done, failed = run_due(at=timezone.now(), jobs={name: job for name, job in JOBS.items() if name not in FETCHING})

    assert (failed, len(done)) == ([], len(JOBS) - len(FETCHING))


def test_p1_without_credit_nothing_leads_to_it(client, client_of):
    anna = a_person("Anna")
    Membership.objects.create(person=anna, organisation=client, role=MemberRole.APPROVER)
    sells = Plan.objects.filter(code__startswith="ER-").exists()

    words = {reverse(name) for name in navigation.NEED_CREDIT} & set(menu_of(client_of(anna), "/"))

    assert bool(words) == sells
