"""Delivery tasks of the demo, in different states, made by the product's own verbs at earlier times (rules T2, D1, D2).

They are there where the profile has terms of delivery. The oldest is told first.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from cases.models import DeliveryGround
from cases.triage import Judgement
from clients.models import Organisation
from dashboard.demo_reports import Reports
from delivery import estimates, tasks, terms
from delivery.estimates import Content, Line
from delivery.models import Basis, DeliveryTask, DeliveryTerms, LineKind
from delivery.tasks import Wish


@dataclass
class DeliveryStory(Reports):
    """What is to be delivered, and how far it has come."""

    def tell(self) -> None:
        """All of it."""
        offered = terms.offered()
        if offered is None:
            return
        self._free_and_in_work()
        self._ready_for_anybody()
        self._to_review(offered)
        self._became_delivery(offered)
        self._just_opened()

    def _free_and_in_work(self) -> None:
        """A task without a cost, which went straight to the delivery department."""
        text = "Our logo in the reminders, as agreed when the contract was signed."
        task = self._open("demo:delivery:logo", "Logo in the reminders", text, who="max", hours_ago=9 * 24)
        max_, tessa, today = self.people["max"], self.people["tessa"], self.at.date()
        tasks.hand_over_free(task, by=max_, at=self._ago(hours=9 * 24 - 1), reason="Included in the contract")
        tasks.assign(task, to=tessa, by=self.people["disa"], at=self._ago(hours=8 * 24))
        ends_on = today + timedelta(days=3)
        tasks.plan(task, starts_on=today - timedelta(days=1), ends_on=ends_on, by=tessa, at=self._ago(hours=7 * 24))
        tasks.begin(task, by=tessa, at=self._ago(hours=24))

    def _ready_for_anybody(self) -> None:
        text = "Två nya roller i behörigheterna, utan kostnad enligt avtalet."
        task = self._open("demo:delivery:roles", "Nya roller i behörigheterna", text, who="max", hours_ago=6 * 24, of=self.nordvik)
        tasks.hand_over_free(task, by=self.people["max"], at=self._ago(hours=6 * 24 - 1), reason="Ingår i avtalet")

    def _to_review(self, offered: DeliveryTerms) -> None:
        """An estimate that waits for its account manager."""
        text = "Inloggning med samma konto som i intranätet."
        task = self._open("demo:delivery:sign-on", "Gemensam inloggning", text, who="theo", hours_ago=5 * 24, of=self.nordvik)
        lines = [
            Line(LineKind.HOURS, "Uppsättning och test av inloggningen", Decimal(24), offered.hourly_rate.amount),
            Line(LineKind.TRAVEL, "Resa till er, tur och retur", Decimal(3), offered.travel_rate.amount),
            Line(LineKind.MILEAGE, "Bil, tur och retur", Decimal(120), offered.mileage_rate.amount),
        ]
        intro = "Alla loggar in med sitt konto i katalogen. En halv dag hos er för test."
        content = Content(lines, basis=Basis.FIXED, intro=intro, terms=offered.terms_sv)
        theo = self.people["theo"]
        draft = estimates.draft(task, content, by=theo, at=self._ago(hours=4 * 24), cause="demo:estimate:sign-on")
        estimates.submit(draft, by=theo, at=self._ago(hours=26))

    def _became_delivery(self, offered: DeliveryTerms) -> None:
        """A case that turned out to be delivery; its estimate is still written."""
        text = "We have bought a company. Can the synchronisation read its directory too?"
        case = self._report("rolf", "Read our second directory too", text, hours_ago=3 * 24 + 5, priority=4)
        reason = (
            "A second directory changes how the synchronisation is configured, which is delivery and not support. "
            "You get an estimate, and nothing that costs begins before you have accepted it."
        )
        judgement = Judgement(DeliveryGround.CONFIGURATION, reason)
        task = tasks.open_from_case(
            case=case, judgement=judgement, by=self.people["disa"], at=self._ago(hours=3 * 24), cause="demo:delivery:directory"
        )
        lines = [
            Line(LineKind.HOURS, "Rules for the second directory, and a test run", Decimal(16), offered.hourly_rate.amount),
            Line(LineKind.FIXED, "Training of your administrators", Decimal(1), Decimal(6000)),
        ]
        content = Content(lines, intro="Users of both companies in one list, without doubles.", terms=offered.terms_en)
        estimates.draft(task, content, by=self.people["tessa"], at=self._ago(hours=2 * 24), cause="demo:estimate:directory")

    def _just_opened(self) -> None:
        text = "A board that shows late orders, for the screen in the warehouse."
        self._open("demo:delivery:board", "Board of late orders", text, who="tessa", hours_ago=4)

    def _open(self, cause: str, title: str, text: str, *, who: str, hours_ago: int, of: Organisation | None = None) -> DeliveryTask:
        organisation = of or self.acme
        contact = self.people["sven" if organisation == self.nordvik else "rolf"]
        wish = Wish(title, text, contact)
        return tasks.open_directly(organisation=organisation, wish=wish, by=self.people[who], at=self._ago(hours=hours_ago), cause=cause)
