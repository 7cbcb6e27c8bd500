"""mypy's Django plugin, over models whose managers have names.

django-money puts a class made at run time in place of each manager of a model with a money column, which the
plugin cannot name and so refuses. What the types say does not depend on it: here the models keep the managers
they declare. The types of the columns themselves stand in `djmoney/` beside this file.
"""

import os
import sys
from pathlib import Path

from django.db.models.signals import class_prepared

sys.path.append(str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from djmoney.models import fields
from mypy_django_plugin.main import plugin

class_prepared.disconnect(fields.patch_managers)

__all__ = ["plugin"]
