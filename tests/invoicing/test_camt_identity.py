"""A transaction is known again in whichever file the bank tells of it (rule I3: imported twice harmlessly)."""

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing import camt
from tests.invoicing.bank_files import IBAN, VERSIONS, Ntry, Tx, camt053, camt054

PLAIN = Ntry(service=None, details=[Tx(end_to_end=None)])


def identities(raw, **options):
    return [told.identity for told in camt.read(raw, **options).transactions]


def test_i3_the_same_file_again_has_the_same_identities():
    raw = camt053(Ntry(), PLAIN, PLAIN, Ntry(service="B", amount="2", details=[Tx(amount="1"), Tx(amount="1")]))

    assert identities(raw) == identities(raw)
    assert len(set(identities(raw))) == 5


def test_i3_overlapping_statements_share_what_they_share():
    monday, tuesday, wednesday = (Ntry(service=f"REF-{day}", booked=f"<Dt>2026-11-0{day}</Dt>") for day in (2, 3, 4))

    assert identities(camt053(monday, tuesday))[1] == identities(camt053(tuesday, wednesday))[0]


@pytest.mark.parametrize("version", VERSIONS)
def test_i3_a_notification_and_a_statement_tell_of_the_same_payment(version):
    in_054 = Ntry(details=[Tx(service="TX-1", refs=["1234574"], texts=["Faktura"], tx_id="T-1")])

    assert identities(camt054(in_054, version=version)) == identities(camt053(Ntry(info="Bg-insättning")))


def test_i3_a_reference_counts_on_the_entry_or_on_its_only_part():
    assert identities(camt053(Ntry(service=None, details=[Tx(service="REF-1")]))) == identities(camt054(Ntry(service="REF-1")))


def test_i3_amounts_are_the_same_however_many_zeros_are_written():
    assert identities(camt053(Ntry(amount="1250"))) == identities(camt053(Ntry(amount="1250.00000")))


def test_i3_a_batch_is_known_by_its_entry_when_its_parts_come_in_another_file():
    whole = Ntry(amount="3.00", declared=2)
    in_parts = replace(whole, details=[Tx(amount="1.00"), Tx(amount="2.00")])

    [lump] = camt.read(camt053(whole)).transactions
    parts = camt.read(camt054(in_parts)).transactions

    assert {part.entry_identity for part in parts} == {lump.identity}
    assert lump.identity not in {part.identity for part in parts}


def test_i3_an_account_known_by_two_numbers_is_one_if_we_are_told():
    bankgiro = "<Id><Othr><Id>5050-1055</Id><SchmeNm><Prtry>BGNR</Prtry></SchmeNm></Othr></Id>"
    notified = camt054(Ntry(), account=bankgiro)

    assert identities(notified) != identities(camt053(Ntry()))
    assert identities(notified, same_account={"5050-1055": "SE45 5000 0000 0583 9825 7466"}) == identities(camt053(Ntry()))


DIFFERENT = [
    Ntry(),
    Ntry(amount="1250.01"),
    Ntry(service="5490990004:0002"),
    Ntry(direction="DBIT"),
    Ntry(direction="DBIT", reversal=True),
    Ntry(currency="EUR"),
    Ntry(booked="<Dt>2026-11-03</Dt>"),
    PLAIN,
    replace(PLAIN, details=[Tx(end_to_end="E-1")]),
    replace(PLAIN, details=[Tx(end_to_end=None, payer="Borealis AB")]),
    replace(PLAIN, details=[Tx(end_to_end=None, payer_account="50501055")]),
    replace(PLAIN, details=[Tx(end_to_end=None, refs=["1234574"])]),
    replace(PLAIN, details=[Tx(end_to_end=None, texts=["hello"])]),
]


@pytest.mark.parametrize(("one", "other"), combinations(DIFFERENT, 2))
def test_i3_transactions_that_differ_have_identities_that_differ(one, other):
    assert identities(camt053(one)) != identities(camt053(other))


def test_i3_the_same_entry_on_another_account_is_another():
    other = "<Id><IBAN>SE3550000000054910000003</IBAN></Id>"

    assert identities(camt053(Ntry())) != identities(camt053(Ntry(), account=other))


def test_i3_the_identity_is_certain_only_by_the_banks_own_reference():
    file = camt053(
        Ntry(service="A"),
        Ntry(service=None, details=[Tx(tx_id="T-1")]),
        PLAIN,
        PLAIN,
        replace(PLAIN, details=[Tx(end_to_end="E-1")]),
        Ntry(service="A"),
        Ntry(service="NOTPROVIDED", amount="7"),
    )

    assert [told.identity_certain for told in camt.read(file).transactions] == [True, True, False, False, False, False, False]


def test_i3_equal_payments_without_reference_are_counted_in_a_file_and_look_alike_across_files():
    both = identities(camt053(PLAIN, PLAIN))

    assert len(set(both)) == 2
    assert identities(camt053(PLAIN)) == both[:1]


def test_i3_the_number_of_an_entry_in_its_file_is_no_reference():
    raw = camt053(PLAIN)

    assert identities(raw.replace(b"<NtryRef>1<", b"<NtryRef>2<")) == identities(raw)


def test_i3_parts_of_a_batch_are_counted_among_equals():
    batch = Ntry(amount="3.00", details=[Tx(amount="1.00"), Tx(amount="1.00"), Tx(amount="1.00", service="X")])

    told = camt.read(camt053(batch)).transactions

    assert len({one.identity for one in told}) == 3
    assert [one.identity for one in camt.read(camt054(batch, version="001.08")).transactions] == [one.identity for one in told]
    assert all(one.identity_certain for one in told)


@given(st.lists(st.integers(1, 10**9), min_size=2, max_size=20))
def test_i3_a_batch_comes_to_its_parts(cents):
    written = [f"{amount // 100}.{amount % 100:02}" for amount in cents]
    whole = f"{sum(cents) // 100}.{sum(cents) % 100:02}"

    told = camt.read(camt053(Ntry(amount=whole, details=[Tx(amount=amount) for amount in written]))).transactions

    assert [f"{one.amount:f}" for one in told] == written
    assert len({one.identity for one in told}) == len(cents)
    assert IBAN not in "".join(one.identity for one in told)
