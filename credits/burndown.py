"""The burn-down chart: balances behind and ahead become shares of a drawing (rule C15). Pure.

Shares are whole thousandths of width and height, from the upper left, as the drawing counts them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

WHOLE = 1000
MOST_LABELS = 6
STEPS = (30, 60, 120, 240, 480, 960, 2400, 4800, 9600, 24000, 48000)
"""Minutes between two lines of the grid: the first that needs at most four lines."""


@dataclass(frozen=True)
class Mark:
    """Something at a place along one side: a date below, or minutes beside a line of the grid."""

    share: int
    on: date | None = None
    minutes: int = 0


@dataclass(frozen=True)
class Chart:
    """What is drawn: two lines as points "x,y x,y …", the grid, the dates below, today, and where 0 lies."""

    behind: str
    ahead: str
    grid: Sequence[Mark]
    dates: Sequence[Mark]
    today: Mark
    nothing: Mark
    level: Mark | None


def chart(*, behind: Sequence[tuple[date, int]], ahead: Sequence[tuple[date, int]], level: int) -> Chart:
    """The chart of balances at the ends of days `behind` (steps) and `ahead` (a slope), in minutes.

    Both are in order of date and not empty, and `ahead` begins on the day on which `behind` ends. `level` is where a
    low balance begins; it is drawn where it lies within the chart.
    """
    frame = _Frame.around([*behind, *ahead])
    return Chart(
        behind=_steps(behind, frame),
        ahead=" ".join(f"{frame.x(on)},{frame.y(minutes)}" for on, minutes in ahead),
        grid=[Mark(frame.y(minutes), minutes=minutes) for minutes in frame.lines()],
        dates=[Mark(frame.x(on), on=on) for on in _months(frame.first, frame.last)],
        today=Mark(frame.x(ahead[0][0]), on=ahead[0][0]),
        nothing=Mark(frame.y(0)),
        level=Mark(frame.y(level), minutes=level) if 0 < level < frame.top else None,
    )


@dataclass(frozen=True)
class _Frame:
    first: date
    last: date
    bottom: int
    top: int
    step: int

    @classmethod
    def around(cls, points: Sequence[tuple[date, int]]) -> "_Frame":
        lowest, highest = min(0, *(minutes for _on, minutes in points)), max(0, *(minutes for _on, minutes in points))
        step = next((step for step in STEPS if (highest - lowest) <= 4 * step), STEPS[-1])
        bottom, top = lowest // step * step, max(-(-highest // step) * step, step)
        return cls(first=points[0][0], last=max(points[-1][0], points[0][0] + timedelta(days=1)), bottom=bottom, top=top, step=step)

    def x(self, on: date) -> int:
        return (on - self.first).days * WHOLE // (self.last - self.first).days

    def y(self, minutes: int) -> int:
        return (self.top - minutes) * WHOLE // (self.top - self.bottom)

    def lines(self) -> range:
        return range(self.bottom, self.top + 1, max(self.step, (self.top - self.bottom) // 6 // self.step * self.step))


def _steps(points: Sequence[tuple[date, int]], frame: _Frame) -> str:
    """A balance stays until the day on which it changes."""
    drawn = [f"{frame.x(points[0][0])},{frame.y(points[0][1])}"]
    for (_before, was), (on, minutes) in pairwise(points):
        drawn.append(f"{frame.x(on)},{frame.y(was)}")
        if minutes != was:
            drawn.append(f"{frame.x(on)},{frame.y(minutes)}")
    return " ".join(drawn)


def _months(first: date, last: date) -> list[date]:
    """The first days of months within, so many that their labels do not meet."""
    begins, found = first.replace(day=1), []
    while begins <= last:
        if begins >= first:
            found.append(begins)
        begins = (begins + timedelta(days=31)).replace(day=1)
    every = max(1, -(-len(found) // MOST_LABELS))
    return found[::every]
