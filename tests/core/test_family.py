"""The parts of the family say in words what they draw, and keep to the content security policy."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone, translation
from djmoney.money import Money

BOOKED = datetime(2026, 11, 12, 8, 0, tzinfo=UTC)
FREE_UNTIL = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
STARTS = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _in_stockholm() -> Iterator[None]:
    with timezone.override(ZoneInfo("Europe/Stockholm")), translation.override("en"):
        yield


def html(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context, RequestFactory().get("/list/?q=disk&page=2"))


def words(source: str, **context: object) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html(source, **context)).split())


class Wish(forms.Form):
    title = forms.CharField(label="What it is about", help_text="One line.")
    who = forms.ChoiceField(label="Who", choices=[("1", "Tessa"), ("2", "Theo")], widget=forms.RadioSelect, required=False)
    access = forms.BooleanField(label="Access is arranged")
    key = forms.CharField(widget=forms.HiddenInput, initial="a-key")


def test_filters_write_hours_money_and_times():
    written = words(
        "{{ m|hours }} · {{ m|hours_short }} · {{ m|hours_signed }} · {{ p|money }} · {{ v|percent }} · {{ at|moment }}"
        " · {{ at|clock }} · {{ at|day }} · {{ on|long_day }} · {{ on|day_month }} · {{ on|weekday }} · {{ zone|city }}",
        m=200, p=Money("14400", "SEK"), v=Decimal(25), at=STARTS.replace(year=2001), on=date(2001, 11, 24), zone="America/New_York",
    )  # fmt: skip

    assert written == (
        "3 h 20 min · 3 h 20 · +3 h 20 · SEK 14,400.00 · 25% · Sat 24 Nov 2001 09:00 · 09:00 · Sat 24 Nov 2001"
        " · Saturday 24 November 2001 · 24 Nov 2001 · Sat · New York"
    )


@pytest.mark.parametrize("name", ["hours", "hours_short", "hours_signed", "money", "percent", "day", "long_day", "moment", "clock"])
def test_a_filter_writes_nothing_for_nothing(name):
    assert words(f"[{{{{ nothing|{name} }}}}]", nothing=None) == "[]"


def test_the_credit_bar_says_what_it_draws():
    bar = "{% credit_bar available=760 held=180 used=500 held_url='/held/' %}"

    assert words(bar) == "Available 12 h 40 min Held 3 h Used 8 h 20 min of 24 h"
    assert 'width="52.77%"' in html(bar)
    assert 'href="/held/"' in html(bar)


def test_c11_what_is_owed_stands_beneath_the_bar_in_words_and_pattern():
    bar = "{% credit_bar available=0 held=0 used=960 owed=80 %}"

    assert words(bar) == "Available 0 h Owed 1 h 20 min Used 16 h of 16 h"
    assert 'class="bar bar-owed"' in html(bar)
    assert 'width="8.33%"' in html(bar)


def test_c9_remaining_time_is_shown_rounded_down():
    assert words("{% credit_bar available=763 held=0 used=0 step=10 %}").startswith("Available 12 h 40 min")


def test_c9_the_exact_minutes_of_a_figure_are_one_click_away():
    figure = '{% include "partials/figure.html" with label="Available credit" minutes=763 step=10 only %}'

    assert words(figure) == "Available credit 12 h 40 min To the minute 12 h 43 min"
    assert "<details" in html(figure)


def test_an_exact_figure_explains_nothing():
    assert words('{% include "partials/figure.html" with label="Owed" minutes=80 only %}') == "Owed 1 h 20 min"


RULER = "{% time_ruler booked_at=booked free_until=free starts_at=starts now=now %}"


def ruler(**context: datetime) -> dict[str, datetime]:
    return {"booked": BOOKED, "free": FREE_UNTIL, "starts": STARTS} | context


def test_c10_the_ruler_says_until_when_a_change_is_free():
    said = words(RULER, **ruler(now=BOOKED))

    assert "Free until Mon 23 Nov" in said
    assert said.endswith("a change is still free.")


def test_c10_the_ruler_says_that_the_free_time_has_passed():
    assert words(RULER, **ruler(now=FREE_UNTIL.replace(hour=9))).endswith("the free time has passed.")


def test_c10_booked_too_late_to_be_free_the_ruler_has_two_marks():
    late = FREE_UNTIL.replace(hour=20)

    assert html(RULER, **ruler(booked=late, now=late)).count("<li>") == 2


@pytest.mark.parametrize(("value", "parts"), [(64, 1), (130, 2), (150, 3)])
def test_the_meter_shows_what_is_over_and_what_is_beyond_consent(value, parts):
    drawn = html("{% meter value=value total=120 limit=138 label='Worked' %}", value=value)

    assert drawn.count("<rect") == 1 + parts
    assert "Over 2 h 18 min needs the client’s word" in drawn


def test_r2_slots_stand_by_the_readers_day_and_carry_their_instant():
    slots = [SimpleNamespace(starts_at=STARTS.replace(hour=hour)) for hour in (8, 12, 23)]

    grid = html("{% slot_grid slots chosen=chosen %}", slots=slots, chosen=STARTS.isoformat())

    assert re.findall(r'aria-label="([A-Z][a-z]+) ', grid) == ["Tuesday", "Wednesday"]
    assert re.findall(r"<span>(.*?)</span>", grid) == ["09:00", "13:00", "00:00"]
    assert f'value="{STARTS.isoformat()}" required checked' in grid


def test_c17_words_stand_beside_the_slots_they_are_about_and_no_others():
    slots = [SimpleNamespace(starts_at=STARTS.replace(hour=hour)) for hour in (8, 12)]

    grid = html("{% slot_grid slots notes=notes %}", slots=slots, notes={slots[1].starts_at: "Evening: 1 h → 2 h"})

    assert re.findall(r"<span>(.*?)</span>", grid) == ["09:00", "13:00<small>Evening: 1 h → 2 h</small>"]


def test_a_form_shows_its_errors_on_top_and_beside_each_field():
    form = Wish({"key": "a-key"})
    form.add_error(None, "1 h 20 min is missing.")

    shown = html('{% include "partials/form.html" with submit="Book" %}', form=form)

    assert 'role="alert"' in shown
    assert "<p>1 h 20 min is missing.</p>" in shown
    assert '<a href="#id_title">What it is about: This field is required.</a>' in shown
    assert 'aria-describedby="id_title_helptext id_title_error"' in shown
    assert 'name="csrfmiddlewaretoken"' in shown


def test_a_form_without_errors_has_no_summary():
    shown = html('{% include "partials/form.html" with submit="Book" %}', form=Wish())

    assert "alert" not in shown
    assert shown.count("(optional)") == 1
    assert 'type="hidden" name="key" value="a-key"' in shown


def test_a_form_of_one_line_that_reads_needs_no_token():
    shown = html('{% include "partials/form.html" with submit="Show" method="get" lines=True %}', form=Wish())

    assert "csrf" not in shown
    assert 'class="form-lines"' in shown


CARD = '{% include "partials/consequence.html" with title="Move it?" sentence="It costs 2 h 00." label="Move it and pay 2 h 00" safe_url="/s/" safe_label="Keep" tone="cost" left=left form=form %}'  # noqa: E501


def test_c10_a_costly_step_is_posted_with_the_cost_that_was_shown():
    shown = html(CARD, left=640, form=Wish())

    assert "You would have 10 h 40 min left." in shown
    assert 'class="btn btn-cost" type="submit">Move it and pay 2 h 00' in shown
    assert 'name="csrfmiddlewaretoken"' in shown
    assert 'name="key" value="a-key"' in shown


def test_a_card_that_knows_no_rest_says_none():
    assert "left." not in words(CARD, left=None, form=None)


def test_r6_the_timeline_says_who_when_and_why():
    events = [
        SimpleNamespace(get_kind_display="Hours disputed", at=STARTS.replace(year=2001), by="Anna", reason="Another matter."),
        SimpleNamespace(get_kind_display="Reminder sent", at=STARTS.replace(year=2001), by=None, reason=""),
    ]

    said = words('{% include "partials/timeline.html" with events=events only %}', events=events)

    assert said == "Hours disputed Sat 24 Nov 2001 09:00 · Anna Another matter. Reminder sent Sat 24 Nov 2001 09:00 · automatically"


def test_c7_the_receipt_goes_from_worked_to_charged():
    said = words('{% include "partials/receipt.html" with raw=39 charged=40 held=60 only %}')

    assert said == "Worked 0 h 39 Charged rounded once, over all lines 0 h 40 Held for this session 1 h 00"


def test_pages_keep_the_search():
    said = html('{% include "partials/pagination.html" %}', page=Paginator(range(90), 30).page(2))

    assert re.findall(r'href="(.*?)"', said) == ["?q=disk&amp;page=1", "?q=disk&amp;page=3"]


def test_one_page_needs_no_pages():
    assert words('{% include "partials/pagination.html" %}', page=Paginator(range(9), 30).page(1)) == ""


@pytest.mark.parametrize(
    ("state", "tone"), [("scheduled", "credit"), ("awaiting_top_up", "held"), ("disputed", "owed"), ("unheard of", "quiet")]
)
def test_a_state_has_its_colour_and_its_word(state, tone):
    tag = html('{% include "partials/tag.html" with state=state word="A word" only %}', state=state)

    assert tag.strip() == f'<span class="tag tag-{tone}">A word</span>'
