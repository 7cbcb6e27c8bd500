"""Support cases of the demo, in different states, made by the product's own verbs at earlier times (rules S1, S4, S6).

Demo Acme has the highest plan of the profile and Demo Nordvik the plainest, where the profile has plans; without plans
nothing is guaranteed, and the cases are there all the same.
"""

from dataclasses import dataclass

from cases import escalations, intake, jobs, priorities, solutions, tagging, teams, validity, words
from cases.intake import Caller, Report
from cases.models import Environment, Opened, Team
from cases.words import Said
from clients.models import CaseKind, Plan, SupportChannel
from dashboard.demo_reports import Reports


@dataclass
class CaseStory(Reports):
    """What was reported and is open, and what came of it so far, the oldest first."""

    def tell(self) -> None:
        """All of it."""
        plans = list(Plan.objects.order_by("rank", "pk"))
        self._late()
        self._with_the_developers()
        self._escalated()
        self._proposed()
        self._waits_for_the_client()
        self._answered_in_swedish()
        self._being_looked_into()
        if plans and SupportChannel.PHONE in plans[-1].channels:
            self._phoned_in()
        self._asked_to_be_raised()
        self._just_reported()
        jobs.record_missed(self.at)

    def _late(self) -> None:
        text = "Fakturor skrivs ut utan logotyp sedan uppdateringen."
        case = self._report("sven", "Logotypen saknas på fakturor", text, hours_ago=8 * 24, priority=4)
        self._answer(case, "theo", "Tack. Vi letar efter felet i mallen.", hours_ago=7 * 24)

    def _with_the_developers(self) -> None:
        text = "Dates before 1970 are shown as 1 January 1970 in the list of contracts."
        case = self._report("anna", "Old dates are shown wrongly", text, hours_ago=4 * 24, priority=4, version="4.2.1")
        self._answer(case, "tessa", "We see it too, and have handed it to our developers. You hear from me.", hours_ago=95)
        if team := Team.objects.filter(code="development").first():
            teams.hand_over(case, team=team, reason="A fault in the date column", by=self.people["tessa"], at=self._ago(hours=94))
        validity.mark_external(case, reason="The import was not ours", by=self.people["tessa"], at=self._ago(hours=93))
        self._work(case, "tessa", "Reproduced on a clean trial", hours_ago=94, minutes=35)
        tagging.tag(case=case, name="dates", by=self.people["tessa"], at=self._ago(hours=93))

    def _escalated(self) -> None:
        text = "Signing in takes twenty seconds for everybody, since the certificate was renewed."
        case = self._report("rolf", "Slow sign-in since Monday", text, hours_ago=76, priority=2)
        self._answer(case, "tessa", "The directory answers slowly. Which server do you point at?", hours_ago=74)
        reason = "Forty people wait every morning. We need somebody on the phone."
        escalations.escalate(case, reason=reason, by=self.people["anna"], at=self._ago(hours=20))

    def _proposed(self) -> None:
        text = "The reminder about unpaid orders came twice to each customer last night."
        case = self._report("rolf", "Reminders are sent twice", text, hours_ago=60, priority=3)
        self._work(case, "tessa", "Found two schedules for the same job, removed one", hours_ago=28, minutes=50)
        solution = "Two schedules ran the same job. The one left over from the update is gone; tonight each customer gets one reminder."
        solutions.propose(case, Said(solution), by=self.people["tessa"], at=self._ago(hours=26), cause="demo:case:twice:1")

    def _asked_to_be_raised(self) -> None:
        text = "Some of the pictures in the catalogue are grey."
        case = self._report("anna", "Pictures are missing in the catalogue", text, hours_ago=3, priority=3)
        numbers = self._numbers()
        if 2 in numbers:
            reason = "The catalogue is printed tomorrow at noon."
            priorities.ask_higher(case, to=2, reason=reason, by=self.people["anna"], at=self._ago(hours=2))

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
        self._work(case, "tessa", "Read the log of the export, and repeated it with a copy", hours_ago=3, minutes=40)

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
