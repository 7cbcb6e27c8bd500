"""A day in the life of support: who is there, the twenty cases that come in, and the clock by which its chapters are played.

Acme has a plan that phones after three answers and lets silence close a case; Borealis one with somebody on call around
the clock; Cirrus one whose response is troubleshooting, and that phones when work takes more than four hours.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cases.models import Team
from clients.models import PlanTarget, Priority
from people.models import Person
from tests.cases.opened import a_calendar, a_dispatcher, a_plan, bind
from tests.cast import Cast, a_client
from tests.clients.rotas import a_rota
from tests.journeys.support_story import SupportStory, at
from tests.sessions.factories import a_lot

SOLVED_IN = {1: 480, 2: 960, 3: 2400}
BY_MAIL = {
    "users": (8, 0, "acme", "requester", "Users are not created"),
    "export": (8, 4, "acme", "approver", "The export stops"),
    "backup": (8, 8, "acme", "requester", "The backup says nothing"),
    "sign_on": (8, 12, "acme", "requester", "Sign-on fails now and then"),
    "search": (8, 16, "borealis", "approver", "The search finds nothing"),
    "password": (8, 20, "borealis", "requester", "A password was forgotten"),
    "orders": (8, 24, "cirrus", "requester", "[Prio 2] Orders are slow"),
    "labels": (8, 28, "cirrus", "approver", "Labels are cut off"),
    "archive": (8, 32, "cirrus", "requester", "The archive is empty"),
    "relay": (8, 36, "borealis", "requester", "Priority 1: the mail relay has stopped"),
}
BY_PORTAL = {
    "reports": (8, 2, "acme", "requester", "Reports are slow"),
    "printer": (8, 6, "acme", "approver", "The printer queue is full"),
    "test_server": (8, 10, "acme", "requester", "The test server is down"),
    "certificate": (8, 14, "acme", "requester", "The certificate ends soon"),
    "import": (8, 18, "borealis", "approver", "The import hangs"),
    "dates": (8, 22, "borealis", "requester", "Dates are wrong"),
    "migration": (8, 26, "cirrus", "approver", "The migration does not end"),
    "index": (8, 30, "cirrus", "requester", "The index is broken"),
    "fonts": (8, 34, "cirrus", "requester", "Fonts are missing"),
    "down": (8, 38, "borealis", "requester", "Everything is down"),
}
ALL = BY_MAIL | BY_PORTAL
URGENT = {"down": 1, "test_server": 1}

Time = tuple[int, ...]
"""Hour and minute in Stockholm, and the day of November 2026 where it is not the 18th."""
Chapter = Callable[["SupportDay"], Iterator[Time]]


class SupportDay(SupportStory):
    """The people, their plans, and the clock."""

    def __init__(self, cast: Cast) -> None:
        super().__init__()
        self.cast = cast
        self.disa, self.tessa, self.theo, self.max = a_dispatcher(), cast.tessa.person, cast.theo.person, cast.max
        self.acme, self.borealis, self.cirrus = (a_client(cast, name) for name in ("Acme", "Borealis", "Cirrus"))
        self.team = Team.objects.create(code="dev", name_en="Development", name_sv="Utveckling", email="dev@provider.example")
        self._plans()

    def play(self, *chapters: Chapter, cases: Sequence[str] = tuple(ALL)) -> None:
        """Let the cases come in, and play the chapters beside each other, by the clock. What is due runs after every step.

        A chapter yields the time at which it goes on.
        """
        playing = [self._come_in(cases), *(chapter(self) for chapter in chapters)]
        waiting = [(_ordered(next(each)), number) for number, each in enumerate(playing)]
        while waiting:
            waiting.sort()
            (day, hour, minute), number = waiting.pop(0)
            with at(hour, minute, day=day):
                following = next(playing[number], None)
                self.tick()
            if following is not None:
                waiting.append((_ordered(following), number))

    def person(self, key: str) -> Person:
        """Who reports a case: Rolf, or Anna who approves, of its client."""
        client = getattr(self, ALL[key][2])
        found: Person = getattr(client, ALL[key][3])
        return found

    def _come_in(self, cases: Sequence[str]) -> Iterator[Time]:
        for key in sorted(cases, key=lambda key: ALL[key][:2]):
            hour, minute, _client, _role, subject = ALL[key]
            yield hour, minute
            if key in BY_MAIL:
                self.mails(key, self.person(key), subject)
            else:
                self.reports(key, self.person(key), subject, priority=URGENT.get(key, 3))

    def _plans(self) -> None:
        common: dict[str, Any] = {"solution": SOLVED_IN, "phone_numbers": {"SE": "+46 8 123"}}
        standard = a_plan("standard", call_after_answers=3, silence_closes_after_days=3, solution_reminder_days=1, **common)
        watched = a_plan("watched", call_after_answers=1, rank=2, **common)
        ongoing = a_plan("ongoing", call_after_minutes=240, response_met_by="troubleshooting", rank=0, **common)
        Priority.objects.filter(number=2).update(needs_call=True)
        rota = a_rota(self.tessa, self.theo, lead=self.disa)
        targets = PlanTarget.objects.filter(plan=watched, priority__number=1)
        targets.update(rota=rota, response_minutes=60, response_calendar=a_calendar("always", always_open=True))
        for client, plan in ((self.acme, standard), (self.borealis, watched), (self.cirrus, ongoing)):
            bind(client, plan)
        a_lot(self.acme.account, 480)


def _ordered(time: Time) -> tuple[int, int, int]:
    hour, minute, *day = time
    return (day[0] if day else 18), hour, minute
