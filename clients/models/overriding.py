"""Which terms of its plans an agreement may set for itself, and which values they can have (rule P3: individual plans)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clients.models.on_call import OnCallRota
from clients.models.plans import CaseKind, MetBy, Plan, Priority, ServiceManager, SupportChannel
from people.models import Language

Check = Callable[[Any], Any]
MOST = 32767
"""What a small whole number can be on every database."""


def checked_term(name: str, value: Any) -> Any:
    """The value as it is kept. Raises ValidationError for a name that is not overridable, or a value that it cannot have."""
    if name not in OVERRIDABLE:
        raise ValidationError({"name": _("An agreement cannot set this term.")})
    try:
        return OVERRIDABLE[name](value)
    except ValidationError as fault:
        raise ValidationError({"value": fault.messages}) from None


def label_of(name: str) -> str:
    """The name of the term as people read it."""
    return str(Plan._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # all of them are columns of Plan


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValidationError(_("It is either yes or no."))
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST:
        raise ValidationError(_("It is a whole number from 0 to %(most)s."), params={"most": MOST})
    return value


def _number_or_none(value: Any) -> int | None:
    if value == 0:
        raise ValidationError(_("It is a whole number from 1 on, or nothing."))
    return None if value is None else _number(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 40 or not value.isprintable():
        raise ValidationError(_("It is a text of at most 40 characters."))
    return value


def _one_of(words: Sequence[str]) -> Check:
    def check(value: Any) -> str:
        if value not in words:
            raise ValidationError(_("It is one of: %(words)s."), params={"words": ", ".join(filter(None, words))})
        return str(value)

    return check


def _some_of(words: Sequence[str]) -> Check:
    def check(value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(item, str) and item in words for item in value):
            raise ValidationError(_("It is a list out of: %(words)s."), params={"words": ", ".join(words)})
        return [word for word in words if word in value]

    return check


def _numbers_by_country(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise ValidationError(_("It is numbers by country."))
    return {_text(country): _text(number) for country, number in value.items()}


def _languages_by_channel(value: Any) -> dict[str, list[str]]:
    if not isinstance(value, Mapping):
        raise ValidationError(_("It is languages by channel."))
    channel, languages = _one_of(SupportChannel.values), _some_of(Language.values)
    return {channel(one): languages(spoken) for one, spoken in value.items()}


def _priority(value: Any) -> int:
    if not Priority.objects.filter(number=_number(value)).exists():
        raise ValidationError(_("There is no such priority."))
    return int(value)


def _rota(value: Any) -> str:
    """By its code."""
    if value and not OnCallRota.objects.filter(code=_text(value)).exists():
        raise ValidationError(_("There is no such rota."))
    return _text(value)


OVERRIDABLE: Mapping[str, Check] = {
    "channels": _some_of(SupportChannel.values),
    "phone_numbers": _numbers_by_country,
    "languages": _languages_by_channel,
    "fallback_language": _one_of(Language.values),
    "default_priority": _priority,
    "guaranteed_kinds": _some_of(CaseKind.values),
    "response_met_by": _one_of(MetBy.values),
    "restarts_on_word": _flag,
    "lowering_from_report": _flag,
    "call_after_answers": _number_or_none,
    "call_after_minutes": _number_or_none,
    "solution_reminder_days": _number,
    "silence_closes_after_days": _number_or_none,
    "reopen_days": _number,
    "visit_included": _flag,
    "outage_phone": _text,
    "outage_rota": _rota,
    "rank": _number,
    "community_chat": _flag,
    "service_manager": _one_of(ServiceManager.values),
    "status_meetings": _number,
    "architect_hours": _number,
    "technical_reviews": _number,
}
"""Terms by the names of Plan's columns, each with what makes of a value the one that is kept."""
