"""Which numbers stand in addresses, and which things belong to no client."""

from tests.proofs import addresses
from trail.things import BESIDES, BY_NUMBER

NO_KEYS = {"year", "quarter", "place"}
"""Numbers in addresses that are no keys."""
OF_NOBODY = {
    *("cases.SavedView", "clients.OnCallRota", "clients.OnCallSwap", "clients.Plan", "invoicing.BookFile", "invoicing.BookVoucher"),
    *("invoicing.IssueBatch", "invoicing.PayoutFile", "notices.IncomingMail", "notices.Notice", "support_sessions.Technician"),
    *("clients.Erasure", "clients.PersonExport", "clients.StaffRole", "people.Person", "usersessions.UserSession"),
    "worktime.BusinessCalendar",
}
"""Things of the provider's own, or of a person."""


def unknown_numbers() -> set[tuple[str, str]]:
    """Numbers in our addresses of which nobody has said whose they are."""
    found = {(address.name, word) for address in addresses.ours() for word, kind in address.ids if kind == "IntConverter"}
    return {(name, word) for name, word in found if word not in {*BY_NUMBER, *NO_KEYS} and (name, word) not in BESIDES}
