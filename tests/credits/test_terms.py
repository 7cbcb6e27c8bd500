"""Terms that make no sense are refused in the form, and the worst of them by the database itself (rules C12, P1)."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from djmoney.money import Money

pytestmark = pytest.mark.django_db


def test_c12_a_price_is_never_negative(cast):
    cast.credit_terms.price_per_hour = Money(Decimal("-0.01"), "SEK")

    with pytest.raises(ValidationError, match="price_per_hour"):
        cast.credit_terms.full_clean()


def test_i2_a_price_may_be_in_another_currency_than_the_books(cast):
    cast.credit_terms.price_per_hour = Money(Decimal(130), "EUR")

    cast.credit_terms.full_clean()


def test_c12_the_database_refuses_a_negative_price(cast):
    cast.credit_terms.price_per_hour = Money(Decimal("-0.01"), "SEK")

    with pytest.raises(IntegrityError, match="credit_never_costs_less_than_nothing"), transaction.atomic():
        cast.credit_terms.save()
