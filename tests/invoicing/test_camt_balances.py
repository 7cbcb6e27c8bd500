"""Balances of a bank's file against its transactions (rule I3): what is missing shows, and nothing hides anything else."""

from datetime import date
from decimal import Decimal

import pytest

from invoicing import camt, camt_balances
from tests.invoicing.bank_files import Ntry, balance, balanced, camt053, camt053_of, camt054, statement

OTHER = "<Id><IBAN>SE3550000000054910000003</IBAN></Id><Ccy>SEK</Ccy>"
MONDAY, TUESDAY = "2026-11-02", "2026-11-03"


def said(raw):
    return camt_balances.said(camt.read(raw), currency="SEK")


def missing(*statements):
    return said(camt053_of(*statements)).unexplained


def day(opening, closing, *amounts, on=MONDAY, **fields):
    entries = [Ntry(amount=amount, service=f"{on} {amount}", booked=f"<Dt>{on}</Dt>") for amount in amounts]
    return statement(*entries, balances=balanced(opening, closing, day=on), **fields)


@pytest.mark.parametrize(
    ("closing", "unexplained"), [("850.00", "0.00"), ("850.01", "0.01"), ("849.99", "0.01"), ("2100.00", "1250.00"), ("0.00", "850.00")]
)
def test_i3_what_the_transactions_do_not_explain_is_told_whichever_way(closing, unexplained):
    entries = Ntry(amount="900.00"), Ntry(amount="150.00", direction="DBIT")

    assert said(camt053(*entries, balances=balanced("100.00", closing))).unexplained == Decimal(unexplained)


def test_i3_an_overdrawn_account_and_a_balance_before_the_day_are_understood():
    balances = balance("PRCD", "100.00", direction="DBIT", day="2026-10-30") + balance("CLBD", "400.00")

    found = said(camt053(Ntry(amount="500.00"), balances=balances))

    assert (found.unexplained, found.opening.amount, found.closing.amount) == (0, -100, 400)


@pytest.mark.parametrize(
    "balances",
    [
        "",
        balance("OPBD", "1.00"),
        balance("CLBD", "1.00"),
        balance("OPBD", "1.00").replace("SEK", "EUR") + balance("CLBD", "9.00"),
        balance("OPBD", "1.00") + balance("CLBD", "9" * 15),
        balance("OPBD", "1.00") + balance("CLBD", "9.001"),
    ],
)
def test_i3_without_two_balances_that_can_be_compared_nothing_is_said(balances):
    found = said(camt053(Ntry(), balances=balances))

    assert (found.unexplained, found.opening, found.closing) == (None, None, None)


def test_i3_a_notification_has_no_balances_and_says_nothing():
    assert said(camt054(Ntry())) == camt_balances.Said(unexplained=None, pending=0, opening=None, closing=None)


def test_i3_pending_entries_are_counted_and_neither_missing_nor_confused_with_information():
    entries = [Ntry(amount="10.00"), Ntry(status="PDNG"), Ntry(status="PDNG"), Ntry(status="INFO")]

    for version in ("001.02", "001.08"):
        found = said(camt053(*entries, balances=balanced("0.00", "10.00"), version=version))
        assert (found.pending, found.unexplained) == (2, 0)


def test_i3_statements_that_follow_each_other_are_one_run_in_whichever_order_they_stand():
    monday, tuesday = day("0.00", "10.00", "10.00"), day("10.00", "15.00", "5.00", on=TUESDAY)

    found = said(camt053_of(tuesday, monday))

    assert found.unexplained == 0
    assert (found.opening.amount, found.opening.on) == (0, date(2026, 11, 2))
    assert (found.closing.amount, found.closing.on) == (15, date(2026, 11, 3))


def test_i3_what_is_missing_in_one_statement_hides_nothing_in_another():
    assert missing(day("0.00", "11.00", "10.00"), day("11.00", "15.00", "5.00", on=TUESDAY)) == 2


def test_i3_a_day_that_is_missing_between_two_statements_of_a_file_shows():
    assert missing(day("0.00", "10.00", "10.00"), day("60.00", "65.00", "5.00", on="2026-11-04")) == 50


def test_i3_pages_that_say_only_the_outer_balances_are_one_statement():
    first = statement(Ntry(amount="10.00"), balances=balance("OPBD", "0.00"))
    middle, last = statement(Ntry(amount="5.00")), statement(Ntry(amount="1.00"), balances=balance("CLBD", "16.00"))

    assert (missing(first, middle, last), missing(first, last)) == (0, 5)


def test_i3_statements_of_the_same_days_are_compared_within_each_only():
    whole = statement(
        Ntry(amount="10.00"),
        Ntry(amount="5.00", booked=f"<Dt>{TUESDAY}</Dt>"),
        balances=balanced("0.00", "15.00", day="2026-11-01", until=TUESDAY),
    )

    assert missing(day("0.00", "10.00", "10.00"), whole) == 0
    assert missing(day("0.00", "10.00", "10.00"), day("0.00", "10.00", "10.00")) == 0


def test_i3_of_two_accounts_each_is_a_run_of_its_own_and_the_file_has_no_end():
    found = said(camt053_of(day("0.00", "10.00", "10.00"), day("70.00", "76.00", "5.00", account=OTHER)))

    assert (found.unexplained, found.opening, found.closing) == (1, None, None)


def test_i3_a_file_that_ends_before_it_begins_has_no_ends():
    found = said(camt053(Ntry(amount="1.00"), balances=balanced("0.00", "1.00", day=TUESDAY, until=MONDAY)))

    assert (found.unexplained, found.opening) == (0, None)
