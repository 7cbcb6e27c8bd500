"""What we never do (docs/style.md): rules have one place, and it is found by its noun."""

import re

from django.core.management import get_commands
from simple_history.models import HistoricalChanges

from tests.architecture.house import ROOT, our_apps, product_modules, shown

SHAPELESS = {"helpers.py", "managers.py", "selectors.py", "services.py", "tasks.py", "utils.py"}
NOUNS = {"delivery/tasks.py", "delivery/models/tasks.py"}
"""A task is what delivery is about."""
MAY_LISTEN = {"core/apps.py", "trail/watching.py"}
"""Guards are put up after a migration run; and the audit log hears of what nobody may have to remember to tell it."""


def our_models():
    return [model for config in our_apps() for model in config.get_models() if not issubclass(model, HistoricalChanges)]


def test_no_module_is_named_for_what_it_is_not():
    assert [shown(path) for path in product_modules() if path.name in SHAPELESS and shown(path) not in NOUNS] == []


def test_no_model_overrides_save_or_delete():
    overridden = [f"{model._meta.label}.{name}" for model in our_models() for name in ("save", "delete") if name in vars(model)]

    assert overridden == []


def test_no_model_has_a_default_ordering():
    assert [model._meta.label for model in our_models() if model._meta.ordering] == []


def test_nobody_listens_to_signals():
    listening = [shown(path) for path in product_modules() if re.search(r"django\.dispatch|\bmodels\.signals\b", path.read_text())]

    assert set(listening) <= MAY_LISTEN


def test_migrations_are_named_by_intent():
    migrations = [shown(path) for config in our_apps() for path in (ROOT / config.name / "migrations").glob("0*.py")]

    assert [name for name in migrations if "_auto_" in name] == []


def test_the_lock_names_no_place_to_fetch_from():
    lines = (ROOT / "requirements.lock").read_text().splitlines()

    assert [line for line in lines if "://" in line or (line.lstrip().startswith("-") and "--hash=sha256:" not in line)] == []
    assert "resolved" not in (ROOT / "tests" / "readers" / "package-lock.json").read_text()


def test_the_guides_name_only_what_is_there():
    guides = [*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]
    named = {(shown(guide), path) for guide in guides for path in re.findall(r"`([a-z_]+/[\w/]+\.\w+)`", guide.read_text())}
    commands = {(shown(guide), name) for guide in guides for name in re.findall(r"manage\.py (\w+)", guide.read_text())}

    assert {(guide, path) for guide, path in named if not (ROOT / path).exists()} == set()
    assert {(guide, name) for guide, name in commands if name not in get_commands()} == set()
