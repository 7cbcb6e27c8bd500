"""What of the provider's own terms cannot be is refused where they are written (rules P1, I3, I4)."""

import pytest

from clients.profile_table import Fault, Table
from dashboard.health import machine
from dashboard.health.findings import State
from invoicing import profile
from invoicing.models import InvoicingTerms
from tests.cast import NOON
from tests.invoicing.scene import invoicing_terms
from tests.invoicing.test_plan_profile import GIVEN

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/invoicing/invoicingterms/1/change/"
WRONG = [
    ("paid_to", {"bankgiro": "5050-1056"}, "invoicing.paid_to.bankgiro", "That is not a bankgiro number"),
    ("paid_to", {"plusgiro": "12 34 56-7"}, "invoicing.paid_to.plusgiro", "That is not a plusgiro number"),
    ("paid_to", {"iban": "SE45 5000 0000 0583 9825 7467"}, "invoicing.paid_to.iban", "That is not an IBAN"),
    ("paid_to", {"bankgiro": "5050-1055", "bic": "ESSE"}, "invoicing.paid_to.bic", "That is not a BIC"),
    ("paid_to", {}, "invoicing.paid_to.bankgiro", "Say at least one account"),
    ("peppol", {"scheme": "0007", "address": "5560360794"}, "invoicing.peppol.address", "no Swedish organisation number"),
    ("peppol", {"scheme": "4711", "address": "5560360793"}, "invoicing.peppol.scheme", "No such scheme"),
    ("look", {"colour": "green"}, "invoicing.look.colour", "six digits from 0 to f"),
    ("look", {"logo": "../settings.py"}, "invoicing.look.logo", "no such file"),
]


@pytest.fixture
def ada(cast, client_of):
    invoicing_terms()
    return client_of(cast.ada)


def faults_of(**more):
    faults: list[Fault] = []
    profile.validate(Table("invoicing", GIVEN | more, faults))
    return [(fault.key, fault.reason) for fault in faults]


def sent(browser, **more):
    """The answer to the form as it stands, with these fields otherwise."""
    form = browser.get(ADDRESS).context["adminform"].form
    typed = {name: form[name].value() for name in form.fields}
    return browser.post(
        ADDRESS, {name: value for name, value in (typed | {"why": "A new bank"} | more).items() if value is not None and value is not False}
    )


@pytest.mark.parametrize(("table", "said", "key", "word"), WRONG)
def test_i3_a_profile_with_what_cannot_be_is_told_by_its_key(table, said, key, word):
    ((faulty, reason),) = faults_of(**{table: said})

    assert (faulty, word in reason) == (key, True)


def test_i3_what_is_no_text_is_told_once(cast):
    assert [key for key, _reason in faults_of(paid_to={"bankgiro": 50501055, "iban": "SE4550000000058398257466"})] == [
        "invoicing.paid_to.bankgiro"
    ]


def test_p1_an_administrator_changes_the_terms_and_it_is_known_who(ada, cast):
    answer = sent(ada, payment_days="20", plusgiro="12 34 56-6")

    found = InvoicingTerms.objects.get()
    assert answer.status_code == 302
    assert (found.payment_days, found.plusgiro, found.bankgiro, found.f_tax) == (20, "12 34 56-6", "5050-1055", True)
    assert InvoicingTerms.history.latest().history_user == cast.ada


@pytest.mark.parametrize(
    ("field", "value"), [("bankgiro", "5050-1056"), ("iban", "SE4550000000058398257467"), ("endpoint", "5560360794"), ("colour", "#12")]
)
def test_i3_what_cannot_be_is_refused_in_the_administration(ada, field, value):
    answer = sent(ada, **{field: value})

    assert (answer.status_code, list(answer.context["adminform"].form.errors)) == (200, [field])
    assert getattr(InvoicingTerms.objects.get(), field) != value


@pytest.mark.parametrize("name", ["max", "fia"])
def test_p1_nobody_else_changes_them(cast, client_of, name):
    invoicing_terms()

    answer = client_of(getattr(cast, name)).post(ADDRESS, {"payment_days": "1"})

    assert (answer.status_code, InvoicingTerms.objects.get().payment_days) == (302, 30)
    assert answer.headers["Location"].startswith("/admin/login/")


def test_i3_doctor_finds_terms_that_were_written_before_they_were_looked_at(cast):
    row = invoicing_terms(bankgiro="5050-1056")

    found = machine.profile(NOON)
    InvoicingTerms.objects.filter(pk=row.pk).update(bankgiro="5050-1055")

    assert (found.state, "That is not a bankgiro number" in found.says) == (State.FAULT, True)
    assert machine.profile(NOON).state is State.OK
