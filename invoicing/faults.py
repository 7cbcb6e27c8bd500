"""What a check of invoices found: which sentence is broken by what."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """`subject` names the document, payment or payout; `found` and `expected` are sums, numbers or digests."""

    sentence: str
    subject: str
    found: str
    expected: str

    def __str__(self) -> str:
        beside = f" (found {self.found}, expected {self.expected})" if self.found or self.expected else ""
        return f"{self.subject}: {self.sentence}{beside}"
