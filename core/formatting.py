"""How hours, money and times are written, in the reader's language and time zone (rules P4, W5).

Hours are "3 h 20 min" in running text and "3 h 20" in tables; dates are "Tue 24 Nov", with the year when it is
another; a clock time that exists twice, because clocks go back, is shown with its offset. Language and zone are
those active: of the person who reads the page, or for whom a mail is written.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from django.utils import timezone
from django.utils.translation import get_language
from djmoney.money import Money

MINUS = "\N{MINUS SIGN}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
FALLBACK = "en"
HOUR_WORD = {"en": "h", "sv": "tim"}
DAY_WORDS = {"en": ("day", "days"), "sv": ("dag", "dagar")}
ONE_DAY = 24 * 60
MONEY_PATTERN = {
    "en": f"¤¤{NO_BREAK_SPACE}#,##0.00;¤¤{NO_BREAK_SPACE}{MINUS}#,##0.00",
    "sv": f"#,##0.00{NO_BREAK_SPACE}¤;{MINUS}#,##0.00{NO_BREAK_SPACE}¤",
}
PERCENT_SIGN = {"en": "%", "sv": f"{NO_BREAK_SPACE}%"}


class Part(NamedTuple):
    """A number and its unit."""

    number: str
    unit: str


def hours_parts(minutes: int) -> list[Part]:
    """Minutes as numbers with units, for large figures: 3 h, 20 min. The first number bears the sign."""
    whole, rest = divmod(abs(minutes), 60)
    parts = []
    if whole or not rest:
        parts.append(Part(str(whole), HOUR_WORD[_language()]))
    if rest:
        parts.append(Part(f"{rest:02}" if whole else str(rest), "min"))
    first, *others = parts
    return [Part(_minus(minutes) + first.number, first.unit), *others]


def hours(minutes: int) -> str:
    """Minutes for running text: "3 h 05 min", "2 h", "40 min", "0 h"; Swedish "3 tim 05 min"."""
    return " ".join(f"{part.number} {part.unit}" for part in hours_parts(minutes))


def distance(minutes: int) -> str:
    """How far off something is: "2 days 3 h"; below a day to the minute, "3 h 05 min". Swedish "2 dagar 3 tim"."""
    if minutes < ONE_DAY:
        return hours(minutes)
    days, rest = divmod(minutes, ONE_DAY)
    words = [f"{days} {DAY_WORDS[_language()][days != 1]}", *([f"{rest // 60} {HOUR_WORD[_language()]}"] if rest >= 60 else [])]
    return " ".join(words)


def units() -> tuple[str, str, str]:
    """The words for an hour, a day and days, for what is counted in the browser."""
    return (HOUR_WORD[_language()], *DAY_WORDS[_language()])


def hours_short(minutes: int) -> str:
    """Minutes for tables and buttons, alike in all languages: "3 h 20", "2 h 00", "−0 h 40"; nothing is "0 h"."""
    if not minutes:
        return "0 h"
    whole, rest = divmod(abs(minutes), 60)
    return f"{_minus(minutes)}{whole} h {rest:02}"


def hours_exact(minutes: Decimal) -> str:
    """Minutes to the hundredth, on the way to a rounding: "0 h 58.5", Swedish "0 h 58,5"; whole ones as in tables."""
    whole, rest = divmod(minutes, 60)
    return f"{whole:.0f} h {format_decimal(rest, format='00.##', locale=_language())}"


def hours_signed(minutes: int) -> str:
    """A change in minutes, with its sign: "+16 h 00", "−0 h 40"; no change is "0 h"."""
    return f"+{hours_short(minutes)}" if minutes > 0 else hours_short(minutes)


def money(price: Money) -> str:
    """An amount with its currency: "SEK 14,400.00", Swedish "14 400,00 kr", with no-break spaces."""
    language = _language()
    return format_currency(price.amount, price.currency.code, format=MONEY_PATTERN[language], locale=language)


def percent(share: Decimal) -> str:
    """A percentage, 25 for 25 %: "25%", "12.5%"; Swedish "12,5 %"."""
    language = _language()
    return format_decimal(share, format="#,##0.##", locale=language) + PERCENT_SIGN[language]


def day(on: date, today: date | None = None) -> str:
    """A date, "Tue 24 Nov", Swedish "tis 24 nov"; with the year where it is not that of `today` (the reader's)."""
    return _date(on, "EEE d MMM", today)


def long_day(on: date, today: date | None = None) -> str:
    """A date in full words, for headings: "Tuesday 24 November"."""
    return _date(on, "EEEE d MMMM", today)


def day_month(on: date, today: date | None = None) -> str:
    """A date without its weekday, for dense tables: "24 Nov"."""
    return _date(on, "d MMM", today)


def span(first: date, last: date) -> str:
    """The days from the first to the last, each with its year: "1 Dec 2026 – 31 Dec 2026"."""
    return " – ".join(format_date(on, "d MMM y", locale=_language()).replace(".", "") for on in (first, last))


def country(code: str) -> str:
    """The name of a country, "Sweden" for "SE", Swedish "Sverige"; another code as it stands."""
    return str(Locale(_language()).territories.get(code, code))


def weekday(on: date) -> str:
    """The short name of the weekday: "Tue"."""
    return format_date(on, "EEE", locale=_language())


def clock(instant: datetime) -> str:
    """The reader's clock at an instant, "09:00"; "02:30 (UTC+2)" where that clock time exists twice (rule W5)."""
    local = timezone.localtime(instant)
    written = f"{local:%H:%M}"
    return f"{written} ({_offset(local)})" if _exists_twice(local) else written


def moment(instant: datetime, today: date | None = None) -> str:
    """The reader's day and clock at an instant: "Tue 24 Nov 09:00"."""
    return f"{day(timezone.localdate(instant), today)} {clock(instant)}"


def _language() -> str:
    """The active language, or English where it is none of ours."""
    language = (get_language() or FALLBACK).split("-")[0]
    return language if language in HOUR_WORD else FALLBACK


def _minus(minutes: int) -> str:
    return MINUS if minutes < 0 else ""


def _date(on: date, pattern: str, today: date | None) -> str:
    """`on` by the pattern; abbreviated Swedish months lose their full stop."""
    if on.year != (today or timezone.localdate()).year:
        pattern += " y"
    return format_date(on, pattern, locale=_language()).replace(".", "")


def _exists_twice(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _offset(local: datetime) -> str:
    """The distance from UTC: "UTC+2", "UTC−3:30"."""
    ahead = local.utcoffset() or timedelta()
    whole, rest = divmod(abs(ahead) // timedelta(minutes=1), 60)
    return f"UTC{MINUS if ahead < timedelta() else '+'}{whole}" + (f":{rest:02}" if rest else "")
