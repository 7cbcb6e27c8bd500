"""Time bands and skill levels in the provider profile (rules C17, P1)."""

import re
from datetime import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from clients import profile
from sessions.models import Purpose, SkillLevel, TimeBand

SHIPPED = Path(__file__).resolve().parents[2] / "profiles" / "easyredmine.toml"
EXAMPLE = re.compile(r"^# \[\[sessions\.bands\]\].*?(?=^# A purpose)", re.DOTALL | re.MULTILINE)


@pytest.fixture
def with_factors(tmp_path):
    """The shipped profile with the factors of its example in force, after one replacement; databases take the skill."""

    def edit(old="", new=""):
        text = EXAMPLE.sub(lambda found: re.sub("^# ?", "", found[0], flags=re.MULTILINE), SHIPPED.read_text())
        text = text.replace('sv = "Databaser"', 'sv = "Databaser"\nlevel = "database-specialist"')
        assert old in text
        (tmp_path / "edited.toml").write_text(text.replace(old, new, 1))
        return tmp_path / "edited.toml"

    return edit


def load(path):
    out = StringIO()
    call_command("load_profile", path, stdout=out)
    return out.getvalue().splitlines()


def test_c17_the_shipped_profile_puts_no_factor_in_force(db):
    load(SHIPPED)

    assert (TimeBand.objects.count(), SkillLevel.objects.count()) == (0, 0)
    assert not Purpose.objects.exclude(skill_level=None).exists()


def test_c17_the_example_in_the_shipped_profile_works(db, with_factors):
    load(with_factors())

    columns = ("code", "name_en", "name_sv", "weekdays", "dates", "opens", "closes", "factor_percent", "position", "offered")
    holiday, evening = TimeBand.objects.order_by("position").values_list(*columns)
    midnight, dates = time(0), ["2026-12-24", "2026-12-25", "2026-12-26"]
    assert holiday == ("holiday", "Public holiday", "Helgdag", [], dates, midnight, midnight, 200, 1, True)
    assert evening == ("evening", "Evening", "Kväll", [0, 1, 2, 3, 4], [], time(17), time(22), 150, 2, True)
    specialist = SkillLevel.objects.get()
    assert (specialist.code, specialist.factor_percent) == ("database-specialist", 120)
    assert Purpose.objects.get(skill_level=specialist).code == "databases"


def test_p1_loading_factors_twice_changes_nothing_and_writes_no_history(db, with_factors):
    load(with_factors())

    again = load(with_factors())

    assert again[0].endswith("nothing changed.")
    assert (TimeBand.history.count(), SkillLevel.history.count(), Purpose.history.count()) == (2, 1, 12)


def test_c17_what_the_profile_no_longer_names_is_not_offered_and_not_deleted(db, with_factors):
    load(with_factors())

    load(SHIPPED)

    assert sorted(TimeBand.objects.values_list("offered", "factor_percent")) == [(False, 150), (False, 200)]
    assert list(SkillLevel.objects.values_list("offered", "factor_percent")) == [(False, 120)]
    assert not Purpose.objects.exclude(skill_level=None).exists()


def test_c17_dates_may_stand_as_toml_writes_them(db, with_factors):
    load(with_factors('dates = ["2026-12-24", "2026-12-25", "2026-12-26"]', "dates = [2026-12-26, 2026-12-24]"))

    assert TimeBand.objects.get(code="holiday").dates == ["2026-12-24", "2026-12-26"]


NOT_A_FACTOR = "must be whole percents from 25 to 300, like “150 %”"
NOT_A_CLOCK = "must be a time of day like “08:00”, at most “23:59”"
NOT_A_DATE = "must be dates like “2026-12-24”"
NEVER = "name weekdays, dates, or both: else the band is never"
HOLIDAY, EVENING, SPECIALIST, DATABASES = "sessions.bands[1]", "sessions.bands[2]", "sessions.levels[1]", "sessions.purposes[9]"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('factor = "150 %"', 'factor = "0 %"', f"{EVENING}.factor: {NOT_A_FACTOR}"),
        ('factor = "150 %"', 'factor = "24 %"', f"{EVENING}.factor: {NOT_A_FACTOR}"),
        ('factor = "150 %"', 'factor = "301 %"', f"{EVENING}.factor: {NOT_A_FACTOR}"),
        ('factor = "150 %"', 'factor = "1000 %"', f"{EVENING}.factor: {NOT_A_FACTOR}"),
        ('factor = "150 %"', 'factor = "12.5 %"', f"{EVENING}.factor: {NOT_A_FACTOR}"),
        ('factor = "150 %"', 'factor = ""', f"{EVENING}.factor: Ensure this value is greater than or equal to 25."),
        ('factor = "150 %"', "factor = 1.5", f"{EVENING}.factor: must be a text in quotes"),
        ('factor = "120 %"', 'factor = "0 %"', f"{SPECIALIST}.factor: {NOT_A_FACTOR}"),
        ('factor = "120 %"', "", f"{SPECIALIST}.factor: is missing"),
        ('from = "17:00"', 'from = "5 pm"', f"{EVENING}.from: {NOT_A_CLOCK}"),
        ('to = "22:00"', 'to = "24:00"', f"{EVENING}.to: {NOT_A_CLOCK}"),
        ('to = "22:00"', 'to = "17:00"', f"{EVENING}.to: must be later than “from”, or “00:00” for midnight"),
        ('"mon", "tue"', '"monday", "tue"', f"{EVENING}.weekdays: must be one of: mon, tue, wed, thu, fri, sat, sun"),
        (
            'weekdays = ["mon", "tue", "wed", "thu", "fri"]',
            "",
            f"{EVENING}.weekdays: {NEVER}",
        ),
        ('"2026-12-24",', '"2026-12-32",', f"{HOLIDAY}.dates: {NOT_A_DATE}"),
        ('"2026-12-24",', '"20261224",', f"{HOLIDAY}.dates: {NOT_A_DATE}"),
        ('"2026-12-24",', '"2026-12-25",', f"{HOLIDAY}.dates: names something twice"),
        ('code = "evening"', 'code = "holiday"', "sessions.bands: “holiday” stands there twice"),
        ('code = "evening"', 'colour = "red"', f"{EVENING}.code: is missing"),
        (
            '"Databaser"\nlevel = "database-specialist"',
            '"Databaser"\nlevel = "dba"',
            f"{DATABASES}.level: “dba” stands under no [[sessions.levels]]",
        ),
    ],
)
def test_c17_each_fault_of_a_factor_is_told(with_factors, old, new, fault):
    with pytest.raises(profile.ProfileRefused) as refused:
        profile.read(path=with_factors(old, new))

    assert refused.value.lines[0].partition("edited.toml: ")[2] == fault
