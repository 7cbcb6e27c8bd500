from moneyed import Currency as Currency
from moneyed import Money as BaseMoney

class Money(BaseMoney):
    decimal_places: int
