"""Many people at once, with real threads and real connections, and points where they wait for each other."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.proofs.sizes import seats

PATIENCE = 120
"""Seconds after which somebody who never came is given up: the proof is stuck and fails."""


class Crowd:
    """Clients who begin together. Each acts in a seat, with a connection of its own, as a web worker serves a request.

    Where there are fewer seats than clients they take turns. `most_inside` is how many sat at the same moment.
    """

    def __init__(self) -> None:
        self.inside = self.most_inside = 0
        self.answers: dict[int, Any] = {}
        self.errors: list[Exception] = []
        self._seats = threading.BoundedSemaphore(seats())
        self._counting = threading.Lock()
        self._line = threading.Barrier(1)
        self._to_line_up = 0

    def run(self, clients: int, act: Callable[[int], Any]) -> "Crowd":
        """Let every client call `act(number)`, which takes a seat when it needs the database. Waits for all.

        Who sits down first waits until all seats are taken, so that they begin together.
        """
        self._to_line_up = min(clients, seats())
        self._line = threading.Barrier(self._to_line_up)
        threads = [threading.Thread(target=self._client, args=(number, act)) for number in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self

    @contextmanager
    def seat(self) -> Iterator[None]:
        """A connection for a while."""
        with self._seats:
            connection.ensure_connection()
            self._line_up()
            self._count(1)
            try:
                yield
            finally:
                self._count(-1)
                connection.close()

    def seated(self, clients: int, act: Callable[[int], Any]) -> "Crowd":
        """The same for acts that are one turn each."""

        def sit_and_act(number: int) -> Any:
            with self.seat():
                return act(number)

        return self.run(clients, sit_and_act)

    def kinds(self) -> Counter[str]:
        """What came of it: how many answers, and of each kind of refusal how many."""
        return Counter({"answered": len(self.answers)}) + Counter(type(error).__name__ for error in self.errors)

    def _client(self, number: int, act: Callable[[int], Any]) -> None:
        try:
            answer = act(number)
        except Exception as error:
            with self._counting:
                self.errors.append(error)
        else:
            with self._counting:
                self.answers[number] = answer

    def _line_up(self) -> None:
        with self._counting:
            first, self._to_line_up = self._to_line_up > 0, self._to_line_up - 1
        if first:
            self._line.wait(timeout=PATIENCE)

    def _count(self, change: int) -> None:
        with self._counting:
            self.inside += change
            self.most_inside = max(self.most_inside, self.inside)


class Meeting:
    """A point that nobody passes before everybody else has come to it, or has gone home.

    Put between what somebody reads and what they write, it makes every race happen.
    """

    def __init__(self, people: int) -> None:
        self.people, self.here, self.rounds, self.most_here = people, 0, 0, 0
        self._changed = threading.Condition()

    def wait(self) -> None:
        """Wait for the others. Raises TimeoutError where they never come: that is a mistake of the proof."""
        with self._changed:
            self.here += 1
            self.most_here = max(self.most_here, self.here)
            this_round = self.rounds
            self._go_on_if_all_are_here()
            if not self._changed.wait_for(lambda: self.rounds != this_round, timeout=PATIENCE):
                raise TimeoutError

    def go_home(self) -> None:
        """Come no more; nobody waits for you."""
        with self._changed:
            self.people -= 1
            self._go_on_if_all_are_here()

    def _go_on_if_all_are_here(self) -> None:
        if self.here and self.here >= self.people:
            self.here, self.rounds = 0, self.rounds + 1
            self._changed.notify_all()


def at_once(people: int, act: Callable[[int], Any]) -> tuple[Crowd, Meeting]:
    """Let `people` do the same, each waiting for the others before the first transaction: all have read, none has written."""
    meeting, begin, here = Meeting(people), BaseDatabaseWrapper.set_autocommit, threading.local()

    def begin_together(database: BaseDatabaseWrapper, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        if not autocommit and getattr(here, "is_invited", False):
            here.is_invited = False
            meeting.wait()
        begin(database, autocommit, *args, **kwargs)

    def attend(number: int) -> Any:
        here.is_invited = True
        try:
            return act(number)
        finally:
            meeting.go_home()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseWrapper, "set_autocommit", begin_together)
        return Crowd().seated(people, attend), meeting
