"""Something of Acme's at every stage of its life, and the address at which its own people find it."""

from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import time_machine
from django.test import Client as Browser
from django.urls import get_resolver
from django.urls.resolvers import URLResolver

from clients.domains import verify
from credits import accounts, topups
from notices.models import Notice
from people.models import Person
from sessions import access, bookings, confirmation, consents, disputes, feeds, no_shows, notes
from sessions.bookings import Wish
from sessions.models import WorkEntry
from tests.cast import NOON, Cast, Client
from tests.journeys import support_agreements
from tests.journeys.arrangements import arrangements
from tests.journeys.working_calendars import a_calendar, pages_of
from tests.sessions.factories import a_session, a_started_session, a_submitted_session, work
from tests.sessions.recurring import JANUARY, a_series

A_DAY = timedelta(days=1)
READ_BY_FINANCE = ("statement", "statement-csv", "statement-pdf", "statement-xlsx", "outlook")
OURS = ["cases", "credits", "dashboard", "delivery", "invoicing", "notices", "people", "sessions", "sign_in", "trail"]


@dataclass
class Own:
    """An address of Acme's: the ids in it, whose it is, and which people of the provider must not see it either."""

    ids: dict[str, Any]
    person: Person
    acts_only: bool = False
    strangers: list[Person] = field(default_factory=list)


def belongings(cast: Cast, acme: Client) -> dict[str, Own]:
    """For every address with an id in it, something of Acme's, and whose that is."""
    from tests.journeys.belongings_of_all_cases import cases_everywhere  # noqa: PLC0415 -- they know each other

    things = at_every_stage(cast, acme)
    with time_machine.travel(NOON, tick=False):
        cases = cases_everywhere(cast, acme)
    acts = acts_of_the_desk(cast, things)
    desk = pages_of_the_desk(cast, acme, things)
    for address in (acts | desk).values():
        address.strangers += [acme.approver, acme.requester]
    first = {"desk-plan-announce": cases["desk-plan-announce"]}  # before its plan is taken from the agreement
    return first | portal(cast, acme, things) | acts | desk | cases


def at_every_stage(cast: Cast, acme: Client) -> SimpleNamespace:
    """Something of Acme's at every stage of its life."""
    with time_machine.travel(NOON, tick=False):
        coming = a_session(cast, acme, starts_at=NOON + 3 * A_DAY, access_arranged=False)
        access.write(session=coming, text="VPN, then ask Bo", by=acme.requester, at=NOON)
        access.read(session=coming, by=cast.tessa.person, at=NOON)
        notes.add_note(session=coming, text="Bo is at hand", cause=f"note:{coming.pk}", by=acme.requester, at=NOON)
        running = a_started_session(cast, acme, starts_at=NOON - timedelta(hours=3))
        entry = work(running, cast.tessa, length=20)
        asked = consents.ask_consent(session=running, minutes=120, reason="More logs", by=cast.tessa.person, at=NOON)
        absent = a_session(cast, acme, starts_at=NOON - timedelta(minutes=20))
        no_shows.attempt_call(session=absent, by=cast.tessa.person, at=NOON - timedelta(minutes=15), reason="No answer")
        empty = accounts.open_account(organisation=acme.organisation, name="Empty")
        wish = Wish(purpose=cast.purpose, title="Later", estimate_minutes=60, starts_at=NOON + 5 * A_DAY, technician=cast.tessa)
        waiting = bookings.request(account=empty, wish=wish, cause=f"form:0:{acme.account.pk}", by=acme.approver, at=NOON)
        submitted = a_submitted_session(cast, acme, starts_at=NOON - A_DAY)
        disputed = a_submitted_session(cast, acme, starts_at=NOON - 2 * A_DAY)
        claim = {WorkEntry.objects.get(session=disputed).pk: 10}
        dispute = disputes.dispute(session=disputed, claims=claim, reason="Too much", by=acme.approver, at=NOON - A_DAY)
        silent = a_submitted_session(cast, acme, starts_at=NOON - 30 * A_DAY, silence_confirms=True)
        confirmation.confirm_by_silence(session=silent, at=NOON - A_DAY)
        top_up = topups.order(account=acme.account, minutes=480, cause=f"form:1:{acme.account.pk}", by=acme.approver, at=NOON)
        series = a_series(cast, acme, first_on=JANUARY, technician=cast.tessa, by=acme.approver)
        arranged = arrangements(cast, acme)
        agreed = support_agreements.agreed_things(cast, acme)
        calendar = a_calendar(cast, f"office-{acme.account.pk}")
        notice = Notice.objects.latest("pk")
        token = feeds.make_feed(person=acme.requester, at=NOON)
    return SimpleNamespace(
        **vars(arranged),
        absent=absent,
        agreed=agreed,
        asked=asked,
        calendar=calendar,
        coming=coming,
        dispute=dispute,
        worked=entry,
        notice=notice,
        running=running,
        series=series,
        silent=silent,
        submitted=submitted,
        token=token,
        top_up=top_up,
        waiting=waiting,
    )


def portal(cast: Cast, acme: Client, things: SimpleNamespace) -> dict[str, Own]:
    """The client's pages: nobody of the provider finds them, for they have the desk."""
    anna, account, staff = acme.approver, {"account_id": acme.account.pk}, [cast.tessa.person, cast.max, cast.fia]
    coming, submitted = {"session_id": things.coming.pk}, {"session_id": things.submitted.pk}
    return {
        **{name: Own(account, anna, strangers=staff) for name in ("topups", "topup-new")},
        **{name: Own(account, anna, strangers=[cast.tessa.person]) for name in READ_BY_FINANCE},
        **ledger(cast, acme, things),
        **decisions(cast, acme, things),
        **{f"session-{name}": Own(coming, anna, strangers=staff) for name in ("postpone", "cancel")},
        **{f"session-{name}": Own(submitted, anna, strangers=staff) for name in ("hours", "dispute")},
        "topup-cancel": Own({"top_up_id": things.top_up.pk}, anna, acts_only=True, strangers=staff),
        "session-keep": Own({"session_id": things.declined.pk}, anna, acts_only=True, strangers=staff),
        "session-attendees": Own(coming, anna, strangers=staff),
        "session-access": Own(coming, anna, acts_only=True, strangers=staff),
        **{f"session-{name}": Own(coming, anna, strangers=staff) for name in ("instructions", "agenda")},
        **{f"session-{name}": Own(coming, anna, acts_only=True, strangers=staff) for name in ("instructions-look", "note")},
        "session-confirm": Own(submitted, anna, acts_only=True, strangers=staff),
        "session-contest": Own({"session_id": things.silent.pk}, anna, strangers=staff),
        "consent": Own({"consent_id": things.asked.pk}, anna, strangers=staff),
        **{name: Own({"series_id": things.series.pk}, anna, strangers=staff) for name in ("series", "series-end")},
        "session": Own(coming, anna),
        "calendar-feed": Own({"token": things.token}, acme.requester),
    }


def ledger(cast: Cast, acme: Client, things: SimpleNamespace) -> dict[str, Own]:
    """What explains the account's figures: who looks after the client reads it too."""
    account, anna, tessa = {"account_id": acme.account.pk}, acme.approver, [cast.tessa.person]
    return {
        "why": Own(account | {"figure": "held"}, anna, strangers=tessa),
        "rounding": Own(account | {"year": 2026, "quarter": 4}, anna, strangers=tessa),
        "rounding-pdf": Own(account | {"year": 2026, "quarter": 4}, anna, strangers=tessa),
        "lot-why": Own({"lot_id": things.lot.pk}, anna, strangers=tessa),
        "entry": Own({"entry_id": things.entry.pk}, anna, strangers=tessa),
    }


def decisions(cast: Cast, acme: Client, things: SimpleNamespace) -> dict[str, Own]:
    """What an approver of Acme decides about."""
    anna, tessa, fia = acme.approver, cast.tessa.person, cast.fia
    transfer, staff = {"transfer_id": things.transfer.pk}, [tessa, cast.max, fia]
    return {
        "account": Own({"account_id": acme.account.pk}, anna, strangers=[tessa]),
        "topup-approval": Own({"top_up_id": things.order.pk}, anna, strangers=staff),
        "transfer": Own(transfer, anna, strangers=[tessa]),
        "transfer-approve": Own(transfer, anna, acts_only=True, strangers=[tessa]),
        "transfer-decline": Own(transfer, anna, acts_only=True, strangers=[tessa]),
        "deputy-end": Own({"deputyship_id": things.deputyship.pk}, anna, acts_only=True, strangers=staff),
        "late-work": Own({"late_work_id": things.late.pk}, anna, strangers=staff),
        "penalty": Own({"entry_id": things.penalty.pk}, anna, strangers=[tessa]),
    }


def acts_of_the_desk(cast: Cast, things: SimpleNamespace) -> dict[str, Own]:
    """What a technician does with a button."""
    tessa, coming, running = cast.tessa.person, {"session_id": things.coming.pk}, {"session_id": things.running.pk}
    acts = {
        f"desk-session-{name}": Own(running, tessa, acts_only=True) for name in ("log", "consent", "submit", "reopen", "pause", "resume")
    }
    return acts | {f"desk-session-{name}": Own(coming, tessa, acts_only=True) for name in ("start", "call", "instructions-look", "note")}


def pages_of_the_desk(cast: Cast, acme: Client, things: SimpleNamespace) -> dict[str, Own]:
    """The staff's pages, each with those of the provider whom it does not concern."""
    tessa = cast.tessa.person
    return (
        corrections(cast, acme, things)
        | who_works_when(cast)
        | {
            "desk-session": Own({"session_id": things.running.pk}, tessa),
            "desk-session-abort": Own({"session_id": things.running.pk}, tessa),
            "desk-session-miss": Own({"session_id": things.absent.pk}, tessa),
            "desk-session-move": Own({"session_id": things.coming.pk}, tessa),
            "desk-session-technician": Own({"session_id": things.coming.pk}, tessa),
            "desk-session-new": Own({"organisation_id": acme.organisation.pk}, cast.max, strangers=[tessa, cast.fia]),
            "desk-session-call-off": Own({"session_id": things.coming.pk}, cast.max),
            "desk-session-allow": Own({"session_id": things.waiting.pk}, cast.max),
            "desk-work-correct": Own({"entry_id": things.worked.pk}, tessa),
            "desk-work-take-back": Own({"entry_id": things.worked.pk}, tessa),
            "desk-client": Own({"organisation_id": acme.organisation.pk}, cast.max, strangers=[tessa]),
            **mail_domains(cast, acme),
            "desk-dispute": Own({"dispute_id": things.dispute.pk}, cast.max),
            "desk-topup": Own({"top_up_id": things.top_up.pk}, cast.fia, strangers=[tessa, cast.max]),
            **mails_that_came_in(cast, things),
            **when_time_counts(cast, things),
            **what_is_agreed(cast, acme, things),
            "desk-mail-notice": Own({"pk": things.notice.pk}, cast.ada, strangers=[tessa, cast.max, cast.fia]),
            "desk-mail-retry": Own({"pk": things.notice.pk}, cast.ada, acts_only=True, strangers=[tessa, cast.max, cast.fia]),
        }
    )


def who_works_when(cast: Cast) -> dict[str, Own]:
    """Tessa's hours, which she sees to herself."""
    hers, tessa, others = {"technician_id": cast.tessa.pk}, cast.tessa.person, [cast.max, cast.fia]
    acts = ("week", "except", "restore", "offer", "calendar", "forget")
    return {
        "desk-availability-of": Own(hers, tessa, strangers=[*others]),
        **{f"desk-availability-{name}": Own(hers, tessa, acts_only=True, strangers=[*others]) for name in acts},
    }


def what_is_agreed(cast: Cast, acme: Client, things: SimpleNamespace) -> dict[str, Own]:
    """What the account manager agrees with the client, and what the administrator offers."""
    tessa, ada = cast.tessa.person, cast.ada
    pages = support_agreements.pages_of(acme, things.agreed).items()
    offered, draft = {"plan_id": things.agreed.plan.pk}, {"plan_id": things.agreed.draft.pk}
    return {
        **{name: Own(ids, cast.max, acts_only=acts, strangers=[tessa]) for name, (ids, acts) in pages},
        "desk-plan-publish": Own(draft, ada, acts_only=True, strangers=[tessa, cast.max, cast.fia]),
        "desk-plan-withdraw": Own(offered, ada, acts_only=True, strangers=[tessa, cast.max, cast.fia]),
        "desk-plan-fee": Own(offered, ada, strangers=[tessa, cast.max]),
        "plan": Own({"code": things.agreed.draft.code}, ada, strangers=[acme.approver, acme.requester]),
    }


def when_time_counts(cast: Cast, things: SimpleNamespace) -> dict[str, Own]:
    """What the administrator does with a business calendar."""
    others = [cast.tessa.person, cast.max, cast.fia]
    return {name: Own(ids, cast.ada, acts_only=acts, strangers=[*others]) for name, (ids, acts) in pages_of(things.calendar).items()}


def mails_that_came_in(cast: Cast, things: SimpleNamespace) -> dict[str, Own]:
    """What the administrator does with a mail that came in."""
    mail, others = {"pk": things.mail_in.pk}, [cast.tessa.person, cast.max, cast.fia]
    return {
        "desk-held-mail": Own(mail, cast.ada, strangers=others),
        "desk-mail-in": Own(mail, cast.ada, strangers=others),
        "desk-mail-in-bytes": Own(mail, cast.ada, strangers=others),
        "desk-mail-in-retry": Own(mail, cast.ada, acts_only=True, strangers=others),
    }


def mail_domains(cast: Cast, acme: Client) -> dict[str, Own]:
    """Whose mail counts as Acme's is for who looks after Acme to say."""
    name = f"acme{acme.organisation.pk}.example"
    domain = verify(acme.organisation, name, by=cast.max, at=NOON)
    return {
        "desk-client-domain": Own({"organisation_id": acme.organisation.pk}, cast.max, acts_only=True, strangers=[cast.tessa.person]),
        "desk-domain-forget": Own({"domain_id": domain.pk}, cast.max, acts_only=True, strangers=[cast.tessa.person]),
    }


def corrections(cast: Cast, acme: Client, things: SimpleNamespace) -> dict[str, Own]:
    """What the account manager does about a client's credit."""
    account, lot, tessa = {"account_id": acme.account.pk}, {"lot_id": things.lot.pk}, [cast.tessa.person]
    return {
        **{f"desk-account{name}": Own(account, cast.max, strangers=tessa) for name in ("", "-adjust", "-close", "-reopen")},
        **{f"desk-lot-{name}": Own(lot, cast.max, strangers=tessa) for name in ("extend", "freeze", "unfreeze", "refund")},
        "desk-penalty": Own({"entry_id": things.penalty.pk}, cast.max, strangers=tessa),
        "desk-winding-up": Own({"agreement_id": things.agreement.pk}, cast.max, strangers=tessa),
        "desk-end-access": Own({"organisation_id": acme.organisation.pk}, cast.max, strangers=[*tessa, cast.fia]),
    }


def addresses(patterns=None, owner=""):
    """The names of all addresses of ours that hold an id."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, getattr(pattern.urlconf_name, "__name__", "").split(".")[0])
        elif owner in OURS and pattern.pattern.regex.groups:
            yield pattern.name


def browser_of(person: Person) -> Browser:
    browser = Browser()
    browser.force_login(person)
    return browser
