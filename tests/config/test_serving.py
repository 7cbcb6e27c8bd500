"""What gunicorn logs of itself, and what the proxies keep: no address that is a secret (rules R3, R4, SEC15)."""

import http.client
import json
import re
import runpy
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import pytest
from django.conf import settings
from django.urls import get_resolver, reverse

from config import logs
from core.environment import Environment
from core.logs import PARTS_NOT_LOGGED
from tests.config.living import environment, read

TOKEN = "Zk3aB9-x" * 4
SECRET = [
    reverse("calendar-feed", args=[TOKEN]),
    reverse("invitation", args=[TOKEN]),
    reverse("delivery-estimate-link", args=[TOKEN]),
    reverse("account_reset_password_from_key", kwargs={"uidb36": "1a", "key": TOKEN}),
]
FAILING = "def application(environ, start_response):\n    raise RuntimeError(environ['RAW_URI'])\n"
PATIENCE_SECONDS = 600


@pytest.fixture
def failing(tmp_path, monkeypatch):
    """Where gunicorn serves an application that fails, and what it has logged, as facts; it has ended then."""
    (tmp_path / "failing.py").write_text(FAILING)
    monkeypatch.setenv("LOG_FORMAT", "json")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config=python:config.serving", f"--bind=127.0.0.1:{port}", "--workers=1"]
    command += [f"--pythonpath={tmp_path}", "failing"]
    with (tmp_path / "log").open("w") as told:
        process = subprocess.Popen(command, cwd=settings.ROOT, stdout=told, stderr=subprocess.STDOUT)

    def logged():
        process.send_signal(signal.SIGTERM)
        process.wait()
        return (tmp_path / "log").read_text()

    yield port, logged
    process.kill()
    process.wait()


def status_of(port, path):
    """What is answered; asked again until somebody listens."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=90)
        try:
            line.request("GET", path)
            return line.getresponse().status
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        finally:
            line.close()


def test_sec15_gunicorn_logs_an_error_as_the_product_does_and_without_secret_addresses(failing):
    port, logged = failing

    answers = [status_of(port, f"{path}?q=anna@acme.example") for path in SECRET]
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(f"GET {SECRET[0]} nonsense\r\n\r\n".encode())
        refused = line.recv(100)
    said = logged()

    lines = [json.loads(each) for each in said.splitlines()]
    assert answers == [500] * 4
    assert refused.startswith(b"HTTP/1.1 400")
    assert [line["logger"] for line in lines] == ["gunicorn.error"] * 5
    assert [line["event"].partition("/")[0] for line in lines[:4]] == ["Error handling request "] * 4
    assert "RuntimeError" in lines[0]["exception"]
    assert [secret for secret in (TOKEN, "anna@acme.example") if secret in said] == []


@pytest.mark.parametrize("more", [None, {}, {"TILLGODO_PRODUCTION": "false"}, {"LOG_FORMAT": "text"}])
def test_gunicorn_logs_in_the_form_of_the_product(monkeypatch, more):
    said = {} if more is None else environment() | more
    product = read(monkeypatch, said)["LOGGING"]["formatters"]["line"]["form"]

    served = runpy.run_path(str(settings.ROOT / "config" / "serving.py"))["logconfig_dict"]

    assert served["formatters"]["line"]["form"] == product
    assert served["loggers"] == logs.logging_of(product, "INFO")["loggers"]


def test_what_stands_in_the_file_beside_manage_py_counts_for_gunicorn_too(monkeypatch):
    asked: list[Any] = []
    monkeypatch.setattr(Environment, "read_env", asked.append)

    runpy.run_path(str(settings.ROOT / "config" / "serving.py"))

    assert asked == [settings.ROOT / ".env"]


def test_r4_every_address_that_is_a_secret_is_known():
    """Whatever is opened by a token or a key in its address."""
    known = {"calendar-feed", "invitation", "delivery-estimate-link", "account_reset_password_from_key"}

    assert {name for name, pattern in _patterns(get_resolver()) if re.search(r"[:<](token|key)>", pattern)} == known
    assert [re.sub(PARTS_NOT_LOGGED, "…", path).count("…") for path in SECRET] == [1] * 4
    assert [part for part in PARTS_NOT_LOGGED.split("|") if not any(re.search(part, path) for path in SECRET)] == []


@pytest.mark.parametrize("path", SECRET)
def test_r4_nginx_keeps_no_secret_address(path):
    site = (settings.ROOT / "deploy" / "nginx.conf").read_text()
    kept_quiet = re.findall(r"location \^~ (\S+) \{ access_log off; proxy_pass http://tillgodo; \}", site)
    form = re.search(r"^log_format tillgodo '(.*)';$", site, re.MULTILINE).group(1)

    assert [prefix for prefix in kept_quiet if path.startswith(prefix)]
    assert re.findall(r"access_log (?!off)(.+);", site) == ["/var/log/nginx/tillgodo.log tillgodo"]
    assert re.findall(r"\$(request|request_uri|args|query_string|http_referer|http_cookie)\b", form) == []  # one may stand in them


def test_r4_caddy_keeps_no_access_log():
    assert not re.search(r"^\s*log\b", (settings.ROOT / "deploy" / "Caddyfile").read_text(), re.MULTILINE)


def _patterns(resolver, before=""):
    for found in resolver.url_patterns:
        pattern = before + str(found.pattern)
        if hasattr(found, "url_patterns"):
            yield from _patterns(found, pattern)
        else:
            yield found.name, pattern
