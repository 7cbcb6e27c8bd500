from decimal import Decimal
from typing import Any, TypeVar

from django.db import models
from django.db.models.expressions import Combinable
from djmoney.money import Money

_Set = TypeVar("_Set", contravariant=True, default=Money | Decimal | Combinable)
_Get = TypeVar("_Get", covariant=True, default=Money)

class MoneyField(models.Field[_Set, _Get]):
    _pyi_private_set_type: Money | Decimal | Combinable
    _pyi_private_get_type: Money
    _pyi_lookup_exact_type: Money | Decimal
    def __init__(self, verbose_name: Any = ..., name: str | None = ..., **options: Any) -> None: ...

class CurrencyField(models.CharField[str, str]):
    def __init__(self, price_field: MoneyField | None = ..., default: str = ..., **options: Any) -> None: ...

def patch_managers(sender: type[models.Model], **arguments: Any) -> None: ...
