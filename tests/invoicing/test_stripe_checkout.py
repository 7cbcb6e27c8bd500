"""Stripe's page of payment, against what Stripe sends and answers (its API, version 2025): signed events, requests, refusals."""

import hashlib
import hmac
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
import time_machine
from djmoney.money import Money

from invoicing.cards.interface import CardServiceFailed, Checkout, NotGenuine, Outcome, from_minor, to_minor
from invoicing.cards.stripe_checkout import StripeCheckout
from tests.cast import NOON

SECRET = "whsec_tests"
CHECKOUT = Checkout(
    reference="card:1:abc",
    amount=Money("12000.50", "SEK"),
    text="Invoice 202600001",
    email="anna@acme.example",
    language="sv",
    done_url="https://support.example/done/",
    cancel_url="https://support.example/cancel/",
)
SESSION = {
    "id": "cs_test_a1",
    "object": "checkout.session",
    "amount_total": 1200050,
    "currency": "sek",
    "client_reference_id": "card:1:abc",
    "payment_intent": "pi_3test",
    "payment_status": "paid",
    "status": "complete",
    "url": "https://checkout.stripe.com/c/pay/cs_test_a1",
}


def event(kind="checkout.session.completed", **changed):
    said = {
        "id": "evt_1test",
        "object": "event",
        "api_version": "2025-03-31.basil",
        "created": int(NOON.timestamp()),
        "type": kind,
        "data": {"object": SESSION | changed},
    }
    return json.dumps(said).encode()


def signed(body, *, secret=SECRET, at=NOON):
    moment = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


@pytest.fixture
def answers():
    """What the server answers next (status, body), and what it was asked (path, fields, idempotency key)."""
    waiting: list[Any] = []
    asked: list[Any] = []

    class Stripe(BaseHTTPRequestHandler):
        def do_POST(self):
            fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            asked.append((self.path, fields, self.headers["Idempotency-Key"]))
            status, said = waiting.pop(0)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Stripe)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield waiting, asked, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def service(answers, settings):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_API = "sk_test_1", SECRET, answers[2]
    with time_machine.travel(NOON, tick=False):
        yield StripeCheckout()


def test_a_page_of_payment_is_asked_for_in_the_smallest_unit_and_by_our_reference(service, answers):
    waiting, asked, _ = answers
    waiting.append((200, SESSION))

    opened = service.open(CHECKOUT)

    ((path, fields, key),) = asked
    assert (opened.identity, opened.url) == ("cs_test_a1", "https://checkout.stripe.com/c/pay/cs_test_a1")
    assert (path, key) == ("/v1/checkout/sessions", "card:1:abc")
    assert fields["line_items[0][price_data][unit_amount]"] == ["1200050"]
    assert fields["line_items[0][price_data][currency]"] == ["sek"]
    assert (fields["client_reference_id"], fields["locale"]) == (["card:1:abc"], ["sv"])


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, {"error": {"message": "Invalid API Key"}}),
        (402, {"error": {"type": "card_error", "message": "no"}}),
        (200, SESSION | {"url": None}),
    ],
)
def test_a_refusal_is_told_without_the_service_s_words(service, answers, status, said):
    answers[0].append((status, said))

    with pytest.raises(CardServiceFailed):
        service.open(CHECKOUT)


def test_a_server_that_is_not_there_is_told(settings):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET, settings.STRIPE_API = "sk_test_1", SECRET, "http://127.0.0.1:9"
    service = StripeCheckout()
    service._client._requestor._options.max_network_retries = 0

    with pytest.raises(CardServiceFailed):
        service.open(CHECKOUT)


@pytest.mark.parametrize("kind", ["checkout.session.completed", "checkout.session.async_payment_succeeded"])
def test_a_paid_session_is_read_with_its_sum(service, kind):
    body = event(kind)

    happened = service.read(body, signed(body))

    assert (happened.outcome, happened.identity, happened.event, happened.taken) == (Outcome.PAID, "cs_test_a1", "evt_1test", "pi_3test")
    assert happened.amount == Money("12000.50", "SEK")


def test_a_completed_session_that_is_not_paid_yet_says_nothing(service):
    body = event(payment_status="unpaid")

    assert service.read(body, signed(body)) is None


@pytest.mark.parametrize("kind", ["checkout.session.expired", "checkout.session.async_payment_failed"])
def test_a_session_that_came_to_nothing_is_ended(service, kind):
    body = event(kind, payment_status="unpaid", payment_intent=None)

    assert service.read(body, signed(body)).outcome == Outcome.ENDED


def test_events_of_other_things_are_of_no_interest(service):
    body = event("customer.created")

    assert service.read(body, signed(body)) is None


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "garbage",
        "t=0,v1=00",
        signed(event(), secret="whsec_other"),
        signed(event(), at=NOON.replace(hour=NOON.hour - 1)),
        signed(event() + b" "),
    ],
)
def test_what_is_not_signed_by_stripe_now_is_refused(service, signature):
    with pytest.raises(NotGenuine):
        service.read(event(), signature)


@pytest.mark.parametrize("body", [b"", b"not json", b"\xff\xfe"])
def test_what_is_no_event_is_refused(service, body):
    with pytest.raises(NotGenuine):
        service.read(body, signed(body))


def test_money_goes_back_by_its_payment_once(service, answers):
    waiting, asked, _ = answers
    waiting.append((200, {"id": "re_1", "object": "refund", "status": "succeeded"}))

    assert service.pay_back("pi_3test", reference="card:1:abc:back") == "re_1"
    assert asked[0][2] == "card:1:abc:back"
    assert asked[0][1]["payment_intent"] == ["pi_3test"]


@pytest.mark.parametrize(("money", "units"), [(Money("0.01", "SEK"), 1), (Money("12000.50", "EUR"), 1200050), (Money(500, "JPY"), 500)])
def test_sums_are_told_in_the_smallest_unit(money, units):
    assert (to_minor(money), from_minor(units, str(money.currency))) == (units, money)
