"""Where things stand in this house, for the tests that keep it in order."""

import tomllib
from pathlib import Path

from django.apps import AppConfig, apps

ROOT = Path(__file__).resolve().parents[2]
FLOORS: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
"""From the roof down, as import-linter reads them."""


def our_apps() -> list[AppConfig]:
    """The installed apps that are ours."""
    return [config for config in apps.get_app_configs() if config.name in FLOORS]


def product_modules() -> list[Path]:
    """Every module of the product, without its tests and its migrations."""
    return sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py") if "migrations" not in path.parts)


def modules_of_tests() -> list[Path]:
    """Every module of the tests."""
    return sorted((ROOT / "tests").rglob("*.py"))


def templates() -> list[Path]:
    """Every template: pages, their parts, mails."""
    return sorted(path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt", ".svg"})


def shown(path: Path) -> str:
    """The path as a reader of a failure wants it."""
    return path.relative_to(ROOT).as_posix()
