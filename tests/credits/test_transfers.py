"""Transfers between accounts: proposed, agreed to for each side, carried out with the last yes (rules C13, C16)."""

from datetime import timedelta

import pytest

from core.errors import NotAllowed
from credits import ledger, transfers
from credits.accounts import open_account
from credits.audit import audit
from credits.models import CreditAccount, Entry
from credits.transfers import Transfer, TransferState, Wish
from notices.models import Notice
from tests.approving import a_deputy, a_member, an_approver, only
from tests.cast import NOON
from tests.credits.posting import figures, grant

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def the_books_are_sound():
    yield
    assert audit().findings == []


@pytest.fixture
def dora(acme):
    return an_approver(acme, "Dora")


@pytest.fixture
def branch(acme, dora):
    """Dora's account; Acme's first one is Anna's."""
    account = open_account(organisation=acme.organisation, name="Branch")
    only(account, dora)
    only(acme.account, acme.approver)
    return account


def wish(source, target, minutes=60, reason="The branch pays its part"):
    return Wish(source=source, target=target, minutes=minutes, reason=reason)


def proposed(source, target, *, by, minutes=60, cause="form:1", at=NOON):
    return transfers.propose(wish=wish(source, target, minutes), cause=cause, by=by, at=at)


def told(word):
    return sorted(notice.address.split("@")[0] for notice in Notice.objects.filter(cause__endswith=word))


def test_c16_who_decides_about_one_side_proposes_and_agrees_for_it(acme, branch, dora):
    grant(acme.account, 480)

    transfer = proposed(acme.account, branch, by=acme.approver)

    assert (transfer.state, transfer.source_approved_by, transfer.target_approved_by) == (TransferState.PROPOSED, acme.approver, None)
    assert figures(acme.account)[0] == 480
    assert told(":proposed") == ["dora"]


def test_c16_with_the_last_yes_the_credit_moves(acme, branch, dora):
    grant(acme.account, 480)
    transfer = proposed(acme.account, branch, by=acme.approver)

    done = transfers.approve(transfer=transfer, by=dora, at=LATER)

    assert (done.state, done.target_approved_by, done.closed_by, done.closed_at) == (TransferState.DONE, dora, dora, LATER)
    assert (figures(acme.account)[0], figures(branch)[0]) == (420, 60)
    entries = Entry.objects.filter(cause=f"transfer:{transfer.pk}").order_by("minutes")
    assert [(entry.kind, entry.minutes, entry.reason, entry.text) for entry in entries] == [
        ("transfer_out", -60, "The branch pays its part", "IT → Branch"),
        ("transfer_in", 60, "The branch pays its part", "IT → Branch"),
    ]
    assert told(":done") == ["anna", "dora"]


def test_c16_who_decides_about_both_gives_both_at_once(acme, dora):
    branch = open_account(organisation=acme.organisation, name="Branch")
    grant(acme.account, 480)

    transfer = proposed(acme.account, branch, by=acme.approver)

    assert transfer.state == TransferState.DONE
    assert (figures(acme.account)[0], figures(branch)[0]) == (420, 60)


def test_c13_the_account_manager_proposes_and_both_approvers_still_have_to_agree(cast, acme, branch, dora):
    grant(acme.account, 480)
    transfer = proposed(acme.account, branch, by=cast.max)
    assert told(":proposed") == ["anna", "dora"]

    transfers.approve(transfer=transfer, by=dora, at=LATER)
    assert figures(branch)[0] == 0
    transfers.approve(transfer=transfer, by=acme.approver, at=LATER)

    assert figures(branch)[0] == 60
    assert told(":done") == ["anna", "dora", "max"]


def test_c13_the_account_manager_agrees_for_nobody(cast, acme, branch):
    transfer = proposed(acme.account, branch, by=cast.max)

    with pytest.raises(NotAllowed):
        transfers.approve(transfer=transfer, by=cast.max, at=LATER)


def test_c16_who_decides_about_neither_side_proposes_nothing(cast, acme, borealis, branch):
    emil = an_approver(acme, "Emil")

    for person in (emil, acme.requester, borealis.approver, cast.fia, cast.tessa.person):
        with pytest.raises(NotAllowed):
            proposed(acme.account, branch, by=person)
    assert not Transfer.objects.exists()


def test_c16_a_deputy_agrees_where_the_approver_would(acme, branch, dora):
    grant(acme.account, 480)
    a_deputy(acme, acme.requester, of=dora)

    done = transfers.approve(transfer=proposed(acme.account, branch, by=acme.approver), by=acme.requester, at=LATER)

    assert (done.state, done.target_approved_by) == (TransferState.DONE, acme.requester)


def test_c16_without_the_credit_the_last_yes_does_not_count_and_the_proposal_stays(acme, branch, dora):
    grant(acme.account, 50)
    transfer = proposed(acme.account, branch, by=acme.approver)

    with pytest.raises(ledger.NotEnoughCredit, match="10 min of credit is missing"):
        transfers.approve(transfer=transfer, by=dora, at=LATER)
    transfer.refresh_from_db()
    assert (transfer.state, transfer.target_approved_by) == (TransferState.PROPOSED, None)

    grant(acme.account, 10)
    assert transfers.approve(transfer=transfer, by=dora, at=LATER).state == TransferState.DONE


def test_c16_who_decides_about_both_proposes_no_more_than_there_is(acme, dora):
    branch = open_account(organisation=acme.organisation, name="Branch")

    with pytest.raises(ledger.NotEnoughCredit):
        proposed(acme.account, branch, by=dora)
    assert not Transfer.objects.exists()


def test_c16_the_same_side_agrees_once(acme, branch):
    transfer = proposed(acme.account, branch, by=acme.approver)

    with pytest.raises(transfers.AlreadyApproved):
        transfers.approve(transfer=transfer, by=acme.approver, at=LATER)


def test_c13_credit_goes_to_another_account_of_the_same_organisation_only(acme, borealis):
    with pytest.raises(ledger.SameAccount):
        proposed(acme.account, acme.account, by=acme.approver)
    with pytest.raises(ledger.OtherOrganisation):
        proposed(acme.account, borealis.account, by=acme.approver)


def test_c16_a_closed_account_neither_gives_nor_gets(acme, branch, dora):
    grant(acme.account, 60)
    transfer = proposed(acme.account, branch, by=acme.approver)
    CreditAccount.objects.filter(pk=branch.pk).update(closed_at=NOON)

    with pytest.raises(ledger.AccountClosed):
        transfers.approve(transfer=transfer, by=dora, at=LATER)
    with pytest.raises(ledger.AccountClosed):
        proposed(acme.account, branch, by=acme.approver, cause="form:2")


def test_c14_the_same_form_proposes_once_and_nothing_else(acme, branch):
    transfer = proposed(acme.account, branch, by=acme.approver)

    assert proposed(acme.account, branch, by=acme.approver) == transfer
    with pytest.raises(transfers.TransferMismatch):
        proposed(acme.account, branch, by=acme.approver, minutes=90)


def test_c16_either_side_declines_and_everybody_is_told(cast, acme, branch, dora):
    transfer = proposed(acme.account, branch, by=cast.max)

    declined = transfers.decline(transfer=transfer, by=dora, at=LATER)

    assert (declined.state, declined.closed_by, told(":declined")) == (TransferState.DECLINED, dora, ["anna", "dora", "max"])
    assert transfers.decline(transfer=transfer, by=acme.approver, at=LATER).closed_by == dora
    with pytest.raises(transfers.TransferClosed):
        transfers.approve(transfer=transfer, by=acme.approver, at=LATER)


@pytest.mark.parametrize(
    ("minutes", "reason", "refusal"),
    [
        (0, "Their share", transfers.NothingAsked),
        (-60, "Their share", transfers.NothingAsked),
        (600_001, "Their share", transfers.TooMuch),
        (60, " ", transfers.ReasonMissing),
        (60, "x" * 501, transfers.ReasonTooLong),
    ],
)
def test_c13_a_transfer_of_nothing_or_without_a_fitting_reason_is_refused(acme, branch, minutes, reason, refusal):
    with pytest.raises(refusal):
        transfers.propose(wish=wish(acme.account, branch, minutes, reason), cause="form:1", by=acme.approver, at=NOON)
    assert not Transfer.objects.exists()


def test_c14_the_same_proposal_with_room_around_its_reason_is_the_same(acme, branch):
    first, second = (
        transfers.propose(wish=wish(acme.account, branch, reason=reason), cause="form:1", by=acme.approver, at=NOON)
        for reason in ("Their share ", "Their share")
    )

    assert (first, first.reason) == (second, "Their share")


def test_c16_who_proposed_it_withdraws_it_and_others_do_not(cast, acme, branch):
    transfer = proposed(acme.account, branch, by=cast.max)

    for person in (acme.requester, a_member(acme, "Rita"), an_approver(acme, "Emil")):
        with pytest.raises(NotAllowed):
            transfers.decline(transfer=transfer, by=person, at=LATER)
    assert transfers.decline(transfer=transfer, by=cast.max, at=LATER).state == TransferState.DECLINED


def test_c16_what_was_carried_out_is_not_declined(acme, branch, dora):
    grant(acme.account, 60)
    transfer = transfers.approve(transfer=proposed(acme.account, branch, by=acme.approver), by=dora, at=LATER)

    with pytest.raises(transfers.TransferClosed):
        transfers.decline(transfer=transfer, by=dora, at=LATER)
