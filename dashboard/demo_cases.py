"""Support cases of the demo, in different states, made by the product's own verbs at earlier times (rules S1, S4, S6).

Demo Acme has the highest plan of the profile and Demo Nordvik the plainest, where the profile has plans; without plans
nothing is guaranteed, and the cases are there all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases import intake, words
from cases.intake import Caller, Report
from cases.models import Case, Environment, Opened
from cases.words import Said
from clients.models import Agreement, AgreementPlan, CaseKind, Organisation, Plan, Priority, SupportChannel
from people.models import Person


@dataclass
class CaseStory:
    """What was reported, and what came of it so far, the oldest first."""

    people: Mapping[str, Person]
    at: datetime
    acme: Organisation
    nordvik: Organisation

    def tell(self) -> None:
        """All of it."""
        plans = list(Plan.objects.order_by("rank", "pk"))
        if plans:
            self._agree(self.acme, plans[-1])
            self._agree(self.nordvik, plans[0])
        self._waits_for_the_client()
        self._answered_in_swedish()
        self._being_looked_into()
        if plans and SupportChannel.PHONE in plans[-1].channels:
            self._phoned_in()
        self._just_reported()

    def _waits_for_the_client(self) -> None:
        case = self._report("rolf", "A user is not created by the synchronisation", "She is in our directory since Monday.", hours_ago=50)
        question = "Which group is she in? The synchronisation only reads those that are listed in its settings."
        words.ask(case, Said(question), by=self.people["tessa"], at=self._ago(hours=47), cause="demo:case:sync:1")

    def _answered_in_swedish(self) -> None:
        text = "Listan över ärenden tar en halv minut att visa sedan i fredags."
        case = self._report("sven", "Långsamma listor", text, hours_ago=30, priority=3)
        theo, sven = self.people["theo"], self.people["sven"]
        words.answer(
            case,
            Said("Vi ser det också. Ett index saknas; vi bygger det i natt."),
            by=theo,
            at=self._ago(hours=27),
            cause="demo:case:slow:1",
        )
        words.add_note(case, Said("Index på kolumnen datum, se mätningen."), by=theo, at=self._ago(hours=27), cause="demo:case:slow:2")
        words.client_says(
            case, Said("Tack. Det är snabbare i dag, men inte överallt."), by=sven, at=self._ago(hours=3), cause="demo:case:slow:3"
        )

    def _being_looked_into(self) -> None:
        text = "The export ends after 10,000 rows, without a message. Last month it wrote all of them."
        case = self._report("anna", "Export stops at 10,000 rows", text, hours_ago=5, priority=2, version="4.2.1")
        words.begin_troubleshooting(case, by=self.people["tessa"], at=self._ago(hours=4))

    def _phoned_in(self) -> None:
        caller = Caller(name="Rolf Demo", company="Demo Acme AB", phone="+46 8 000 00 42", email="rolf@acme.example")
        report = Report(
            organisation=self.acme,
            reporter=self.people["rolf"],
            via=Opened.PHONE,
            subject="May we move to the new version?",
            text="Rolf asks whether the plug-ins are ready for it.",
            kind=CaseKind.QUESTION,
            environment=Environment.STAGING,
            caller=caller,
        )
        intake.open_case(report, cause="demo:case:phone", by=self.people["disa"], at=self._ago(hours=2))

    def _just_reported(self) -> None:
        text = "Nothing has been delivered since this morning. 214 mails wait in the queue; the relay answers 535."
        self._report("rolf", "Mails wait in the queue", text, hours_ago=1, priority=1, impact="Our customers get no order confirmations.")

    def _report(  # noqa: PLR0913 a report is that many facts
        self, who: str, subject: str, text: str, *, hours_ago: int, priority: int | None = None, version: str = "", impact: str = ""
    ) -> Case:
        reporter = self.people[who]
        chosen = priority if priority in set(Priority.objects.values_list("number", flat=True)) else None
        report = Report(
            organisation=self.nordvik if who == "sven" else self.acme,
            reporter=reporter,
            via=Opened.PORTAL,
            subject=subject,
            text=text,
            priority=chosen,
            version=version,
            impact=impact,
        )
        return intake.open_case(report, cause=f"demo:case:{subject}", by=reporter, at=self._ago(hours=hours_ago))

    def _agree(self, organisation: Organisation, plan: Plan) -> None:
        AgreementPlan.objects.create(agreement=Agreement.objects.get(organisation=organisation), plan=plan)

    def _ago(self, *, hours: int) -> datetime:
        return self.at - timedelta(hours=hours)
