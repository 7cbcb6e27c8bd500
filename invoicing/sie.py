r"""Vouchers for the books as a SIE file of type 4I (rule I6), after "SIE filformat, utgåva 4B" of the SIE group.

The file is CP437 (#FORMAT PC8) with one post a line. Texts stand in quotes; a quote inside is written \". Amounts have a decimal
point and two decimals; debit is positive, credit negative. Each voucher balances, and each account that is used is named.
The same vouchers and date give the same bytes.

Pure: no Django models, no clock, no I/O.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from core.errors import DomainError

_CENT = Decimal("0.01")
_MOST = Decimal(10) ** 13
_ACCOUNT = re.compile(r"[0-9]{1,6}")
_SERIES = re.compile(r"[0-9A-Za-zÅÄÖåäö_-]{0,10}")
_ORGANISATION = re.compile(r"([0-9]{6})-?([0-9]{4})")
_INSTEAD = str.maketrans(
    {
        "\\": "/",
        "“": '"', "”": '"', "„": '"',
        "‘": "'", "’": "'", "‚": ",", "´": "'", "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-",
        "…": "...", "€": "EUR", "•": "·", "×": "x", "→": "->", "←": "<-", "Ø": "O", "ø": "o", "Ð": "D", "ð": "d", "Þ": "Th", "þ": "th",
        "Đ": "D", "đ": "d", "Ł": "L", "ł": "l", "Œ": "OE", "œ": "oe", "ı": "i", "ẞ": "SS",
        "©": "(c)", "®": "(r)", "™": "TM", "§": "par.", "⁄": "/",
    }
)  # fmt: skip


class VoucherUnbalanced(DomainError):
    """Debit and credit of a voucher differ."""

    def __init__(self, voucher: str, difference: Decimal) -> None:
        super().__init__(voucher, difference)
        self.voucher, self.difference = voucher, difference

    @property
    def message(self) -> str:
        """Which voucher, and by how much."""
        said = _("Voucher %(voucher)s does not balance: debit and credit differ by %(difference)s. Nothing was exported.")
        return said % {"voucher": self.voucher, "difference": self.difference}


class VoucherRefused(DomainError):
    """A voucher has no rows, a number or series that is none, or an amount that is not in whole cents."""

    def __init__(self, voucher: str) -> None:
        super().__init__(voucher)
        self.voucher = voucher

    @property
    def message(self) -> str:
        """Which voucher."""
        said = _("Voucher %(voucher)s needs rows, a series and number, and amounts in whole cents. Nothing was exported.")
        return said % {"voucher": self.voucher}


class AccountUnknown(DomainError):
    """A row is on an account that the chart of accounts does not have."""

    def __init__(self, account: str) -> None:
        super().__init__(account)
        self.account = account

    @property
    def message(self) -> str:
        """Which account."""
        return _("Account %(account)s is not in the chart of accounts. Nothing was exported.") % {"account": self.account}


class CompanyRefused(DomainError):
    """The company needs a name, and its number is six digits, a hyphen and four."""

    message = _("The export needs the company's name and its organisation number as 556677-8899. Nothing was exported.")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: debit is positive, credit negative."""

    account: str
    amount: Decimal
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Voucher:
    """What is booked on one date. Its rows come to nothing. Without a number the receiving system gives one."""

    series: str
    number: int | None
    booked_on: date
    text: str
    rows: Sequence[Row]

    @property
    def label(self) -> str:
        """How people call it: A 17."""
        return f"{self.series} {self.number or ''}".strip() or self.text


@dataclass(frozen=True, kw_only=True)
class Company:
    """Whose books they are."""

    name: str
    organisation_number: str = ""


def write(
    vouchers: Iterable[Voucher],
    *,
    company: Company,
    accounts: Mapping[str, str],
    generated_on: date,
    program: tuple[str, str] = ("Tillgodo", "1"),
) -> bytes:
    """A SIE 4I file of `vouchers`, in their order. `accounts` is the chart of accounts: number to name.

    Raises VoucherUnbalanced, VoucherRefused, AccountUnknown or CompanyRefused.
    """
    booked = list(vouchers)
    for voucher in booked:
        _check(voucher, accounts)
    used = sorted({row.account for voucher in booked for row in voucher.rows}, key=lambda number: (int(number), number))
    lines = [
        "#FLAGGA 0",
        f"#PROGRAM {_quoted(program[0])} {_quoted(program[1])}",
        "#FORMAT PC8",
        f"#GEN {_day(generated_on)}",
        "#SIETYP 4",
        *_company(company),
        *(f"#KONTO {number} {_quoted(accounts[number])}" for number in used),
        *(line for voucher in booked for line in _lines(voucher)),
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("cp437")


def in_cp437(text: str) -> str:
    """`text` in one line with characters that CP437 has: é stays, ő becomes o, € becomes EUR, what has no likeness a question mark."""
    one_line = "".join(" " if unicodedata.category(sign)[0] in {"C", "Z"} else sign for sign in unicodedata.normalize("NFC", text))
    return " ".join("".join(map(_alike, one_line)).split())


def _check(voucher: Voucher, accounts: Mapping[str, str]) -> None:
    if not voucher.rows or not _SERIES.fullmatch(voucher.series) or (voucher.number is not None and voucher.number < 1):
        raise VoucherRefused(voucher.label)
    for row in voucher.rows:
        if not _ACCOUNT.fullmatch(row.account) or row.account not in accounts:
            raise AccountUnknown(row.account)
        if not row.amount.is_finite() or abs(row.amount) >= _MOST or row.amount != row.amount.quantize(_CENT):
            raise VoucherRefused(voucher.label)
    difference = sum((row.amount for row in voucher.rows), Decimal(0))
    if difference:
        raise VoucherUnbalanced(voucher.label, difference)


def _company(company: Company) -> list[str]:
    number = _ORGANISATION.fullmatch(company.organisation_number)
    if not in_cp437(company.name) or (company.organisation_number and not number):
        raise CompanyRefused
    return [*([f"#ORGNR {number[1]}-{number[2]}"] if number else []), f"#FNAMN {_quoted(company.name)}"]


def _lines(voucher: Voucher) -> list[str]:
    number = "" if voucher.number is None else str(voucher.number)
    head = f"#VER {_quoted(voucher.series)} {_quoted(number)} {_day(voucher.booked_on)} {_quoted(voucher.text)}"
    return [head, "{", *(_row(row) for row in voucher.rows), "}"]


def _row(row: Row) -> str:
    """#TRANS account {no objects} amount, and where there is a text, an empty date (the voucher's holds) before it."""
    amount = f"{row.amount.quantize(_CENT) + 0:f}"
    return f'   #TRANS {row.account} {{}} {amount} "" {_quoted(row.text)}' if row.text else f"   #TRANS {row.account} {{}} {amount}"


def _quoted(text: str) -> str:
    return '"' + in_cp437(text).replace('"', '\\"') + '"'


def _day(day: date) -> str:
    return f"{day:%Y%m%d}"


def _alike(sign: str) -> str:
    instead = "" if unicodedata.combining(sign) else sign.translate(_INSTEAD)
    if _fits(instead):
        return instead
    plain = "".join(part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(part)).translate(_INSTEAD)
    return plain if plain and _fits(plain) else "?"


def _fits(text: str) -> bool:
    try:
        text.encode("cp437")
    except UnicodeEncodeError:
        return False
    return True
