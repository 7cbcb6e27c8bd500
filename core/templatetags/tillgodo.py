"""Filters and tags that every template has without loading them: hours, money, times, and the drawn parts of the family.

A filter writes nothing for None, as Django's own do. Widths are attributes of SVG, for our content security policy
refuses inline styles.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any, Protocol, TypeVar

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from djmoney.money import Money

from core import drawing, formatting
from core.tones import TONES

register = template.Library()
Value = TypeVar("Value")


class HasStart(Protocol):
    """Something that begins at an instant: an open slot, a session."""

    @property
    def starts_at(self) -> datetime:
        """The instant."""


def _or_nothing(write: Callable[[Value], str], value: Value | None) -> str:
    return "" if value is None else write(value)


def _local_date(value: date | datetime) -> date:
    """The date itself, or the reader's date at an instant."""
    return timezone.localdate(value) if isinstance(value, datetime) else value


@register.filter
def hours(minutes: int | None) -> str:
    """{{ 200|hours }}: "3 h 20 min", for running text."""
    return _or_nothing(formatting.hours, minutes)


@register.filter
def hours_short(minutes: int | None) -> str:
    """{{ 200|hours_short }}: "3 h 20", for tables and buttons."""
    return _or_nothing(formatting.hours_short, minutes)


@register.filter
def hours_exact(minutes: Decimal | None) -> str:
    """{{ 58.5|hours_exact }}: "0 h 58.5", on the way to a rounding."""
    return _or_nothing(formatting.hours_exact, minutes)


@register.filter
def hours_signed(minutes: int | None) -> str:
    """{{ -40|hours_signed }}: "−0 h 40", for changes."""
    return _or_nothing(formatting.hours_signed, minutes)


@register.filter
def hours_parts(minutes: int) -> list[formatting.Part]:
    """{% for part in 200|hours_parts %}: numbers with units, for large figures."""
    return formatting.hours_parts(minutes)


@register.filter
def money(price: Money | None) -> str:
    """{{ price|money }}: "SEK 14,400.00", Swedish "14 400,00 kr"."""
    return _or_nothing(formatting.money, price)


@register.filter
def percent(share: Decimal | None) -> str:
    """{{ vat_percent|percent }}: "25%", Swedish "25 %"."""
    return _or_nothing(formatting.percent, share)


@register.filter
def day(value: date | datetime | None) -> str:
    """{{ date|day }}: "Tue 24 Nov", with the year where it is another."""
    return _or_nothing(lambda on: formatting.day(_local_date(on)), value)


@register.filter
def long_day(value: date | datetime | None) -> str:
    """{{ date|long_day }}: "Tuesday 24 November"."""
    return _or_nothing(lambda on: formatting.long_day(_local_date(on)), value)


@register.filter
def day_month(value: date | datetime | None) -> str:
    """{{ date|day_month }}: "24 Nov"."""
    return _or_nothing(lambda on: formatting.day_month(_local_date(on)), value)


@register.filter
def weekday(value: date | datetime | None) -> str:
    """{{ date|weekday }}: "Tue"."""
    return _or_nothing(lambda on: formatting.weekday(_local_date(on)), value)


@register.filter
def moment(instant: datetime | None) -> str:
    """{{ instant|moment }}: "Tue 24 Nov 09:00"."""
    return _or_nothing(formatting.moment, instant)


@register.filter
def clock(instant: datetime | None) -> str:
    """{{ instant|clock }}: "09:00", with the offset where the time exists twice (rule W5)."""
    return _or_nothing(formatting.clock, instant)


@register.filter
def city(zone: str) -> str:
    """{{ person.time_zone|city }}: "Stockholm" of "Europe/Stockholm"."""
    return zone.rsplit("/", maxsplit=1)[-1].replace("_", " ")


@register.filter
def country(code: str) -> str:
    """{{ holiday.country|country }}: "Sweden" of "SE", in the reader's language."""
    return formatting.country(code) if code else ""


@register.filter
def tone(state: str) -> str:
    """{{ state|tone }}: the colour of a state — credit, held, owed, note or quiet."""
    return TONES.get(state, "quiet")


@register.filter
def rounded_down(minutes: int, step: int | None) -> int:
    """{{ minutes|rounded_down:step }}: remaining time as it is shown; without a step, exact (rule C9)."""
    return minutes - minutes % step if step else minutes


@register.simple_tag
def units() -> SafeString:
    """<div data-clock {% units %}>: the words in which static/tillgodo/session.js counts on."""
    hour, day, days = formatting.units()
    return format_html('data-hour="{}" data-day="{}" data-days="{}"', hour, day, days)


@register.simple_tag
def countdown(to: datetime, now: datetime) -> SafeString:
    """{% countdown starts_at now as left %}: "2 days 3 h", counted on in the browser where that can; never below nothing."""
    seconds = max(int((to - now).total_seconds()), 0)
    words = formatting.distance(-(-seconds // 60))
    return format_html('<span class="nowrap" data-countdown="{}" {}>{}</span>', seconds, units(), words)


@register.simple_tag
def tenths(share: int) -> str:
    """{% tenths 528 %}: "52.8", thousandths as percents for an attribute of a drawing, the same in every language."""
    return f"{share // 10}.{share % 10}"


@register.inclusion_tag("partials/credit_bar.html")
def credit_bar(available: int, held: int, used: int, owed: int = 0, *, step: int | None = None, held_url: str = "") -> dict[str, Any]:
    """The bar of an account or a session: available solid, held hatched, used empty, owed beneath. All in minutes."""
    whole = max(available + held + used, owed)
    shares = drawing.widths([available, held, whole - available - held])
    return {
        "available": rounded_down(available, step),
        "held": held,
        "used": used,
        "owed": owed,
        "total": rounded_down(available, step) + held + used,
        "held_url": held_url,
        "available_width": drawing.css_percent(shares[0]),
        "held_width": drawing.css_percent(shares[1]),
        "owed_width": drawing.css_percent(drawing.widths([owed, whole - owed])[0]),
    }


@register.inclusion_tag("partials/time_ruler.html")
def time_ruler(booked_at: datetime, free_until: datetime, starts_at: datetime, now: datetime) -> dict[str, Any]:
    """The ruler booked — free until — session with "you are here" (rule C10)."""
    free, here = drawing.ruler(booked_at=booked_at, free_until=free_until, starts_at=starts_at, now=now)
    return {
        "booked_at": booked_at,
        "free_until": free_until,
        "starts_at": starts_at,
        "now": now,
        "free_width": drawing.css_percent(free),
        "late_width": drawing.css_percent(drawing.WHOLE - free),
        "here": drawing.css_percent(here),
        "anchor": "start" if here < drawing.WHOLE // 6 else "end" if here > drawing.WHOLE * 5 // 6 else "middle",
        "has_free": free > 0,
        "is_late": now > free_until,
    }


@register.inclusion_tag("partials/sum_bar.html")
def sum_bar(used: Money, total: Money, *, warned: object = None) -> dict[str, Any]:
    """The bar of a sum of money: how much of it is used, and what is left. `warned`: that is little."""
    share = min(int(used.amount * drawing.WHOLE // total.amount), drawing.WHOLE) if total.amount else 0
    return {"used": used, "total": total, "left": total - used, "warned": bool(warned), "width": drawing.css_percent(share)}


@register.inclusion_tag("partials/meter.html")
def meter(value: int, total: int, *, label: str, limit: int | None = None) -> dict[str, Any]:
    """How much of `total` minutes is used; beyond it hatched, beyond `limit` striped red."""
    end = total if limit is None else max(limit, total)
    parts = [min(value, total), max(min(value, end) - total, 0), max(value - end, 0)]
    shares = drawing.widths([*parts, max(end - value, 0)])
    starts = [0, shares[0], shares[0] + shares[1]]
    segments = [
        {"kind": kind, "x": drawing.css_percent(start), "width": drawing.css_percent(share)}
        for kind, start, share in zip(("worked", "over", "beyond"), starts, shares, strict=False)
        if share
    ]
    return {"value": value, "total": total, "label": label, "limit": limit, "segments": segments}


@register.inclusion_tag("partials/slot_grid.html")
def slot_grid(
    slots: Iterable[HasStart], chosen: str = "", name: str = "starts_at", notes: Mapping[datetime, str] | None = None
) -> dict[str, Any]:
    """Open slots by local day, as radio buttons named `name` whose values are ISO instants in UTC; `slots` in order of time.

    `notes` are words that stand beside some of them, by their instant.
    """
    said = notes or {}
    days = [
        {
            "on": on,
            "instants": [{"at": slot.starts_at, "value": slot.starts_at.isoformat(), "note": said.get(slot.starts_at)} for slot in group],
        }
        for on, group in groupby(slots, key=lambda slot: timezone.localdate(slot.starts_at))
    ]
    return {"days": days, "chosen": chosen, "name": name}
