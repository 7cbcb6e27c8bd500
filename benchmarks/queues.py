"""The desk's queue among a hundred thousand cases: its whole page, beside a plain page of as many rows with one query (SPD9).

What the plain page leaves out is what the product is for: filters, saved views, deadlines in working time, tags, calls.
"""

from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.models import Model
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from benchmarks.clients import Work
from cases.models import Case, Clock, ClockKind, Opened, State
from cases.queue import PAGE_LENGTH
from cases.views.desk_queue import cases
from clients.models import Membership, StaffDuty, StaffRole
from clients.support_terms import in_force
from people.models import Person
from worktime.models import BusinessCalendar

MANY = 100_000
PLAIN = Template(
    "<!doctype html><html lang=en><title>Cases</title><table>{% for case in cases %}<tr><td>{{ case.queue_at }}<td>"
    '<a href="/desk/cases/{{ case.pk }}/">{{ case.subject }}</a><td>{{ case.organisation }}<td>{{ case.get_state_display }}'
    "{% endfor %}</table></html>"
)


def fill() -> Person:
    """A hundred thousand cases, one in ten closed, each of the others with a clock that runs, unless they are there; who reads them."""
    call_command("collectstatic", interactive=False, verbosity=0)  # the page names its files by what is in them
    reader, fresh = Person.objects.get_or_create(email="disa@provider.example", defaults={"name": "Disa"})
    if fresh:
        StaffRole.objects.create(person=reader, duty=StaffDuty.DISPATCHER)
        _write()
    return reader


def pages(reader: Person) -> Work:
    """The page of the queue as it is sent, in rule order."""
    while True:
        _sent(cases(_request(reader)))
        yield


def plain_pages() -> Work:
    """The least that could list them: one query, one template, the same rows."""
    while True:
        listed = Case.objects.open().in_order().select_related("organisation")[:PAGE_LENGTH]
        _sent(HttpResponse(PLAIN.render(Context({"cases": listed}))))
        yield


def _request(reader: Person) -> Any:
    request = RequestFactory().get("/desk/cases/")
    request.user = Person.objects.get(pk=reader.pk)
    return request


def _sent(response: HttpResponse) -> None:
    if response.status_code != 200 or not response.content:
        msg = f"answered {response.status_code}"
        raise RuntimeError(msg)


def _write() -> None:
    """One case with a clock; the others are copied by the database itself."""
    at = timezone.now().replace(microsecond=0)
    member = Membership.objects.select_related("organisation").order_by("pk")[0]
    terms = in_force(member.organisation, on=at.date()).to_json()
    columns: dict[str, Any] = {"organisation": member.organisation, "reporter_id": member.person_id, "opened_via": Opened.PORTAL}
    columns |= {"opened_at": at, "subject": "Users are not created", "priority": 3, "terms": terms, "state": State.OPEN}
    first = Case.objects.create(cause="bench:0", mail_token="bench0", **columns)  # noqa: S106 - no password
    calendar = BusinessCalendar.objects.order_by("pk")[0]
    amount = timedelta(hours=8)
    clock = Clock(case=first, kind=ClockKind.SOLUTION, priority=3, calendar=calendar, calendar_version=calendar.version, amount=amount)
    clock.started_at, clock.due_at, clock.warn_at = at, at + amount, at + amount * 3 / 4
    clock.save(force_insert=True)
    closed = "n %% 10 = 0"
    _copy(Case, first.pk, "id queue_rank", {
        "cause": "'bench:' || n", "mail_token": "'bench' || n", "priority": "1 + n %% 3", "plan_rank": "n %% 4",
        "queue_at": "c.opened_at + n %% 9000 * interval '1 minute'", "state": f"CASE WHEN {closed} THEN 'closed' ELSE 'open' END",
        "closed_at": f"CASE WHEN {closed} THEN c.opened_at END", "closed_as": f"CASE WHEN {closed} THEN 'solved' ELSE '' END",
    })  # fmt: skip
    with connection.cursor() as cursor:
        names = [field.column for field in Clock._meta.concrete_fields if field.column not in ("id", "case_id", "due_at")]
        columns_of = ", ".join(f"k.{name}" for name in names)
        cursor.execute(
            f"INSERT INTO cases_clock ({', '.join(names)}, case_id, due_at) SELECT {columns_of}, c.id, c.queue_at"  # noqa: S608 - our own names
            " FROM cases_clock k, cases_case c WHERE k.id = %s AND c.state <> 'closed' AND c.id <> k.case_id",
            [clock.pk],
        )
        cursor.execute("ANALYZE")


def _copy(model: type[Model], key: int, made: str, own: dict[str, str]) -> None:
    """So many copies of a row; `made` names the columns that the database makes, `own` says how each differs."""
    columns = [field.column for field in model._meta.concrete_fields if field.column not in made.split()]
    values, table = ", ".join(own.get(column, f"c.{column}") for column in columns), model._meta.db_table
    source = f"SELECT {values} FROM {table} c, generate_series(1, %s) n WHERE c.id = %s"  # noqa: S608 - our own names
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({', '.join(columns)}) {source}", [MANY, key])
