from datetime import timedelta, date
import pytest
from django.db import IntegrityError
from clients import deputies
from clients.models import Agreement, Membership, MemberRole
from credits import topups, ledger, corrections, transfers, months
from credits.audit import audit
from credits.models import Entry, CreditAccount, Lot
from notices.models import Notice
from sessions import confirmation, disputes, changes, consents, unclosed, penalties, unplanned, worklogs, ending
from sessions.confirmation import confirm
from sessions.models import Session, State
from tests.approving import a_deputy, a_member, an_approver, limited, only
from tests.cast import NOON, a_client, at_stockholm
from tests.credits.posting import grant, bought
from tests.sessions.booked import TUESDAY, book, figures, mails, hold_of
from tests.sessions.changing import cancel, postpone
from tests.sessions.factories import a_lot, a_submitted_session, a_session, postings, entry_ids, minutes, a_started_session, work
from tests.sessions.penalised import a_late_cancellation, disputed, POSTED
from tests.sessions.proposing import proposed, question, agreed, urgent

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=2)

def test_t1_topup_one_voice(acme):
    limited(acme, 100)
    rolf = acme.requester
    an_approver(acme, "Dora")  # so somebody else exists
    dep = a_deputy(acme, rolf)
    t = topups.order(account=acme.account, minutes=480, cause="x", by=rolf, at=NOON)
    assert t.state == "awaiting_approval"
    with pytest.raises(topups.SecondApproverNeeded):
        topups.approve(top_up=t, by=acme.approver, at=NOON)
    deputies.end(deputyship=dep, by=acme.approver, at=NOON)
    t = topups.approve(top_up=t, by=acme.approver, at=NOON)
    print("T1 topup", t.state, t.ordered_by, t.approved_by)

def test_t1b_hours(cast, acme):
    s = a_submitted_session(cast, acme)
    limited(acme, 0)
    an_approver(acme, "Dora")
    dep = a_deputy(acme, acme.requester)
    s = confirm(session=s, by=acme.requester, at=LATER)
    assert s.state == "submitted"
    deputies.end(deputyship=dep, by=acme.approver, at=LATER)
    s = confirm(session=s, by=acme.approver, at=LATER)
    print("T1b", s.state)

def test_t2_postpone_after_end(cast, acme):
    s = book(cast, acme, credit=300)
    Agreement.objects.update(ends_on=date(2026,12,1))
    s = postpone(s, acme, to=at_stockholm(2026,12,15,9))
    print("T2", s.state, s.starts_at)
    print(ending.free_after_the_end(at=NOON))

def test_t3_consent_then_move(cast, acme):
    s = book(cast, acme, credit=300)
    c = consents.ask_consent(session=s, minutes=240, reason="big", by=cast.tessa.person if s.reservations.filter(technician=cast.tessa).exists() else cast.theo.person, at=NOON)
    consents.give_consent(consent=c, by=acme.approver, at=NOON)
    print("T3 before", figures(acme.account), hold_of(s).minutes)
    s.refresh_from_db()
    s = changes.move_by_provider(session=s, starts_at=TUESDAY+timedelta(hours=2), by=cast.max, at=NOON, reason="ill")
    print("T3 after", figures(acme.account), hold_of(s).minutes)

def test_t4_unplanned_never_started(cast, acme):
    s = agreed(cast, acme, credit=300)
    print("T4", s.state, figures(acme.account), list(unclosed.unclosed(at=NOON+timedelta(days=60))))
    from clients.patience import Patience
    from sessions.waiting import too_long
    print(too_long(Session.objects.all(), Patience.of_provider(at=NOON+timedelta(days=60))))

def test_t6_cancel_unplanned(cast, acme):
    s = agreed(cast, acme, credit=300)
    s = changes.cancel(session=s, shown_minutes=0, by=acme.requester, at=LATER)
    for n in Notice.objects.order_by("-pk")[:3]:
        print("T6", n.address, n.subject, n.body)

def test_t7_orphan(cast, acme):
    dora = an_approver(acme, "Dora")
    only(acme.account, dora)
    Membership.objects.filter(person=dora).delete()
    s = a_submitted_session(cast, acme)
    print("T7", list(Notice.objects.filter(cause__contains=f"session:{s.pk}").values_list("cause","address")))
    with pytest.raises(Exception) as e:
        confirm(session=s, by=acme.approver, at=LATER)
    print(repr(e.value))

def test_t8_blank(cast, acme):
    from credits.accounts import open_account
    b = open_account(organisation=acme.organisation, name="B")
    for m, r in ((60,""),(0,"x"),(-5,"x"),(60,"x"*600)):
        from django.db import transaction
        try:
            with transaction.atomic():
                grantx = transfers.propose(wish=transfers.Wish(source=acme.account,target=b,minutes=m,reason=r), cause=f"c{m}{len(r)}", by=cast.max, at=NOON)
            print("T8 ok", m, len(r))
        except Exception as e:
            print("T8", m, len(r), type(e), e)

def test_t14_first_yes_lost_role(cast, acme):
    s = a_submitted_session(cast, acme)
    limited(acme, 0)
    dora = an_approver(acme, "Dora", limit=0)
    s = confirm(session=s, by=dora, at=LATER)
    Membership.objects.filter(person=dora).delete()
    s = confirm(session=s, by=acme.approver, at=LATER)
    print("T14", s.state)

def test_t54b_waive_after_expiry(cast, acme):
    grant(acme.account, 120, expires_on=date(2026,11,30), at=NOON-timedelta(days=3))
    s = book(cast, acme, by=acme.requester)
    changes.cancel(session=s, shown_minutes=120, by=acme.requester, at=POSTED)
    print("T54b", figures(acme.account))
    p = Entry.objects.get(kind="late_change")
    d = penalties.dispute(penalty=p, reason="train", by=acme.approver, at=POSTED+timedelta(hours=1))
    at = POSTED + timedelta(days=9)
    penalties.reverse(dispute=d, reason="ok", by=cast.max, at=at)
    print("T54b", figures(acme.account), [(e.kind,e.minutes) for e in Entry.objects.order_by("pk")])
    print(list(mails("penalty").values())[-1] if mails("penalty") else Notice.objects.last().body)
    assert audit().findings == []

def test_t54a_contest_after_expiry(cast):
    client = a_client(cast, "Cert", silence_confirms=True)
    grant(client.account, 60, expires_on=date(2026,12,5), at=NOON-timedelta(days=8))
    s = a_submitted_session(cast, client, credit=0, worked=(60,))
    print("T54a sub", figures(client.account), hold_of(s).covered_minutes)
    due = confirmation.silence_confirms_at(s)
    confirmation.confirm_by_silence(session=s, at=due)
    print("T54a conf", due, figures(client.account))
    s.refresh_from_db()
    at = at_stockholm(2026,12,10,12)
    d = disputes.contest(session=s, claims={entry_ids(s)[0]: 30}, reason="no", by=client.approver, at=at)
    print("T54a cont", figures(client.account))
    disputes.uphold(dispute=d, by=cast.max, at=at+timedelta(hours=1), reason="right")
    print("T54a", figures(client.account), [(e.kind,e.minutes) for e in Entry.objects.order_by("pk")])
    assert audit().findings == []

def test_t5_contest_limit(cast):
    client = a_client(cast, "Cert", silence_confirms=True)
    CreditAccount.objects.filter(pk=client.account.pk).update(monthly_limit_minutes=60)
    a_lot(client.account, 600)
    s = a_submitted_session(cast, client, credit=60, worked=(60,))
    due = confirmation.silence_confirms_at(s)
    confirmation.confirm_by_silence(session=s, at=due)
    s.refresh_from_db(); client.account.refresh_from_db()
    print("T5", months.used_minutes(client.account, NOON.date()))
    disputes.contest(session=s, claims={entry_ids(s)[0]: 30}, reason="no", by=client.approver, at=due+timedelta(hours=1))
    print("T5", months.used_minutes(client.account, NOON.date()))

def test_t10_vat(cast, acme):
    from credits.ledger import LotTerms, LotSource
    from djmoney.money import Money
    from decimal import Decimal
    terms = LotTerms(source=LotSource.OPENING, price_per_hour=Money("1201.20","SEK"), total_price=Money(Decimal("9609.60"),"SEK"), vat_percent=Decimal(25))
    lot = ledger.grant(account=acme.account, minutes=480, terms=terms, voucher=ledger.Voucher(cause="q", at=NOON))
    for i in range(480):
        corrections.refund(lot=lot, minutes=1, reason="x", cause=f"k{i}", by=cast.max, at=NOON)
    from credits.models import Refund
    from django.db.models import Sum
    print("T10", Refund.objects.aggregate(Sum("net"), Sum("vat")), Decimal("9609.60")*Decimal("0.25"))
