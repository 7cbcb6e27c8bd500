"""Support cases of the demo that are over: solved and approved, withdrawn, merged, an outage at night (rules S11, S18)."""

from dataclasses import dataclass
from datetime import timedelta

from cases import intake, merging, paging, solutions, words
from cases.intake import Caller, Report
from cases.models import Opened, Page
from cases.words import Said
from clients.models import Agreement, AgreementPlan, Organisation, Plan
from dashboard.demo_reports import Reports


@dataclass
class PastCases(Reports):
    """What was reported, and is closed, the oldest first."""

    def tell(self) -> None:
        """All of it; the agreements get their plans first."""
        plans = list(Plan.objects.order_by("rank", "pk"))
        if plans:
            self._agree(self.acme, plans[-1])
            self._agree(self.nordvik, plans[0])
        self._solved()
        if any(plan.outage_phone for plan in plans):
            self._outage_at_night()
        self._reported_twice()
        self._withdrawn()

    def _solved(self) -> None:
        text = "Anteckningar går inte att spara. Det står bara ”fel 12”."
        case = self._report("sven", "Anteckningar sparas inte", text, hours_ago=20 * 24, priority=3)
        theo = self.people["theo"]
        words.begin_troubleshooting(case, by=theo, at=self._ago(hours=20 * 24 - 1))
        self._work(case, "theo", "Disken för bilagor var full", hours_ago=20 * 24 - 1, minutes=45)
        done = Said("Disken för bilagor var full. Vi har gjort den större, och ni får en varning i god tid nästa gång.")
        solution = solutions.propose(case, done, by=theo, at=self._ago(hours=20 * 24 - 3), cause="demo:case:notes:1")
        solutions.approve(solution, by=self.people["sven"], at=self._ago(hours=19 * 24))

    def _outage_at_night(self) -> None:
        """Whoever was on call was paged, and answered within four minutes."""
        caller = Caller(name="Anna Demo", company="Demo Acme AB", phone="+46 8 000 00 41", email="anna@acme.example")
        report = Report(
            organisation=self.acme,
            reporter=self.people["anna"],
            via=Opened.PHONE,
            subject="The application does not answer",
            text="Anna phoned: nobody can sign in, and the start page stays white.",
            priority=1 if 1 in self._numbers() else None,
            is_outage=True,
            caller=caller,
        )
        began = self._ago(hours=9 * 24)
        case = intake.open_case(report, cause="demo:case:outage", by=self.people["disa"], at=began)
        if page := Page.objects.filter(case=case).select_related("person").order_by("pk").last():
            paging.acknowledge(page=page, by=page.person or self.people["disa"], at=began + timedelta(minutes=4))
        case.refresh_from_db()
        done = Said("The database had run out of connections. It is restarted, with room for more, and we watch it tonight.")
        at = began + timedelta(minutes=55)
        solution = solutions.propose(case, done, by=self.people["tessa"], at=at, cause="demo:case:outage:1")
        solutions.approve(solution, by=self.people["anna"], at=at + timedelta(hours=9))

    def _reported_twice(self) -> None:
        first = self._report("rolf", "Search finds nothing", "Since the update the search finds nothing at all.", hours_ago=12 * 24)
        second = self._report("anna", "The search is empty", "Whatever I type, the search comes back empty.", hours_ago=12 * 24 - 1)
        disa = self.people["disa"]
        merging.merge(case=second, into=first, reason="The same fault", by=disa, at=self._ago(hours=12 * 24 - 2))
        done = Said("The index is built anew, and the search finds everything again.")
        solution = solutions.propose(first, done, by=disa, at=self._ago(hours=12 * 24 - 4), cause="demo:case:search:1")
        solutions.approve(solution, by=self.people["rolf"], at=self._ago(hours=11 * 24))

    def _withdrawn(self) -> None:
        case = self._report("rolf", "A report cannot be opened", "It says that the file is damaged.", hours_ago=7 * 24)
        solutions.withdraw(case, reason="It was the file; a fresh one opens.", by=self.people["rolf"], at=self._ago(hours=7 * 24 - 2))

    def _agree(self, organisation: Organisation, plan: Plan) -> None:
        AgreementPlan.objects.create(agreement=Agreement.objects.get(organisation=organisation), plan=plan)
