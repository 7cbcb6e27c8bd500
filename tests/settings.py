"""The settings under test: those of the product, in a folder of their own, without what only costs time.

Nothing here is a switch that the product has: static files are served as they lie, passwords are hashed
quickly, and everything that would stand in `var/` stands in a temporary folder, unless TILLGODO_VAR names one.
"""

import atexit
import os
import shutil
import tempfile

if "TILLGODO_VAR" not in os.environ:
    os.environ["TILLGODO_VAR"] = tempfile.mkdtemp(prefix="tillgodo-tests-")
    atexit.register(shutil.rmtree, os.environ["TILLGODO_VAR"], ignore_errors=True)
os.environ.setdefault("STATIC_STORAGE", "django.contrib.staticfiles.storage.StaticFilesStorage")

from config.settings import *  # noqa: F403
from config.settings import STATIC_ROOT

STATIC_ROOT.mkdir(parents=True, exist_ok=True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
