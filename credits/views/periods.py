"""The period that somebody asks a statement for, and those that are asked for often (rule C15)."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from clients.models import Provider
from credits.forms import PeriodForm

USUAL_DAYS = 90
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Preset:
    """A period that is asked for often."""

    label: str | StrPromise
    first: date
    last: date
    chosen: bool


def today_of(provider: Provider) -> date:
    """The provider's date: statements go by it."""
    return timezone.now().astimezone(provider.zone).date()


def asked_for(request: HttpRequest, today: date) -> tuple[PeriodForm, date, date]:
    """The form with the period asked for, and that period; the usual one where nothing was asked or it cannot be."""
    first, last = today - timedelta(days=USUAL_DAYS - 1), today
    asked = {"first", "last"} & request.GET.keys()
    form = PeriodForm(request.GET) if asked else PeriodForm(initial={"first": first, "last": last})
    if asked and form.is_valid():
        return form, form.cleaned_data["first"], form.cleaned_data["last"]
    return form, first, last


def presets(today: date, first: date, last: date) -> list[Preset]:
    """The periods that are asked for often; chosen is the one from `first` to `last`."""
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    before = (quarter - ONE_DAY).replace(day=1)
    usual = [
        (_("Last 90 days"), today - timedelta(days=USUAL_DAYS - 1), today),
        (_("This quarter"), quarter, today),
        (_("Last quarter"), before.replace(month=before.month - 2), quarter - ONE_DAY),
        (_("This year"), today.replace(month=1, day=1), today),
    ]
    return [Preset(label, begins, ends, (begins, ends) == (first, last)) for label, begins, ends in usual]
