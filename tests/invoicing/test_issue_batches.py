"""Many drafts issued by a job (rule I1): each once, whoever stops where, and no number left out."""

import pytest
from django.db import IntegrityError, connection, transaction

from clients.models import Organisation, StaffRole
from core.errors import NotAllowed
from invoicing import documents, issue_batches, issuing, life
from invoicing.issue_batches import Progress
from invoicing.models import Invoice, InvoiceState, IssueBatch, IssueBatchRow, NumberSeries
from tests.cast import NOON
from tests.invoicing.scene import a_draft, invoicing_terms
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def terms(acme):
    return invoicing_terms()


def a_batch(cast, drafts, cause="c"):
    return issue_batches.begin(drafts, by=cast.fia, at=NOON, cause=cause)


def sequences():
    return list(Invoice.objects.issued().order_by("sequence").values_list("sequence", flat=True))


def states(batch):
    return list(batch.rows.order_by("pk").values_list("state", flat=True))


def test_i1_a_batch_is_worked_through_in_portions_and_closed(cast, acme, terms):
    batch = a_batch(cast, [a_draft(acme) for _ in range(5)])

    done = [issue_batches.issue_due(NOON, most=2) for _ in range(4)]

    batch.refresh_from_db()
    assert (done, sequences(), batch.closed_at) == ([2, 2, 1, 0], [1, 2, 3, 4, 5], NOON)
    assert {invoice.issued_by for invoice in Invoice.objects.all()} == {cast.fia}


def test_i1_the_same_form_begins_one_batch_of_drafts_alone(cast, acme, terms):
    first, second = a_draft(acme), a_draft(acme)
    issued = issuing.issue(a_draft(acme), by=cast.fia, at=NOON)

    batch = a_batch(cast, [first, issued])

    assert a_batch(cast, [first]) == batch
    assert [row.invoice for row in batch.rows.all()] == [first]
    with pytest.raises(issue_batches.OtherDraftsChosen):
        a_batch(cast, [first, second])
    with pytest.raises(issue_batches.NothingChosen):
        a_batch(cast, [issued], "d")
    for person in (acme.approver, cast.max, cast.ada):
        with pytest.raises(NotAllowed):
            issue_batches.begin([first], by=person, at=NOON, cause="e")


def test_i8_what_is_refused_says_why_and_the_others_are_issued(cast, acme, borealis, terms):
    drafts = [a_draft(acme), a_draft(borealis), a_draft(acme)]
    Organisation.objects.filter(pk=borealis.organisation.pk).update(needs_order=True)
    batch = a_batch(cast, drafts)

    issue_batches.issue_due(NOON)

    assert (states(batch), sequences()) == (["issued", "refused", "issued"], [1, 2])
    (refused,) = issue_batches.refusals(batch)
    assert (refused.invoice, "needs an order number on every invoice" in refused.why) == (drafts[1], True)
    assert issue_batches.progress(batch) == Progress(waiting=0, issued=2, refused=1, cancelled=0, documents=0)
    documents.make_due(NOON, most=1)
    assert issue_batches.progress(batch).documents == 1


def test_i1_whoever_asked_must_still_be_of_finance_when_it_is_done(cast, acme, terms):
    batch = a_batch(cast, [a_draft(acme)])
    StaffRole.objects.filter(person=cast.fia).delete()

    issue_batches.issue_due(NOON)

    assert (states(batch), sequences(), batch.rows.get().why) == (["refused"], [], "You may not do that. Nothing has changed.")


def test_i1_killed_half_way_it_goes_on_where_it_stopped(cast, acme, terms, monkeypatch):
    batch = a_batch(cast, [a_draft(acme) for _ in range(4)])
    note = life.note

    def dies(invoice, *args, **more):
        note(invoice, *args, **more)
        if invoice.sequence == 3:  # its number has been given
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(life, "note", dies)
        with pytest.raises(KeyboardInterrupt):
            issue_batches.issue_due(NOON)
    half = (states(batch), sequences(), NumberSeries.objects.get().last)
    issue_batches.issue_due(NOON)

    assert half == (["issued", "issued", "waiting", "waiting"], [1, 2], 2)
    assert (states(batch), sequences()) == (["issued"] * 4, [1, 2, 3, 4])


def test_i1_a_fault_of_ours_holds_up_no_other_and_is_not_tried_for_ever(cast, acme, terms, monkeypatch):
    drafts = [a_draft(acme) for _ in range(3)]
    batch, issue = a_batch(cast, drafts), issuing.issue

    def fails(invoice, **more):
        if invoice == drafts[0]:
            raise ZeroDivisionError
        return issue(invoice, **more)

    monkeypatch.setattr(issuing, "issue", fails)
    done = [issue_batches.issue_due(NOON, most=1) for _ in range(8)]

    assert (sum(done), states(batch), sequences()) == (2, ["refused", "issued", "issued"], [1, 2])
    assert "a fault of this program" in batch.rows.first().why
    assert IssueBatch.objects.get().closed_at == NOON


def test_i1_the_rest_is_cancelled_and_what_is_issued_stays(cast, acme, terms):
    batch = a_batch(cast, [a_draft(acme) for _ in range(3)])
    issue_batches.issue_due(NOON, most=1)

    with pytest.raises(NotAllowed):
        issue_batches.cancel(batch, by=cast.ada, at=NOON)
    for _ in range(2):
        issue_batches.cancel(batch, by=cast.fia, at=NOON)

    assert issue_batches.issue_due(NOON) == 0
    assert (states(batch), sequences()) == (["issued", "cancelled", "cancelled"], [1])
    assert Invoice.objects.filter(state=InvoiceState.DRAFT).count() == 2
    other = a_batch(cast, Invoice.objects.filter(state=InvoiceState.DRAFT), "d")
    issue_batches.issue_due(NOON)
    with pytest.raises(issue_batches.BatchClosed):
        issue_batches.cancel(other, by=cast.fia, at=NOON)


def test_i1_what_became_of_a_batch_stays(cast, acme, terms):
    batch = a_batch(cast, [a_draft(acme)])
    issue_batches.issue_due(NOON)

    for change in (
        lambda: IssueBatchRow.objects.update(state="waiting", done_at=None),
        lambda: IssueBatchRow.objects.update(invoice=a_draft(acme)),
        lambda: IssueBatch.objects.update(closed_at=None),
        lambda: IssueBatch.objects.filter(pk=batch.pk).update(asked_by=cast.max),
        lambda: IssueBatchRow.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i1_two_loops_at_once_issue_each_draft_once(cast, acme):
    invoicing_terms()
    batch = a_batch(cast, [a_draft(acme) for _ in range(6)])

    outcome = race(2, lambda _number: issue_batches.issue_due(NOON))
    issue_batches.issue_due(NOON)

    assert outcome.errors == []
    assert (sequences(), states(batch), sum(outcome.results)) == ([1, 2, 3, 4, 5, 6], ["issued"] * 6, 6)
    assert outcome.most_inside > 1 or connection.vendor == "sqlite"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i1_the_same_form_twice_at_once_is_one_batch(cast, acme):
    invoicing_terms()
    drafts = [a_draft(acme) for _ in range(2)]

    outcome = race(2, lambda _number: a_batch(cast, drafts))

    assert (outcome.errors, IssueBatch.objects.count(), IssueBatchRow.objects.count()) == ([], 1, 2)
