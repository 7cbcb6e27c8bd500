"""How the demo's cases are told: reported, answered and worked on by the product's own verbs, at earlier times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cases import intake, words, worklog
from cases.intake import Report
from cases.models import Case, Opened
from cases.words import Said
from clients.models import Organisation, Priority
from people.models import Person


@dataclass
class Reports:
    """Who there is, and what they do a number of hours before `at`."""

    people: Mapping[str, Person]
    at: datetime
    acme: Organisation
    nordvik: Organisation

    def _report(  # noqa: PLR0913 a report is that many facts
        self, who: str, subject: str, text: str, *, hours_ago: int, priority: int | None = None, version: str = "", impact: str = ""
    ) -> Case:
        reporter = self.people[who]
        report = Report(
            organisation=self.nordvik if who == "sven" else self.acme,
            reporter=reporter,
            via=Opened.PORTAL,
            subject=subject,
            text=text,
            priority=priority if priority in self._numbers() else None,
            version=version,
            impact=impact,
        )
        return intake.open_case(report, cause=f"demo:case:{subject}", by=reporter, at=self._ago(hours=hours_ago))

    def _answer(self, case: Case, who: str, text: str, *, hours_ago: int) -> None:
        cause = f"demo:case:{case.pk}:{who}:{hours_ago}"
        words.answer(case, Said(text), by=self.people[who], at=self._ago(hours=hours_ago), cause=cause)

    def _work(self, case: Case, who: str, note: str, *, hours_ago: int, minutes: int) -> None:
        """From so many hours ago on; logged when it was done."""
        begins, person = self._ago(hours=hours_ago), self.people[who]
        ends = begins + timedelta(minutes=minutes)
        worklog.log(case=case, person=person, started_at=begins, ended_at=ends, note=note, by=person, at=ends)

    def _numbers(self) -> set[int]:
        """The priorities of the profile."""
        return set(Priority.objects.values_list("number", flat=True))

    def _ago(self, *, hours: float) -> datetime:
        return self.at - timedelta(hours=hours)
