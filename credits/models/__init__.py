"""The tables of prepaid credit. Private to this app: everybody else calls its verbs (rules C1 to C15).

`terms` what credit costs and how it is counted · `accounts` who has how much · `lots` what was bought ·
`holds` what is promised · `entries` what happened, append-only · `topups` what was ordered · `auto_top_ups` what is
ordered by itself · `transfers` what is to go from one account to another.
"""

from credits.models.accounts import CreditAccount, CreditAccountQuerySet, Spender
from credits.models.auto_top_ups import AutoTopUp, AutoTopUpState
from credits.models.entries import REVERSIBLE, Debt, DebtPocket, Entry, EntryKind, Move, Refund
from credits.models.holds import Hold, HoldPart, HoldState
from credits.models.lots import Lot, LotPocket, LotSource
from credits.models.terms import Campaign, CreditTerms
from credits.models.topups import TopUp, TopUpState
from credits.models.transfers import Transfer, TransferState

__all__ = [
    "REVERSIBLE",
    "AutoTopUp",
    "AutoTopUpState",
    "Campaign",
    "CreditAccount",
    "CreditAccountQuerySet",
    "CreditTerms",
    "Debt",
    "DebtPocket",
    "Entry",
    "EntryKind",
    "Hold",
    "HoldPart",
    "HoldState",
    "Lot",
    "LotPocket",
    "LotSource",
    "Move",
    "Refund",
    "Spender",
    "TopUp",
    "TopUpState",
    "Transfer",
    "TransferState",
]
