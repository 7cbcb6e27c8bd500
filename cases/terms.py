"""How cases are run: the provider's settings (rules P1, S13)."""

from django.utils.translation import get_language

from cases.models import CaseSettings
from core import rows
from core.once import once


def current() -> CaseSettings:
    """The settings of cases; the product's own defaults where no profile says otherwise."""
    return once("case settings", lambda: rows.find(CaseSettings, "id = 1")) or CaseSettings(pk=1)


def guide(settings: CaseSettings) -> str:
    """The address of the recommended installation and configuration, in the reader's language if it is there (rule S13)."""
    mine, other = (settings.guide_sv, settings.guide_en) if get_language() == "sv" else (settings.guide_en, settings.guide_sv)
    return mine or other
