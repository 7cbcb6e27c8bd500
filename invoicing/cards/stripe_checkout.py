"""Stripe's page of payment (Checkout), its signed events, and refunds. Needs the extra `payments`.

Stripe signs each event over its time and bytes; one older than five minutes is not taken. `checkout.session.completed` says
that the client is through, and is paid or will be; `…async_payment_succeeded` that a slower way of paying has come in.
"""

from typing import Any

import stripe
from django.conf import settings
from djmoney.money import Money

from invoicing.cards.interface import CardServiceFailed, Checkout, Happened, NotGenuine, Opened, Outcome, from_minor, to_minor

LONGEST_SECONDS = 20
OLDEST_SECONDS = 300
PAID = {"checkout.session.completed", "checkout.session.async_payment_succeeded"}
ENDED = {"checkout.session.expired", "checkout.session.async_payment_failed"}


class StripeCheckout:
    """Stripe, by the keys of the installation."""

    name = "stripe"

    def __init__(self) -> None:
        self._client = stripe.StripeClient(
            settings.STRIPE_SECRET_KEY,
            base_addresses={"api": settings.STRIPE_API},
            http_client=stripe.RequestsClient(timeout=LONGEST_SECONDS),
            max_network_retries=2,
        )

    def open(self, checkout: Checkout) -> Opened:
        """A page of payment for one sum; the same reference again is the same page (by Stripe's idempotency keys)."""
        line = {
            "quantity": 1,
            "price_data": {
                "currency": str(checkout.amount.currency).lower(),
                "unit_amount": to_minor(checkout.amount),
                "product_data": {"name": checkout.text},
            },
        }
        asked: Any = {
            "mode": "payment",
            "line_items": [line],
            "client_reference_id": checkout.reference,
            "customer_email": checkout.email,
            "locale": checkout.language,
            "success_url": checkout.done_url,
            "cancel_url": checkout.cancel_url,
        }
        try:
            session = self._client.v1.checkout.sessions.create(asked, {"idempotency_key": checkout.reference})
        except stripe.StripeError as error:
            raise CardServiceFailed from error
        if not session.url:
            raise CardServiceFailed
        return Opened(session.id, session.url)

    def read(self, body: bytes, signature: str) -> Happened | None:
        """The event, if Stripe signed it less than five minutes ago."""
        try:
            event = stripe.Webhook.construct_event(body, signature, settings.STRIPE_WEBHOOK_SECRET, tolerance=OLDEST_SECONDS)
        except (ValueError, stripe.SignatureVerificationError) as error:
            raise NotGenuine from error
        if event.type not in PAID | ENDED:
            return None
        return _happened(event)

    def pay_back(self, taken: str, *, reference: str) -> str:
        """A refund of all of it."""
        try:
            refund = self._client.v1.refunds.create({"payment_intent": taken}, {"idempotency_key": reference})
        except stripe.StripeError as error:
            raise CardServiceFailed from error
        return refund.id


def _happened(event: stripe.Event) -> Happened | None:
    """What it says of a payment; None where nothing has come of it yet, as while a bank is asked."""
    said = event.data.object.to_dict()
    if event.type in PAID and said["payment_status"] != "paid":
        return None
    amount: Money = from_minor(said["amount_total"], said["currency"])
    outcome = Outcome.PAID if event.type in PAID else Outcome.ENDED
    return Happened(
        event=event.id, kind=event.type, outcome=outcome, identity=said["id"], amount=amount, taken=said.get("payment_intent") or ""
    )
