"""Deliveries of the demo whose cost the client has: waiting for the answer, in work, done, accepted as done (rules D1 to D5)."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from dashboard.demo_reports import Reports
from delivery import acceptance, completion, estimates, review, tasks, terms, thread, worklog
from delivery.acceptance import Answer
from delivery.estimates import Content, Line, Step
from delivery.models import AcceptedBy, Basis, DeliveryTask, Estimate, LineKind
from delivery.tasks import Wish
from delivery.thread import Word
from delivery.worklog import Cost, Worked

ADDRESS = "192.0.2.7"
"""Of a network for documentation (RFC 5737)."""


@dataclass
class CostStory(Reports):
    """What it costs, what the client said to that, and what came of it."""

    def tell(self) -> None:
        """All of it, the oldest first."""
        offered = terms.offered()
        if offered is None:
            return
        self.hour, self.kilometre = offered.hourly_rate.amount, offered.mileage_rate.amount
        self._accepted_as_done()
        self._done()
        self._in_work()
        self._waits_for_an_answer()

    def _accepted_as_done(self) -> None:
        lines = [Line(LineKind.FIXED, "Archive of old orders, set up and filled", Decimal(1), Decimal(18_000))]
        task = self._ready("archive", "Archive of old orders", lines, days_ago=40, basis=Basis.FIXED)
        tasks.begin(task, by=self.people["tessa"], at=self._ago(hours=37 * 24))
        self._log(task, days_ago=36, hours=6, note="Set up the archive")
        told = completion.tell_done(
            task, words="Orders before 2020 are in the archive.", by=self.people["max"], at=self._ago(hours=34 * 24)
        )
        completion.accept(told, by=self.people["anna"], at=self._ago(hours=32 * 24))

    def _done(self) -> None:
        lines = [Line(LineKind.HOURS, "Labels with the new address", Decimal(6), self.hour)]
        task = self._ready("labels", "Labels with the new address", lines, days_ago=12)
        tasks.begin(task, by=self.people["tessa"], at=self._ago(hours=10 * 24))
        self._log(task, days_ago=9, hours=5, note="New labels for all printers")
        completion.tell_done(task, words="All printers print the new address.", by=self.people["max"], at=self._ago(hours=2 * 24))

    def _in_work(self) -> None:
        lines = [
            Line(LineKind.HOURS, "Orders from the web shop", Decimal(20), self.hour),
            Line(LineKind.MILEAGE, "To your warehouse and back", Decimal(160), self.kilometre),
        ]
        net = sum((line.quantity * line.unit_price for line in lines), Decimal(0))
        half = (net / 2).quantize(Decimal("0.01"))
        steps = [Step("Orders arrive", half), Step("All of it runs", net - half)]
        task = self._ready("shop", "Orders from the web shop", lines, days_ago=15, milestones=steps)
        tessa = self.people["tessa"]
        tasks.begin(task, by=tessa, at=self._ago(hours=13 * 24))
        self._log(task, days_ago=11, hours=7, note="Read orders from the shop")
        self._log(task, days_ago=10, hours=8, note="Wrote them into the orders")
        day = self._ago(hours=10 * 24)
        cost = Cost(LineKind.MILEAGE, "To your warehouse and back", day.date(), Decimal(160))
        worklog.spend(task, cost, by=tessa, at=self._ago(hours=9 * 24), cause="demo:delivery:shop:car")
        self._say(task, "rolf", "Do the prices come along?", hours_ago=30)
        self._say(task, "tessa", "Yes, with VAT as the shop has it. You can try it tomorrow.", hours_ago=28)

    def _waits_for_an_answer(self) -> None:
        lines = [
            Line(LineKind.HOURS, "Stock levels in the web shop, every ten minutes", Decimal(12), self.hour),
            Line(LineKind.FIXED, "Licence of the connector, one year", Decimal(1), Decimal(4800)),
        ]
        self._offered("stock", "Stock levels in the web shop", lines, days_ago=3)

    def _ready(self, key: str, title: str, lines: list[Line], *, days_ago: int, **content: object) -> DeliveryTask:
        """A task whose cost Anna has accepted, the day after she got it."""
        estimate = self._offered(key, title, lines, days_ago=days_ago, **content)
        document = estimate.documents.get(language="en")
        answer = Answer(AcceptedBy.PAGE, "en", document.digest, ADDRESS, order_reference="4500-17")
        accepted = acceptance.accept(estimate, answer, by=self.people["anna"], at=self._ago(hours=days_ago * 24 - 24))
        return accepted.estimate.task

    def _offered(self, key: str, title: str, lines: list[Line], *, days_ago: int, **content: object) -> Estimate:
        """An estimate that Tessa wrote and Max approved."""
        tessa, at = self.people["tessa"], self._ago(hours=days_ago * 24)
        wish = Wish(title, "", self.people["rolf"])
        task = tasks.open_directly(organisation=self.acme, wish=wish, by=tessa, at=at, cause=f"demo:delivery:{key}")
        said = Content(lines, intro=f"{title}, ready to use.", **content)  # type: ignore[arg-type]  # basis and milestones
        draft = estimates.draft(task, said, by=tessa, at=at, cause=f"demo:estimate:{key}")
        handed_in = estimates.submit(draft, by=tessa, at=at)
        return review.approve(handed_in, by=self.people["max"], at=at + timedelta(hours=2))

    def _log(self, task: DeliveryTask, *, days_ago: int, hours: int, note: str) -> None:
        """Tessa's time on a day, ended by then."""
        tessa, ended = self.people["tessa"], self._ago(hours=days_ago * 24)
        worklog.log(task, Worked(tessa, ended - timedelta(hours=hours), ended, note), by=tessa, at=ended)

    def _say(self, task: DeliveryTask, who: str, text: str, *, hours_ago: int) -> None:
        thread.say(task, Word(text), by=self.people[who], at=self._ago(hours=hours_ago), cause=f"demo:word:{task.pk}:{hours_ago}")
