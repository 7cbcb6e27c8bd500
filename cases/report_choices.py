"""What a client can choose from in a report: the priorities of their plan, and the services of their agreement (rules S1, S2, P3, P4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from cases import promises
from clients import agreements, provider, support_terms
from clients.models import AgreedService, Organisation, Priority, SupportChannel
from clients.support_terms import SupportTerms
from people.models import Person
from worktime.models import BusinessCalendar


@dataclass(frozen=True)
class PriorityChoice:
    """A priority with its definition, what is promised for it, and what it asks for: a call, production (rules S2, S5, S15)."""

    priority: Priority
    promises: Sequence[str]
    needs_call: bool
    is_default: bool

    @property
    def number(self) -> int:
        """Of the priority."""
        return self.priority.number

    def __str__(self) -> str:
        return str(self.priority)


@dataclass(frozen=True)
class Choices:
    """What the agreement in force leaves to choose. `answers_in`: the language of our answers, where it is not the client's."""

    organisation: Organisation
    terms: SupportTerms
    priorities: Sequence[PriorityChoice]
    services: QuerySet[AgreedService]
    phone: str
    outage_phone: str
    is_outage: bool
    answers_in: str

    @property
    def default(self) -> int:
        """The plan's default priority (rule S3)."""
        return self.gravest if self.is_outage else self.terms.default_priority

    @property
    def takes_reports(self) -> bool:
        """Whether the plan has the portal (rule S1); an outage is taken whatever it has."""
        return self.is_outage or SupportChannel.PORTAL.value in self.terms.channels

    @property
    def gravest(self) -> int:
        """The gravest that the plan knows."""
        return min((choice.number for choice in self.priorities), default=self.terms.default_priority)


def choices(organisation: Organisation, person: Person, *, is_outage: bool, at: datetime) -> Choices:
    """What `person` can choose from who reports for `organisation`. Only a plan with a phone for outages has their path (rule S2)."""
    on = agreements.local_date(at)
    terms = support_terms.in_force(organisation, on=on)
    agreement = agreements.in_force(organisation, on=on)
    services = AgreedService.objects.filter(agreement=agreement).order_by("name") if agreement else AgreedService.objects.none()
    return Choices(
        organisation=organisation,
        terms=terms,
        priorities=_priorities(terms),
        services=services,
        phone=phone_of(organisation, terms),
        outage_phone=terms.outage_phone,
        is_outage=is_outage and bool(terms.outage_phone),
        answers_in=answers_in(person.language, terms),
    )


def phone_of(organisation: Organisation, terms: SupportTerms) -> str:
    """The number to call (rule S15): of the plan in the client's country, else another of the plan's, else the provider's."""
    numbers = terms.phone_numbers
    return numbers.get(organisation.country) or next(iter(numbers.values()), "") or provider.current().phone


def answers_in(language: str, terms: SupportTerms, channel: SupportChannel = SupportChannel.PORTAL) -> str:
    """The language of our answers to a case in `language`, where it is another: the plan does not have it there (rule P4)."""
    spoken = terms.languages.get(channel.value)
    return "" if not spoken or language in spoken or language == terms.fallback_language else terms.fallback_language


def is_offered(priority: int, terms: SupportTerms) -> bool:
    """Whether a priority of the profile is one of the plan's; all are where no plan says which."""
    return not terms.targets or priority in {*terms.targets, terms.default_priority}


def _priorities(terms: SupportTerms) -> list[PriorityChoice]:
    """Those of the plan, the gravest first; all there are where no plan says which."""
    known = Priority.objects.order_by("number")
    offered = [priority for priority in known if is_offered(priority.number, terms)]
    aims = [aim for target in terms.targets.values() for aim in (target.response, target.solution) if aim]
    calendars = BusinessCalendar.objects.in_bulk({aim.calendar_id for aim in aims}) if aims else {}
    return [
        PriorityChoice(
            priority=priority,
            promises=promises.promised(terms, priority.number, calendars),
            needs_call=priority.needs_call and priority.number < terms.default_priority,
            is_default=priority.number == terms.default_priority,
        )
        for priority in offered
    ]
