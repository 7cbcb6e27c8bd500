"""Bank files from upload to paid invoices (rule I3): once each, exactly, and never a guess."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from clients.models import StaffRole
from core.errors import NotAllowed
from credits.topups import TopUpState
from invoicing import bank, camt, crediting, resolving, settlement
from invoicing.camt import EntityRefused, NotABankFile
from invoicing.models import BankFile, BankTransaction, Difficulty, Payment, PaymentWay, TransactionState
from tests.cast import NOON
from tests.invoicing.bank_files import IBAN, Ntry, Tx, camt053, camt053_of, statement
from tests.invoicing.scene import an_invoice, in_euro, invoicing_terms, paid
from tests.racing import race

pytestmark = pytest.mark.django_db


@pytest.fixture
def terms(cast):
    return invoicing_terms()


def entry(invoice, amount="12000.00", service="S1", **fields):
    """A payment that names the invoice's reference in its field."""
    return Ntry(amount=amount, service=service, details=[Tx(amount=amount, refs=[invoice.ocr])], **fields)


def read(cast, *entries, name="morning.xml", **fields):
    return bank.read(camt053(*entries, **fields), name=name, by=cast.fia, at=NOON)


def only():
    return BankTransaction.objects.get()


def test_i3_an_exact_payment_is_led_to_its_invoice_and_becomes_credit_once(cast, acme, terms):
    invoice = an_invoice(acme, cast.fia)

    first = read(cast, entry(invoice))
    again = read(cast, entry(invoice), name="another name.xml")

    invoice.refresh_from_db()
    acme.account.refresh_from_db()
    payment = Payment.objects.get()
    assert first == again
    assert (invoice.open.amount, acme.account.available_minutes) == (Decimal(0), 480)
    assert (payment.amount, payment.way) == (Decimal(12000), PaymentWay.BANK)
    assert (payment.transaction, payment.reference) == (only(), invoice.ocr)
    assert payment.cause == f"bank:{only().identity}"
    assert (only().state, only().settled_by) == (TransactionState.MATCHED, cast.fia)
    assert invoice.lines.get().top_up.state == TopUpState.PAID


@pytest.mark.parametrize("giro", ["50501055", "412"])
def test_i3_a_payment_that_comes_by_giro_number_and_by_iban_comes_once(cast, acme, giro):
    invoicing_terms(bankgiro="50501055", plusgiro="412", iban=IBAN)
    short = entry(an_invoice(acme, cast.fia), "500")

    read(cast, short, account=f"<Id><Othr><Id>{giro}</Id></Othr></Id>")
    read(cast, short)

    assert (only().difficulty, BankFile.objects.count()) == (Difficulty.UNDER, 2)


@pytest.mark.parametrize(("service", "kept"), [("S1", [""]), (None, ["", "repeated"])])
def test_i3_a_movement_that_two_statements_of_a_file_tell_comes_once_and_twice_only_for_a_person(cast, acme, terms, service, kept):
    invoice = an_invoice(acme, cast.fia)
    told = statement(entry(invoice, service=service))

    for raw in (camt053_of(told, told), camt053_of(told, told, statement(Ntry(amount="1.00", direction="DBIT")))):
        bank.read(raw, name="morning.xml", by=cast.fia, at=NOON)

    invoice.refresh_from_db()
    assert (invoice.open.amount, Payment.objects.count()) == (Decimal(0), 1)
    assert list(BankFile.objects.first().transactions.order_by("pk").values_list("difficulty", flat=True)) == kept


def test_i3_who_read_the_file_may_leave_finance_before_its_payments_are_led(cast, acme, terms, monkeypatch):
    invoice = an_invoice(acme, cast.fia)
    monkeypatch.setattr(bank, "_lead_all", lambda *_args, **_options: 0)
    read(cast, entry(invoice))
    monkeypatch.undo()
    StaffRole.objects.filter(person=cast.fia).delete()

    assert (bank.lead_due(NOON), bank.lead_due(NOON)) == (1, 0)

    invoice.refresh_from_db()
    assert (invoice.open.amount, Payment.objects.get().recorded_by) == (Decimal(0), cast.fia)


@pytest.mark.parametrize(
    ("amount", "difficulty"), [("11999.99", Difficulty.UNDER), ("12000.01", Difficulty.OVER), ("500", Difficulty.UNDER)]
)
def test_i3_an_oere_more_or_less_waits_for_a_person(cast, acme, terms, amount, difficulty):
    invoice = an_invoice(acme, cast.fia)

    read(cast, entry(invoice, amount))

    assert (only().state, only().difficulty, only().proposed) == (TransactionState.OPEN, difficulty, invoice)
    assert not Payment.objects.exists()


def test_i3_double_credited_unknown_and_outgoing_wait_for_a_person(cast, acme, terms):
    once, gone = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia)
    crediting.credit(gone, None, reason="Wrong", by=cast.fia, at=NOON, cause="x")
    unknown = Ntry(amount="77.00", service="S4", details=[Tx(amount="77.00", payer="Nobody", payer_account=None, texts=["hello"])])

    read(cast, entry(once), entry(once, service="S2"), entry(gone, service="S3"), unknown, entry(once, service="S5", direction="DBIT"))

    said = list(BankTransaction.objects.order_by("pk").values_list("state", "difficulty", "amount"))
    assert said == [
        ("matched", "", Decimal(12000)),
        ("open", "double", Decimal(12000)),
        ("open", "credited", Decimal(12000)),
        ("open", "unknown", Decimal(77)),
        ("open", "outgoing", Decimal(-12000)),
    ]


def test_i3_an_invoice_in_another_currency_is_not_paid_by_itself(cast, acme, terms):
    other = in_euro(acme, cast.fia)

    read(cast, entry(other))

    assert only().difficulty == Difficulty.CURRENCY
    with pytest.raises(settlement.OtherCurrency):
        resolving.pay(only(), other, keep_rest=False, by=cast.fia, at=NOON)


def test_i3_a_file_about_another_account_or_currency_is_refused_whole(cast, acme, terms):
    invoice = an_invoice(acme, cast.fia)
    elsewhere = "<Id><IBAN>SE3550000000054910000003</IBAN></Id><Ccy>SEK</Ccy>"
    euro = "<Id><IBAN>SE4550000000058398257466</IBAN></Id><Ccy>EUR</Ccy>"

    for fields in ({"account": elsewhere}, {"account": euro}):
        with pytest.raises(bank.NotOurAccount):
            read(cast, entry(invoice), **fields)
    with pytest.raises(bank.NotOurAccount):
        read(cast, Ntry(currency="EUR"))

    assert (BankFile.objects.count(), BankTransaction.objects.count(), Payment.objects.count()) == (0, 0, 0)


def test_i3_files_that_overlap_bring_each_payment_once(cast, acme, terms):
    one, two = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia)

    read(cast, entry(one, service="S1"))
    read(cast, entry(one, service="S1"), entry(two, service="S2"))

    assert list(BankTransaction.objects.values_list("state", flat=True)) == ["matched", "matched"]
    assert Payment.objects.count() == 2


def test_i3_what_cannot_be_known_again_is_kept_for_a_person_and_neither_left_out_nor_paid(cast, acme, terms):
    one, two = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia)

    read(cast, entry(one, service=None))
    read(cast, entry(one, service=None), entry(two, service="S2"))

    assert list(BankTransaction.objects.order_by("pk").values_list("state", "difficulty")) == [
        ("matched", ""),
        ("matched", ""),
        ("open", "repeated"),
    ]


def test_i3_what_came_whole_and_comes_in_parts_is_kept_for_a_person(cast, acme, terms):
    one, two = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia)
    parts = [Tx(amount="12000.00", refs=[one.ocr]), Tx(amount="12000.00", refs=[two.ocr])]

    read(cast, Ntry(amount="24000.00", declared=2))
    read(cast, Ntry(amount="24000.00", details=parts))

    assert list(BankTransaction.objects.order_by("pk").values_list("difficulty", flat=True)) == ["not_split", "repeated", "repeated"]
    assert not Payment.objects.exists()


def test_i3_hostile_files_and_other_people_change_nothing(cast, acme, terms):
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b SYSTEM "file:///etc/passwd">]><Document>&b;</Document>'

    for raw, refusal in ((bomb, EntityRefused), (b"%PDF-1.7", NotABankFile), (b"", NotABankFile), (b"<Document/>", NotABankFile)):
        with pytest.raises(refusal):
            bank.read(raw, name="x", by=cast.fia, at=NOON)
    for person in (cast.max, cast.ada, cast.tessa.person, acme.approver):
        with pytest.raises(NotAllowed):
            bank.read(camt053(), name="x", by=person, at=NOON)

    assert not BankFile.objects.exists()


def test_i3_leading_goes_on_where_it_stopped(cast, acme, terms):
    """Of a file of many only so many are led at once; the job takes up the others, and has nothing left after it."""
    invoices = [an_invoice(acme, cast.fia) for _ in range(3)]
    file = camt053(*(entry(invoice, service=f"S{place}") for place, invoice in enumerate(invoices)))
    said = camt.read(file)
    bank._kept(said, "f" * 64, name="x", by=cast.fia, at=NOON)  # and here the process was killed

    assert Payment.objects.count() == 0
    bank.lead(bank.waiting(NOON)[0], by=cast.fia, at=NOON)
    assert [bank.lead_due(NOON), bank.lead_due(NOON)] == [2, 0]
    assert Payment.objects.count() == 3


def test_i3_what_was_paid_meanwhile_is_not_paid_again(cast, acme, terms):
    invoice = an_invoice(acme, cast.fia)
    bank._kept(camt.read(camt053(entry(invoice))), "f" * 64, name="x", by=cast.fia, at=NOON)
    paid(invoice, 12000, cast.fia)

    assert bank.lead_due(NOON) == 0

    assert (only().state, only().difficulty, Payment.objects.count()) == ("open", "double", 1)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i3_two_who_read_overlapping_files_at_once_bring_each_payment_once(cast, acme):
    invoicing_terms()
    one, two = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia)
    files = [(entry(one),), (entry(one),), (entry(one), entry(two, service="S2"))]

    outcome = race(3, lambda number: read(cast, *files[number]))

    assert outcome.errors == []
    assert (BankFile.objects.count(), BankTransaction.objects.count(), Payment.objects.count()) == (2, 2, 2)
    acme.account.refresh_from_db()
    assert acme.account.available_minutes == 960


def test_i3_ten_thousand_movements_are_read_in_a_bounded_number_of_statements(cast, acme, terms, django_assert_max_num_queries):
    amounts = [f"{kronor}.50" for kronor in range(1, 10_001)]
    entries = [Ntry(amount, service=f"S{place}", details=[Tx(amount=amount, texts=["x"])]) for place, amount in enumerate(amounts)]
    raw = camt053(*entries)

    with django_assert_max_num_queries(300):
        file = bank.read(raw, name="year.xml", by=cast.fia, at=NOON)

    assert (file.entries, BankTransaction.objects.filter(difficulty="unknown").count()) == (10_000, 10_000)


def test_i3_a_payment_of_less_pays_a_part_and_one_of_more_leaves_the_rest_to_the_client(cast, acme, terms):
    small, large = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia, 960)
    read(cast, entry(small, "12000.01"), entry(large, "5000.00", service="S2"))
    over, under = BankTransaction.objects.order_by("pk")

    over = resolving.pay(over, small, keep_rest=True, by=cast.fia, at=NOON)
    under = resolving.pay(under, large, keep_rest=False, by=cast.fia, at=NOON)

    large.refresh_from_db()
    assert (over.state, under.state) == (TransactionState.RESOLVED, TransactionState.RESOLVED)
    assert (large.open.amount, resolving.money_of(acme.organisation, "SEK").amount) == (Decimal(19000), Decimal("0.01"))
    with pytest.raises(resolving.AlreadyDealtWith):
        resolving.pay(over, large, keep_rest=False, by=cast.fia, at=NOON)


def test_i3_one_payment_for_several_invoices_is_led_to_each(cast, acme, terms):
    one, two = an_invoice(acme, cast.fia), an_invoice(acme, cast.fia)
    read(cast, Ntry(amount="24000.00", details=[Tx(amount="24000.00", refs=[one.ocr, two.ocr])]))
    assert only().difficulty == Difficulty.SEVERAL

    still = resolving.pay(only(), one, keep_rest=False, by=cast.fia, at=NOON)
    assert (still.state, resolving.left_of(still).amount) == ("open", Decimal(12000))
    with pytest.raises(settlement.NothingOpen):
        resolving.pay(only(), one, keep_rest=False, by=cast.fia, at=NOON)
    with pytest.raises(resolving.PartlyUsed):
        resolving.ignore(only(), reason="No", by=cast.fia, at=NOON)

    assert resolving.pay(only(), two, keep_rest=False, by=cast.fia, at=NOON).state == "resolved"


def test_i3_the_clients_money_pays_an_invoice_later_and_is_never_spent_twice(cast, acme, terms):
    invoice = an_invoice(acme, cast.fia)
    read(cast, Ntry(amount="7000.00", details=[Tx(amount="7000.00", payer="Nobody")]))
    resolving.keep(only(), acme.organisation, by=cast.fia, at=NOON)

    first = resolving.use(invoice, by=cast.fia, at=NOON, key="k")
    again = resolving.use(invoice, by=cast.fia, at=NOON, key="k")

    invoice.refresh_from_db()
    assert first == again
    assert (invoice.open.amount, resolving.money_of(acme.organisation, "SEK").amount) == (Decimal(5000), Decimal(0))
    with pytest.raises(resolving.NothingKept):
        resolving.use(invoice, by=cast.fia, at=NOON, key="other")


def test_i3_what_is_no_payment_is_put_aside_with_a_reason_and_is_only_taken_up_again(cast, acme, terms):
    read(cast, Ntry(direction="DBIT"))

    ignored = resolving.ignore(only(), reason="The rent", by=cast.fia, at=NOON)

    assert (ignored.state, ignored.settlement, ignored.settled_by) == (TransactionState.IGNORED, "The rent", cast.fia)
    with pytest.raises(IntegrityError, match="closed_once"), transaction.atomic():
        BankTransaction.objects.update(settlement="Something else")
    with pytest.raises(IntegrityError, match="closed_once"), transaction.atomic():
        BankTransaction.objects.update(state="resolved")

    again = resolving.take_up(only(), reason="It was Acme's", by=cast.fia, at=NOON)

    assert (again.state, again.settled_at, again.settled_by, only().difficulty) == ("open", None, None, Difficulty.OUTGOING)
    assert again.settlement == "Taken up again Wed 18 Nov: It was Acme's. Put aside before: The rent"
    with pytest.raises(resolving.NotPutAside):
        resolving.take_up(only(), reason="Twice", by=cast.fia, at=NOON)


def test_i3_what_paid_an_invoice_or_is_kept_is_not_taken_up_again(cast, acme, terms):
    invoice = an_invoice(acme, cast.fia)
    read(cast, entry(invoice), Ntry(amount="5.00", service="S2", details=[Tx(amount="5.00", payer="Nobody")]))
    resolving.keep(BankTransaction.objects.get(amount=5), acme.organisation, by=cast.fia, at=NOON)

    for row in BankTransaction.objects.all():
        with pytest.raises(resolving.NotPutAside):
            resolving.take_up(row, reason="x", by=cast.fia, at=NOON)
        with pytest.raises(IntegrityError, match="closed_once"), transaction.atomic():
            BankTransaction.objects.filter(pk=row.pk).update(settled_at=None, state="open")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i3_two_who_use_the_clients_money_at_once_do_not_spend_it_twice(cast, acme):
    invoicing_terms()
    invoices = [an_invoice(acme, cast.fia) for _ in range(2)]
    read(cast, Ntry(amount="7000.00", details=[Tx(amount="7000.00", payer="Nobody")]))
    resolving.keep(only(), acme.organisation, by=cast.fia, at=NOON)

    outcome = race(2, lambda number: resolving.use(invoices[number], by=cast.fia, at=NOON, key=str(number)))

    assert [type(error) for error in outcome.errors] == [resolving.NothingKept]
    assert resolving.money_of(acme.organisation, "SEK").amount == 0
