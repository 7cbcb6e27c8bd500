"""SEC2. A form changes what it has fields for, and nothing else, whatever is sent along (OWASP ASVS 5, 15.3.3).

Every form is sent as its page would send it, and once more with every field of every model of ours beside: role, organisation,
balance, price, state, who may administer. What is written must be the same, statement by statement. The names that a view
asks for are its fields; those by which somebody could rise or grow rich stand in `REVIEWED`, each for a reason.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from difflib import unified_diff
from typing import Any

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.db import connection, models, transaction
from django.http import QueryDict

from people.forms import PreferencesForm
from tests.architecture.house import our_apps
from tests.cast import NOON, a_client
from tests.internet import CALENDARS_ADDRESS, Internet
from tests.journeys.belongings import browser_of
from tests.proofs import writes_of_clients
from tests.proofs.sizes import SIZE, chance, say
from tests.proofs.statements import statements
from tests.proofs.test_rel5_once import rows
from tests.proofs.writes import Write, a_stage

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="statements are compared, and PostgreSQL's numbers go on after a rollback"),
]
WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
CHANCE = re.compile(
    r"\b[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\b|'gAAAA[^']+'|'[A-Za-z0-9_:.-]{24,}'|[0-9a-f]{20,}|0x[0-9a-f]{6,}"
    r"|(?<=/)[A-Za-z0-9_-]{43}(?=/)|(?<=')![A-Za-z0-9]{40}(?=')"
)
"""What is new each time: identifiers, sealed texts, secrets, sessions, places in memory; links in mails, passwords that open nothing."""
NEW_EACH_TIME = {"people", "desk-people", "desk-erasure-approve"}
"""Forms that write links and such passwords: a small run tries them, too, or only a large one would see that CHANCE forgot them."""
PRECIOUS = re.compile(
    r"is_(?:staff|superuser|active)|password|role|duty|permissions?|groups|balance|(?:available|held|frozen|owed|spent)_minutes|price|rate"
    r"|vat|amount|total|sum|state|status|by|approved\w*|paid\w*|issued\w*|organisation|client|currency|email|account_manager"
)


@pytest.fixture(autouse=True)
def many_fields(settings):
    """So many at once are refused whole otherwise, and nothing is proven."""
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000


def test_sec2_no_form_takes_what_it_has_no_field_for(cast, internet: Internet):
    internet.names["calendar.example.org"] = [CALENDARS_ADDRESS]
    taken, foreign, precious, sent = {}, {}, {}, 0
    with time_machine.travel(NOON, tick=False):
        stage, stranger = a_stage(cast, 1), a_client(cast, "Stranger")
        forms, acme = rows(stage), stage.client.approver
        drawn = chance("SEC2").sample(sorted(forms), min(SIZE.mass_forms, len(forms)))
        for name in sorted({*REVIEWED, *NEW_EACH_TIME, *drawn}):
            write = forms[name]
            plain, stuffed, asked, more = with_everything(write, name)
            sent += len(more)
            if stuffed != plain:
                taken[name] = unlike(plain, stuffed)
            if "organisation" in asked and write.person == acme:
                theirs = written(write, name, {}, organisation=stranger.organisation.pk)
                foreign[name] = [sql for sql in theirs[1:] if "INSERT" in sql and theirs != plain]
            if named := {field for field in asked if PRECIOUS.fullmatch(field)}:
                precious[name] = named

    say("SEC2", forms=len(forms), fields_sent=sent, taken=taken, precious=precious)
    assert taken == {}
    assert not any(foreign.values())
    assert precious == REVIEWED


def test_sec2_a_form_that_takes_what_it_has_no_field_for_is_found(cast, monkeypatch):
    def takes_what_comes(form):
        form.instance.is_superuser = "is_superuser" in list(form.data)

    monkeypatch.setattr(PreferencesForm, "clean", takes_what_comes)
    with time_machine.travel(NOON, tick=False):
        write = writes_of_clients.rows(a_stage(cast, 1))["preferences"]
        plain, stuffed, asked, more = with_everything(write, "preferences")

    assert "is_superuser" in more.keys() - asked
    assert plain[0] == stuffed[0] == "302"
    assert plain != stuffed


def test_sec2_what_is_sent_along_is_not_taken_for_chance():
    locked, opened = (CHANCE.sub("…", repr(make_password(password))) for password in (None, "evil"))

    assert [value for value in everything().values() if CHANCE.search(repr(value))] == []
    assert locked == "'…'" != opened


def with_everything(write: Write, name: str) -> tuple[list[str], list[str], set[str], dict[str, str]]:
    """What is written by the form as its page sends it, and with everything beside; what it asks for, and what was sent beside."""
    asked: set[str] = set()
    with names_asked_for(asked):
        plain = written(write, name, {})
    more = {field: value for field, value in everything().items() if field not in asked and field not in write.typed}
    return plain, written(write, name, more), asked, more


def written(write: Write, name: str, more: dict[str, str], **other: Any) -> list[str]:
    """The answer, and the statements that wrote; all of it undone."""
    with transaction.atomic(), statements() as said:
        response = browser_of(write.person).post(write.url(name), more | write.typed | other)
        transaction.set_rollback(True)
    wrote = [sql for sql in said if sql.lstrip().startswith(WRITES) and "django_session" not in sql]
    return [str(response.status_code), *(CHANCE.sub("…", sql) for sql in wrote)]


def unlike(plain: list[str], stuffed: list[str]) -> list[str]:
    """What differs, word by word."""
    before, after = (" ".join(said).split() for said in (plain, stuffed))
    return [line for line in unified_diff(before, after, n=0, lineterm="") if not line.startswith(("---", "+++", "@@"))][:20]


@contextmanager
def names_asked_for(asked: set[str]) -> Iterator[None]:
    """Notes which fields are looked up by their names in what was sent."""
    with pytest.MonkeyPatch.context() as patch:
        for method in ("__getitem__", "__contains__", "get", "getlist"):
            patch.setattr(QueryDict, method, _noting(getattr(QueryDict, method), asked), raising=False)
        yield


def _noting(method: Any, asked: set[str]) -> Any:
    def noting(self: QueryDict, key: Any, *args: Any, **kwargs: Any) -> Any:
        asked.add(str(key))
        return method(self, key, *args, **kwargs)

    return noting


def everything() -> dict[str, str]:
    """A value for every field of every model of ours, by the names that a form could know it by."""
    found = {"csrfmiddlewaretoken_": "x", "pk": "1", "id": "1", "_state": "x", "_save": "1", "next": "//evil.example"}
    for model in (model for config in our_apps() for model in config.get_models()):
        for field in model._meta.get_fields():
            found[field.name] = _value(field)
            if isinstance(field, models.ForeignKey):
                found[field.attname] = "1"
    return found


def _value(field: Any) -> str:
    if field.is_relation:
        return "1"
    if choices := [value for value, _ in getattr(field, "flatchoices", [])]:
        return str(choices[-1])
    kinds = {
        models.BooleanField: "on",
        models.IntegerField: "999999",
        models.DecimalField: "0.01",
        models.DateTimeField: "2030-01-01 00:00",
    }
    return next((value for kind, value in kinds.items() if isinstance(field, kind)), "2030-01-01" if "date" in field.name else "evil")


REVIEWED = {
    **{key: {"organisation"} for key in ["account-new", "case-new", "deputies", "purchase-order-new"]},  # one of those they belong to
    "desk-delivery-new": {"client"},  # one that they may see
    **{key: {"amount"} for key in ["desk-payout-new", "desk-plan-fee"]},  # finance says how much
    "desk-exchange-rates": {"currency", "rate"},  # what a central bank says, written down by finance
    "desk-buyer": {"email"},  # where invoices go, which finance keeps
    "desk-invoice-pay": {"amount", "paid_on"},  # what a bank's paper says, entered by finance
    "desk-payout-paid": {"paid_on"},
    "people": {"email", "role"},  # whom an owner, or an administrator of ours, asks into one client, and as what
    "member": {"role"},  # the same of somebody who is there
    "desk-people": {"email"},  # whom an administrator of ours asks in
    "desk-duty-give": {"duty"},  # by an administrator of ours, and never to oneself
    "desk-privacy-ask": {"email"},  # whose data is asked for, as an administrator of ours was told
}
"""Which forms have fields of such names, and why."""
