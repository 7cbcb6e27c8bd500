"""`manage.py doctor` looks at everything, says what to do, and changes nothing."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from dashboard import ticks
from dashboard.due import JOBS
from dashboard.health import checks, machine, servers
from dashboard.health.findings import State, ask

pytestmark = pytest.mark.django_db


def doctor(*options):
    out, err = StringIO(), StringIO()
    try:
        call_command("doctor", *options, stdout=out, stderr=err)
    except SystemExit as ended:
        return ended.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def test_everything_is_asked_and_each_fault_says_what_to_do(cast):
    code, out, _ = doctor("--json")

    found = json.loads(out)
    assert [finding["name"] for finding in found["findings"]] == list(checks.CHECKS)
    assert all(finding["says"] and (finding["state"] != "fault" or finding["advice"]) for finding in found["findings"])
    assert code == 1
    assert found["first_fault"]


def test_the_first_fault_is_named_and_everything_is_told_in_lines():
    code, out, err = doctor("--only", "cache", "profile", "jobs")

    assert (code, out.count("FAULT")) == (1, 2)
    assert err.startswith("First see to this: profile: no provider profile is loaded. Run `manage.py load_profile`")


def test_what_is_well_ends_well(cast):
    ticks.note(done=JOBS, at=timezone.now())

    own = [] if connection.vendor == "postgresql" else ["role"]  # there the user of the tests owns the tables, as ours must not
    wanted = ["database", "cache", "mail", "files", "disk", "documents", "profile", "jobs", "outbox", "clock", *own]
    assert doctor("--only", *wanted)[0] == 0


@pytest.mark.parametrize(
    ("name", "value", "check", "word"),
    [
        ("SECRET_KEY", "short", machine.keys, "SECRET_KEY is weak"),
        ("SEALING_KEYS", ["typed"], machine.keys, "SEALING_KEYS: key 1"),
        ("CELERY_BROKER_URL", "redis://127.0.0.1:1/0", servers.broker, "the broker does not answer"),
        ("MEDIA_ROOT", "/proc/nowhere", machine.folder, "nothing can be written"),
        ("EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend", servers.mail, "the mail server cannot be used"),
        ("PRODUCTION", True, machine.configuration, "DATABASE_URL names no PostgreSQL"),
    ],
)
def test_what_is_wrong_is_found(settings, name, value, check, word):
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.SQLITE_IS_ENOUGH = "127.0.0.1", 1, False
    settings.DATABASES["default"] = {**settings.DATABASES["default"]}
    setattr(settings, name, value)

    said = check(timezone.now())

    assert said.state is State.FAULT
    assert said.advice
    assert word in said.says or (name == "PRODUCTION" and said.says)


def test_little_room_is_a_fault_before_there_is_none(monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 100 * 2**20}))

    assert machine.disk(timezone.now()).state is State.FAULT


def test_a_question_that_cannot_be_asked_is_a_fault():
    def broken(at):
        raise RuntimeError

    assert ask("x", broken, timezone.now()).state is State.FAULT
