"""A server that takes a connection and never says a word is a fault, and holds nobody up for longer than we are patient (rule M4)."""

import socket
from collections.abc import Iterator

import pytest
from django.core.cache import CacheHandler, cache
from django.test import Client
from django.utils import timezone
from redis.exceptions import TimeoutError as RedisIsSilent

from config import caching
from core.environment import Environment
from dashboard.health import servers
from dashboard.health.findings import State
from tests.config.living import TOKEN

PATIENCE = 0.2


@pytest.fixture
def silent(monkeypatch) -> Iterator[str]:
    """The host and port of a server that takes every connection and never answers, as one does whose process was stopped."""
    monkeypatch.setattr(servers, "PATIENCE_SECONDS", PATIENCE)
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("url", ["redis://{}/0", "rediss://{}/0", "amqp://guest:guest@{}//", "amqps://guest:guest@{}//"])
def test_m4_a_broker_that_never_answers_is_a_fault(settings, silent, url):
    settings.CELERY_BROKER_URL = url.format(silent)

    said = servers.broker(timezone.now())

    assert (said.state, said.says) == (State.FAULT, "the broker does not answer (OperationalError)")
    assert "CELERY_BROKER_URL" in said.advice


@pytest.mark.django_db
def test_m4_readiness_answers_though_the_broker_does_not(settings, silent):
    settings.CELERY_BROKER_URL, settings.MONITORING_TOKEN = f"redis://{silent}/0", TOKEN

    answer = Client().get("/readyz", headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"]["says"] == "the broker does not answer (OperationalError)"


def test_m4_a_mail_server_that_never_answers_is_a_fault(settings, silent):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = silent.split(":")

    assert servers.mail(timezone.now()).says == "the mail server cannot be used (SMTPServerDisconnected)"


def test_a_cache_that_never_answers_fails_and_keeps_no_page_for_ever(monkeypatch, silent):
    monkeypatch.setattr(caching, "PATIENCE_SECONDS", PATIENCE)

    described = caching.completed(Environment.cache_url_config(f"redis://{silent}/1"), production=True)

    assert described["OPTIONS"] == {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
    with pytest.raises(RedisIsSilent):
        CacheHandler({"default": described})["default"].get("x")


def test_whoever_names_another_patience_with_the_cache_gets_it():
    described = caching.completed(Environment.cache_url_config("redis://127.0.0.1:6379/1?socket_timeout=1"), production=True)

    assert described["OPTIONS"] == {"socket_connect_timeout": 5.0, "socket_timeout": 1}


def test_m4_a_cache_that_fails_is_a_fault(monkeypatch):
    def failing(*_, **__):
        raise RedisIsSilent

    monkeypatch.setattr(type(cache), "set", failing, raising=False)

    said = servers.caches(timezone.now())

    assert (said.state, said.says) == (State.FAULT, "the cache does not answer (TimeoutError)")
    assert "CACHE_URL" in said.advice
