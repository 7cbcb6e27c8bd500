"""An arrow only ever points down. import-linter sees imports; foreign keys are seen here."""

from typing import Any

from tests.architecture.house import FLOORS, ROOT, our_apps


def test_every_floor_is_there():
    assert [floor for floor in FLOORS if not (ROOT / floor / "__init__.py").exists()] == []


def test_every_app_of_ours_stands_on_a_floor():
    packages = {path.parent.name for path in ROOT.glob("*/apps.py")}

    assert packages == {config.name for config in our_apps()}


def test_foreign_keys_point_down():
    rising = [
        f"{model._meta.label}.{field.name} → {field.related_model}"
        for config in our_apps()
        for model in config.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and _rises(config.name, field)
    ]

    assert rising == []


def test_sessions_has_a_label_of_its_own():
    assert {config.name: config.label for config in our_apps()}["sessions"] == "support_sessions"


def _rises(floor: str, relation: Any) -> bool:
    app = relation.related_model._meta.app_config.name
    return app in FLOORS and FLOORS.index(app) < FLOORS.index(floor)
