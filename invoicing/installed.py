"""What `manage.py check` says of an installation that invoices (rule I4)."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error

from invoicing.einvoice import official, vetting


def further_rules(*, app_configs: Sequence[AppConfig] | None, **_more: Any) -> list[CheckMessage]:
    """An error where `EINVOICE_RULES` names what cannot be asked: every e-invoice would be refused for it."""
    folder = vetting.folder_of_rules()
    if folder is None:
        return []
    try:
        official.require_installed(further=folder)
    except official.RulesDidNotRun as fault:
        return [Error(f"EINVOICE_RULES: {fault}.", hint="No e-invoice is made until the rules can be asked.", id="invoicing.E001")]
    return []
