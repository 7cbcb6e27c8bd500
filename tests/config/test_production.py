"""No production installation starts with something forgotten, weak, or made up; and all faults are told at once (SEC13)."""

import pytest
import yaml
from django.conf import settings
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from core.production import NotFitToStart
from dashboard.jobs import ticks
from tests.config.living import HOST, environment, read

MISSING = ("SECRET_KEY", "SEALING_KEYS", "DATABASE_URL", "ALLOWED_HOSTS", "PROXY_HEADER", "EMAIL_URL", "DEFAULT_FROM_EMAIL")


def test_sec13_a_whole_environment_starts(monkeypatch):
    found = read(monkeypatch, environment())

    assert found["PRODUCTION"]
    assert found["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert found["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


def test_sec13_all_that_is_missing_is_told_at_once_and_nothing_is_made_up(monkeypatch):
    with pytest.raises(NotFitToStart) as refused:
        read(monkeypatch, {"BASE_URL": f"https://{HOST}", "MAIL_PROVIDER": "sendmail", "CARD_SERVICE": "stripe"})

    told = [line.removeprefix("  - ").split()[0].split("=")[0] for line in str(refused.value).splitlines()[1:]]
    assert sorted(told) == sorted([*MISSING, "MAIL_PROVIDER", "CARD_SERVICE"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short-but-Random-0123456789"),
        ("SECRET_KEY", "a" * 60),
        ("SECRET_KEY", "django-insecure-" + "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH"),
        ("SEALING_KEYS", "bm90IGEga2V5"),
        ("SEALING_KEYS", "A" * 43 + "="),
        ("DATABASE_URL", "sqlite:////srv/tillgodo.sqlite3"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "."),
        ("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]"),
        ("ALLOWED_HOSTS", "other.example.com"),
        ("BASE_URL", f"http://{HOST}"),
        ("BASE_URL", f"https://{HOST}/support"),
        ("EMAIL_URL", "filemail:///"),
        ("EMAIL_URL", "consolemail://"),
        ("EMAIL_URL", "dummymail://"),
        ("DEFAULT_FROM_EMAIL", "Support"),
        ("DEFAULT_FROM_EMAIL", "Tillgodo <support@provider.example>"),
        ("DEBUG", "true"),
        ("MONITORING_TOKEN", "secret"),
        ("PROXY_HEADER", ""),
        ("TRUSTED_PROXIES", "0"),
        ("TRUSTED_PROXIES", "-1"),
        ("HSTS_SECONDS", "0"),
        ("HSTS_SECONDS", "-1"),
        ("CACHE_URL", "dummycache://"),
        ("CACHE_URL", "filecache:///tmp/of-one-machine"),
        ("CACHE_URL", "locmemcache://"),
        ("CACHE_URL", "pylibmc://memcached.example.com:11211"),
    ],
)
def test_sec13_one_thing_that_is_weak_keeps_it_from_starting(monkeypatch, name, value):
    with pytest.raises(NotFitToStart) as refused:
        read(monkeypatch, environment() | {"TILLGODO_PRODUCTION": "true", name: value})

    (told,) = str(refused.value).splitlines()[1:]
    assert told.startswith(f"  - {name}")
    assert name != "SECRET_KEY" or value not in told


@pytest.mark.parametrize(
    "said",
    [
        {"SQLITE_IS_ENOUGH": "true", "DATABASE_URL": "sqlite:////srv/a.sqlite3"},
        {"ALLOWED_HOSTS": ".example.com"},
        {"PROXY_HEADER": "none", "TRUSTED_PROXIES": "0"},
        {"HSTS_SECONDS": "300"},
        {"CACHE_URL": "redis://:password@redis.example.com:6379/1"},
    ],
)
def test_sec13_what_is_said_on_purpose_starts(monkeypatch, said):
    assert read(monkeypatch, environment() | said)["PRODUCTION"]


def test_sec13_without_an_address_it_is_a_trial_that_needs_nothing(monkeypatch):
    found = read(monkeypatch, {})

    assert not found["PRODUCTION"]
    assert found["SESSION_COOKIE_NAME"] == "sessionid"
    assert len(found["SECRET_KEY"]) >= 50


def test_a_secret_may_stand_in_a_file(monkeypatch, tmp_path):
    said = environment()
    (tmp_path / "key").write_text(said["SECRET_KEY"] + "\n")
    rest = {name: value for name, value in said.items() if name != "SECRET_KEY"}

    found = read(monkeypatch, rest | {"SECRET_KEY_FILE": str(tmp_path / "key")})

    assert found["SECRET_KEY"] == said["SECRET_KEY"]


def test_a_file_that_is_not_there_is_named_by_its_variable(monkeypatch):
    with pytest.raises(ImproperlyConfigured, match="MAILBOX_URL_FILE names a file"):
        read(monkeypatch, {"MAILBOX_URL_FILE": "/nowhere/at/all"})


def test_sec13_djangos_checks_for_deployment_find_nothing(monkeypatch):
    found = read(monkeypatch, environment())
    security = {
        name: value for name, value in found.items() if name.startswith(("SECURE", "SESSION", "CSRF", "X_FRAME", "SECRET", "SILENCED"))
    }

    with override_settings(**security, DEBUG=found["DEBUG"], ALLOWED_HOSTS=found["ALLOWED_HOSTS"], MIDDLEWARE=found["MIDDLEWARE"]):
        messages = run_checks(tags=["security"], include_deployment_checks=True)

    assert [message.id for message in messages if not message.is_silenced()] == []
    assert found["SILENCED_SYSTEM_CHECKS"] == ["security.W021"]  # reason: beside the setting


@pytest.mark.parametrize("queue", settings.CELERY_TASK_QUEUES)
def test_every_queue_has_its_worker_in_containers_as_a_unit_and_in_the_book(queue):
    services = yaml.safe_load((settings.ROOT / "compose.yaml").read_text())["services"]
    of_containers = {
        each["command"][each["command"].index("--queues") + 1] for each in services.values() if "--queues" in each.get("command", [])
    }
    book = (settings.ROOT / "docs" / "running.md").read_text()

    assert queue in of_containers
    assert f"tillgodo-worker@{queue}" in book
    assert f"--queues {queue} " in book
    assert not [job for job in ticks().values() if job["options"]["queue"] not in settings.CELERY_TASK_QUEUES]
