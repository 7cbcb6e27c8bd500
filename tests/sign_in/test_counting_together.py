"""Tries to sign in are counted for all processes together, in what production has without CACHE_URL."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client

from tests.cast import PASSWORD
from tests.config.living import environment, read

pytestmark = pytest.mark.django_db(transaction=True)
IN_ANOTHER_PROCESS = """
import sys
from tests.proofs.wsgi import application
from django.test import Client
for address in sys.argv[2:]:
    print(Client(SERVER_NAME="127.0.0.1").post("/accounts/login/", {"login": address, "password": sys.argv[1]}).status_code)
"""
LET_IN, ASKED_AGAIN = "302", "200"


def elsewhere(*addresses):
    """How another process answers each of these people, who know their passwords."""
    names = {"TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]), "SECRET_KEY": settings.SECRET_KEY}
    command = [sys.executable, "-c", IN_ANOTHER_PROCESS, PASSWORD, *addresses]
    said = subprocess.run(command, cwd=settings.ROOT, env=os.environ | names, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return said.stdout.split()


def test_wrong_passwords_at_one_process_count_at_another(acme, borealis, monkeypatch):
    assert read(monkeypatch, environment())["CACHES"] == settings.CACHES
    monkeypatch.undo()
    cache.clear()

    for _try in range(5):
        Client().post("/accounts/login/", {"login": acme.approver.email, "password": "a wrong one altogether"})

    assert elsewhere(borealis.approver.email, acme.approver.email) == [LET_IN, ASKED_AGAIN]
