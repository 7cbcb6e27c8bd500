"""What a line of the log holds, and what it never does (SEC15, rules R3, R4)."""

import json
import logging
from io import StringIO

import pytest
import structlog
from django.test import Client

from config.logs import SHARED
from core import logs, tracing
from dashboard.due import run_due
from tests.cast import NOON

KEY = "Zk3" + "aB9_x-" * 6


@pytest.fixture
def lines():
    """What is logged, as facts."""
    log, handler, root = StringIO(), logging.StreamHandler(), logging.getLogger()
    handler.setStream(log)
    handler.setFormatter(logs.formatter("json", SHARED))
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in log.getvalue().splitlines()]
    root.removeHandler(handler)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("mail to anna.berg+x@acme.example failed", "mail to …@… failed"),
        ("at postgres://user:pass@db.example/x", "at postgres://…@db.example/x"),
        ("GET /calendar/abc.ics now", "GET /calendar/….ics now"),
        ("Not Found: /search/?q=Acme&page=2", "Not Found: /search/?…"),
        ("Authorization: Bearer abcdefghijkl", "Authorization: Bearer …"),
        (f"link /accounts/password/reset/key/{KEY}/", "link /accounts/password/reset/key/…/"),
        ("digest " + "0123456789abcdef" * 4, "digest …"),
        ("duplicate key\nDETAIL:  Key (email)=(a) exists.\nx", "duplicate key\nDETAIL: …\nx"),
        ("text to +46701234567 failed", "text to +… failed"),
        ("Could not expire credit whose last day is over", "Could not expire credit whose last day is over"),
        ('File "/srv/tillgodo/cases/migrations/0002_queues_are_read_by_client.py", line 7', None),
    ],
)
def test_sec15_what_tells_of_people_or_opens_something_is_taken_out(said, kept):
    assert logs.discreet(said) == (said if kept is None else kept)


def test_a_line_of_a_library_is_json_with_the_facts_of_its_request(lines):
    with structlog.contextvars.bound_contextvars(request_id="0123456789abcdef", person_id=7):
        logging.getLogger("library").warning("%s was slow", "x@acme.example")

    (line,) = lines()
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "…@… was slow", "level": "warning", "logger": "library", "request_id": "0123456789abcdef", "person_id": 7}


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["short", "has space in it", "x" * 65, "new\nline-in-it", "<script>alert()"])
def test_sec15_a_request_id_that_is_not_well_formed_is_not_believed(given):
    answer = Client().get("/healthz", headers={"X-Request-ID": given})

    assert len(answer.headers["X-Request-ID"]) == 32


@pytest.mark.django_db
def test_a_request_id_of_the_proxy_stands_in_the_log_with_route_and_person(lines, client_of, cast, acme):
    client_of(acme.approver).get("/?q=secret-words", headers={"X-Request-ID": "proxy-4711-abc"})

    (line,) = [line for line in lines() if line["event"] == "request_finished"]
    assert {name: line[name] for name in ("request", "code", "request_id", "person_id")} == {
        "request": "GET home",
        "code": 200,
        "request_id": "proxy-4711-abc",
        "person_id": acme.approver.pk,
    }
    assert "secret-words" not in json.dumps(line)


def test_what_a_job_logs_bears_its_name_and_an_id_of_the_run(lines):
    def job(at):
        raise RuntimeError

    run_due(at=NOON, jobs={"mend": job})

    (line,) = lines()
    assert (line["job"], len(line["job_id"]), line["event"]) == ("mend", 32, "Could not mend")
    assert structlog.contextvars.get_contextvars() == {}


def test_the_id_that_celery_gave_a_job_stays():
    with structlog.contextvars.bound_contextvars(job_id="of-celery"), tracing.job("mend"):
        assert structlog.contextvars.get_contextvars() == {"job_id": "of-celery", "job": "mend"}
