"""What machines are told, and what strangers are not (M4, SEC1, SEC13)."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from dashboard import ticks
from dashboard.due import JOBS
from dashboard.health import database
from notices import outbox
from tests.cast import a_person
from tests.config.living import TOKEN

pytestmark = pytest.mark.django_db
MINE = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def token(settings):
    settings.MONITORING_TOKEN = TOKEN


def figures():
    answer = Client().get("/metrics", headers=MINE)
    families = text_string_to_metric_families(answer.content.decode())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_it_lives_without_asking_anybody(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Client().get("/healthz").content == b"alive\n"


def test_m4_it_is_ready_when_jobs_run_and_nothing_is_late():
    ticks.note(done=JOBS, at=timezone.now())

    assert Client().get("/readyz").content == b"ready\n"


def test_sec13_a_stranger_learns_that_it_is_not_ready_and_not_why():
    answer = Client().get("/readyz")

    assert (answer.status_code, answer.content) == (503, b"not ready\n")


def test_m4_the_bearer_of_the_token_learns_why(token):
    answer = Client().get("/readyz", headers=MINE)

    assert answer.status_code == 503
    assert {name: said["state"] for name, said in answer.json()["checks"].items()} == {
        **dict.fromkeys(("database", "migrations", "broker", "outbox"), "ok"),
        "jobs": "fault",
    }


def test_pages_are_ready_though_no_job_runs():
    assert Client().get("/readyz/pages").status_code == 200


def test_m4_a_notice_that_is_due_for_long_is_told(token):
    now = timezone.now()
    ticks.note(done=JOBS, at=now)
    outbox.write(cause="x:1", person=a_person("Anna"), subject="S", body="B", at=now - timedelta(minutes=20))

    assert Client().get("/readyz", headers=MINE).json()["checks"]["outbox"]["says"] == "a notice by email has been due for 20 min"
    assert figures()["tillgodo_outbox_lag_seconds", "email"] >= 1200


@pytest.mark.parametrize("said", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}, {"Authorization": "Bearer "}])
def test_sec1_without_the_token_there_are_no_figures(token, said):
    assert Client().get("/metrics", headers=said).status_code == 404


def test_sec1_without_a_token_in_the_environment_nothing_opens_them(settings):
    settings.MONITORING_TOKEN = ""

    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


def test_m4_figures_tell_how_the_work_stands_without_ids_or_names(token, cast, acme):
    ticks.note(done=["deliver notices"], failed=["post to the books"], at=timezone.now())
    Client().get("/no/such/4711/page")

    found = figures()

    assert found["tillgodo_job_failures", "post to the books"] == 1
    assert found["tillgodo_outbox_waiting", "sms"] == 0
    assert found["tillgodo_holds_waiting",] == 0
    assert found["tillgodo_database_up",] == 1
    assert found["tillgodo_requests_total", "GET", "none", "404"] >= 1
    assert not any("4711" in label for name in found for label in name)


def test_figures_say_that_the_database_is_away_and_nothing_else(token, monkeypatch):
    monkeypatch.setattr("dashboard.metrics.installation._outbox", lambda at: (_ for _ in ()).throw(OperationalError))

    found = figures()

    assert found["tillgodo_database_up",] == 0
    assert not any(name[0].startswith("tillgodo_job") for name in found)


def test_a_database_that_does_not_answer_makes_pages_not_ready(monkeypatch):
    def away():
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", away)

    assert database.reachable(timezone.now()).state == "fault"


def test_sec13_weaknesses_are_reported_somewhere(settings):
    settings.SECURITY_CONTACT = "mailto:security@provider.example"

    said = Client().get("/.well-known/security.txt").content.decode().splitlines()

    assert said[0] == "Contact: mailto:security@provider.example"
    assert said[1].startswith("Expires: 20")
