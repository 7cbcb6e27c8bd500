"""What becomes of the cases of the day, a chapter for each rule. Each yields the time at which it goes on."""

from collections.abc import Iterator

from tests.journeys.support_day import SupportDay, Time
from tests.journeys.visitor import Form, Page


def whoever_is_on_call_is_paged(day: SupportDay) -> Iterator[Time]:
    """Rule S18: Tessa takes the relay from her mail, and misses the other one; Theo is the next, and takes it."""
    yield 8, 41
    day.acknowledges(day.tessa, day.page_link(day.tessa, "relay"))
    yield 8, 48
    yield 8, 50
    day.acknowledges(day.theo, day.page_link(day.theo, "down"))
    yield 9, 0
    day.says("relay", day.tessa, "The relay is up again; we look at why.")
    day.says("down", day.theo, "A switch was broken. It is replaced.")
    yield 9, 3
    day.acts("relay", day.tessa, "call", text="Mail goes out again.")
    day.acts("down", day.theo, "call", text="All is well.")
    for key, person in (("relay", day.tessa), ("down", day.theo)):
        day.acts(key, person, "proposal", text="It is mended, and watched.")
    yield 9, 50
    for key in ("relay", "down"):
        day.client_acts(key, day.person(key), "approval")


def answers_do_not_solve_it(day: SupportDay) -> Iterator[Time]:
    """Rule S9: answers on the page, the client's by mail; after three, or at Borealis one, a call is owed. Tessa's own mail is a note."""
    for minute, text in ((5, "Is the account locked?"), (15, "Please look at the log."), (25, "And the other one?")):
        yield 9, minute
        day.says("users", day.tessa, text)
        yield 9, minute + 4
        day.answers_by_mail("users", day.person("users"), f"No, that is not it, at {minute} past.")
    yield 9, 32
    day.says("search", day.theo, "The index is being built.")
    day.answers_by_mail("users", day.tessa, "I think it is the directory.")


def the_calls_are_made(day: SupportDay) -> Iterator[Time]:
    """Rule S9: both calls are closed with what was said."""
    yield 9, 41
    day.acts("users", day.tessa, "call", text="We look at it together tomorrow at nine.")
    day.acts("search", day.theo, "call", text="They wait until noon.")


def a_call_confirms_a_priority(day: SupportDay) -> Iterator[Time]:
    """Rule S2: what was asked for in the subject stands once somebody has phoned, too."""
    yield 9, 43
    day.acts("orders", day.disa, "call", text="It holds up the warehouse.")
    yield 9, 44
    day.begins("orders", day.theo)


def work_takes_long(day: SupportDay) -> Iterator[Time]:
    """Rule S10: two people together log four hours, and ten minutes more, on one case; one of them four on another."""
    yield 9, 45
    day.begins("migration", day.theo)
    day.begins("index", day.disa)
    yield 14, 0
    day.logs("migration", day.theo, "10:00", "12:00")
    day.logs("migration", day.tessa, "10:00", "12:00")
    day.logs("index", day.disa, "10:00", "14:00")
    yield 14, 1
    day.seen["calls owed at four hours"] = [day.case(key).call_tasks.count() for key in ("migration", "index")]
    yield 14, 10
    day.logs("migration", day.theo, "14:00", "14:10")


def priorities_change(day: SupportDay) -> Iterator[Time]:
    """Rule S5: a test server is not that urgent; wrong dates are more urgent than they looked."""
    yield 9, 30
    day.acts("test_server", day.disa, "priority", to=3, reason="It is a test server.")
    day.acts("dates", day.disa, "priority", to=1, reason="Invoices go out with the wrong date.")
    yield 9, 36
    day.acknowledges(day.tessa, day.page_link(day.tessa, "dates"))
    day.says("test_server", day.disa, "We start it again this afternoon.")
    yield 9, 42
    day.says("dates", day.theo, "It is the time zone of the server.")


def a_question_stops_the_clock(day: SupportDay) -> Iterator[Time]:
    """Rules S4, S6: a question answers, and the solution clock stands still until the answer comes by mail."""
    yield 10, 15
    day.says("import", day.tessa, "Which file was it?", way="ask")
    yield 13, 15
    day.answers_by_mail("import", day.person("import"), "The one of Monday.")


def an_inner_team_helps(day: SupportDay) -> Iterator[Time]:
    """Rule S17: development has the case for a while; its clocks go on, and the client is not told."""
    yield 11, 0
    day.says("sign_on", day.tessa, "We look at the time-outs.")
    day.acts("sign_on", day.tessa, "team", team=day.team.pk, reason="A race in the sign-on.")
    yield 11, 1
    day.seen["team"] = day.case("sign_on").team
    yield 14, 20
    day.acts("sign_on", day.tessa, "team/taking-back", reason="Mended in the next release.")


def solutions_are_proposed(day: SupportDay) -> Iterator[Time]:
    """Rule S11: one is approved, one refused and then approved, one meets silence, one is approved and comes back; and one withdrawn."""
    solved = {"reports": "An index was missing.", "export": "Restarted.", "printer": "Emptied.", "archive": "It was moved."}
    yield 11, 10
    day.begins("archive", day.disa)
    for key, text in solved.items():
        day.acts(key, day.disa, "proposal", text=text)
    yield 11, 40
    for key in ("reports", "archive"):
        day.client_acts(key, day.person(key), "approval")
    day.client_acts("export", day.person("export"), "refusal", reason="It stopped again.")
    day.client_acts("password", day.person("password"), "withdrawal", reason="Found it.")
    yield 13, 30
    day.acts("export", day.disa, "proposal", text="A new version, which does not stop.")
    yield 13, 50
    day.client_acts("export", day.person("export"), "approval")
    yield 9, 0, 19
    day.client_acts("archive", day.person("archive"), "reopening", reason="It is empty again.")


def a_case_becomes_a_session(day: SupportDay) -> Iterator[Time]:
    """Disa asks whether credit may be used, Anna agrees, and Max books a remote session from the page of the case (rule T3)."""
    yield 14, 30
    case = day.cases["certificate"]
    asking = day.browser(day.disa).open(f"/desk/delivery/cases/{case}/")
    day.browser(day.disa).send(_saying(asking, way="server_support"), reason="We renew it together. May credit be used?")
    yield 14, 32
    answering = day.browser(day.acme.approver).open(f"/delivery/cases/{case}/consent/")
    day.browser(day.acme.approver).send(_saying(answering, answer="yes"))
    yield 14, 35
    browser, new = day.browser(day.max), f"/desk/clients/{day.acme.organisation.pk}/sessions/new/"
    assert 'value="The certificate ends soon"' in browser.open(new, case=day.cases["certificate"]).html
    wish = {"account": day.acme.account.pk, "purpose": day.cast.purpose.pk, "title": "The certificate ends soon", "minutes": 60}
    wish |= {"technicians": 1, "case": day.cases["certificate"], "starts_at": "2026-11-20T09:00:00+01:00"}
    browser.send(browser.open(new, **wish).form(having="shown_held"))


def deadlines_draw_near_and_pass(day: SupportDay) -> Iterator[Time]:
    """Rules S4, S7: the jobs run late. An answer does not do at Cirrus, troubleshooting in time does; two cases are forgotten."""
    yield 10, 30
    day.says("labels", day.disa, "We are looking.")
    yield 15, 5
    yield 15, 10
    day.begins("labels", day.tessa)
    yield 18, 30
    yield 9, 0, 19
    day.says("backup", day.disa, "It ran, but said nothing. We mend that.")
    day.begins("fonts", day.disa)


def silence_closes_what_was_announced(day: SupportDay) -> Iterator[Time]:
    """Rule S11: a reminder each working day, and the date that was announced."""
    for date in (19, 20, 23):
        yield 12, 0, date


def _saying(page: Page, **hidden: str) -> Form:
    """The form of the page in which these hidden fields stand."""
    return next(form for form in page.forms if hidden.items() <= {name: "".join(said) for name, said in form.fields.items()}.items())


EVERYTHING = (
    whoever_is_on_call_is_paged,
    answers_do_not_solve_it,
    the_calls_are_made,
    a_call_confirms_a_priority,
    work_takes_long,
    priorities_change,
    a_question_stops_the_clock,
    an_inner_team_helps,
    solutions_are_proposed,
    a_case_becomes_a_session,
    deadlines_draw_near_and_pass,
    silence_closes_what_was_announced,
)
