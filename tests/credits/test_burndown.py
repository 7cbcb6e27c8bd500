"""The drawing of the burn-down (rule C15)."""

from datetime import date

from credits.burndown import chart

FIRST, TODAY, LAST = date(2026, 9, 9), date(2026, 11, 18), date(2026, 12, 18)


def test_c15_balances_behind_are_steps_and_those_ahead_a_slope():
    drawn = chart(behind=[(FIRST, 0), (date(2026, 10, 9), 480), (TODAY, 240)], ahead=[(TODAY, 240), (LAST, 0)], level=120)

    assert drawn.behind == "0,1000 300,1000 300,0 700,0 700,500"
    assert drawn.ahead == "700,500 1000,1000"
    assert (drawn.today.share, drawn.nothing.share, drawn.level.share) == (700, 1000, 750)


def test_c15_the_grid_is_drawn_at_whole_hours_that_a_reader_expects():
    drawn = chart(behind=[(FIRST, 480)], ahead=[(TODAY, 300), (LAST, 0)], level=0)

    assert [(mark.minutes, mark.share) for mark in drawn.grid] == [(0, 1000), (120, 750), (240, 500), (360, 250), (480, 0)]
    assert drawn.level is None


def test_c11_debt_is_drawn_below_nothing():
    drawn = chart(behind=[(FIRST, 120), (TODAY, -120)], ahead=[(TODAY, 0)], level=0)

    assert (drawn.nothing.share, drawn.behind[-4:]) == (500, "1000")


def test_c15_dates_are_first_days_of_months_and_never_more_than_six():
    drawn = chart(behind=[(date(2026, 5, 20), 480)], ahead=[(TODAY, 300), (date(2027, 5, 18), 0)], level=0)

    assert [mark.on for mark in drawn.dates] == [date(2026, month, 1) for month in (6, 8, 10, 12)] + [date(2027, 2, 1), date(2027, 4, 1)]


def test_c15_an_account_of_today_is_drawn():
    drawn = chart(behind=[(TODAY, 480)], ahead=[(TODAY, 480)], level=120)

    assert (drawn.behind, drawn.ahead) == ("0,0", "0,0")
