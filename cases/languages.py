"""Which language a case is answered in (rule P4): the client's, where the plan gives support in it; else the plan's own."""

from cases import life
from cases.models import Case, Opened
from clients.models import SupportChannel
from people.models import Language

DEFAULT_CHANNEL = SupportChannel.PORTAL.value


def answer_language(case: Case) -> str:
    """The language that the case is answered in, as its code.

    A plan that names no languages for the channel gives support in every language of the product.
    """
    languages = life.terms_of(case).languages.get(_channel(case))
    if not languages:
        return case.language if case.language in Language.values else life.terms_of(case).fallback_language
    return case.language if case.language in languages else life.terms_of(case).fallback_language


def owes_a_note(case: Case) -> bool:
    """Whether the reporter is told that the answer comes in another language than they wrote in (rule P4)."""
    return answer_language(case) != case.language


def _channel(case: Case) -> str:
    """The channel that the languages are named for: what we opened ourselves goes by the portal."""
    return DEFAULT_CHANNEL if case.opened_via == Opened.STAFF else case.opened_via
