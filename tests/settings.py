"""The settings under test: those of the product, in a folder of their own, without what only costs time.

Nothing here is a switch that the product has: static files are served as they lie, passwords are hashed quickly, a commit
does not wait for the disk, and everything that would stand in `var/` stands in a temporary folder, unless TILLGODO_VAR
names one.
"""

import atexit
import os
import shutil
import tempfile

if "TILLGODO_VAR" not in os.environ:
    os.environ["TILLGODO_VAR"] = tempfile.mkdtemp(prefix="tillgodo-tests-")
    atexit.register(shutil.rmtree, os.environ["TILLGODO_VAR"], ignore_errors=True)
os.environ.setdefault("STATIC_STORAGE", "django.contrib.staticfiles.storage.StaticFilesStorage")
os.environ.setdefault("SESSION_IDLE_HOURS", str(14 * 24))  # stories go over weeks
os.environ.setdefault("SESSION_LIFETIME_HOURS", str(14 * 24))
os.environ["CARD_SERVICE"] = "tests.invoicing.card_service.CardService"

from config.settings import *  # noqa: F403
from config.settings import COSTLY_A_MINUTE, DATABASES, STATIC_ROOT

STATIC_ROOT.mkdir(parents=True, exist_ok=True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Walks through every page ask faster than anybody; what the limits do is tried in tests/proofs/test_sec14_costs.py.
COSTLY_A_MINUTE = {kind: (1_000_000, client and 1_000_000) for kind, (_person, client) in COSTLY_A_MINUTE.items()}
for _options in (database.get("OPTIONS", {}) for database in DATABASES.values()):
    if "init_command" in _options:
        _options["init_command"] = _options["init_command"].replace("synchronous=FULL", "synchronous=OFF")
